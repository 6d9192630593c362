package billtest

import (
	"errors"
	"slices"
	"time"

	"wattkiosk/hal/bill"
)

// Times of a Fake device.
const (
	fakePoll   = 100 * time.Millisecond
	fakeSilent = 500 * time.Millisecond
	fakeHold   = time.Minute
)

// Fake is a bill.Engine without a protocol: it sees its FakeDevice's state at
// once and without error.
type Fake struct {
	dev       *FakeDevice
	now       time.Time
	seen      int // device transitions reported
	lost      time.Time
	silent    bool
	answer    bool // Enable or Disable is to be answered
	unsettled bool // a credit is reported and the device still shows it
	enable    bool
	values    []int64
}

var _ bill.Engine = (*Fake)(nil)

// NewFake returns a driver for dev, as a freshly started host has it.
func NewFake(dev *FakeDevice) *Fake { return &Fake{dev: dev, now: time.Unix(0, 0)} }

// Do takes a command.
func (f *Fake) Do(now time.Time, cmd bill.Command) error {
	d := f.dev
	d.step(now)
	switch cmd.Op {
	case bill.Enable:
		if !slices.ContainsFunc(d.Values, func(v int64) bool { return len(cmd.Values) == 0 || slices.Contains(cmd.Values, v) }) {
			return bill.ErrValues
		}
		f.enable, f.values, f.answer = true, slices.Clone(cmd.Values), true
	case bill.Disable:
		f.enable, f.answer = false, true
	case bill.Stack, bill.Return, bill.Hold:
		if d.state != bill.Escrowed || !d.answers() {
			return bill.ErrNoNote
		}
		d.order(now, cmd.Op)
	case bill.Confirm:
		d.confirm(now)
	case bill.Reset:
		d.resetWanted = true
	default:
		return errors.New("unknown command")
	}
	return nil
}

// Wake is when the device changes by itself, and at the latest a poll later.
func (f *Fake) Wake() time.Time {
	at := f.now.Add(fakePoll)
	if u := f.dev.until; !u.IsZero() && u.Before(at) {
		return u
	}
	return at
}

// Advance reports what changed. It ignores received bytes and sends none.
func (f *Fake) Advance(now time.Time, _ []byte) (tx []byte, events []bill.Event) {
	f.now = now
	d := f.dev
	d.step(now)
	if !d.answers() {
		return nil, f.unheard(now)
	}
	back := f.silent
	f.lost, f.silent = time.Time{}, false
	d.serve(now, f.enable, f.values)
	if d.seq != f.seen || back || f.answer && d.atRest() {
		f.seen = d.seq
		events = f.report()
	}
	return nil, events
}

func (f *Fake) unheard(now time.Time) []bill.Event {
	switch {
	case f.lost.IsZero():
		f.lost = now
	case !f.silent && now.Sub(f.lost) >= fakeSilent:
		f.silent = true
		return []bill.Event{{Kind: bill.Silent}}
	}
	return nil
}

// report turns the device's state into an event, unless it is the same credit
// again, or a rest that is not the one wanted.
func (f *Fake) report() []bill.Event {
	ev := f.dev.event()
	credit := ev.Kind == bill.Stacked || ev.Kind == bill.PoweredUpInStacker
	if credit && f.unsettled {
		return nil
	}
	f.unsettled = credit
	if f.dev.atRest() {
		if f.enable != (ev.Kind == bill.Idling) {
			return nil
		}
		f.answer = false
	}
	return []bill.Event{ev}
}
