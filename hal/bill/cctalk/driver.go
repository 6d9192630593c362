package cctalk

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
	// ErrValues refuses to enable values that no bill type has.
	ErrValues = errors.New("the device knows none of the values")
)

// Driver is a bill.Engine for one ccTalk note validator. It holds no goroutine and
// no clock, and is not safe for concurrent use. The bytes it returns are never
// written to again.
type Driver struct {
	cfg Config
	line
	device
	position
	setup
	settings
	note   note
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
	heard    bool // it answered since the start
	synced   bool // it answered since the start or a silence
	silent   bool
	attempts int // commands without a reply since then

	starting  bool      // Starting was reported and no rest since
	booted    bool      // it restarted, and whether with a note is not known yet
	bootedAt  time.Time // when that was seen
	restAt    time.Time // it is not at rest before
	checked   bool      // a self-check found nothing since the start, a silence or a fault
	checkedAt time.Time
	noCheck   bool      // it knows no self-check
	fault     bill.Kind // what keeps it from work, 0 = nothing
	faultWas  bill.Kind // the same before a RESET, of a device that knows no self-check
	fresh     bool      // it told of no note since the start or a restart
	hung      bool      // it does not leave initialisation
	strange   bool      // it said something unknown here, and that was reported

	reset, jam, checks backoff
}

var _ bill.Engine = (*Driver)(nil)

// New returns a driver that polls as soon as it is advanced. Address 1, which is the
// host's, is taken for 40.
func New(cfg Config) *Driver {
	cfg = cfg.withDefaults()
	d := &Driver{cfg: cfg}
	d.line.open(cfg.Address, cfg.Checksum == CRC16)
	d.fresh = true
	return d
}

// Category is what the device says that it is; "" until it was read.
func (d *Driver) Category() string { return d.category }

// Keeps says whether the device keeps the driver's position, as far as is known. If
// not, a restarted host hears of the last note again.
func (d *Driver) Keeps() bool { return d.keeps() || !d.tableKnown && !d.unkept }

// Denominations lists the values in fen the bill types have, in their order; nil
// until they were read.
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
		d.enable, d.announced, d.writes = false, 0, backoff{}
	case bill.Stack, bill.Return:
		err = d.decideNote(cmd.Op)
	case bill.Hold:
		if !d.decidable() {
			err = ErrNoNote
			break
		}
		d.note.holdAt = now
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
	if d.tableKnown && d.table.Mask(values) == 0 {
		return ErrValues
	}
	d.enable, d.announced, d.valuesFailed = true, 0, false
	d.values = slices.Clone(values)
	d.writes = backoff{}
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

// wantMask is the mask the owner asked for; zero until the table is known.
func (d *Driver) wantMask() uint16 {
	if !d.enable || !d.tableKnown {
		return 0
	}
	return d.table.Mask(d.values)
}

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
		d.receive(now, rx)
	}
	if !now.Before(d.Wake()) {
		tx = d.due(now)
	}
	return tx, d.events
}
