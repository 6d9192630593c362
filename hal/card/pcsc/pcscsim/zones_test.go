package pcscsim_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

// zoneChip answers as section AT88SC101/102/1003 of the ACR manuals prints it: D0
// clears bits, D2 sets a word, 20 says 9000 whatever the code was.
type zoneChip struct {
	mem   []byte
	open  bool
	heard []string
}

func (z *zoneChip) Reset(bool) []byte { z.open = false; return []byte{0x3B, 0x04, 0, 0, 0, 0} }
func (z *zoneChip) PowerOff()         { z.open = false }

func (z *zoneChip) Transmit(p []byte) []byte {
	z.heard = append(z.heard, fmt.Sprintf("% X", p))
	okay, at := []byte{0x90, 0}, int(p[3])
	switch p[1] {
	case 0xA4:
		return okay
	case 0xB0:
		return append(bytes.Clone(z.mem[at:at+int(p[4])]), okay...)
	case 0xD0:
		for i, b := range p[5:] {
			if z.open {
				z.mem[at+i] &= b
			}
		}
		return okay
	case 0xD2:
		if z.open {
			z.mem[at&^1], z.mem[at|1] = 0xFF, 0xFF
		}
		return okay
	case 0x20:
		z.mem[12] &= z.mem[12] - 1
		if bytes.Equal(p[2:], []byte{8, 0x0A, 2, 0x12, 0x34}) {
			z.open, z.mem[12] = true, 0xFF
		}
		return okay
	}
	return []byte{0x6D, 0}
}

func newZoneChip() *zoneChip {
	z := &zoneChip{mem: bytes.Repeat([]byte{0xFF}, 178)}
	copy(z.mem[22:], []byte{0x0F, 0xF0, 0xAA, 0x55})
	return z
}

// The manual's bytes, in order: a write at an odd address erases only the word in
// which a bit must be set, and leaves the neighbours as they are.
func TestAT88SC102Bytes(t *testing.T) {
	z := newZoneChip()
	b := memoryBench(t, cardsim.Card{Processor: z})
	b.want(card.Command{Op: card.Select, Chip: card.AT88SC102}, card.Done, nil)
	b.want(card.Command{Op: card.Verify, Data: []byte{0x12, 0x34}}, card.Done, nil)
	b.want(card.Command{Op: card.Write, Address: 23, Data: []byte{0x30, 0xFF, 0x55}}, card.Done, nil)
	want := []string{
		"FF A4 00 00 01 09",
		"FF B0 00 0C 01", "FF 20 08 0A 02 12 34", "FF B0 00 0C 01",
		"FF B0 00 16 04", "FF D0 00 16 02 0F 30", // only bits to clear: no erase
		"FF D2 00 18 00", "FF D0 00 18 02 FF 55",
		"FF B0 00 17 03",
	}
	if !slices.Equal(z.heard, want) {
		t.Errorf("heard\n%q\nwant\n%q", z.heard, want)
	}
	if !bytes.Equal(z.mem[20:28], []byte{0xFF, 0xFF, 0x0F, 0x30, 0xFF, 0x55, 0xFF, 0xFF}) {
		t.Errorf("the card holds % X", z.mem[20:28])
	}
}

// A wrong code is known by the counter alone, and a last try is not spent unasked.
func TestAT88SC102WrongCode(t *testing.T) {
	z := newZoneChip()
	b := memoryBench(t, cardsim.Card{Processor: z})
	b.want(card.Command{Op: card.Select, Chip: card.AT88SC102}, card.Done, nil)
	for _, left := range []byte{3, 2, 1} {
		if e := b.want(card.Command{Op: card.Verify, Data: []byte{0x12, 0x35}}, card.NotDone, card.ErrWrongPSC); !bytes.Equal(e.Data, []byte{left}) {
			t.Errorf("tries left % X, want %d", []byte(e.Data), left)
		}
	}
	b.want(card.Command{Op: card.Verify, Data: []byte{0x12, 0x34}}, card.NotDone, card.ErrLastTry)
	b.want(card.Command{Op: card.Write, Address: 23, Data: []byte{0}}, card.NotDone, card.ErrProtected)
}

// A zone that the chip will not erase, as after the issuer's fuse: the write says so.
func TestAT88SC102ZoneKeptShut(t *testing.T) {
	z := newZoneChip()
	b := memoryBench(t, cardsim.Card{Processor: z})
	b.want(card.Command{Op: card.Select, Chip: card.AT88SC102}, card.Done, nil)
	b.want(card.Command{Op: card.Verify, Data: []byte{0x12, 0x34}}, card.Done, nil)
	z.open = false
	b.want(card.Command{Op: card.Write, Address: 24, Data: []byte{0xBB}}, card.NotDone, card.ErrProtected)
	b.want(card.Command{Op: card.Write, Address: 24, Data: []byte{0xBB, 0x66}}, card.Unknown, card.ErrProtected)
}
