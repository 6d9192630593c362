package cardtest

import (
	"bytes"
	"fmt"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

func chipName(c card.Chip) string {
	names := [...]string{"", "SLE4442", "SLE4428", "AT24C", "AT88SC102"}
	if c < 1 || int(c) >= len(names) {
		return fmt.Sprintf("chip %d", int(c))
	}
	return names[c]
}

func hasCode(c card.Chip) bool { return c != card.AT24C }

// Places of test bytes: where the chip may be written, and how many tries it has.
func place(c card.Chip) (address, tries int) {
	switch c {
	case card.SLE4442:
		return 0x40, 3
	case card.SLE4428:
		return 0x1F8, 8
	case card.AT88SC102:
		return 22, 4
	}
	return 0x0C, 0 // across a page of 8 and of 16 bytes
}

// chipCard is a fresh card of the kind, and its code.
func chipCard(c card.Chip) (*cardsim.Card, cardsim.Memory, []byte) {
	var m cardsim.Memory
	psc := []byte{0x12, 0x34, 0x56}
	switch c {
	case card.SLE4442:
		m = cardsim.NewSLE4442([3]byte(psc))
	case card.SLE4428:
		psc = psc[:2]
		m = cardsim.NewSLE4428([2]byte(psc))
	case card.AT88SC102:
		psc = psc[:2]
		m = cardsim.NewAT88SC102([2]byte(psc))
	default:
		psc = nil
		m = cardsim.NewAT24C(2)
	}

	return &cardsim.Card{ID: chipName(c), Memory: m}, m, psc
}

// selected inserts a fresh card and powers it.
func (r *run) selected(chip card.Chip) (cardsim.Memory, []byte) {
	r.Helper()
	c, m, psc := chipCard(chip)
	r.insert(c)
	r.want(card.Command{Op: card.Select, Chip: chip}, card.Done, nil)
	return m, psc
}

// held is what the chip holds, read past the reader. The chip keeps its power.
func held(m cardsim.Memory) []byte {
	switch m := m.(type) {
	case *cardsim.SLE4442:
		return bytes.Clone(m.Main)
	case *cardsim.SLE4428:
		return bytes.Clone(m.Main)
	case *cardsim.AT24C:
		return bytes.Clone(m.Main)
	case *cardsim.AT88SC102:
		return bytes.Clone(m.Main)
	}
	return nil
}

// triesHeld is the error counter, read past the reader.
func triesHeld(m cardsim.Memory) int {
	count := func(b byte) int {
		n := 0
		for ; b != 0; b &= b - 1 {
			n++
		}
		return n
	}

	switch m := m.(type) {
	case *cardsim.SLE4442:
		return count(m.Counter)
	case *cardsim.SLE4428:
		return count(m.Main[1021])
	case *cardsim.AT88SC102:
		return count(m.Main[12] & 0x0F)
	}
	return 0
}

// spend uses tries up, past the reader, before the card goes in.
func spend(m cardsim.Memory, n int, wrong []byte) {
	m.PowerOn()
	for range n {
		_, _ = m.Verify(wrong) // wrong on purpose
	}
	m.PowerOff()
}

func wrongPSC(psc []byte) []byte {
	w := bytes.Clone(psc)
	w[len(w)-1] ^= 0xFF
	return w
}
