package kiosk

import (
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments"
)

// runTimers does what is due by time alone.
func (c *Core) runTimers() {
	retry := c.log.broken != nil && !c.now.Before(c.log.retryAt)
	switch {
	case c.till.Waiting() > 0 && (c.log.broken == nil || retry):
		c.decideAll()
	case retry:
		_ = c.write(nil, alarmDraft("journal", false, "accepts records again")) // its failure is a condition
	}
	if !c.now.Before(c.log.spaceAt) {
		c.checkSpace()
	}

	c.runTill()
	c.runSlip()
	c.runStaff()
	next, effects := visit.Tick(c.visit, c.now)
	c.visit = next
	for _, e := range effects {
		c.carry(e, page.Intent{})
	}
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
	at(c.desk.Wake(c.visit.Screen))
	at(c.log.spaceAt)
	at(c.asks.Wake())
	at(c.till.Wake(c.now, c.taking().Cash, retryJournal))
	if c.hold.on(c.now) {
		at(c.hold.until)
	}
	if c.log.broken != nil || c.till.Waiting() > 0 {
		at(c.log.retryAt)
	}
	if l := c.live; l != nil {
		if l.txn.Status() == payments.Posting && !l.shown {
			at(l.resultBy)
		}
		if l.slip == paybill.SlipPrinting {
			at(l.slipBy)
		}
	}

	return w
}
