package pcscsim_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/pcsc"
	"wattkiosk/hal/card/pcsc/pcscsim"
)

// acr answers the pseudo-APDUs as the ACR38x manual prints them, for one chip.
type acr struct {
	kind    byte // in FF A4
	mem     []byte
	psc     []byte
	tries   byte // error counter
	fresh   byte // error counter of a fresh card
	open    bool
	readers [][]byte
}

func (a *acr) Reset(bool) []byte { a.open = false; return []byte{0x3B, 0x04, 0xA2, 0x13, 0x10, 0x91} }
func (a *acr) PowerOff()         { a.open = false }

func (a *acr) Transmit(p []byte) []byte {
	a.readers = append(a.readers, append([]byte(nil), p...))
	okay, no := []byte{0x90, 0}, []byte{0x63, 0}
	at := int(p[2])<<8 | int(p[3])
	switch {
	case p[0] != 0xFF:
		return no
	case p[1] == 0xA4 && p[5] == a.kind:
		return okay
	case p[1] == 0xB0 && at+int(p[4]) <= len(a.mem):
		return append(append([]byte(nil), a.mem[at:at+int(p[4])]...), 0x90, 0)
	case p[1] == 0xB1:
		return append([]byte{a.tries}, append(make([]byte, int(p[4])-1), 0x90, 0)...)
	case p[1] == 0xB2:
		return append([]byte{0xF0, 0xFF, 0xFF, 0xFF}, 0x90, 0)
	case p[1] == 0xD0 && at+int(p[4]) <= len(a.mem):
		if a.open {
			copy(a.mem[at:], p[5:])
		}
		return okay // the chip refuses in silence
	case p[1] == 0x20:
		if a.tries == 0 {
			return []byte{0x90, 0}
		}
		a.tries &= a.tries - 1
		if bytes.Equal(p[5:], a.psc) {
			a.open, a.tries = true, a.fresh
		}
		return []byte{0x90, a.tries}
	}
	return no
}

func sle4442() *acr {
	mem := make([]byte, 256)
	for i := range mem {
		mem[i] = byte(i)
	}
	return &acr{kind: 0x06, mem: mem, psc: []byte{0xAA, 0xBB, 0xCC}, tries: 7, fresh: 7}
}

func memoryBench(t *testing.T, c cardsim.Card) *bench {
	b := newBench(t, pcsc.Config{PseudoAPDU: pcsc.ACR, AT24CSize: 2048}, pcscsim.Config{ACR: true})
	if err := b.dev.InsertCard(b.now, &c); err != nil {
		t.Fatal(err)
	}
	b.media(card.Latched)
	return b
}

func TestSLE4442(t *testing.T) {
	chip := sle4442()
	b := memoryBench(t, cardsim.Card{Processor: chip})
	b.want(card.Command{Op: card.Read, Length: 4}, card.NotDone, card.ErrNotPowered)
	b.want(card.Command{Op: card.Select, Chip: card.SLE4428}, card.NotDone, card.ErrMute)
	if e := b.want(card.Command{Op: card.Select, Chip: card.SLE4442}, card.Done, nil); !bytes.Equal(e.Data, []byte{0xA2, 0x13, 0x10, 0x91}) {
		t.Errorf("answer to reset % X", []byte(e.Data))
	}
	b.want(card.Command{Op: card.Transmit, Data: []byte{0, 0x84, 0, 0, 8}}, card.NotDone, card.ErrNotPowered)
	if e := b.want(card.Command{Op: card.Read, Length: 256}, card.Done, nil); !bytes.Equal(e.Data, chip.mem) {
		t.Error("memory reads otherwise")
	}
	b.want(card.Command{Op: card.Read, Address: 250, Length: 7}, card.NotDone, card.ErrArgument)
	if e := b.want(card.Command{Op: card.Read, Area: card.Protection, Length: 4}, card.Done, nil); !bytes.Equal(e.Data, []byte{0xF0, 0xFF, 0xFF, 0xFF}) {
		t.Errorf("protection % X", []byte(e.Data))
	}
	b.want(card.Command{Op: card.Write, Area: card.Protection, Address: 4, Data: []byte{0}}, card.NotDone, card.ErrArgument)
	b.want(card.Command{Op: card.Write, Address: 64, Data: []byte{1, 2, 3}}, card.NotDone, card.ErrProtected)

	left := func(want byte) {
		t.Helper()
		if e := b.want(card.Command{Op: card.Tries}, card.Done, nil); !bytes.Equal(e.Data, []byte{want}) {
			t.Errorf("tries % X, want %d", []byte(e.Data), want)
		}
	}
	left(3)
	wrong := card.Command{Op: card.Verify, Data: []byte{1, 2, 3}}
	if e := b.want(wrong, card.NotDone, card.ErrWrongPSC); !bytes.Equal(e.Data, []byte{2}) {
		t.Errorf("after a wrong code: % X", []byte(e.Data))
	}
	b.want(wrong, card.NotDone, card.ErrWrongPSC)
	left(1)
	n := len(chip.readers)
	b.want(wrong, card.NotDone, card.ErrLastTry)
	if len(chip.readers) != n+1 || chip.readers[n][1] != 0xB1 {
		t.Error("the last try was not left alone")
	}
	b.want(card.Command{Op: card.Verify, Data: chip.psc, LastTry: true}, card.Done, nil)
	left(3)
	data := bytes.Repeat([]byte{0x5A}, 200)
	b.want(card.Command{Op: card.Write, Address: 40, Data: data}, card.Done, nil)
	if !bytes.Equal(chip.mem[40:240], data) || chip.mem[39] != 39 || chip.mem[240] != 240 {
		t.Error("memory was written otherwise")
	}
	chip.open = false // the chip refuses in silence: it reads back otherwise
	b.want(card.Command{Op: card.Write, Address: 64, Data: []byte{1}}, card.NotDone, card.ErrProtected)
	b.want(card.Command{Op: card.Write, Address: 64, Data: []byte{1, 2}}, card.Unknown, card.ErrProtected)
	b.want(card.Command{Op: card.Verify, Data: []byte{1, 2}}, card.NotDone, card.ErrArgument)
	b.want(card.Command{Op: card.PowerOff}, card.Done, nil)
	b.want(card.Command{Op: card.Read, Length: 4}, card.NotDone, card.ErrNotPowered)
}

func TestLockedCard(t *testing.T) {
	chip := sle4442()
	chip.tries = 0
	b := memoryBench(t, cardsim.Card{Processor: chip})
	b.want(card.Command{Op: card.Select, Chip: card.SLE4442}, card.Done, nil)
	b.want(card.Command{Op: card.Verify, Data: chip.psc, LastTry: true}, card.NotDone, card.ErrLocked)
}

func TestSLE4428(t *testing.T) {
	chip := &acr{kind: 0x05, mem: make([]byte, 1024), psc: []byte{1, 2}, tries: 0x7F, fresh: 0xFF}
	chip.mem[1000] = 9
	b := memoryBench(t, cardsim.Card{Processor: chip})
	b.want(card.Command{Op: card.Select, Chip: card.SLE4428}, card.Done, nil)
	if e := b.want(card.Command{Op: card.Read, Address: 1000, Length: 1}, card.Done, nil); !bytes.Equal(e.Data, []byte{9}) {
		t.Errorf("byte 1000: % X", []byte(e.Data))
	}
	if e := b.want(card.Command{Op: card.Tries}, card.Done, nil); !bytes.Equal(e.Data, []byte{7}) {
		t.Errorf("tries % X", []byte(e.Data))
	}
	b.want(card.Command{Op: card.Verify, Data: chip.psc}, card.Done, nil)
}

func TestVirtualSLE4428(t *testing.T) {
	chip := cardsim.NewSLE4428([2]byte{1, 2})
	b := memoryBench(t, cardsim.Card{Memory: chip})
	b.want(card.Command{Op: card.Select, Chip: card.SLE4428}, card.Done, nil)
	if e := b.want(card.Command{Op: card.Tries}, card.Done, nil); !bytes.Equal(e.Data, []byte{8}) {
		t.Errorf("tries % X", []byte(e.Data))
	}
	if e := b.want(card.Command{Op: card.Verify, Data: []byte{9, 9}}, card.NotDone, card.ErrWrongPSC); !bytes.Equal(e.Data, []byte{7}) {
		t.Errorf("tries % X", []byte(e.Data))
	}
	b.want(card.Command{Op: card.Verify, Data: []byte{1, 2}}, card.Done, nil)
	b.want(card.Command{Op: card.Write, Address: 800, Data: []byte{5, 6}}, card.Done, nil)
	b.want(card.Command{Op: card.Write, Area: card.Protection, Address: 100, Data: []byte{0xFD}}, card.Done, nil)
	if e := b.want(card.Command{Op: card.Read, Area: card.Protection, Address: 100, Length: 2}, card.Done, nil); !bytes.Equal(e.Data, []byte{0xFD, 0xFF}) {
		t.Errorf("protection % X", []byte(e.Data))
	}
	b.want(card.Command{Op: card.Write, Address: 801, Data: []byte{7}}, card.NotDone, card.ErrProtected)
	if chip.Main[800] != 5 || chip.Main[801] != 6 {
		t.Error("the chip holds something else")
	}
}

func TestAT24C(t *testing.T) {
	chip := &acr{kind: 0x01, mem: make([]byte, 2048)}
	b := memoryBench(t, cardsim.Card{Processor: chip})
	b.want(card.Command{Op: card.Select, Chip: card.AT24C}, card.Done, nil)
	b.want(card.Command{Op: card.Verify, Data: []byte{1}}, card.NotDone, card.ErrUnsupported)
	b.want(card.Command{Op: card.Tries}, card.NotDone, card.ErrUnsupported)
}

// A memory card that is pulled out: a read was not done, a write may have been.
func TestMemoryPulled(t *testing.T) {
	for _, tt := range []struct {
		cmd  card.Command
		want card.Kind
	}{
		{card.Command{Op: card.Read, Length: 8}, card.NotDone},
		{card.Command{Op: card.Tries}, card.NotDone},
		{card.Command{Op: card.Verify, Data: []byte{1, 2, 3}}, card.NotDone}, // still at the counter
		{card.Command{Op: card.Write, Data: []byte{1}}, card.Unknown},
	} {
		b := memoryBench(t, cardsim.Card{Processor: sle4442()})
		b.want(card.Command{Op: card.Select, Chip: card.SLE4442}, card.Done, nil)
		b.want(card.Command{Op: card.Verify, Data: []byte{0xAA, 0xBB, 0xCC}}, card.Done, nil)
		id := b.do(tt.cmd)
		b.turn()
		b.sleep(5 * time.Millisecond)
		if _, err := b.dev.PullCard(b.now); err != nil {
			t.Fatal(err)
		}
		if e := b.outcome(id); e.Kind != tt.want || !errors.Is(e.Err, card.ErrPulled) {
			t.Errorf("%v: %v, %v; want %v", tt.cmd.Op, e.Kind, e.Err, tt.want)
		}
	}
}

// The same against the virtual chip.
func TestVirtualSLE4442(t *testing.T) {
	chip := cardsim.NewSLE4442([3]byte{0xAA, 0xBB, 0xCC})
	b := memoryBench(t, cardsim.Card{Memory: chip})
	if e := b.want(card.Command{Op: card.Select, Chip: card.SLE4442}, card.Done, nil); !bytes.Equal(e.Data, []byte{0xA2, 0x13, 0x10, 0x91}) {
		t.Errorf("answer to reset % X", []byte(e.Data))
	}
	b.want(card.Command{Op: card.Write, Address: 64, Data: []byte{1, 2}}, card.NotDone, card.ErrProtected)
	b.want(card.Command{Op: card.Verify, Data: []byte{1, 2, 3}}, card.NotDone, card.ErrWrongPSC)
	if e := b.want(card.Command{Op: card.Tries}, card.Done, nil); !bytes.Equal(e.Data, []byte{2}) || chip.Counter != 0x06 {
		t.Errorf("tries % X, counter %02X", []byte(e.Data), chip.Counter)
	}
	b.want(card.Command{Op: card.Verify, Data: []byte{0xAA, 0xBB, 0xCC}}, card.Done, nil)
	b.want(card.Command{Op: card.Write, Address: 64, Data: []byte{1, 2}}, card.Done, nil)
	if chip.Main[64] != 1 || chip.Main[65] != 2 {
		t.Error("the chip holds something else")
	}
	b.want(card.Command{Op: card.Write, Address: 0, Data: []byte{1}}, card.NotDone, card.ErrProtected)
	b.want(card.Command{Op: card.Write, Area: card.Protection, Address: 1, Data: []byte{0xFE}}, card.Done, nil)
	if !bytes.Equal(chip.Protection, []byte{0xF0, 0xFE, 0xFF, 0xFF}) {
		t.Errorf("protection % X", []byte(chip.Protection))
	}
	b.want(card.Command{Op: card.Write, Address: 8, Data: []byte{1}}, card.NotDone, card.ErrProtected)
	chip.CutAfter(0)
	b.want(card.Command{Op: card.Write, Address: 66, Data: []byte{3}}, card.Unknown, card.ErrDevice)
}
