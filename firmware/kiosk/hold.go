package kiosk

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/visit"
)

// HoldReason says what a hold is for. It is also the code of the block that the
// hold makes, and so has words on the screen.
type HoldReason string

// HoldUpdate is a restart into another software.
const HoldUpdate = HoldReason(condition.Update)

// Known reports whether there is such a reason.
func (r HoldReason) Known() bool { return r == HoldUpdate }

// MaxHold bounds one hold; who needs it for longer renews it in time.
const MaxHold = 10 * time.Minute

// ErrBusy means that a hold cannot be given now, because something would be cut off.
var ErrBusy = errors.New("the kiosk is busy")

// hold keeps customers from beginning. It is in memory only: a new start has none.
type hold struct {
	reason HoldReason
	until  time.Time
}

func (h hold) on(now time.Time) bool { return now.Before(h.until) }

// Hold keeps customers from beginning for d, at most MaxHold, so that the machine may
// be restarted; one that is running is renewed. It wraps ErrBusy while a customer is
// served, a note is on its way or a record is not durable; a hold that is running then
// stays as it was. It ends by itself. A payment that only waits for head office's
// answer is no reason against it: its order is in the journal, and the next start goes
// on with it, so that a kiosk whose line is dead can still be updated on site.
func (c *Core) Hold(now time.Time, reason HoldReason, d time.Duration) ([]Effect, error) {
	c.now = now
	if why := c.busy(); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrBusy, why)
	}
	c.hold = hold{reason, now.Add(min(max(d, 0), MaxHold))}
	c.settle()
	return c.out.take(), nil
}

// Release ends a hold, if there is one.
func (c *Core) Release(now time.Time) []Effect {
	c.now, c.hold = now, hold{}
	c.settle()
	return c.out.take()
}

// busy says what a restart would cut off; empty for nothing.
func (c *Core) busy() string {
	unsettled := c.places.unsettled()
	switch {
	case c.live != nil || served(c.visit):
		return "a customer is being served"
	case unsettled != "":
		return unsettled
	case c.places.waiting() > 0 || c.log.broken != nil:
		return "a record is not durable yet"
	}
	return ""
}

// served reports whether somebody is at the screen whom a restart would cut off. A
// technician who watches an installation waits for just that restart.
func served(v visit.State) bool {
	return v.InVisit() && v.Screen != update.AtProgress && v.Screen != update.AtResult
}
