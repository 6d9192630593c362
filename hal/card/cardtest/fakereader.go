package cardtest

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

// FakeReader is the machine behind a Fake: a motor reader that takes every card of
// package cardsim. As a hal.Peer it has nothing to say.
type FakeReader struct {
	card    *cardsim.Card
	place   card.Media // NotPresent, Entering or Present
	offered bool       // at the gate on its way out
	inAt    time.Time  // an entering card is inside by then
	bin     []*cardsim.Card
	open    bool
	dead    bool
	readyAt time.Time
	cards   int // cards that came in so far

	silent, jam, binFull, lostReply bool

	forced map[card.Op][]Forced
}

// Forced is an outcome that the test wants, instead of the reader's own.
type Forced struct {
	Kind   card.Kind
	Err    error
	Reach  bool // the card sees the command all the same
	Pulled bool // and then the card is gone
}

var _ Device = (*FakeReader)(nil)

var errFakeSlot = errors.New("no such thing in the slot")

const (
	fakeEntry = 300 * time.Millisecond
	fakeBoot  = time.Second
)

// NewFakeReader returns a reader with power, without a card.
func NewFakeReader() *FakeReader {
	return &FakeReader{place: card.NotPresent, forced: map[card.Op][]Forced{}}
}

// Force makes the next command of the kind end as given; called again, the one after
// it.
func (d *FakeReader) Force(op card.Op, f Forced) { d.forced[op] = append(d.forced[op], f) }

func (d *FakeReader) takeForced(op card.Op) (f Forced, ok bool) {
	if q := d.forced[op]; len(q) > 0 {
		d.forced[op] = q[1:]
		return q[0], true
	}
	return Forced{}, false
}

// Receive does nothing.
func (d *FakeReader) Receive(time.Time, []byte) {}

// Advance moves an entering card inside. It never has bytes to send.
func (d *FakeReader) Advance(now time.Time) []byte { d.step(now); return nil }

// Wake is when an entering card is inside.
func (d *FakeReader) Wake() time.Time { return d.inAt }

func (d *FakeReader) step(now time.Time) {
	if !d.inAt.IsZero() && !now.Before(d.inAt) {
		d.place, d.inAt = card.Present, time.Time{}
	}
}

func (d *FakeReader) answers(now time.Time) bool {
	return !d.dead && !d.silent && !now.Before(d.readyAt)
}

// InsertCard puts a card into the gate.
func (d *FakeReader) InsertCard(now time.Time, c *cardsim.Card) error {
	if d.dead || !d.open || d.card != nil || d.jam {
		return errFakeSlot
	}
	d.card, d.place, d.offered, d.inAt = c, card.Entering, false, now.Add(fakeEntry)
	d.cards++
	return nil
}

// TakeCard takes the card that is offered.
func (d *FakeReader) TakeCard(now time.Time) (*cardsim.Card, error) {
	if !d.offered {
		return nil, errFakeSlot
	}
	return d.PullCard(now)
}

// PullCard tears the card out.
func (d *FakeReader) PullCard(time.Time) (*cardsim.Card, error) {
	c := d.card
	if c == nil {
		return nil, errFakeSlot
	}
	c.PowerOff()
	d.card, d.place, d.offered, d.inAt = nil, card.NotPresent, false, time.Time{}
	d.cards++
	return c, nil
}

// Fault sets or clears a fault.
func (d *FakeReader) Fault(kind string, clear bool) error {
	switch kind {
	case FaultJam:
		d.jam = !clear
	case FaultBinFull:
		d.binFull = !clear
	case FaultSilent:
		d.silent = !clear
	case FaultLostReply:
		d.lostReply = !clear
	default:
		return fmt.Errorf("cannot set fault: unknown kind %q", kind)
	}

	return nil
}

// PowerCut takes the reader's power.
func (d *FakeReader) PowerCut(time.Time) {
	if d.card != nil {
		d.card.PowerOff()
	}
	d.dead, d.open = true, false
}

// PowerOn gives it back; it answers a second later.
func (d *FakeReader) PowerOn(now time.Time) {
	if d.dead {
		d.dead, d.readyAt = false, now.Add(fakeBoot)
	}
}

// Inside is the card in it, or at its gate; nil without one.
func (d *FakeReader) Inside() *cardsim.Card { return d.card }

// Offered is the card in the gate, which a hand can take; nil without one.
func (d *FakeReader) Offered() *cardsim.Card {
	if !d.offered {
		return nil
	}
	return d.card
}

// EmptyBin is a collection: it takes the cards out of the bin and returns them.
func (d *FakeReader) EmptyBin() []*cardsim.Card {
	b := d.bin
	d.bin = nil
	return b
}

// Retained lists the cards in the bin, oldest first.
func (d *FakeReader) Retained() []*cardsim.Card { return append([]*cardsim.Card(nil), d.bin...) }
