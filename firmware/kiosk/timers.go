package kiosk

import (
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/visit"
)

// runTimers does what is due by time alone.
func (c *Core) runTimers() {
	retry := c.log.retry(c.now)
	switch {
	case c.places.waiting() > 0 && (c.log.broken == nil || retry):
		for _, p := range c.places {
			c.decide(p)
		}
	case retry:
		_ = c.write(nil, alarmDraft("journal", false, "accepts records again")) // its failure is a condition
	}
	if !c.now.Before(c.log.spaceAt) {
		c.checkSpace()
	}

	for _, p := range c.places {
		c.turn(p)
	}
	collectors{c}.turnCollection()
	c.live.giveUp(c.now)
	c.reprint.giveUp(c.now)
	challenge, silent := c.desk.Due(c.now, c.visit.Screen)
	if challenge {
		c.out.add(c.desk.ask(c.now))
	}
	if silent {
		c.visit = visit.StickEnded(c.visit, "silent", "", c.now)
	}
	next, effects := visit.Tick(c.visit, c.now)
	c.carry(next, effects, page.Intent{})
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
	at(c.orders.Wake())
	at(cashier{c}.wake())
	at(apartness{c}.wakeApart())
	at(collectors{c}.wakeCollection())
	at(c.reprint.wake())
	for _, p := range c.places {
		at(p.Wake(c.now, c.money.read(p.of, c.live), retryJournal))
	}
	if c.now.Before(c.meter.awayBy) {
		at(c.meter.awayBy)
	}
	if c.hold.on(c.now) {
		at(c.hold.until)
	}
	if c.log.broken != nil || c.places.waiting() > 0 {
		at(c.log.retryAt)
	}
	if !c.meter.holds(c.live, c.stations) { // what it holds back the device ends, not time
		at(c.live.wake())
	}

	return w
}
