package bankcard

import (
	"fmt"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/terminal"
)

// plan is what one input leads to: what is to be made durable, and what follows. It is
// made once, and waits where the journal refuses it.
type plan struct {
	now   time.Time
	books tender.Books

	txn    payments.Transaction // as read
	leg    bankcard.Leg         // of txn, after events
	events []payments.Event
	notes  []tender.Note
	state  kept
	id     string // of the terminal
	// certificate is the chip's, of a payment that is closed as paid.
	certificate string
	keep        bool // state has changed

	effects []tender.Effect
	sends   []posp.Request       // of the terminal procedure
	load    bool                 // the keys of a sign-in go to the pad
	ends    *terminal.Conclusion // of the sale
	refuse  func(p *plan)        // in place of waiting, where the journal refuses
	queued  bool                 // it is the oldest input's
}

func (s *Station) begin(now time.Time, b tender.Books) *plan {
	return &plan{now: now, books: b, state: s.kept, id: s.cfg.Bank.ID}
}

// decision is what the plan asks the journal for.
func (p *plan) decision() tender.Decision {
	d := tender.Decision{Txn: p.txn, Events: p.events, Notes: p.notes}
	if p.keep {
		d.Keep = mustJSON(p.state)
	}

	return d
}

// add has an event of a transaction journaled. One that its leg does not take any more
// says what is known already.
func (p *plan) add(serial string, e payments.Event) bool {
	if p.txn.Serial == "" {
		t, ok := p.books.Find(serial)
		if !ok {
			return false
		}
		p.txn, p.leg = t, t.Card
	}
	if p.txn.Serial != serial {
		return false
	}

	next, _, err := p.leg.Apply(e)
	if err != nil {
		return false
	}
	p.leg = next
	p.events = append(p.events, e)

	return true
}

// captured records a card that the reader keeps. It is of no transaction's state.
func (p *plan) captured(serial string, e bankcard.Captured) {
	if t, ok := p.books.Find(serial); ok && p.txn.Serial == "" {
		p.txn, p.leg = t, t.Card
	}
	p.events = append(p.events, e)
}

func (p *plan) do(e ...tender.Effect) { p.effects = append(p.effects, e...) }

// step gives the terminal procedure an event, and sorts what follows.
func (p *plan) step(e terminal.Event) error {
	e.Now = p.now
	next, actions, err := terminal.Step(p.state.Terminal, e)
	if err != nil {
		return err
	}
	before := p.state.Terminal.Batch
	p.state.Terminal, p.keep = next, true
	if b := next.Batch; b.Other != 0 && (b.Other != before.Other || b.Number != before.Number) {
		p.note(bankcard.BatchDiffers, bankcard.Batch{
			Terminal: p.id, Batch: b.Number, Other: b.Other, Sales: len(b.Items), Total: b.Totals().Debit, At: p.now.UnixMilli(),
		})
	}

	for _, a := range actions {
		switch a.Do {
		case terminal.Send:
			p.sends = append(p.sends, a.Request)
		case terminal.LoadKeys:
			p.load = true
		case terminal.Conclude:
			c := a.Conclusion
			p.ends = &c
			if c.Op == posp.Void {
				p.voided(c)
			}
		case terminal.TellSettled:
			p.state.Last = Settled{Terminal: p.id, Settlement: a.Settlement, At: p.now.UnixMilli()}
			p.state.Left = bankcard.Batch{}
			p.note(bankcard.BatchSettled, p.state.Last)
		case terminal.TellReversed:
			p.reversed(a.Conclusion)
		case terminal.TellEvidence:
			p.evidence(a.Conclusion)
		}
	}

	return nil
}

// note has a record made durable that changes no transaction.
func (p *plan) note(name string, body any) {
	p.notes = append(p.notes, tender.Note{Type: name, Body: mustJSON(body)})
}

// reversed is the bank's word that a sale stands no more. One that it had approved, and
// has never heard of now, is for a person: nobody knows where the money is.
func (p *plan) reversed(c terminal.Conclusion) {
	t, ok := p.books.Find(c.Serial)
	if ok && c.Op == posp.Void {
		p.add(c.Serial, bankcard.Evidence{N: t.Card.Sales, What: bankcard.VoidUndone, Response: string(c.Answer.Code), Order: p.state.Void})
		return
	}
	if !ok || t.Card.Sale.Trace != digits(c.Trace) || t.Card.Sale.Batch != digits(c.Batch) {
		return
	}
	p.add(c.Serial, bankcard.ReversalAnswered{N: t.Card.Sales, Done: !c.Contradicts, Response: string(c.Answer.Code)})
}

// evidence is an answer that came too late.
func (p *plan) evidence(c terminal.Conclusion) {
	t, ok := p.books.Find(c.Serial)
	if !ok || t.Card.Sale.Trace != digits(c.Trace) {
		return
	}
	what := "approved-late"
	if c.Contradicts {
		what = bankcard.Contradicts
	}
	p.add(c.Serial, bankcard.Evidence{N: t.Card.Sales, What: what, Response: string(c.Answer.Code)})
}

// tell gives the procedure an event that it always takes.
func (p *plan) tell(e terminal.Event) {
	if err := p.step(e); err != nil {
		panic(fmt.Sprintf("bank card: %v", err)) // kinds of events are constants
	}
}

// takeBack orders the reversal of a sale, and closes the payment for its customer. Where
// the procedure has no reversal pending yet, Turn gives it one.
func (p *plan) takeBack(serial string, n int, why bankcard.Why) {
	p.add(serial, bankcard.ReversalOrdered{N: n, Why: why, At: p.now.UnixMilli()})
	p.close(serial, string(why))
}

// close closes the payment for its customer with what is known.
func (p *plan) close(serial, why string) {
	t, ok := p.books.Find(serial)
	if !ok {
		return
	}
	if p.txn.Serial == "" {
		p.txn, p.leg = t, t.Card
	}

	e := bankcard.Closed{Account: t.Account, ClosedAt: p.now.UnixMilli(), Reason: why}
	if p.leg.State == bankcard.Approved {
		e.Total, e.Certificate = t.Card.Amount, p.certificate
	}
	p.add(serial, e)
}
