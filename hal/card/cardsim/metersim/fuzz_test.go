package metersim_test

import (
	"testing"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

// FuzzInsert writes anything onto a memory card and puts it into the meter, twice: whatever
// the card says, the meter loads its next purchase or nothing, never more than it may hoard,
// never twice, and what it has left is what it had and what it loaded.
func FuzzInsert(f *testing.F) {
	f.Add(false, uint8(0), []byte{})
	f.Add(true, uint8(32), []byte{0x68, 1, 0, 5})
	f.Add(false, uint8(64), []byte{0, 0, 0, 4, 0, 0, 0x27, 0x10})
	f.Add(true, uint8(88), make([]byte, 40))
	f.Fuzz(func(t *testing.T, other bool, at uint8, data []byte) {
		form := metercard.SLE4442
		if other {
			form = metercard.AT88SC102
		}
		c := made(t, bought(form))
		poke(c, int(at), data)
		m := meter()
		for range 2 {
			before, left := len(m.Loads), m.Left
			m.Insert(c, meterissuersim.TestKeys(), now)
			var loaded money.Amount
			for _, l := range m.Loads[before:] {
				loaded += l.Amount
			}
			switch {
			case len(m.Loads) > 1, m.Left != left+loaded, m.Left > m.Limit, loaded < 0:
				t.Fatalf("%+v", m)
			case m.Count != 4+uint32(len(m.Loads)):
				t.Fatalf("count %d after %d loads", m.Count, len(m.Loads))
			}
		}
	})
}

// poke writes over what is on the card, with the code that lets it.
func poke(c *cardsim.Card, at int, data []byte) {
	chip := c.Memory
	chip.PowerOn()
	defer chip.PowerOff()
	keys := meterissuersim.TestKeys()
	code := keys.SLE4442[:]
	if chip.Chip() == card.AT88SC102 {
		code = keys.AT88SC102[:]
	}
	if ok, err := chip.Verify(code); err != nil || !ok {
		return
	}
	_ = chip.Write(card.Main, at, data) // what is protected, or is not there, stays as it is
}
