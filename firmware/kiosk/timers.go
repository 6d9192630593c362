package kiosk

import (
	"encoding/json"
	"slices"
	"time"

	"wattkiosk/firmware/session"
	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// runTimers does what is due by time alone.
func (c *Core) runTimers() {
	if len(c.undecided) > 0 && !c.now.Before(c.retryAt) {
		c.decideAll()
	}
	if c.broken != nil && len(c.undecided) == 0 && !c.now.Before(c.retryAt) {
		_ = c.write(nil, alarmDraft("journal", false, "accepts records again")) // its failure is the state c.broken
	}
	if !c.now.Before(c.spaceAt) {
		c.checkSpace()
	}
	c.tryClose()
	for _, s := range c.openSerials() {
		if a := c.open[s]; !c.now.Before(a.askAt) {
			if a.reqID != "" {
				a.later(c.now)
				continue
			}
			c.askPosting(s)
		}
	}
	c.runStaffTimers()
	next, effects := session.Tick(c.visit, c.now)
	if next.Rev != c.visit.Rev {
		c.visit = next
		c.emit(Redraw{})
	}
	for _, e := range effects {
		c.onSession(e)
	}
}

// checkSpace asks the journal whether it could hold one more payment.
func (c *Core) checkSpace() {
	full := c.jrn.Ready() != nil
	if full != c.full {
		c.full = full
		c.emit(Redraw{})
	}
	c.spaceAt = c.now.Add(spaceEvery)
}

// Wake is when Handle must be called with a Tick even if nothing happens; the
// zero time means never.
func (c *Core) Wake() time.Time {
	var w time.Time
	at := func(t time.Time) {
		if !t.IsZero() && (w.IsZero() || t.Before(w)) {
			w = t
		}
	}
	at(c.visit.Deadline)
	at(c.staffWake())
	at(c.spaceAt)
	if c.hold.on(c.now) {
		at(c.hold.until)
	}
	if c.broken != nil || len(c.undecided) > 0 {
		at(c.retryAt)
	}
	if l := c.live; l != nil {
		if l.txn.Status() == payments.Tendering && l.closing {
			at(c.closeDue(l))
		}
		if l.txn.Status() == payments.Posting && !l.shown {
			at(l.resultBy)
		}
	}
	if c.linked {
		for _, a := range c.open {
			at(a.askAt)
		}
	}
	return w
}

func (c *Core) closeDue(l *live) time.Time {
	due := l.closingAt.Add(closePatience)
	if l.txn.Cash.Pending() >= 0 {
		due = l.noteAt.Add(notePatience)
	}
	if due.After(c.now) {
		return due
	}
	return c.now.Add(retryJournal) // what is due waits for the journal
}

// onPolicy takes a newer offline policy and keeps it.
func (c *Core) onPolicy(p wire.Policy) {
	if p.Serial <= c.policy.Serial || (p.Kiosk != "*" && p.Kiosk != c.cfg.Terminal) {
		return
	}
	d := record.Draft{Type: "policy", Version: 1, Payload: mustJSON(map[string]any{"serial": p.Serial})}
	if c.write(map[string][]byte{statePolicy: mustJSON(p)}, d) == nil {
		c.policy = p
		c.emit(Redraw{})
	}
}

// offlineLimit is the most that may be taken offline for an account now, by the
// policy and by what is taken offline already; "" asks for any account.
func (c *Core) offlineLimit(account string) money.Amount {
	p := c.policy
	if !p.OfflinePay || c.now.UnixMilli() >= p.Expires {
		return 0
	}
	total, perAccount := p.Total, p.PerAccount
	for _, a := range c.open {
		total -= a.txn.Total()
		if a.txn.Account == account {
			perAccount -= a.txn.Total()
		}
	}
	return max(0, min(p.PerTxn, perAccount, total, c.cfg.MaxTotal))
}

func (c *Core) smallestNote() money.Amount {
	s := c.cfg.Denominations[0]
	for _, d := range c.cfg.Denominations {
		s = min(s, d)
	}
	return s
}

func (c *Core) largestNote() money.Amount {
	s := c.cfg.Denominations[0]
	for _, d := range c.cfg.Denominations {
		s = max(s, d)
	}
	return s
}

func (c *Core) onDoor(d Door) {
	if c.doors[d.Name] == d.Open {
		return
	}
	c.doors[d.Name] = d.Open
	c.emit(Redraw{})
}

// reportAlarms journals each block that appeared or went, so that head office
// sees it. What passes by itself ("starting"), what head office sees anyway
// ("offline") and what cannot be journaled ("journal") is no alarm record.
func (c *Core) reportAlarms() {
	now := map[string]bool{}
	for _, b := range c.blocks() {
		if slices.Contains(alarmCodes, b) {
			now[b] = true
		}
	}
	for _, w := range c.Warnings() {
		now[w] = true
	}
	var drafts []record.Draft
	for _, b := range alarmCodes {
		if now[b] != c.alarms[b] {
			drafts = append(drafts, alarmDraft(b, now[b], c.alarmDetail(b)))
		}
	}
	if len(drafts) > 0 && c.broken == nil && c.write(nil, drafts...) == nil {
		c.alarms = now
	}
}

// alarmDetail is what an alarm record says beside its code.
func (c *Core) alarmDetail(code string) string {
	if w, ok := c.warnings[code]; ok {
		return w.Detail
	}
	return c.note.detail
}

// Warnings returns the codes of what is wrong and blocks nothing: the cabinet
// shakes (a lorry shakes a kiosk too) or is too hot, the software is on trial or fell
// back, or the kiosk started without its line or its control socket.
func (c *Core) Warnings() []string {
	var codes []string
	if c.doors[vibrationLine] {
		codes = append(codes, vibrationLine)
	}
	for _, code := range []string{TooHot, OnTrial, FellBack, NoLine, NoDesk} {
		if c.warnings[code].On {
			codes = append(codes, code)
		}
	}
	return codes
}

var alarmCodes = []string{"validator", "cassette", "printer", "paper", "door", tamperLine, "mains", vibrationLine, TooHot, NoLine, NoDesk}

func alarmDraft(code string, on bool, detail string) record.Draft {
	b, _ := json.Marshal(map[string]any{"code": code, "on": on, "detail": detail})
	return record.Draft{Type: "alarm", Version: 1, Payload: b}
}
