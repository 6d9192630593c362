package slot_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"testing"

	"wattkiosk/ota/slot"
)

// disk is a state partition in memory that can lose its power in mid-write: after
// cut bytes of a write nothing more arrives, sector by sector.
type disk struct {
	b   []byte
	cut int // bytes still written; negative = no limit
}

func newDisk() *disk { return &disk{b: make([]byte, slot.CopyOffset+slot.BlockSize), cut: -1} }

var errPower = errors.New("no power")

func (d *disk) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > int64(len(d.b)) {
		return 0, io.EOF
	}
	return copy(p, d.b[at:]), nil
}

func (d *disk) WriteAt(p []byte, at int64) (int, error) {
	if d.cut < 0 {
		return copy(d.b[at:], p), nil
	}
	n := min(d.cut, len(p))
	d.cut -= n
	copy(d.b[at:], p[:n])
	if n < len(p) {
		return n, errPower
	}
	return n, nil
}

func (d *disk) Sync() error { return nil }

func fresh(t testing.TB) *disk {
	t.Helper()
	d := newDisk()
	block, err := slot.State{Good: slot.A, Seq: 1, Floor: 5}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	copy(d.b, block)
	return d
}

// TestBlock compares with what U-Boot's mkenvimage makes of the same variables:
// mkenvimage -s 0x4000 -p 0 of good=a, left=3, seq=1f, floor=a, try=b.
func TestBlock(t *testing.T) {
	block, err := slot.State{Good: slot.A, Try: slot.B, Left: 3, Seq: 0x1f, Floor: 10}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	const text = "good=a\x00left=3\x00seq=1f\x00floor=a\x00try=b\x00\x00"
	if len(block) != 0x4000 || string(block[4:4+len(text)]) != text || !bytes.Equal(block[4+len(text):], make([]byte, 0x4000-4-len(text))) {
		t.Errorf("% X", block[:64])
	}
	if got := hex.EncodeToString(block[:4]); got != "041873a2" {
		t.Errorf("checksum %s", got)
	}
}

func TestChangeWritesTheOtherCopy(t *testing.T) {
	d := fresh(t)
	was := bytes.Clone(d.b[:slot.BlockSize])
	s, err := slot.StartTrial(d, slot.B)
	if err != nil || s.Try != slot.B || s.Left != 3 || s.Good != slot.A || s.Seq != 2 || s.Floor != 5 {
		t.Fatalf("%+v %v", s, err)
	}
	if !bytes.Equal(was, d.b[:slot.BlockSize]) {
		t.Error("the copy that was the truth has changed")
	}
	if s, err = slot.MarkGood(d, slot.B, 3); err != nil || s.Good != slot.B || s.Try != "" || s.Floor != 5 {
		t.Errorf("%+v %v: the floor must not fall", s, err)
	}
	if s, _, err = slot.Read(d); err != nil || s.Seq != 3 || s.Good != slot.B {
		t.Errorf("%+v %v", s, err)
	}
}

func TestKeepsOtherVariables(t *testing.T) {
	d := newDisk()
	b, err := slot.State{Good: slot.A, Seq: 9}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	text := "good=a\x00seq=9\x00serial=77=x\x00\x00"
	copy(b[4:], text)
	d.b = append(remake(b), d.b[slot.BlockSize:]...)
	if _, err := slot.StartTrial(d, slot.B); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(d.b[slot.CopyOffset:], []byte("serial=77=x\x00")) {
		t.Error("a variable that is not ours is gone")
	}
}

// TestTornWrite cuts every write at every 64th byte: the state is the one before
// or the one after.
func TestTornWrite(t *testing.T) {
	cuts := 0
	for cut := 0; cut <= slot.BlockSize; cut += 64 {
		for n := range 4 { // writes before the one that is torn
			d := fresh(t)
			for range n {
				if _, err := slot.StartTrial(d, slot.B); err != nil {
					t.Fatal(err)
				}
			}
			before, _, err := slot.Read(d)
			if err != nil {
				t.Fatal(err)
			}
			d.cut = cut
			_, werr := slot.MarkGood(d, slot.B, 9)
			d.cut = -1
			after, _, err := slot.Read(d)
			cuts++
			switch {
			case err != nil:
				t.Fatalf("cut at %d: %v", cut, err)
			case werr != nil && fmt.Sprint(after) != fmt.Sprint(before) && (after.Good != slot.B || after.Floor != 9):
				t.Fatalf("cut at %d: %+v", cut, after)
			case werr == nil && (after.Good != slot.B || after.Floor != 9):
				t.Fatalf("cut at %d: %+v", cut, after)
			}
		}
	}
	t.Logf("%d torn writes", cuts)
}

func TestNoState(t *testing.T) {
	if _, err := slot.StartTrial(newDisk(), slot.B); !errors.Is(err, slot.ErrNoState) {
		t.Error(err)
	}
}

func TestStarted(t *testing.T) {
	r, err := slot.Started("root=PARTLABEL=root_b ro kiosk.slot=b kiosk.mode=trial panic=5")
	if err != nil || r.Slot != slot.B || r.Mode != slot.Trial {
		t.Errorf("%+v %v", r, err)
	}
	for _, bad := range []string{"", "kiosk.slot=c kiosk.mode=good", "kiosk.slot=a", "kiosk.slot=a kiosk.mode=maybe"} {
		if _, err := slot.Started(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func FuzzDecode(f *testing.F) {
	b, err := slot.State{Good: slot.A, Try: slot.B, Left: 2, Seq: 5}.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[4:60])
	f.Fuzz(func(t *testing.T, text []byte) {
		block := make([]byte, slot.BlockSize)
		copy(block[4:], text[:min(len(text), slot.BlockSize-4)])
		s, err := slot.Decode(remake(block))
		if err != nil {
			return
		}
		again, err := s.Encode()
		if err != nil {
			return
		}
		if back, err := slot.Decode(again); err != nil || fmt.Sprint(back) != fmt.Sprint(s) {
			t.Errorf("%+v became %+v, %v", s, back, err)
		}
	})
}
