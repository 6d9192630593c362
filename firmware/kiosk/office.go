package kiosk

import (
	"wattkiosk/firmware/questions"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// lookUp asks head office for the account on the screen, or lets the offline
// policy answer.
func (c *Core) lookUp() {
	c.orders.DropOp(wire.OpVerify)
	if !c.orders.linked {
		c.quoted(paybill.Answer{Unknown: true}, paybill.WhyLine)
		return
	}
	c.orders.verify(c.now, c.visit.Account)
}

// quoted shows what a question about the account on the screen brought. Where nobody
// knows, for a reason, the offline policy answers.
func (c *Core) quoted(a paybill.Answer, why paybill.Why) {
	if a.Unknown {
		account := c.visit.Account
		a = paybill.Unverified(account, c.offlineLimit(account), why, c.cfg.rules())
	}
	c.visit = visit.Verified(c.visit, a, c.now)
}

// offlineLimit is the most that may be taken for an account while the line is down.
func (c *Core) offlineLimit(account string) money.Amount {
	return c.offline.limit(account, c.now, c.money.unfinished())
}

// runOrders sends what is due, and takes silence for an answer where that is one. Head
// office could be reached, so what did not answer is behind it.
func (c *Core) runOrders() {
	asks, unanswered := c.orders.Turn(c.now)
	for _, a := range asks {
		c.out.add(Ask{a})
	}
	c.unanswered(unanswered, paybill.WhyMIS)
}

// unanswered takes that questions asked once were not answered.
func (c *Core) unanswered(all []questions.Question, why paybill.Why) {
	for _, q := range all {
		switch {
		case q.Asker != "":
			c.tell(q, nil)
		case q.Op == wire.OpCardQuote:
			if why == paybill.WhyMIS {
				c.meter.answered(c, q.Key, noAnswer, true)
			} else {
				c.meter.answered(c, q.Key, noLine, false)
			}
		case q.Op == wire.OpVerify && q.Key == c.visit.Account:
			c.quoted(paybill.Answer{Unknown: true}, why)
		}
	}
}

func (c *Core) onReply(r wire.Reply) {
	q, ok := c.orders.Answered(r.ID)
	switch {
	case !ok: // late, or nobody's
	case q.Asker != "":
		c.tell(q, &r)
	case q.Op == wire.OpCardQuote:
		c.meter.answered(c, q.Key, r, r.Error != nil && r.Error.Code == wire.ErrCodeUnavailable)
	case q.Op != wire.OpVerify:
		c.onPosted(q.Subject, r)
	case q.Key == c.visit.Account: // else the customer has typed another one since
		c.quoted(paybill.Verified(q.Key, r, c.cfg.rules()), paybill.WhyMIS)
	}
}

// onPosted journals what head office says of a payment: its final word about an
// order, or a later one about what had ended.
func (c *Core) onPosted(s questions.Subject, r wire.Reply) {
	t, _ := c.money.find(s.Key)
	if c.live.is(s.Key) {
		c.live.held = paybill.HeldBack(t, r)
	}
	next := t
	var acts []payments.Effect
	e, said := c.orders.read(s.Op, t, r)
	if said == news {
		var err error
		if next, acts, err = c.commit(t, t.Serial, beside{}, e); err != nil && s.Op == wire.OpPost {
			said = vague
		}
	}

	switch said {
	case moot:
		c.orders.Drop(s)
		return
	case vague:
		c.orders.Again(c.now, s)
		return
	}
	c.orders.settled(c.now, s, next)
	c.act(next, acts)
	if t.Status() == payments.Posting && c.live.is(next.Serial) && c.live.shown && !paybill.Good(next) && next.Status() != payments.Writing {
		c.showAs(next) // the customer was told that posting follows
		c.print()
	}
}

// onPolicy takes a newer offline policy and keeps it.
func (c *Core) onPolicy(p wire.Policy) {
	if !c.offline.newer(p, c.now) || (p.Kiosk != "*" && p.Kiosk != c.cfg.Terminal) {
		return
	}
	d := record.Draft{Type: "policy", Version: 1, Payload: mustJSON(map[string]any{"serial": p.Serial})}
	if c.write(map[string][]byte{statePolicy: mustJSON(p)}, d) == nil {
		c.offline.policy = p
	}
}
