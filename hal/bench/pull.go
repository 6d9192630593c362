package bench

import (
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

// Pull is a hand that tears the card out of the reader while it is being written. The
// zero value leaves it in.
type Pull struct {
	// At is the command, of those that change the card, in which it goes, counted from 1
	// since the card went in: an UPDATE BINARY of a processor card, a write of a memory
	// card. 0 is never.
	At int
	// Done is whether that command still had its effect on the card; of a write of several
	// bytes, its first byte.
	Done bool
}

// arm has a card that went into s torn out as p says. It needs the readers' lines.
func (b *Bench) arm(c *cardsim.Card, s Slot, p Pull) {
	if p.At <= 0 {
		return
	}
	tear := cardsim.TearOld
	if p.Done {
		tear = cardsim.TearNew
	}
	h := &hand{left: p.At, tear: tear, pull: func() { b.hands.Go(func() { b.pulled(c, s) }) }}
	if c.Processor != nil {
		c.Processor = heldChip{c.Processor, h}
	}
	if c.Memory != nil {
		c.Memory = heldMemory{c.Memory, h}
	}
}

// pulled takes a card out whose chip has lost its power.
func (b *Bench) pulled(c *cardsim.Card, s Slot) {
	b.atReaders(func(now time.Time) {
		if b.at[c.ID] != s {
			return // another hand was faster
		}
		if out, err := b.readers[s].PullCard(now); err == nil {
			b.putBack(out)
		}
	})
}

// disarm takes the hand off a card. It needs the readers' lines.
func (b *Bench) disarm(c *cardsim.Card) {
	if p, ok := c.Processor.(heldChip); ok {
		c.Processor = p.Processor
	}
	if m, ok := c.Memory.(heldMemory); ok {
		c.Memory = m.Memory
	}
}

// processor is a card's own chip, whatever hand is on it.
func processor(c *cardsim.Card) cardsim.Processor {
	if p, ok := c.Processor.(heldChip); ok {
		return p.Processor
	}
	return c.Processor
}

// hand counts the commands that change a card.
type hand struct {
	left int // commands, with the one in which it pulls; 0 or less: it has pulled
	tear cardsim.Tear
	pull func()
}

// cuttable is a chip whose power can be taken in its next step.
type cuttable interface {
	CutAfter(n int)
	SetTear(t cardsim.Tear, seed uint64)
}

// before is called before a command that changes the card: it arms the cut in the one
// in which the hand pulls, and reports whether that is now.
func (h *hand) before(chip cuttable) bool {
	h.left--
	if h.left != 0 {
		return false
	}
	chip.SetTear(h.tear, 0)
	chip.CutAfter(0)
	return true
}

// heldChip is a processor card with a hand on it.
type heldChip struct {
	cardsim.Processor
	hand *hand
}

// insUpdate is UPDATE BINARY.
const insUpdate = 0xD6

// Transmit implements cardsim.Processor.
func (p heldChip) Transmit(apdu []byte) []byte {
	chip, ok := p.Processor.(cuttable)
	if !ok || len(apdu) < 2 || apdu[1] != insUpdate || !p.hand.before(chip) {
		return p.Processor.Transmit(apdu)
	}
	defer p.hand.pull()
	return p.Processor.Transmit(apdu)
}

// heldMemory is a memory card with a hand on it.
type heldMemory struct {
	cardsim.Memory
	hand *hand
}

// Write implements cardsim.Memory.
func (m heldMemory) Write(area card.Area, address int, data []byte) error {
	if !m.hand.before(m.Memory) {
		return m.Memory.Write(area, address, data)
	}
	defer m.hand.pull()
	return m.Memory.Write(area, address, data)
}
