package bench

import (
	"fmt"
	"slices"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card/cardsim"
)

// Slot is where a card goes in.
type Slot string

// The slots. Each has a reader and a line of its own.
const (
	BankSlot  Slot = "bank"  // of bank cards: line dev/card
	MeterSlot Slot = "meter" // of meter cards: line dev/meter-card
)

// Slots are the card slots of the kiosk.
func Slots() []Slot { return []Slot{BankSlot, MeterSlot} }

// role is what the slot's line, and its device, is called.
func (s Slot) role() string {
	if s == MeterSlot {
		return "meter-card"
	}
	return "card"
}

// ErrNoSlot says that the kiosk has no such card slot.
var ErrNoSlot = fmt.Errorf("no such slot")

// slotOf checks a slot; "" is the one in which cards of c's kind belong.
func slotOf(s Slot, c *cardsim.Card) (Slot, error) {
	switch {
	case slices.Contains(Slots(), s):
		return s, nil
	case s != "":
		return "", fmt.Errorf("%w: %.20q is not bank or meter", ErrNoSlot, string(s))
	case kind(c) == bankCard:
		return BankSlot, nil
	}
	return MeterSlot, nil
}

// cardReader is a simulated reader, whatever protocol it speaks.
type cardReader interface {
	hal.Peer
	InsertCard(now time.Time, c *cardsim.Card) error
	TakeCard(now time.Time) (*cardsim.Card, error)
	PullCard(now time.Time) (*cardsim.Card, error)
	Offered() *cardsim.Card
	Retained() []*cardsim.Card
	EmptyBin() []*cardsim.Card
	powered
	Fault(kind string, clear bool) error
}

// atReaders does something at the lines of both readers, and with the cards, which belong
// to them. The lines are always taken in the order of Slots.
func (b *Bench) atReaders(do func(now time.Time)) {
	b.lines[BankSlot.role()].Do(func(time.Time) { b.lines[MeterSlot.role()].Do(do) })
}

// inSlot is the card in a reader, at its gate or held; nil without one. It needs the
// readers' lines.
func (b *Bench) inSlot(s Slot) *cardsim.Card {
	for _, c := range b.cards {
		if b.at[c.ID] == s && !slices.Contains(b.readers[s].Retained(), c) {
			return c
		}
	}
	return nil
}
