package journal

import (
	"time"

	"wattkiosk/payments/record"
)

// clockLast is the newest stamp of some records: a synchronised one if there is
// any, else one of the battery clock.
type clockLast struct{ synchronised, battery time.Time }

func (c *clockLast) see(r record.Record) {
	switch {
	case r.Trust == record.Synchronised && r.Time.After(c.synchronised):
		c.synchronised = r.Time
	case r.Trust == record.RTC && r.Time.After(c.battery):
		c.battery = r.Time
	}
}

func (c clockLast) time() time.Time {
	if !c.synchronised.IsZero() {
		return c.synchronised
	}
	return c.battery
}
