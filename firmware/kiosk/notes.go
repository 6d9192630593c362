package kiosk

import (
	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/service/paybill"
	station "wattkiosk/firmware/tender/cash"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/bill"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/compensation"
)

// noReport stands for a validator that has not said anything.
var noReport = bill.Event{}

// onValidator takes a report of the validator: first what money depends on, then
// the machine's condition.
func (c *Core) onValidator(e bill.Event) {
	if e.Kind == bill.Refused {
		c.onOrderRefused(e)
		return
	}

	c.board.Validator(e)
	if err := c.till.Heard(c.now, e); err != nil {
		c.emit(Restart{Err: err})
	}
	c.decideAll()
	if c.till.Stops() {
		c.close(station.ByDevice)
	}
}

// onOrderRefused takes the news that the validator's driver did not take an order:
// a slot that it cannot open is no slot.
func (c *Core) onOrderRefused(e bill.Event) {
	c.till.OrderRefused(c.now, e.Op)
	if e.Op == bill.Enable {
		c.board.Set(condition.Validator, condition.FromOrders, true, e.Detail)
		c.close(station.ByDevice)
	}
}

// taking is the payment that takes notes, or the last that was given one.
func (c *Core) taking() payments.Transaction {
	if c.live != nil && c.live.txn.Cash.Taking() {
		return c.live.txn
	}

	return c.money.noted
}

// noteTxn is the payment that the oldest report is about. While no note was accepted
// for the one that takes notes, only a note that is offered can be its: any other is
// news, or a repeat, of an earlier one.
func (c *Core) noteTxn() payments.Transaction {
	if t := c.taking(); len(t.Cash.Notes) > 0 || c.till.Offered() {
		return t
	}

	return c.money.noted
}

// decideAll settles the validator's reports in their order; one that the journal
// refuses stays, and everything after it.
func (c *Core) decideAll() {
	for more := true; more; {
		t := c.noteTxn()
		d, ok := c.till.Decide(t.Cash, c.log.broken != nil)
		if !ok {
			return
		}

		durable := true
		if len(d.Events) > 0 {
			if isStray(d) {
				t = c.taking()
			}
			_, _, err := c.commit(t, t.Serial, d.Events...)
			durable = err == nil
		}

		var order bill.Op
		order, more = c.till.Settle(c.now, d, durable)
		c.orderNote(order, d)
	}
}

// isStray reports whether a decision is about a note of no payment. Its record names
// the payment at which it showed.
func isStray(d cash.Decision) bool {
	_, stray := d.Events[0].(cash.StrayNote)

	return stray
}

// orderNote gives the validator the order of a decision.
func (c *Core) orderNote(op bill.Op, d cash.Decision) {
	if op == 0 {
		return
	}
	c.emit(OrderValidator{bill.Command{Op: op}})
	if c.live != nil && op != bill.Return {
		c.visit = c.visit.Touch(c.now)
	}
	if c.live != nil && c.till.Spent(c.live.txn.Cash) {
		c.close(station.ByLimit)
	}
}

// openCash opens a payment for the quote on the screen.
func (c *Core) openCash() {
	c.live = nil // the result of an earlier visit that was still shown
	serial := payments.Serial(c.cfg.Terminal, c.cfg.Incarnation, c.jrn.Head().Seq+1)
	txn, due, err := c.commit(payments.Transaction{}, serial, c.visit.Quote.Open(c.now))
	if err != nil {
		c.visit = visit.ToIdle(c.visit, c.now)
		return
	}

	c.live = &live{txn: txn}
	c.emit(Still{serial + stillBegin})
	for _, e := range due {
		if e == compensation.TakeMoney {
			c.emit(OrderValidator{c.till.Open(c.now)})
		}
	}
}

// close asks for the end of note taking; the total is fixed once nothing is between
// slot and cassette.
func (c *Core) close(reason string) {
	if c.live == nil || !c.till.Close(c.now, reason, c.live.txn.Cash) {
		return
	}
	c.emit(OrderValidator{bill.Command{Op: bill.Disable}})
	c.visit = visit.CashClosed(c.visit, c.now)
}

// runTill does what the station is due to do by time, and fixes the total.
func (c *Core) runTill() {
	due, order := c.till.Turn(c.now, c.taking().Cash)
	if c.till.Waiting() > 0 && c.log.broken == nil {
		c.decideAll()
		due, order = c.till.Turn(c.now, c.taking().Cash)
	}
	switch due {
	case station.Fix:
		c.closeCash()
	case station.Probe:
		c.emit(OrderValidator{order})
	}

	blind := c.till.Blind()
	c.board.Set(condition.Validator, condition.FromSlot, blind, "does not open")
	if !blind {
		c.board.Set(condition.Validator, condition.FromOrders, false, "")
	} else if c.live != nil {
		c.close(station.ByDevice)
	}
}

// closeCash fixes the total of the payment in front of the customer.
func (c *Core) closeCash() {
	l := c.live
	if l == nil {
		return
	}
	reason, _ := c.till.Closing()
	next, due, err := c.commit(l.txn, l.txn.Serial, cash.Closed{
		Total: l.txn.Total(), Account: l.txn.Account, Tender: string(l.txn.Tender), ClosedAt: c.now.UnixMilli(), Reason: reason,
	})
	if err != nil {
		return
	}

	c.till.Fixed()
	l.resultBy = c.now.Add(resultPatience)
	if !l.recovered && paybill.Held(next) { // after a power cut who paid may have gone
		c.emit(Still{next.Serial + stillEnd})
	}
	for _, e := range due {
		if e == compensation.OrderPost {
			c.order(next)
		}
	}
}
