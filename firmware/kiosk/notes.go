package kiosk

import (
	"errors"

	"wattkiosk/firmware/session"
	"wattkiosk/hal/bill"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
)

// report is a validator's statement that waits for the journal.
type report struct {
	what  cash.Report
	value money.Amount
}

// onValidator takes a report of the validator: first what money depends on, then
// the machine's condition.
func (c *Core) onValidator(e bill.Event) {
	if e.Kind == bill.Refused {
		return // it says nothing of the device
	}
	c.note.state, c.note.detail = e.Kind, e.Detail
	c.note.follow(e.Kind)
	switch e.Kind {
	case bill.Accepting, bill.Escrowed, bill.Stacking, bill.Returning:
		c.note.moving = true
	case bill.Disabled, bill.Idling, bill.Stacked, bill.Returned, bill.Rejected, bill.PoweredUp, bill.PoweredUpInStacker:
		c.note.moving = false
	}
	if r, ok := moneyReport(e); ok {
		c.await(r)
	}
	c.decideAll()
	if e.Kind == bill.Rejected && c.live != nil {
		c.live.refused = "rejected"
	}
	if c.live != nil && c.live.txn.Status() == payments.Tendering && stopsCash(e.Kind) {
		c.close("device")
	}
	c.tryClose()
	c.emit(Redraw{})
}

// moneyReport reduces a device event to what cash.Decide knows.
func moneyReport(e bill.Event) (report, bool) {
	v := money.Amount(e.Value)
	switch e.Kind {
	case bill.Escrowed:
		return report{cash.Escrowed, v}, true
	case bill.Stacked:
		return report{cash.Stacked, v}, true
	case bill.PoweredUpInStacker:
		return report{cash.InStacker, v}, true
	case bill.PoweredUpInValidator: // its reset gives the note back, and then it says so
		return report{cash.InPath, v}, true
	case bill.Returned:
		return report{cash.Returned, v}, true
	case bill.Failed:
		return report{cash.Lost, v}, v != 0
	case bill.Disabled, bill.Idling, bill.PoweredUp:
		return report{cash.NoNote, 0}, true
	}
	return report{}, false
}

// follow keeps what a report about a note in the cassette depends on: whether the
// device started anew since the last credit, and whether another note was seen
// since.
func (n *noteSlot) follow(k bill.Kind) {
	switch k {
	case bill.PoweredUp, bill.PoweredUpInStacker, bill.PoweredUpInValidator:
		n.restarted = true
	case bill.Escrowed:
		n.other = true
	}
}

// stopsCash reports whether a condition ends the taking of notes.
func stopsCash(k bill.Kind) bool {
	switch k {
	case bill.CassetteRemoved, bill.CassetteFull, bill.Jammed, bill.Failed, bill.PoweredUp, bill.PoweredUpInStacker, bill.PoweredUpInValidator, bill.Cheated:
		return true
	}
	return false
}

// maxUndecided bounds the reports that wait for the journal. A driver stops at
// the first note that is not confirmed, so only a device that keeps losing its
// power comes near it.
const maxUndecided = 64

// await queues a report behind those that the journal has not taken. "No note" is
// said once. Past the bound the kiosk is started anew: what was not confirmed the
// device says again.
func (c *Core) await(r report) {
	if n := len(c.undecided); n > 0 && r == c.undecided[n-1] && r.what == cash.NoNote {
		return
	}
	if len(c.undecided) >= maxUndecided {
		c.emit(Restart{Err: errUndecided})
		return
	}
	c.undecided = append(c.undecided, r)
}

var errUndecided = errors.New("too many validator reports wait for the journal")

// decideAll settles reports in their order; one that the journal refuses stays,
// and everything behind it.
func (c *Core) decideAll() {
	for len(c.undecided) > 0 {
		if !c.decide(c.undecided[0]) {
			return
		}
		c.undecided = c.undecided[1:]
	}
}

// decide settles one report and reports whether it is done with.
func (c *Core) decide(r report) bool {
	t := c.last
	s := cash.Situation{Closing: true, Repeat: c.note.restarted && !c.note.other, Refused: c.note.refused}
	if c.live != nil && c.live.txn.Status() == payments.Tendering {
		t, s.Closing = c.live.txn, c.live.closing
	}
	s.Leg = t.Cash
	d := cash.Decide(s, r.what, r.value)
	if r.what == cash.Escrowed && c.broken != nil {
		d = cash.Decision{Order: cash.Return, Refusal: cash.RefuseClosed, Refused: t.Cash.Pending() < 0}
	}
	if len(d.Events) > 0 && !c.record(t, d.Events) {
		if r.what != cash.Escrowed {
			return false
		}
		d.Order = cash.Return // the note is the customer's: no record is needed to give it back
	}
	if r.what != cash.InPath { // which only promises what the next report says
		c.note.refused = d.Refused
	}
	c.order(d, r)

	return true
}

// record commits note events to the transaction they belong to.
func (c *Core) record(t payments.Transaction, events []payments.Event) bool {
	next, _, err := c.commit(t, t.Serial, events...)
	if err != nil {
		return false
	}
	if c.live != nil && c.live.txn.Serial == next.Serial {
		c.live.txn = next
	} else if a := c.open[next.Serial]; a != nil {
		a.txn = next
	}
	return true
}

// order tells the validator what was decided.
func (c *Core) order(d cash.Decision, r report) {
	switch d.Order {
	case cash.Stack:
		c.note.restarted = false
		c.note.other = false
		c.live.noteAt, c.live.refused = c.now, ""
		c.emit(OrderValidator{bill.Command{Op: bill.Stack}})
		c.visit = c.visit.Touch(c.now)
	case cash.Return:
		c.emit(OrderValidator{bill.Command{Op: bill.Return}})
		if c.live != nil {
			c.live.refused = string(d.Refusal)
		}
	case cash.Confirm:
		c.emit(OrderValidator{bill.Command{Op: bill.Confirm}})
		if c.live != nil {
			c.visit = c.visit.Touch(c.now)
		}
	}
}

// openCash opens a transaction for the quote on the screen.
func (c *Core) openCash() {
	q := c.visit.Quote
	if c.live != nil {
		c.live = nil // the result of an earlier visit that was still shown
	}
	serial := payments.Serial(c.cfg.Terminal, c.cfg.Incarnation, c.jrn.Head().Seq+1)
	txn, due, err := c.commit(payments.Transaction{}, serial, payments.Opened{
		Account: q.Account, Name: q.Name, Address: q.Address, Arrears: q.Arrears, Minimum: q.Minimum,
		Online: q.Online, Tender: "cash", Limit: q.Limit, OpenedAt: c.now.UnixMilli(),
	})
	if err != nil {
		c.visit = session.ToIdle(c.visit, c.now)
		return
	}
	c.live = &live{txn: txn}
	c.emit(Still{serial + stillBegin})
	for range due { // accept-notes is the only effect of opened
		c.enable()
	}
}

func (c *Core) enable() {
	values := make([]int64, len(c.cfg.Denominations))
	for i, d := range c.cfg.Denominations {
		values[i] = int64(d)
	}
	c.note.enabled = true
	c.emit(OrderValidator{bill.Command{Op: bill.Enable, Values: values}})
}

// close asks for the end of note taking; the total is fixed by tryClose once
// nothing is between slot and cassette.
func (c *Core) close(reason string) {
	l := c.live
	if l == nil || l.txn.Status() != payments.Tendering || l.closing {
		return
	}
	l.closing, l.reason, l.closingAt = true, reason, c.now
	if l.txn.Cash.Pending() < 0 {
		l.noteAt = c.now
	}
	c.note.enabled = false
	c.emit(OrderValidator{bill.Command{Op: bill.Disable}})
	c.visit = session.CashClosed(c.visit, c.now)
}

// tryClose fixes the total when the validator says that it is disabled with
// nothing in its path, or when it has had its time.
func (c *Core) tryClose() {
	l := c.live
	if l == nil || !l.closing || l.txn.Status() != payments.Tendering || len(c.undecided) > 0 {
		return
	}
	if l.txn.Cash.Pending() >= 0 {
		if c.now.Before(l.noteAt.Add(notePatience)) {
			return
		}
		d := cash.Decide(cash.Situation{Leg: l.txn.Cash, Closing: true}, cash.GivenUp, 0)
		if !c.record(l.txn, d.Events) {
			return
		}
	}
	quiet := c.note.state == bill.Disabled
	if !quiet && c.now.Before(l.closingAt.Add(closePatience)) {
		return
	}
	c.closeCash()
}

func (c *Core) closeCash() {
	l := c.live
	next, due, err := c.commit(l.txn, l.txn.Serial, cash.Closed{
		Total: l.txn.Total(), Account: l.txn.Account, Tender: string(l.txn.Tender), ClosedAt: c.now.UnixMilli(), Reason: l.reason,
	})
	if err != nil {
		return
	}
	l.txn = next
	l.resultBy = c.now.Add(resultPatience)
	if !l.recovered && (next.Total() > 0 || next.InDoubt() > 0) { // after a power cut who paid may have gone
		c.emit(Still{next.Serial + stillEnd})
	}
	if next.Status() == payments.Posting {
		c.open[next.Serial] = &awaiting{txn: next, askAt: c.now}
	}
	c.carryOut(due)
}
