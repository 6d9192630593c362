package pcsc

import (
	"fmt"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/owner"
)

// Driver is a card.Engine for one reader behind pcscd. It holds no goroutine and
// no clock, and is not safe for concurrent use.
type Driver struct {
	cfg Config
	link
	session

	own  owner.Side
	pull pull // of the command under way
}

// link is the way to pcscd.
type link struct {
	rec    Records
	open   bool
	got    []byte   // of the reply to ask
	ask    *request // under way; nil = none
	tx     []byte
	silent time.Time // when a daemon that is not heard counts as gone
}

// request is one question to pcscd.
type request struct {
	cmd      uint32
	deadline time.Time
	done     func(now time.Time, code Code, reply []byte)
}

// session is what is known of pcscd and of the card.
type session struct {
	context uint32
	agreed  bool // context is ours
	pollAt  time.Time

	heard   bool // the readers' states were read on this connection
	found   bool // our reader is among them
	reader  Reader
	fresh   bool // the card was never powered for anybody before us
	orphan  uint32
	orphans bool // orphan is to be given back

	handle   uint32
	powered  bool // handle is a card of ours
	protocol uint32
	chip     card.Chip // selected memory card; 0 = none
	verified bool      // its code was presented
}

// pull is a TRANSMIT that failed and may have worked: it is open until by whether the
// card was pulled out.
type pull struct {
	failed error // nil = none
	by     time.Time
}

var _ card.Engine = (*Driver)(nil)

// New returns a driver that starts as soon as it is advanced. Config.Check says
// whether cfg makes sense; a dialect that is not known supports no memory cards.
func New(cfg Config) *Driver {
	return &Driver{cfg: cfg.withDefaults(), own: owner.Side{AskedAt: hal.AtOnce()}}
}

// Do queues a command: at most owner.MaxQueue, then hal.ErrBusy. Arguments that make
// no sense are refused with card.ErrArgument; everything else is answered by an
// event.
func (d *Driver) Do(now time.Time, c card.Command) error {
	bad := false
	switch c.Op {
	case card.Transmit:
		bad = len(c.Data) < 4 || len(c.Data) > card.MaxAPDU
	case card.Select:
		bad = c.Chip < card.SLE4442 || c.Chip > card.AT88SC102
	case card.Read:
		bad = c.Length < 1 || c.Length > card.MaxMemory || c.Address < 0 || c.Area < card.Main || c.Area > card.Protection
	case card.Write:
		bad = len(c.Data) < 1 || len(c.Data) > card.MaxMemory || c.Address < 0 || c.Area < card.Main || c.Area > card.Protection
	case card.Verify:
		bad = len(c.Data) < 1 || len(c.Data) > 8
	default:
		bad = c.Op < card.Accept || c.Op > card.Reset
	}

	if bad {
		return fmt.Errorf("cannot %v: %w", c.Op, card.ErrArgument)
	}
	return d.own.Take(now, c)
}

// Wake is when a reply is overdue, the next poll is due, or the daemon counts as
// gone.
func (d *Driver) Wake() time.Time {
	switch {
	case d.silent.IsZero(): // never advanced
		return d.own.AskedAt
	case !d.open:
		if d.own.Status().State == hal.DeviceOffline {
			if d.own.Due() {
				return d.own.AskedAt
			}
			return d.silent.Add(time.Hour)
		}
		return d.silent
	case d.ask != nil:
		return d.ask.deadline
	case d.own.Due():
		return d.own.AskedAt
	}

	return d.pollAt
}

// Advance takes records and runs what is due.
func (d *Driver) Advance(now time.Time, rx []byte) (tx []byte, events []card.Event) {
	d.tx = nil
	if d.silent.IsZero() {
		d.silent = now.Add(d.cfg.Silence)
	}
	for rest := rx; len(rest) > 0; {
		rest = d.rec.Feed(rest)
		d.hear(now)
	}
	d.due(now)
	return d.tx, d.own.Events()
}

// due runs the timers, and starts what can be started.
func (d *Driver) due(now time.Time) {
	if d.ask != nil && !now.Before(d.ask.deadline) {
		d.hangUp(now, card.ErrSilent)
	}
	if !d.open {
		if !now.Before(d.silent) {
			d.offline()
		}
		return
	}
	if d.ask == nil {
		d.next(now)
	}
}

// next chooses what to ask pcscd.
func (d *Driver) next(now time.Time) {
	switch {
	case !d.agreed:
		d.establish(now)
	case !d.heard:
		d.poll(now)
	case d.orphans:
		d.release(now)
	case d.own.Due():
		d.own.Begin()
		d.pull = pull{}
		d.start(now)
		if d.own.Job == nil && d.ask == nil {
			d.next(now)
		}
	case !now.Before(d.pollAt):
		d.poll(now)
	}
}

// offline: pcscd was not heard for too long. Nothing that waits can begin.
func (d *Driver) offline() {
	d.own.Report(card.Status{State: hal.DeviceOffline, Detail: "smart card service does not answer"})
	d.own.RefuseAll(card.ErrSilent)
}
