package id003

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
	// ErrValues refuses to enable values that the device does not know.
	ErrValues = errors.New("the device knows none of the values")
)

// Driver is a bill.Engine for one ID003 validator. It holds no goroutine and no
// clock, and is not safe for concurrent use. The bytes it returns are never
// written to again.
type Driver struct {
	cfg Config
	line
	device
	settings
	note   note
	late   int64 // value of a note reported as unaccounted for, until the next one
	events []bill.Event

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
	state, arg byte // last state report; 0 = none since the start or a silence
	since      time.Time
	fresh      bool // no state was handled since the start or a silence

	table        Table
	tableKnown   bool
	refused      int // times CURRENCY ASSIGN REQUEST was refused
	version      string
	versionKnown bool

	reset, fault, asks, versions, hung backoff
}

// phase is where the note is.
type phase int

const (
	noNote    phase = iota
	moving          // between slot and escrow, or refused there
	recovered       // found in the path at power-up
	escrowed        // waits for an order
	stacking        // on its way into the cassette
	returning       // on its way out
)

// note is the note in the path. A settled note is reported, phase noNote.
type note struct {
	phase    phase
	value    int64
	ordered  bool    // STACK was sent: it may be in the cassette
	reported bool    // Stacked or PoweredUpInStacker was emitted, the device may still say so
	order    bill.Op // Stack or Return, 0 = undecided
	orders   backoff
	holdAt   time.Time // next HOLD
	giveUp   time.Time // Return by itself
	holdNow  bool
}

var _ bill.Engine = (*Driver)(nil)

// New returns a driver that speaks as soon as it is advanced.
func New(cfg Config) *Driver {
	d := &Driver{cfg: cfg.withDefaults()}
	d.line.open()
	d.fresh = true
	return d
}

// Version is what the device says of its program; false until it was read.
func (d *Driver) Version() (string, bool) { return d.version, d.versionKnown }

// Denominations lists the values in fen the device knows, in the order of their
// codes; nil until they were read.
func (d *Driver) Denominations() []int64 {
	var vs []int64
	for _, v := range d.table {
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
		d.enable, d.announced, d.sets = false, 0, backoff{}
	case bill.Stack, bill.Return:
		err = d.decideNote(cmd.Op)
	case bill.Hold:
		if d.note.phase != escrowed {
			err = ErrNoNote
			break
		}
		d.note.holdNow = true
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
	if d.state != 0 {
		d.line.hurry(now)
	}
	return nil
}

func (d *Driver) wantEnabled(values []int64) error {
	if d.tableKnown && d.table.Mask(values) == 0 {
		return ErrValues
	}
	d.enable, d.announced, d.valuesFailed = true, 0, false
	d.values = slices.Clone(values)
	d.sets = backoff{}
	return nil
}

func (d *Driver) decideNote(op bill.Op) error {
	switch {
	case d.note.phase != escrowed || d.state == 0:
		return ErrNoNote
	case d.note.order != 0 && d.note.order != op:
		return ErrDecided
	}
	d.note.order = op
	return nil
}

// confirmed reports whether the end of every note reported so far is durable.
func (d *Driver) confirmed() bool { return d.confirms == d.reports }

func (d *Driver) emit(k bill.Kind, value int64, detail string) {
	switch k {
	case bill.Stacked, bill.PoweredUpInStacker, bill.Returned, bill.PoweredUpInValidator:
		d.reports++
	}
	d.events = append(d.events, bill.Event{Kind: k, Value: value, Detail: detail})
}

// Wake is when the next command is due, or the reply to the last one overdue.
func (d *Driver) Wake() time.Time {
	if d.line.sent != idleLine {
		return d.line.deadline
	}
	return d.line.nextAt
}

// Advance takes received bytes and runs what is due. At most one frame comes back.
func (d *Driver) Advance(now time.Time, rx []byte) (tx []byte, events []bill.Event) {
	d.events = nil
	if len(rx) > 0 {
		tx = d.receive(now, rx)
	}
	if tx == nil && !now.Before(d.Wake()) {
		tx = d.due(now)
	}
	return tx, d.events
}
