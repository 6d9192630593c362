package ebds

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/hal/bill"
)

// Errors of Do.
var (
	// ErrNoNote refuses an order when no note is in escrow.
	ErrNoNote = errors.New("no note in escrow")
	// ErrDecided refuses an order that contradicts the one given.
	ErrDecided = errors.New("the note is already decided on")
	// ErrValues refuses to enable values that the device does not have.
	ErrValues = errors.New("the device knows none of the values")
)

// Driver is a bill.Engine for one EBDS note validator. It holds no goroutine and no
// clock, and is not safe for concurrent use. The bytes it returns are never written
// to again.
type Driver struct {
	cfg Config
	line
	device
	note   note
	events []bill.Event

	owing raw // the last reply that made a report, until it is acknowledged

	// What the owner wants.
	enable       bool
	values       []int64
	resetWanted  bool
	announced    bill.Kind // Disabled or Idling, once reported
	confirms     int       // Confirm commands that met a report
	reports      int       // events that the owner confirms: where a note ended
	valuesFailed bool
}

// device is what is known about the other end.
type device struct {
	synced   bool // it answered since the start or a silence
	known    bool // and a state of now was acted on
	silent   bool
	attempts int  // messages that met no byte, in a row, while not synced
	fresh    bool // nothing was heard of a note since the start or a restart of the device

	bits      uint32 // the state last acted on
	trouble   uint32 // what keeps it from work
	resting   bool   // it tells of nothing to do, and no note is left open
	since     time.Time
	restSince time.Time // begin of rest; zero = none
	pauseSaid bool

	starting  bool      // Starting was reported and no rest since
	booted    bool      // it restarted, and whether with a note is not known yet
	bootUntil time.Time // no Silent before, behind a RESET

	software   uint16
	identified bool
	timeoutSet bool
	table      Table
	tableKnown bool
	asked      int // the entry asked for, from 1; behind the last once known

	mask         Mask // sent
	applied      Mask // in force
	appliedKnown bool
	otherSize    bool // it refused a mask of the usual size
	inForceSent  byte
	inForce      byte // denominations in force
	inForceKnown bool

	reset, fault, enables, asks backoff
}

var _ bill.Engine = (*Driver)(nil)

// New returns a driver that speaks as soon as it is advanced.
func New(cfg Config) *Driver {
	d := &Driver{cfg: cfg.withDefaults()}
	d.line.open()
	d.forgetSettings()
	d.fresh = true
	return d
}

// Software is the CRC of the device's software; false until it was read.
func (d *Driver) Software() (uint16, bool) { return d.software, d.identified }

// Denominations lists the values in fen that the device has, in its order; nil until
// they were read.
func (d *Driver) Denominations() []int64 {
	var vs []int64
	all := d.table[:]
	if d.cfg.Plain {
		all = d.cfg.Values[:]
	}
	for _, v := range all {
		if d.tableKnown && v > 0 && !slices.Contains(vs, v) {
			vs = append(vs, v)
		}
	}
	return vs
}

// Do takes a command. Orders on a note fail with ErrNoNote or ErrDecided, Enable
// with ErrValues. Enable and Disable are always answered by an Idling or Disabled
// event once in force, even if nothing changed. A Confirm that meets no report is
// ignored. Nothing is queued, so ErrBusy does not occur.
func (d *Driver) Do(now time.Time, cmd bill.Command) error {
	var err error
	switch cmd.Op {
	case bill.Enable:
		err = d.wantEnabled(cmd.Values)
	case bill.Disable:
		d.enable, d.announced, d.enables = false, 0, backoff{}
	case bill.Stack, bill.Return:
		err = d.decideNote(cmd.Op)
	case bill.Hold:
		if !d.decidable() {
			err = ErrNoNote
			break
		}
		d.note.giveUp = now.Add(d.cfg.MaxHold)
	case bill.Reset:
		d.resetWanted = true
	case bill.Confirm:
		d.confirms = min(d.confirms+1, d.reports)
	default:
		err = errors.New("unknown command")
	}
	if err != nil {
		return fmt.Errorf("cannot %v: %w", cmd.Op, err)
	}
	if d.synced {
		d.line.hurry(now)
	}
	return nil
}

func (d *Driver) wantEnabled(values []int64) error {
	if d.tableKnown && !d.knowsAny(values) {
		return ErrValues
	}
	d.enable, d.announced, d.valuesFailed = true, 0, false
	d.values = slices.Clone(values)
	d.enables = backoff{}
	return nil
}

func (d *Driver) decideNote(op bill.Op) error {
	switch {
	case !d.decidable():
		return ErrNoNote
	case d.note.order != 0 && d.note.order != op:
		return ErrDecided
	}
	d.note.order = op
	return nil
}

// decidable says that a note was shown to the owner and is still in escrow.
func (d *Driver) decidable() bool {
	return d.note.phase == escrowed && d.note.value != 0 && !d.note.void && d.synced
}

// confirmed reports whether the end of every note reported so far is durable.
func (d *Driver) confirmed() bool { return d.confirms == d.reports }

// emit adds an event. The reply that a report rests on is kept by the device until
// the owner has confirmed it.
func (d *Driver) emit(k bill.Kind, value int64, detail string) {
	switch k {
	case bill.Stacked, bill.PoweredUpInStacker, bill.Returned, bill.PoweredUpInValidator:
		d.reports++
		d.owing = d.taken
	}
	d.events = append(d.events, bill.Event{Kind: k, Value: value, Detail: detail})
}

// Wake is when the next message is due, or the reply to the last one overdue.
func (d *Driver) Wake() time.Time {
	if d.line.sent != nothing {
		return d.line.deadline
	}
	return d.line.nextAt
}

// Advance takes received bytes and runs what is due. At most one frame comes back.
func (d *Driver) Advance(now time.Time, rx []byte) (tx []byte, events []bill.Event) {
	d.events = nil
	if len(rx) > 0 {
		d.receive(now, rx)
	}
	if !now.Before(d.Wake()) {
		tx = d.due(now)
	}
	return tx, d.events
}
