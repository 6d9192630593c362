package kiosk

import (
	"encoding/json"
	"fmt"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/firmware/session"
	"wattkiosk/payments"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/post"
	"wattkiosk/payments/receipt"
	"wattkiosk/uplink/wire"
)

// request sends one request to head office and returns its id. Ids carry the
// boot counter, so a late reply to an earlier run never matches.
func (c *Core) request(op wire.Op, body any, ttl time.Duration) string {
	c.nextReq++
	id := fmt.Sprintf("%d-%d", c.boot, c.nextReq)
	c.emit(Ask{TTL: ttl, Request: wire.Request{V: wire.Version, ID: id, Op: op, TTLms: ttl.Milliseconds(), Body: mustJSON(body)}})
	return id
}

// onSession carries out what a touch or the screen's clock asked for.
func (c *Core) onSession(e session.Effect) {
	switch e {
	case session.Verify:
		c.lookUp()
	case session.OpenCash:
		c.openCash()
	case session.FinishCash:
		c.close("customer")
	case session.PrintAgain:
		if c.live != nil {
			c.print()
		}
	case session.End:
		c.verify = ""
		if c.live != nil && c.live.shown {
			c.live = nil
		}
	default:
		c.onSessionOfStaff(e)
	}
}

// lookUp asks head office for the account on the screen, or lets the offline
// policy answer.
func (c *Core) lookUp() {
	if !c.linked {
		c.lookUpOffline()
		return
	}
	c.verify = c.request(wire.OpVerify, wire.VerifyBody{Account: c.visit.Account}, verifyTTL)
}

func (c *Core) lookUpOffline() {
	c.verify = ""
	limit := c.offlineLimit(c.visit.Account)
	if limit < c.smallestNote() {
		c.visit = session.NotPayable(c.visit, "unavailable")
		return
	}
	c.visit = session.Verified(c.visit, session.Quote{Account: c.visit.Account, Limit: limit}, c.now)
}

func (c *Core) onVerified(r wire.Reply) {
	c.verify = ""
	v, err := wire.DecodeVerify(r.Body, c.visit.Account)
	switch {
	case r.Error != nil && r.Error.Code == wire.ErrCodeUnavailable:
		c.lookUpOffline()
	case r.Error != nil || err != nil:
		c.visit = session.NotPayable(c.visit, "unavailable")
	case !v.Payable:
		c.visit = session.NotPayable(c.visit, refusalNotice(v.Reason))
	default:
		c.visit = session.Verified(c.visit, session.Quote{
			Account: c.visit.Account, Name: v.Name, Address: v.Address, Fee: v.Fee, Penalty: v.Penalty, Advance: v.Advance,
			Arrears: v.Arrears, Minimum: v.Minimum, Online: true, Limit: max(c.cfg.MaxTotal, v.Minimum+c.largestNote()),
		}, c.now)
	}
	c.emit(Redraw{})
}

// refusalNotice is the notice of a reason; a reason without one is not payable here.
func refusalNotice(r mis.Reason) string {
	if r == mis.NoAccount || r == mis.MeterCard {
		return string(r)
	}
	return string(mis.NotPayable)
}

// carryOut runs the effects of a payments.Step that do not concern a note.
func (c *Core) carryOut(due []payments.Effect) {
	for _, e := range due {
		switch e {
		case compensation.OrderPost:
			c.askPosting(c.live.txn.Serial)
		case compensation.PrintSlip:
			// printed when the result is shown, so that the slip says what the screen says
		}
	}
}

// askPosting orders a posting, or asks what became of it: the same message, as
// head office keeps one order per serial.
func (c *Core) askPosting(serial string) {
	a := c.open[serial]
	if a == nil {
		return
	}
	a.askAt = c.now.Add(postTTL + askAgainAfter(a.failures))
	if !c.linked {
		return
	}
	t := a.txn
	a.reqID = c.request(wire.OpPost, wire.PostBody{
		Serial: t.Serial, Account: t.Account, Amount: t.Total(), Tender: string(t.Tender), PaidAt: t.Cash.ClosedAt.UnixMilli(),
	}, postTTL)
}

func askAgainAfter(failures int) time.Duration {
	return backoff.Wait(failures, askAgainFirst, askAgainMax)
}

func (c *Core) onReply(r wire.Reply) {
	if r.ID == c.verify && c.verify != "" {
		c.onVerified(r)
		return
	}
	for _, s := range c.openSerials() {
		if a := c.open[s]; a.reqID == r.ID && a.reqID != "" {
			c.onPostReply(a, r)
			return
		}
	}
}

func (c *Core) onExpired(id string) {
	if id == c.verify && id != "" {
		c.lookUpOffline()
		return
	}
	for _, s := range c.openSerials() {
		if a := c.open[s]; a.reqID == id && id != "" {
			a.later(c.now)
		}
	}
}

// later schedules the next question after one that brought no final answer.
func (a *awaiting) later(now time.Time) {
	a.reqID = ""
	a.askAt = now.Add(askAgainAfter(a.failures))
	a.failures++
}

func (c *Core) onPostReply(a *awaiting, r wire.Reply) {
	var p wire.PostState
	var outcome post.OutcomeLearned
	switch {
	case r.Error != nil && r.Error.Code == wire.ErrCodeConflict:
		outcome = post.OutcomeLearned{Status: post.Disputed, Code: r.Error.Code, Text: "head office holds another order under this serial"}
	case r.Error != nil || json.Unmarshal(r.Body, &p) != nil || p.Serial != a.txn.Serial:
		a.later(c.now)
		return
	default:
		outcome = post.OutcomeLearned{Code: p.Code, Text: p.Text, Reference: p.Reference, ToArrears: p.ToArrears, ToAdvance: p.ToAdvance}
		switch p.Status {
		case wire.PostPosted:
			outcome.Status = post.Posted
		case wire.PostOwed:
			outcome.Status = post.Owed
		case wire.PostDisputed:
			outcome.Status = post.Disputed
		default:
			a.later(c.now)
			return
		}
	}
	if err := post.Outcome(outcome).Check(a.txn.Total()); err != nil {
		outcome.Status = post.Disputed
		outcome.Text = "head office reports another amount"
	}
	c.learn(a, outcome)
}

// learn journals head office's final word.
func (c *Core) learn(a *awaiting, o post.OutcomeLearned) {
	next, due, err := c.commit(a.txn, a.txn.Serial, o)
	if err != nil {
		a.later(c.now)
		return
	}
	delete(c.open, next.Serial)
	if c.live != nil && c.live.txn.Serial == next.Serial {
		c.live.txn = next
		c.carryOut(due)
	}
	c.emit(Redraw{})
}

func (c *Core) onLink(up bool) {
	if up == c.linked {
		return
	}
	c.linked = up
	if up {
		for _, s := range c.openSerials() {
			c.open[s].failures = 0
			c.askPosting(s)
		}
	} else {
		for _, a := range c.open {
			a.reqID = ""
		}
		if c.verify != "" {
			c.lookUpOffline()
		}
	}
	c.emit(Redraw{})
}

// slipKiosk is what slips say about this machine.
func (c *Core) slipKiosk() receipt.Kiosk {
	return receipt.Kiosk{Terminal: c.cfg.Terminal, Site: c.cfg.Site, Hotline: c.cfg.Hotline, Zone: c.cfg.Zone}
}
