package kiosk

import (
	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/questions"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// lookUp asks head office for the account on the screen, or lets the offline
// policy answer.
func (c *Core) lookUp() {
	c.orders.DropOp(wire.OpVerify)
	if !c.orders.linked {
		c.unverified(paybill.WhyLine)
		return
	}
	c.orders.verify(c.now, c.visit.Account)
}

// unverified lets the offline policy answer for an account that nobody could look
// up.
func (c *Core) unverified(why paybill.Why) {
	account := c.visit.Account
	limit := c.offline.limit(account, c.now, c.money.unfinished())
	c.visit = visit.Verified(c.visit, paybill.Unverified(account, limit, why, c.cfg.rules()), c.now)
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
		case q.Op == wire.OpVerify && q.Key == c.visit.Account:
			c.unverified(why)
		}
	}
}

func (c *Core) onReply(r wire.Reply) {
	q, ok := c.orders.Answered(r.ID)
	switch {
	case !ok: // late, or nobody's
	case q.Asker != "":
		c.tell(q, &r)
	case q.Op == wire.OpVerify:
		c.onVerified(q.Key, r)
	default:
		c.onPosted(q.Subject, r)
	}
}

// onVerified takes the answer about an account, unless the customer has typed another
// one since.
func (c *Core) onVerified(account string, r wire.Reply) {
	if account != c.visit.Account {
		return
	}
	a := paybill.Verified(account, r, c.cfg.rules())
	if a.Unknown {
		c.unverified(paybill.WhyMIS)
		return
	}
	c.visit = visit.Verified(c.visit, a, c.now)
}

// onPosted journals what head office says of a payment: its final word about an
// order, or a later one about what had ended.
func (c *Core) onPosted(s questions.Subject, r wire.Reply) {
	t, _ := c.money.find(s.Key)
	next := t
	e, said := c.orders.read(s.Op, t, r)
	if said == news {
		var err error
		if next, _, err = c.commit(t, t.Serial, nil, e); err != nil && s.Op == wire.OpPost {
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
	if t.Status() == payments.Posting && c.live.is(next.Serial) && c.live.shown && !paybill.Good(next) {
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

// checkOffline says whether nothing can be paid because the line is down, and
// whether the clock is one that nobody should believe.
func (c *Core) checkOffline() {
	nothing := c.offline.limit("", c.now, c.money.unfinished()) < c.cfg.rules().Smallest()
	c.board.Set(condition.Offline, "", !c.orders.linked && nothing, "")
	c.board.Set(condition.Clock, "trust", !c.offline.trusted(), "the time was lost and is not synchronised")
}
