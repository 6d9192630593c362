package cctalk

import (
	"bytes"
	"errors"
	"testing"

	"wattkiosk/hal/bill/billtest"
)

func TestParseBuffer(t *testing.T) {
	in := billtest.Hex(t, "03 00 0A 04 00 04 01 00 00 00 00")
	want := Buffer{Counter: 3, Events: [5]Event{{0, EvStackerOK}, {4, BillStacked}, {4, BillInEscrow}}}
	got, err := ParseBuffer(in)
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	if back := got.Append(nil); !bytes.Equal(back, in) {
		t.Errorf("appended % X", back)
	}
	for _, n := range []int{0, 1, 10} {
		if _, err := ParseBuffer(in[:n]); !errors.Is(err, ErrBuffer) {
			t.Errorf("%d bytes: error %v, want ErrBuffer", n, err)
		}
	}
}

func buffer(tb testing.TB, s string) Buffer {
	tb.Helper()
	b, err := ParseBuffer(billtest.Hex(tb, s))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestSince(t *testing.T) {
	for _, tt := range []struct {
		name, old, now string
		want           int
	}{
		{"nothing", "05 0101 0202 0303 0404 0505", "05 0101 0202 0303 0404 0505", 0},
		{"one", "05 0101 0202 0303 0404 0505", "06 0909 0101 0202 0303 0404", 1},
		{"five", "05 0101 0202 0303 0404 0505", "0A 0909 0808 0707 0606 0505", 5},
		{"six", "05 0101 0202 0303 0404 0505", "0B 0909 0808 0707 0606 0505", -1},
		{"one, and others below", "05 0101 0202 0303 0404 0505", "06 0909 0101 0202 0303 0505", -1},
		{"the same counter, and others", "05 0101 0202 0303 0404 0505", "05 0101 0202 0303 0404 0506", -1},
		{"round", "FE 0101 0202 0303 0404 0505", "01 0909 0808 0101 0202 0303", 2},
		{"from 0", "00 0000 0000 0000 0000 0000", "02 0909 0808 0000 0000 0000", 2},
		{"to 0", "05 0101 0202 0303 0404 0505", "00 0000 0000 0000 0000 0000", -1},
		{"back by one", "06 0909 0101 0202 0303 0404", "05 0101 0202 0303 0404 0505", -1},
	} {
		old, now := buffer(t, tt.old), buffer(t, tt.now)
		if got := now.Since(&old); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestYoung(t *testing.T) {
	for in, want := range map[string]int{
		"00 0000 0000 0000 0000 0000": 0,
		"02 0015 0001 0000 0000 0000": 2,
		"02 0015 0001 0000 0000 0001": -1,
		"05 0101 0202 0303 0404 0505": 5,
		"06 0101 0202 0303 0404 0505": -1,
		"00 0101 0000 0000 0000 0000": -1,
	} {
		b := buffer(t, in)
		if got := b.Young(); got != want {
			t.Errorf("%s: %d, want %d", in, got, want)
		}
	}
}

// TestPush: a buffer that only grew continues itself, however often it went round.
func TestPush(t *testing.T) {
	var b Buffer
	for i := range 1000 {
		old := b
		for n := range i % 6 {
			b.Push(Event{byte(i), byte(n)})
		}
		if got := b.Since(&old); got != i%6 {
			t.Fatalf("step %d: %d events new, want %d", i, got, i%6)
		}
		if i > 0 && b.Counter == 0 {
			t.Fatal("the counter came back to 0")
		}
	}
}

func TestPositionMark(t *testing.T) {
	for counter, want := range map[byte]byte{0: 1, 1: 2, 14: 15, 15: 1, 254: 15, 255: 1} {
		if got := positionMark(counter); got != want {
			t.Errorf("%d: %d, want %d", counter, got, want)
		}
	}
	s := setup{markTypes: []int{6, 9, 14, 15}}
	if got := s.withMark(0x003F, 0b1010); got != 0x823F {
		t.Errorf("mask %04X, want 823F", got)
	}
	if got := s.withMark(0xFFFF, 0b0001); got != 0x3DFF {
		t.Errorf("mask %04X, want 3DFF", got)
	}
	if got := s.markOf(0x823F); got != 0b1010 {
		t.Errorf("mark %04b, want 1010", got)
	}
	if got := s.markMask(); got != 0xC240 {
		t.Errorf("bits %04X, want C240", got)
	}
	if got := (&setup{}).markOf(0xFFFF); got != 0 {
		t.Errorf("mark %d of a device without types to spare", got)
	}
}

// TestSincePosition: each position that the buffer reaches back to is found, across
// the counter's wrap, and no other.
func TestSincePosition(t *testing.T) {
	for counter := 6; counter < 6+255; counter++ {
		d := &Driver{}
		d.last.Counter = byte((counter-1)%255 + 1)
		for ago := range 14 {
			mark := positionMark(byte((counter-ago+254)%255 + 1))
			want := ago
			if ago > BufferEvents {
				want = -1
			}
			if got := d.sincePosition(mark); got != want {
				t.Fatalf("counter %d, position %d ago: %d, want %d", d.last.Counter, ago, got, want)
			}
		}
	}
}

func TestText(t *testing.T) {
	for code, want := range map[byte]string{
		2: "not recognised as genuine", 4: "inhibited by the host", 17: "fraud seen by an optical sensor", 21: "note of unknown type stacked", 22: "event 22",
	} {
		if got := EventText(code); got != want {
			t.Errorf("event %d: %q, want %q", code, got, want)
		}
	}
	for code, want := range map[byte]string{0: "none", 39: "note jammed", 44: "stacker missing", 45: "stacker full", 99: "fault 99"} {
		if got := FaultText(code); got != want {
			t.Errorf("fault %d: %q, want %q", code, got, want)
		}
	}
}

func FuzzParseBuffer(f *testing.F) {
	f.Add(billtest.Hex(f, "03 00 0A 04 00 04 01 00 00 00 00"), billtest.Hex(f, "02 04 00 04 01 00 00 00 00 00 00"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		x, err1 := ParseBuffer(a)
		y, err2 := ParseBuffer(b)
		if (err1 == nil) != (len(a) == 11) || (err2 == nil) != (len(b) == 11) {
			t.Fatalf("errors %v, %v", err1, err2)
		}
		if err1 != nil || err2 != nil {
			return
		}
		n := y.Since(&x)
		if n < 0 {
			return
		}
		for i := n; i < BufferEvents; i++ { // the oracle reads the bytes
			if b[1+2*i] != a[1+2*(i-n)] || b[2+2*i] != a[2+2*(i-n)] {
				t.Fatalf("% X is said to continue % X by %d", b, a, n)
			}
		}
	})
}
