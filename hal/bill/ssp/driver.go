package ssp

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
	// ErrValues refuses to enable values that no channel has.
	ErrValues = errors.New("the device knows none of the values")
)

// Driver is a bill.Engine for one SSP note validator. It holds no goroutine and no
// clock, and is not safe for concurrent use. The bytes it returns are never
// written to again.
type Driver struct {
	cfg Config
	line
	device
	note   note
	events []bill.Event
	parsed [MaxData]Event // scratch of the reply being read

	owed      bool          // the last reply of the device made a report, and no new command went out since
	owing     [MaxData]byte // that reply, without the OK
	owingSize int

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
	recall   bool // its last reply may be to a POLL, and is to be fetched
	synced   bool // it answered a SYNC since the start or a silence
	probed   bool // a HOLD told since then whether a note is in escrow
	silent   bool
	attempts int  // recalls and SYNCs without a reply, in a row
	fresh    bool // nothing was heard of a note since the start or a restart of the device

	levels    level     // conditions of the last reply to POLL
	standing  bool      // it carried an event that waits for EVENT ACK
	resting   bool      // it told of nothing to do, and no note is left open
	since     time.Time // begin of initialising or stacking
	restSince time.Time // begin of replies without events; zero = none

	starting  bool      // Starting was reported and no rest since
	booted    bool      // it restarted, and whether with a note is not known yet
	bootUntil time.Time // no Silent before, behind a RESET
	gone      bool      // a rejected note is out, its reason is to be asked for

	versionSet   bool
	setup        Setup
	tableKnown   bool
	refused      int // refusals of SETUP REQUEST
	serial       uint32
	serialKnown  bool
	plain        bool // it does not know POLL WITH ACK
	pollsRefused int
	wantsKey     bool
	noFirmware   bool // it says so: a flash was cut
	unknown      bool // the last reply had an event unknown here

	applied      uint16 // inhibit mask in force
	appliedKnown bool
	opened       bool // ENABLE was accepted, and nothing since speaks against it
	closed       bool // it said so, or accepted DISABLE, and no ENABLE went out since
	openSent     bool // an ENABLE went out, and no DISABLE was accepted since

	reset, fault, enables, asks, acks backoff
}

var _ bill.Engine = (*Driver)(nil)

// New returns a driver that speaks as soon as it is advanced. An address that no
// slave has (over 7Dh) is taken for 0.
func New(cfg Config) *Driver {
	cfg = cfg.withDefaults()
	if cfg.Address > maxAddress {
		cfg.Address = 0
	}
	d := &Driver{cfg: cfg}
	d.line.open(cfg.Address)
	d.fresh, d.recall, d.plain = true, true, cfg.Plain
	return d
}

// Setup is what the device says about itself; false until it was read.
func (d *Driver) Setup() (Setup, bool) { return d.setup, d.tableKnown }

// Serial is the device's serial number; false until it was read.
func (d *Driver) Serial() (uint32, bool) { return d.serial, d.serialKnown }

// Repeats says whether the device takes POLL WITH ACK, as far as is known. If not,
// a credit rests on the sequence bit alone, and is lost with the device's power.
func (d *Driver) Repeats() bool { return !d.plain }

// Denominations lists the values in fen the channels have, in channel order; nil
// until they were read.
func (d *Driver) Denominations() []int64 {
	var vs []int64
	for _, v := range d.setup.Table {
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
	if d.tableKnown && d.setup.Table.Mask(values) == 0 {
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

// wantMask is the mask the owner asked for; zero until the table is known.
func (d *Driver) wantMask() uint16 {
	if !d.enable || !d.tableKnown {
		return 0
	}
	return d.setup.Table.Mask(d.values)
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
