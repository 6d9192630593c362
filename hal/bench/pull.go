package bench

import (
	"errors"
	"time"

	"wattkiosk/hal/card/cardsim"
)

// ErrPull says that a card cannot be torn out in a command.
var ErrPull = errors.New("only a meter card with a processor is torn out in a command")

// Pull is a hand that tears the card out of the reader while it is being written, or pulls
// the kiosk's plug. The zero value does neither.
type Pull struct {
	// At is the command, of those that change the card, in which it goes, counted from 1
	// since the card went in: the UPDATE BINARY of a processor card. 0 is never.
	At int
	// Done is whether that command still had its effect on the card.
	Done bool
	// Plug takes the kiosk's power, by Config.Unplug, and leaves the card in.
	Plug bool
}

// arm puts a hand on a card that went into s. It tears the card out as p says, and has
// written down what changed on a meter card. It needs the readers' lines.
func (b *Bench) arm(c *cardsim.Card, s Slot, p Pull) {
	if _, ok := c.Processor.(*cardsim.MeterCard); !ok {
		return
	}
	h := &hand{left: p.At, tear: cardsim.TearOld}
	if p.Done {
		h.tear = cardsim.TearNew
	}
	h.after = func(torn bool) {
		b.hands.Go(func() {
			switch {
			case torn && p.Plug:
				b.unplug()
			case torn:
				b.pulled(c, s)
			}
			b.keep()
		})
	}

	c.Processor = heldChip{c.Processor, h}
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
	left  int // commands, with the one in which it pulls; 0 or less: it does not pull, or has
	tear  cardsim.Tear
	after func(torn bool) // such a command
}

// cuttable is a chip whose power can be taken in its next step.
type cuttable interface {
	CutAfter(n int)
	SetTear(t cardsim.Tear, seed uint64)
}

// change carries out a command that changes the card, or tears the card out in it.
func (h *hand) change(chip cuttable, command func()) {
	h.left--
	torn := h.left == 0
	if torn {
		chip.SetTear(h.tear, 0)
		chip.CutAfter(0)
	}
	command()
	h.after(torn)
}

// heldChip is a processor card with a hand on it.
type heldChip struct {
	cardsim.Processor
	hand *hand
}

// insUpdate is UPDATE BINARY.
const insUpdate = 0xD6

// Transmit implements cardsim.Processor.
func (p heldChip) Transmit(apdu []byte) (answer []byte) {
	chip, ok := p.Processor.(cuttable)
	if !ok || len(apdu) < 2 || apdu[1] != insUpdate {
		return p.Processor.Transmit(apdu)
	}
	p.hand.change(chip, func() { answer = p.Processor.Transmit(apdu) })

	return answer
}
