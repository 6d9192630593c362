package metersim

import (
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
)

// memoryCard is a memory card in the slot.
type memoryCard struct {
	chip cardsim.Memory
	form metercard.Form
	code []byte
	read metercard.Facts
}

func (c *memoryCard) open(*Meter) Error {
	c.chip.PowerOn()
	saved := map[string]script.Bytes{}
	for _, s := range userfile.Plan(c.form) {
		b, err := c.chip.Read(card.Main, s.Address, s.Length)
		if err != nil {
			return Communication
		}
		saved[s.Save] = b
	}
	f, err := userfile.Facts(c.form, saved)
	if err != nil {
		return WrongFormat
	}
	c.read = f

	return 0
}

func (c *memoryCard) facts() metercard.Facts { return c.read }

// empty: what a memory card returned stays until it is written over.
func (c *memoryCard) empty() bool { return true }

func (c *memoryCard) trust(*Meter) Error {
	ok, err := c.chip.Verify(c.code)
	switch {
	case err != nil:
		return Communication
	case !ok:
		return ExternalAuth
	}

	return 0
}

func (c *memoryCard) giveBack(m *Meter, _ time.Time) Error {
	loaded := userfile.Loaded{Count: m.Count, Left: m.Left}
	b, err := loaded.Bytes(numberOf(c.read.Serial))
	if err != nil {
		return WrongFormat
	}

	l, _ := userfile.LayoutOf(c.form)
	if err := c.chip.Write(card.Main, loaded.Place(l), b); err != nil {
		return RemovedEarly
	}

	return 0
}
