package crt310

import (
	"fmt"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/owner"
)

// Driver is a card.Engine for one CRT-310. It holds no goroutine and no clock, and
// is not safe for concurrent use.
type Driver struct {
	cfg Config
	dialogue

	own    owner.Side
	pollAt time.Time

	accept  bool // the owner lets cards in
	applied bool // stop position and card-in control are as wanted
	tried   int  // attempts to apply them that the status did not show
	known   bool // the reader answered a status request since the last lost answer
	silent  bool
	place   byte // position of the card
	powered bool
	t1      bool
}

var _ card.Engine = (*Driver)(nil)

// New returns a driver that asks for the status as soon as it is advanced.
func New(cfg Config) *Driver {
	start := hal.AtOnce()
	return &Driver{cfg: cfg.withDefaults(), own: owner.Side{AskedAt: start}, pollAt: start}
}

// Do queues a command: at most owner.MaxQueue, then hal.ErrBusy. Arguments that make
// no sense are refused with card.ErrArgument; everything else is answered by an
// event.
func (d *Driver) Do(now time.Time, c card.Command) error {
	known := c.Op >= card.Accept && c.Op <= card.Reset
	if !known || c.Op == card.Transmit && (len(c.Data) < 4 || len(c.Data) > card.MaxAPDU) {
		return fmt.Errorf("cannot %v: %w", c.Op, card.ErrArgument)
	}
	return d.own.Take(now, c)
}

// Wake is when the next frame is due, or the answer to the last one overdue.
func (d *Driver) Wake() time.Time {
	if d.step != quiet {
		return d.due()
	}
	at := d.pollAt
	if !d.silent && !(d.known && d.applied) || d.own.Due() {
		at = d.own.AskedAt
	}
	if at.Before(d.quietAt) {
		at = d.quietAt
	}
	return at
}

// Advance takes received bytes and runs what is due.
func (d *Driver) Advance(now time.Time, rx []byte) (tx []byte, events []card.Event) {
	d.tx = nil
	d.hear(now, rx)
	if d.step != quiet && !now.Before(d.due()) {
		d.overdue(now)
	}
	if d.step == quiet && !now.Before(d.quietAt) {
		d.next(now)
	}
	return d.tx, d.own.Events()
}

// next chooses what to ask.
func (d *Driver) next(now time.Time) {
	switch {
	case d.silent:
		d.own.RefuseAll(card.ErrSilent)
		if !now.Before(d.pollAt) {
			d.poll(now, nil)
		}
	case !d.known:
		d.poll(now, nil)
	case !d.applied:
		d.apply(now)
	case d.own.Due():
		d.own.Begin()
		d.start(now)
		if d.step == quiet && d.own.Due() {
			d.next(now)
		}
	case !now.Before(d.pollAt):
		d.poll(now, nil)
	}
}

// poll asks for the status; then goes on with it, if it came.
func (d *Driver) poll(now time.Time, then func(now time.Time, a answer)) {
	d.ask(now, question{content: []byte{CmdStatus, StatusReader}, within: replyTimeout, done: func(now time.Time, a answer) {
		d.pollAt = now.Add(d.cfg.Poll)
		switch {
		case a.err != nil:
			d.missing(now)
		case a.neg || len(a.data) < 2:
			d.own.Report(card.Status{State: hal.DeviceFault, Detail: "reader does not tell its status"})
			d.known, d.silent = true, false
		default:
			d.seen(a.data[0], a.data[1])
		}
		if then != nil {
			then(now, a)
		}
	}})
}

// missing: the reader did not answer, Retries times over.
func (d *Driver) missing(now time.Time) {
	d.pollAt = now.Add(pollSilent)
	d.known, d.applied, d.silent, d.powered = false, false, true, false
	d.own.Report(card.Status{State: hal.DeviceOffline, Detail: "reader does not answer"})
}

// seen takes a status.
func (d *Driver) seen(position, front byte) {
	d.known, d.silent = true, false
	d.place = position
	if position != PosContacts {
		d.powered = false
	}

	m, detail := media(position)
	s := card.Status{State: hal.DeviceOnline, Media: m, Detail: detail}
	want := byte(FrontNone)
	if d.accept {
		want = FrontSwitch
	}

	switch {
	case front == want:
		d.tried = 0
	case d.tried < d.cfg.Retries:
		d.applied, d.powered = false, false // it was restarted, or has not been set yet
	default:
		s.State, s.Detail = hal.DeviceFault, "reader does not take its settings"
	}
	d.own.Report(s)
}

// apply sets where a card stops, and whether one may come in.
func (d *Driver) apply(now time.Time) {
	d.tried++
	d.ask(now, question{content: []byte{CmdStop, StopInside}, within: replyTimeout, done: func(now time.Time, a answer) {
		if a.err != nil {
			d.known = false
			return
		}
		d.entry(now, func(_ time.Time, a answer) {
			d.applied, d.known = true, a.err == nil // the next status shows it
		})
	}})
}

// entry sets whether a card may come in.
func (d *Driver) entry(now time.Time, done func(now time.Time, a answer)) {
	front := byte(EntryFrontNone)
	if d.accept {
		front = EntryFrontSwitch
	}
	d.ask(now, question{content: []byte{CmdEntry, front, EntryRearNone}, within: replyTimeout, done: done})
}
