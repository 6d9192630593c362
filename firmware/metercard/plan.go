package metercard

import (
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/metercard"
)

// plan is what one input leads to: what is to be made durable, and what follows. It is
// made once, and waits where the journal refuses it.
type plan struct {
	now   time.Time
	books tender.Books

	txn    payments.Transaction // as read
	leg    metercard.Leg        // of txn, after events
	events []payments.Event

	effects []tender.Effect
	refuse  func(p *plan) // in place of waiting, where the journal refuses
	queued  bool          // it is the oldest input's
}

func (d *Desk) begin(now time.Time, b tender.Books) *plan {
	d.stir = false

	return &plan{now: now, books: b}
}

func (p *plan) decision() tender.Decision {
	return tender.Decision{Txn: p.txn, Events: p.events}
}

func (p *plan) durable() bool { return p.decision().Durable() }

func (p *plan) do(e ...tender.Effect) { p.effects = append(p.effects, e...) }

// open reads the transaction that events will be of; false for one that has no card to be
// written.
func (p *plan) open(serial string) bool {
	if p.txn.Serial == "" {
		t, ok := p.books.Find(serial)
		if !ok {
			return false
		}
		p.txn, p.leg = t, t.Write
	}

	return p.txn.Serial == serial && p.leg.State != ""
}

// add has an event of the transaction journaled. One that its leg does not take is not
// said.
func (p *plan) add(e payments.Event) bool {
	next, _, err := p.leg.Apply(e)
	if err != nil {
		return false
	}
	p.leg = next
	p.events = append(p.events, e)

	return true
}

// begun records that a write is about to begin; false where none may any more.
func (p *plan) begun() bool {
	s := p.leg.Sold

	return p.add(metercard.WriteBegun{N: p.leg.Writes + 1, Card: s.Card, Count: s.Count, Amount: s.Amount, At: p.now.UnixMilli()})
}

// ended records what was read back, or with the facts of no card that it could not be.
func (p *plan) ended(o metercard.Outcome, why string, f metercard.Facts, digest string) {
	p.add(metercard.WriteEnded{N: p.leg.Writes, Outcome: o, Why: why, Count: f.Count, Purse: f.Purse, Steps: digest})
}

// captured records a card that the reader keeps. It is of no transaction's state.
func (p *plan) captured(serial string, e bankcard.Captured) {
	if serial != "" && p.txn.Serial == "" {
		if t, ok := p.books.Find(serial); ok {
			p.txn, p.leg = t, t.Write
		}
	}
	p.events = append(p.events, e)
}
