package cardsim

import (
	"bytes"
	"errors"
	"math/bits"
	"testing"

	"pgregory.net/rapid"

	"wattkiosk/hal/card"
)

var psc4442 = [3]byte{0x12, 0x34, 0x56}

// native runs native commands, and fails the test if the chip has no power.
func native(t *testing.T, s *SLE4442, steps ...[3]byte) []byte {
	t.Helper()
	var b []byte
	for _, n := range steps {
		var err error
		if b, err = s.Native(n[0], n[1], n[2]); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func TestSLE4442Native(t *testing.T) {
	s := NewSLE4442(psc4442)
	if got := s.PowerOn(); !bytes.Equal(got, []byte{0xA2, 0x13, 0x10, 0x91}) {
		t.Errorf("answer to reset % X", got)
	}
	right := [][3]byte{{0x33, 1, 0x12}, {0x33, 2, 0x34}, {0x33, 3, 0x56}}
	// Comparing without burning a bit does nothing.
	native(t, s, right...)
	native(t, s, [3]byte{0x38, 0x40, 1}, [3]byte{0x39, 0, 0xFF})
	if s.Main[0x40] != 0xFF || s.Counter != 0x07 {
		t.Error("the chip opened without a burnt bit")
	}
	// Burn and compare wrong: 7, 3 (or the like), and the counter cannot be set.
	native(t, s, [3]byte{0x39, 0, 0x06}, [3]byte{0x33, 1, 0x99}, [3]byte{0x33, 2, 0x34}, [3]byte{0x33, 3, 0x56}, [3]byte{0x39, 0, 0xFF})
	if s.Counter != 0x06 {
		t.Errorf("counter %02X, want 06", s.Counter)
	}
	if got := native(t, s, [3]byte{0x31, 0, 0}); !bytes.Equal(got, []byte{0x06, 0, 0, 0}) {
		t.Errorf("security memory % X before the code", got)
	}
	// Another command in between: the burn is lost.
	native(t, s, [3]byte{0x39, 0, 0x04}, [3]byte{0x30, 0, 0})
	native(t, s, right...)
	native(t, s, [3]byte{0x38, 0x40, 1})
	if s.Main[0x40] != 0xFF {
		t.Error("the chip opened although a read came between")
	}
	// The right way, with the last bit.
	native(t, s, [3]byte{0x39, 0, 0x00})
	native(t, s, right...)
	native(t, s, [3]byte{0x39, 0, 0xFF}, [3]byte{0x38, 0x40, 0x5A}, [3]byte{0x38, 0x00, 0x5A}, [3]byte{0x39, 1, 0xAA})
	if s.Counter != 0x07 || s.Main[0x40] != 0x5A || s.Main[0] != 0xA2 || s.PSC[0] != 0xAA {
		t.Errorf("counter %02X, byte 40 %02X, byte 0 %02X", s.Counter, s.Main[0x40], s.Main[0])
	}
	// Burnt protection is for good, and wants the byte itself.
	native(t, s, [3]byte{0x38, 0x1F, 0x77}, [3]byte{0x3C, 0x1F, 0x78})
	if s.Protection[3] != 0xFF {
		t.Error("protected by a byte that is not there")
	}
	native(t, s, [3]byte{0x3C, 0x1F, 0x77}, [3]byte{0x38, 0x1F, 0x00})
	if s.Protection[3] != 0x7F || s.Main[0x1F] != 0x77 {
		t.Errorf("protection %02X, byte %02X", s.Protection[3], s.Main[0x1F])
	}
	s.PowerOff()
	if _, err := s.Native(0x30, 0, 0); !errors.Is(err, ErrPower) {
		t.Errorf("without power: %v", err)
	}
}

// memories are all kinds with a code, and how many tries they have.
func memories() map[card.Chip]func() (Memory, []byte, int) {
	return map[card.Chip]func() (Memory, []byte, int){
		card.SLE4442:   func() (Memory, []byte, int) { return NewSLE4442(psc4442), psc4442[:], 3 },
		card.SLE4428:   func() (Memory, []byte, int) { return NewSLE4428([2]byte{0x12, 0x34}), []byte{0x12, 0x34}, 8 },
		card.AT88SC102: func() (Memory, []byte, int) { return NewAT88SC102([2]byte{0x12, 0x34}), []byte{0x12, 0x34}, 4 },
	}
}

func TestVerify(t *testing.T) {
	for chip, fresh := range memories() {
		m, psc, tries := fresh()
		wrong := bytes.Clone(psc)
		wrong[0]++
		m.PowerOn()
		for left := tries - 1; left >= 1; left-- {
			if ok, err := m.Verify(wrong); ok || err != nil {
				t.Fatalf("chip %d: wrong code: %t, %v", chip, ok, err)
			}
			if n, _ := m.Tries(); n != left {
				t.Fatalf("chip %d: %d tries left, want %d", chip, n, left)
			}
		}
		if ok, _ := m.Verify(psc); !ok {
			t.Fatalf("chip %d: right code refused on the last try", chip)
		}
		if n, _ := m.Tries(); n != tries {
			t.Errorf("chip %d: %d tries after the right code, want %d", chip, n, tries)
		}
		if err := m.Write(card.Main, 40, []byte{1, 2}); err != nil {
			t.Errorf("chip %d: write: %v", chip, err)
		}
		// A wrong code closes the chip again.
		if ok, _ := m.Verify(wrong); ok {
			t.Errorf("chip %d: wrong code accepted on an open chip", chip)
		}
		if err := m.Write(card.Main, 40, []byte{3, 4}); !errors.Is(err, ErrRefused) {
			t.Errorf("chip %d: write after a wrong code: %v", chip, err)
		}
		for range tries {
			_, _ = m.Verify(wrong) // on purpose
		}
		if ok, _ := m.Verify(psc); ok {
			t.Errorf("chip %d: opened although locked", chip)
		}
	}
}

// TestVerifyCut: a cut at any native step costs at most one try, and leaves a chip
// that the code opens.
func TestVerifyCut(t *testing.T) {
	for chip, fresh := range memories() {
		for n := range 9 {
			for _, tear := range []Tear{TearOld, TearNew} {
				m, psc, tries := fresh()
				m.SetTear(tear, 0)
				m.PowerOn()
				m.CutAfter(n)
				ok, err := m.Verify(psc)
				if ok != (err == nil) || err != nil && !errors.Is(err, ErrPower) {
					t.Fatalf("chip %d, cut %d: %t, %v", chip, n, ok, err)
				}
				m.CutAfter(-1)
				m.PowerOn()
				if left, _ := m.Tries(); left < tries-1 {
					t.Errorf("chip %d, cut %d: %d tries lost", chip, n, tries-left)
				}
				if ok, _ := m.Verify(psc); !ok {
					t.Errorf("chip %d, cut %d: the code does not open it any more", chip, n)
				}
			}
		}
	}
}

// TestSLE4442Properties: whatever native commands come, without the code nothing
// but the counter changes, and that only down; protected bytes never change.
func TestSLE4442Properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewSLE4442([3]byte{0xFE, 0xED, 0xFA}) // a code that the generator does not hit
		s.PowerOn()
		main, counter := bytes.Clone(s.Main), s.Counter
		controls := []byte{0x30, 0x31, 0x33, 0x34, 0x38, 0x39, 0x3C, 0x00}
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			c := rapid.SampledFrom(controls).Draw(t, "control")
			a := rapid.SampledFrom([]byte{0, 1, 2, 3, 0x40}).Draw(t, "address")
			v := rapid.SampledFrom([]byte{0, 1, 3, 7, 0xFF}).Draw(t, "data")
			if _, err := s.Native(c, a, v); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(s.Main, main) || s.Protection[0] != 0xF0 {
				t.Fatal("changed without the code")
			}
			if s.Counter&^counter != 0 {
				t.Fatalf("counter %02X after %02X", s.Counter, counter)
			}
			counter = s.Counter
		}
	})
}

func TestAT24C(t *testing.T) {
	for kbit, want := range map[int][2]int{1: {128, 8}, 2: {256, 8}, 4: {512, 16}, 16: {2048, 16}, 64: {8192, 32}, 3: {256, 8}} {
		a := NewAT24C(kbit)
		if a.Size() != want[0] || a.PageSize() != want[1] {
			t.Errorf("%d kbit: %d bytes, pages of %d; want %v", kbit, a.Size(), a.PageSize(), want)
		}
	}
	a := NewAT24C(2)
	if err := a.Write(card.Main, 0, []byte{1}); !errors.Is(err, ErrPower) {
		t.Errorf("without power: %v", err)
	}
	a.PowerOn()
	if err := a.WritePage(6, []byte{1, 2, 3}); err != nil { // wraps
		t.Fatal(err)
	}
	if !bytes.Equal(a.Main[:8], []byte{3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2}) {
		t.Errorf("page % X", a.Main[:8])
	}
	if err := a.Write(card.Main, 14, []byte{4, 5, 6, 7}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Main[14:18], []byte{4, 5, 6, 7}) {
		t.Errorf("across a page % X", a.Main[14:18])
	}
	a.CutAfter(1)
	if err := a.Write(card.Main, 30, []byte{8, 9, 10, 11}); !errors.Is(err, ErrPower) {
		t.Errorf("cut: %v", err)
	}
	if !bytes.Equal(a.Main[30:34], []byte{8, 9, 0xFF, 0xFF}) {
		t.Errorf("after the cut % X", a.Main[30:34])
	}
	if err := a.Write(card.Main, 255, []byte{1, 2}); !errors.Is(err, ErrRange) {
		t.Errorf("out of range: %v", err)
	}
	if _, err := a.Tries(); !errors.Is(err, ErrNoCode) {
		t.Errorf("tries: %v", err)
	}
}

func TestAT88SC102(t *testing.T) {
	a := NewAT88SC102([2]byte{0x12, 0x34})
	a.PowerOn()
	if b, _ := a.Read(card.Main, 10, 2); !bytes.Equal(b, []byte{0, 0}) {
		t.Error("the code can be read")
	}
	if ok, err := a.Verify([]byte{0x12, 0x34}); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := a.Write(card.Main, 92, []byte{0x55, 0x55}); err != nil {
		t.Fatal(err)
	}
	if a.Erases() != 128 {
		t.Errorf("%d erases left; clearing bits costs none", a.Erases())
	}
	for n := range 128 {
		if err := a.Write(card.Main, 92, []byte{byte(0xAA >> (n & 1)), 0x55}); err != nil {
			t.Fatalf("erase %d: %v", n, err)
		}
	}
	if a.Erases() != 0 {
		t.Errorf("%d erases left, want 0", a.Erases())
	}
	if err := a.Write(card.Main, 92, []byte{0xFF, 0xFF}); !errors.Is(err, ErrRefused) {
		t.Errorf("erase without counter: %v", err)
	}
	if err := a.Write(card.Main, 22, []byte{1, 2, 3}); err != nil {
		t.Errorf("zone 1: %v", err)
	}
	if err := a.Write(card.Main, 0, []byte{1}); !errors.Is(err, ErrRefused) {
		t.Errorf("fabrication zone: %v", err)
	}
}

func TestSLE4428(t *testing.T) {
	s := NewSLE4428([2]byte{0x12, 0x34})
	s.PowerOn()
	if b, _ := s.Read(card.Main, 1021, 3); !bytes.Equal(b, []byte{0xFF, 0, 0}) {
		t.Errorf("counter and code % X", b)
	}
	if ok, _ := s.Verify([]byte{0x12, 0x34}); !ok {
		t.Fatal("right code refused")
	}
	if err := s.Write(card.Protection, 127, []byte{0xBF}); err != nil || s.Protection[127] != 0xBF {
		t.Errorf("protecting byte 1022: %v, %02X", err, s.Protection[127])
	}
	if err := s.Write(card.Main, 1022, []byte{1}); !errors.Is(err, ErrRefused) {
		t.Errorf("protected byte: %v", err)
	}
	if bits.OnesCount8(s.Main[1021]) != 8 {
		t.Error("the counter moved")
	}
}
