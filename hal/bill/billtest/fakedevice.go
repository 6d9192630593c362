package billtest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/hal/bill"
)

// FakeDevice is the machine behind a Fake. As a hal.Peer it has nothing to say.
type FakeDevice struct {
	// Values are the denominations it knows, in fen.
	Values []int64

	state bill.Kind
	until time.Time // the state ends by itself; zero = never
	now   time.Time
	seq   int // transitions so far
	on    bool

	value      int64  // of the note last handled
	reason     string // to reject it for
	hasNote    bool   // in the path, before the lever
	inStacker  bool   // past the lever, not confirmed
	slotOpen   bool
	accepted   []int64
	cassette   []int64
	returned   []int64
	fault      bill.Kind // keeps the device from work; 0 = none
	faultWords string
	mute       bool
	stuckShut  bool // takes an Enable, and does not open

	resetWanted bool
}

var _ Device = (*FakeDevice)(nil)

var errFakeSlot = errors.New("the note comes back out")

// NewFakeDevice returns a device with power, initialising.
func NewFakeDevice(values ...int64) *FakeDevice {
	if len(values) == 0 {
		values = []int64{100, 500, 1000, 2000, 5000, 10000}
	}
	return &FakeDevice{Values: values, state: bill.Starting, until: time.Unix(1, 0), on: true, seq: 1}
}

// Receive, Advance and Wake make it a hal.Peer.
func (d *FakeDevice) Receive(now time.Time, _ []byte) { d.step(now) }

// Advance never has bytes to send.
func (d *FakeDevice) Advance(now time.Time) []byte { d.step(now); return nil }

// Wake is the end of the current state.
func (d *FakeDevice) Wake() time.Time { return d.until }

// Cassette lists the notes in the cassette.
func (d *FakeDevice) Cassette() []int64 { return slices.Clone(d.cassette) }

// Returned lists the notes that came out.
func (d *FakeDevice) Returned() []int64 { return slices.Clone(d.returned) }

func (d *FakeDevice) answers() bool { return d.on && !d.mute }
func (d *FakeDevice) atRest() bool  { return d.state == bill.Disabled || d.state == bill.Idling }

func (d *FakeDevice) enter(k bill.Kind, until time.Time) {
	d.state, d.until = k, until
	d.seq++
}

func (d *FakeDevice) event() bill.Event {
	ev := bill.Event{Kind: d.state}
	switch d.state {
	case bill.Escrowed, bill.Stacking, bill.Stacked, bill.Returning, bill.Returned:
		ev.Value = d.value
	case bill.Rejected:
		ev.Detail = d.reason
	case d.fault:
		ev.Detail = d.faultWords
	}
	return ev
}

func (d *FakeDevice) step(now time.Time) {
	for d.on && !d.until.IsZero() && !now.Before(d.until) {
		at := d.until
		d.until = time.Time{}
		d.finish(at)
	}
	if now.After(d.now) {
		d.now = now
	}
}

func (d *FakeDevice) finish(at time.Time) {
	const move = 300 * time.Millisecond
	switch d.state {
	case bill.Accepting:
		if d.reason != "" {
			d.enter(bill.Rejected, at.Add(move))
			return
		}
		d.enter(bill.Escrowed, at.Add(fakeHold))
	case bill.Escrowed:
		d.enter(bill.Returning, at.Add(move))
	case bill.Stacking:
		if d.hasNote {
			d.hasNote, d.inStacker = false, true
			d.cassette = append(d.cassette, d.value)
			d.until = at.Add(move)
			return
		}
		d.enter(bill.Stacked, time.Time{})
	case bill.Returning:
		d.out()
		d.enter(bill.Returned, at.Add(move))
	case bill.PoweredUpInValidator: // it resets itself
		d.enter(bill.Returning, at.Add(move))
	case bill.Rejected:
		d.out()
		d.rest()
	default:
		if d.hasNote && d.fault == 0 {
			d.enter(bill.Returning, at.Add(move))
			return
		}
		d.rest()
	}
}

func (d *FakeDevice) out() {
	d.returned = append(d.returned, d.value)
	d.hasNote = false
}

func (d *FakeDevice) rest() {
	switch {
	case d.fault != 0:
		d.enter(d.fault, time.Time{})
	case d.slotOpen:
		d.enter(bill.Idling, time.Time{})
	default:
		d.enter(bill.Disabled, time.Time{})
	}
}

// serve does what the driver wants as soon as the device can.
func (d *FakeDevice) serve(now time.Time, enable bool, values []int64) {
	d.accepted = values
	if d.state == bill.Unusable && !(enable && d.stuckShut) {
		d.slotOpen = enable
		d.rest()
	}
	if !d.atRest() {
		d.slotOpen = enable
		return
	}
	if d.resetWanted {
		d.resetWanted = false
		d.enter(bill.Starting, now.Add(time.Second))
		return
	}
	if enable != (d.state == bill.Idling) {
		d.slotOpen = enable
		if enable && d.stuckShut {
			d.enter(bill.Unusable, time.Time{})
			return
		}
		d.rest()
	}
}

func (d *FakeDevice) order(now time.Time, op bill.Op) {
	switch op {
	case bill.Stack:
		d.enter(bill.Stacking, now.Add(300*time.Millisecond))
	case bill.Return:
		d.enter(bill.Returning, now.Add(300*time.Millisecond))
	case bill.Hold:
		d.until = now.Add(fakeHold)
	}
}

func (d *FakeDevice) confirm(now time.Time) {
	switch d.state {
	case bill.Stacked:
		d.inStacker = false
		d.rest()
	case bill.PoweredUpInStacker:
		d.inStacker = false
		d.enter(bill.Starting, now.Add(time.Second))
	}
}

// Insert puts a note into the slot.
func (d *FakeDevice) Insert(now time.Time, fen int64, outcome string) error {
	d.step(now)
	if !d.on || d.state != bill.Idling {
		return fmt.Errorf("cannot insert note while %v: %w", d.state, errFakeSlot)
	}
	d.reason = ""
	switch {
	case outcome != Genuine:
		d.reason = outcome
	case len(d.accepted) > 0 && !slices.Contains(d.accepted, fen) || !slices.Contains(d.Values, fen):
		d.reason = "inhibited"
	}
	d.value, d.hasNote = fen, true
	d.enter(bill.Accepting, now.Add(300*time.Millisecond))
	return nil
}

// Fault sets or clears one of the kinds that the suite uses, save lost-ack.
func (d *FakeDevice) Fault(kind string, clear bool) error {
	kinds := map[string]bill.Event{
		FaultJam:          {Kind: bill.Jammed, Detail: "validator"},
		FaultJamCassette:  {Kind: bill.Jammed, Detail: "cassette"},
		FaultCassetteOut:  {Kind: bill.CassetteRemoved},
		FaultCassetteFull: {Kind: bill.CassetteFull},
		FaultCheat:        {Kind: bill.Cheated},
	}
	switch kind {
	case FaultSilent:
		d.mute = !clear
		return nil
	case FaultStuckShut:
		d.stuckShut = !clear
		return nil
	}
	ev, ok := kinds[kind]
	switch {
	case !ok:
		return fmt.Errorf("cannot set fault: unknown kind %q", kind)
	case clear:
		blocked := d.fault != 0 && d.state == d.fault
		d.fault = 0
		if blocked {
			d.enter(bill.Starting, d.now.Add(time.Second))
		}
	default:
		d.fault, d.faultWords = ev.Kind, ev.Detail
		if d.atRest() || d.hasNote {
			d.enter(d.fault, time.Time{})
		}
	}
	return nil
}

// PowerCut takes the power; the note stays where it is.
func (d *FakeDevice) PowerCut(now time.Time) {
	d.step(now)
	d.on, d.until, d.slotOpen = false, time.Time{}, false
}

// PowerOn reports what is where.
func (d *FakeDevice) PowerOn(now time.Time) {
	if d.on {
		return
	}
	d.on = true
	switch {
	case d.inStacker:
		d.enter(bill.PoweredUpInStacker, time.Time{})
	case d.hasNote:
		d.enter(bill.PoweredUpInValidator, now.Add(time.Second))
	default:
		d.enter(bill.PoweredUp, now.Add(time.Second))
	}
}
