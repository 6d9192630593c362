package kiosk

import (
	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/questions"
	"wattkiosk/firmware/tender"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/bill"
	"wattkiosk/payments"
	"wattkiosk/payments/compensation"
	"wattkiosk/uplink/wire"
)

// hear takes a report of a device: first what money depends on, then the machine's
// condition. One of a place that this terminal does not have means nothing.
func (c *Core) hear(name string, report tender.Report) {
	p, ok := c.places.find(name)
	if !ok {
		return
	}

	c.board.Device(report)
	if err := p.Heard(c.now, report); err != nil {
		c.out.add(Restart{Err: err})
	}
	c.decide(p)
	if e, ok := report.(bill.Event); ok {
		c.collect.heard(e)
	}
}

// decide settles what a place has heard, in its order; what the journal refuses stays,
// and everything after it.
func (c *Core) decide(p place) {
	for more := true; more; {
		d, ok := p.Decide(c.money.read(p.of, c.live), c.log.broken != nil)
		if !ok {
			break
		}
		more = c.conclude(p, d)
	}
	c.checkOver(p)
}

// conclude makes a place's decision durable, and then carries it out.
func (c *Core) conclude(p place, d tender.Decision) (more bool) {
	var acts []payments.Effect
	var err error
	next := d.Txn
	if d.Durable() {
		next, acts, err = c.commit(d.Txn, d.Txn.Serial, p.beside(d), d.Events...)
	}

	effects, more := p.Settle(c.now, err == nil)
	c.hand(p, effects)
	if d.Txn.Taking() && !next.Taking() && c.live.is(next.Serial) {
		c.out.still(c.live.tendered(c.now))
	}
	c.act(next, acts)
	c.checkOver(p)
	c.meter.written(c, d.Txn, next)

	return more
}

// hand carries out what a place asks for.
func (c *Core) hand(p place, effects []tender.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case tender.Order:
			c.out.add(commandEffect(p, e.Command))
		case tender.Ask:
			c.orders.Put(c.now, questions.Question{
				Subject: questions.Subject{Op: e.Op, Key: e.Key}, Asker: p.name, Body: e.Body, TTL: e.TTL, Once: e.Once, Urgent: e.Urgent,
			})
		case tender.Drop:
			c.orders.Drop(questions.Subject{Op: e.Op, Key: e.Key})
		case tender.Progress:
			if c.live != nil {
				c.visit = c.visit.Touch(c.now)
			}
		case tender.Again:
			if c.live.tender() == p.of && c.live.waiting() {
				c.visit = visit.Taking(c.visit, c.now)
				c.begin(opening(c.visit, c.cfg.BankPosts, c.now))
			}
		}
	}
}

// checkOver ends the taking of money where a station says that it must end.
func (c *Core) checkOver(p place) {
	s, takes := p.Place.(tender.Station)
	if !takes {
		return
	}
	if why, over := s.Over(c.money.read(p.of, c.live)); over {
		c.finish(p.of, why)
	}
}

// finish asks for the end of taking; the total is fixed once nothing is on its way.
func (c *Core) finish(of payments.Tender, why tender.Reason) {
	s, ok := c.stations.find(of)
	if !ok {
		return
	}
	c.hand(s.place(), s.Finish(c.now, why, c.money.read(of, c.live)))
	if c.live.taking() && s.Finishing() {
		c.visit = visit.CashClosed(c.visit, c.now)
	}
}

// turn does what a place is due to do by time, and notes what is wrong with it.
func (c *Core) turn(p place) {
	d, due := p.Turn(c.now, c.money.read(p.of, c.live))
	if p.Waiting() > 0 && c.log.broken == nil {
		c.decide(p)
		d, due = p.Turn(c.now, c.money.read(p.of, c.live))
	}
	if due {
		c.conclude(p, d)
	}

	for _, t := range p.Troubles() {
		c.board.Set(condition.Code(t.Code), t.Source, t.On, t.Detail)
	}
	c.checkOver(p)
	if p.Waiting() > 0 && c.log.broken == nil {
		c.decide(p)
	}
}

// begin opens a transaction for the customer at the screen.
func (c *Core) begin(opened payments.Opened) {
	c.live = nil // the result of an earlier visit that was still shown
	serial := payments.Serial(c.cfg.Terminal, c.cfg.Incarnation, c.money.jrn.Head().Seq+1)
	_, _, err := payments.Step(payments.Transaction{}, serial, opened) // what head office sold may not fit the card
	var txn payments.Transaction
	var acts []payments.Effect
	if err == nil {
		txn, acts, err = c.commit(payments.Transaction{}, serial, beside{}, opened)
	}
	if err != nil {
		c.visit = visit.ToIdle(c.visit, c.now)
		return
	}

	c.live = &live{txn: txn}
	c.out.still(serial + stillBegin)
	c.act(txn, acts)
}

// act carries out what the table says is due for a transaction. A slip is printed when
// the result is shown.
func (c *Core) act(t payments.Transaction, acts []payments.Effect) {
	s, ok := c.stations.find(t.Tender)
	for _, a := range acts {
		switch {
		case a == compensation.OrderPost:
			c.orders.post(c.now, t, c.live.is(t.Serial))
		case a == compensation.TakeMoney && ok:
			c.hand(s.place(), s.Begin(c.now, t))
		case a == compensation.WriteCard:
			c.meter.Write(c.now, t)
		case a == compensation.UndoMoney && ok:
			c.hand(s.place(), s.Undo(c.now, t))
		}
	}
}

// tell gives a place the answer to its question, or says that there is none.
func (c *Core) tell(q questions.Question, r *wire.Reply) {
	p, _ := c.places.find(q.Asker)
	asker, ok := p.Place.(tender.Asker)
	if !ok {
		return
	}

	ask := tender.Ask{Op: q.Op, Key: q.Key, Body: q.Body, TTL: q.TTL, Once: q.Once, Urgent: q.Urgent}
	switch {
	case r == nil:
		asker.Unanswered(c.now, ask)
		q.Wipe()
	case asker.Answered(c.now, ask, *r):
		c.orders.Again(c.now, q.Subject)
		if q.Once {
			q.Wipe()
		}
	default:
		c.orders.Drop(q.Subject)
		q.Wipe() // one that is asked once is out of the book already
	}
	c.decide(p)
}
