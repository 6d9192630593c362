package kiosk

import (
	"time"

	"wattkiosk/firmware/questions"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments"
	"wattkiosk/uplink/wire"
)

// lookUp asks head office for the account on the screen, or lets the offline
// policy answer.
func (c *Core) lookUp() {
	c.asks.DropOp(wire.OpVerify)
	if !c.linked {
		c.unverified(paybill.WhyLine)
		return
	}
	account := c.visit.Account
	c.asks.Put(c.now, questions.Question{
		Subject: questions.Subject{Op: wire.OpVerify, Key: account}, Body: mustJSON(wire.VerifyBody{Account: account}),
		TTL: verifyTTL, Once: true, Urgent: true,
	})
}

// unverified lets the offline policy answer for an account that nobody could look
// up.
func (c *Core) unverified(why paybill.Why) {
	account := c.visit.Account
	c.visit = visit.Verified(c.visit, paybill.Unverified(account, c.offlineLimit(account), why, c.rules()), c.now)
}

func (c *Core) rules() paybill.Rules {
	return paybill.Rules{MaxTotal: c.cfg.MaxTotal, Notes: c.cfg.Denominations}
}

// order orders a posting, and asks what became of it until it is answered for
// good: the same message, as head office keeps one order per serial.
func (c *Core) order(t payments.Transaction) {
	c.asks.Put(c.now, questions.Question{
		Subject: questions.Subject{Op: wire.OpPost, Key: t.Serial}, Body: mustJSON(paybill.Order(t)), TTL: postTTL,
		Urgent: c.live != nil && c.live.txn.Serial == t.Serial,
	})
}

// askOutcome asks what became of a payment that ended without being posted: a
// person may have posted it since.
func (c *Core) askOutcome(t payments.Transaction, at time.Time) {
	c.asks.Put(at, questions.Question{
		Subject: questions.Subject{Op: wire.OpOutcome, Key: t.Serial}, Body: mustJSON(wire.OutcomeBody{Serial: t.Serial}), TTL: postTTL,
	})
}

// runAsks sends what is due, and takes silence for an answer where that is one.
func (c *Core) runAsks() {
	asks, unanswered := c.asks.Turn(c.now)
	for _, a := range asks {
		c.emit(Ask{a})
	}
	for _, q := range unanswered {
		c.onSilence(q)
	}
}

// onSilence takes that a question asked once was not answered. Head office could be
// reached, so what did not answer is behind it.
func (c *Core) onSilence(q questions.Question) {
	if q.Op == wire.OpVerify && q.Key == c.visit.Account {
		c.unverified(paybill.WhyMIS)
	}
}

func (c *Core) onExpired(id string) {
	if q, over := c.asks.Unanswered(c.now, id); over {
		c.onSilence(q)
	}
}

func (c *Core) onReply(r wire.Reply) {
	q, ok := c.asks.Answered(r.ID)
	if !ok {
		return // late, or nobody's
	}
	switch q.Op {
	case wire.OpVerify:
		c.onVerified(q.Key, r)
	case wire.OpPost:
		c.onPosting(q.Subject, r)
	case wire.OpOutcome:
		c.onOutcome(q.Subject, r)
	}
}

func (c *Core) onVerified(account string, r wire.Reply) {
	if account != c.visit.Account {
		return // the customer has typed another one since
	}
	a := paybill.Verified(account, r, c.rules())
	if a.Unknown {
		c.unverified(paybill.WhyMIS)
		return
	}
	c.visit = visit.Verified(c.visit, a, c.now)
}

// onPosting journals head office's final word about an order.
func (c *Core) onPosting(s questions.Subject, r wire.Reply) {
	t, open := c.money.open[s.Key]
	if !open {
		c.asks.Drop(s)
		return
	}
	o, final := paybill.Learned(t, r)
	if !final {
		c.asks.Again(c.now, s)
		return
	}
	next, _, err := c.commit(t, t.Serial, o)
	if err != nil {
		c.asks.Again(c.now, s)
		return
	}

	c.asks.Drop(s)
	if paybill.Unsettled(next) {
		c.askOutcome(next, c.now.Add(outcomeEvery))
	}
	if l := c.live; l != nil && l.txn.Serial == next.Serial && l.shown && !paybill.Good(next) {
		c.showAs(next) // the customer was told that posting follows
		c.print()
	}
}

// onOutcome journals a later word about a payment that had ended.
func (c *Core) onOutcome(s questions.Subject, r wire.Reply) {
	t, ok := c.money.find(s.Key)
	if !ok || !paybill.Unsettled(t) {
		c.asks.Drop(s)
		return
	}
	if o, news := paybill.Resolved(t, r); news {
		if next, _, err := c.commit(t, t.Serial, o); err == nil {
			t = next
		}
	}

	c.asks.Drop(s)
	if paybill.Unsettled(t) {
		c.askOutcome(t, c.now.Add(outcomeEvery))
	}
}

func (c *Core) onLink(up bool) {
	c.linked = up
	for _, q := range c.asks.Link(c.now, up) {
		if q.Op == wire.OpVerify && q.Key == c.visit.Account {
			c.unverified(paybill.WhyLine)
		}
	}
}
