package id003

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// Driver is a bill.Engine for one ID003 validator. It holds no goroutine and no
// clock, and is not safe for concurrent use. The bytes it returns are never
// written to again.
type Driver struct {
	cfg Config
	line
	device
	settings
	note  note
	late  int64 // value of a note reported as unaccounted for, until the next one
	owner owner.Side
}

// device is what the driver knows about the validator.
type device struct {
	state, arg byte // last state report; 0 = none since the start or a silence
	since      time.Time
	fresh      bool // no state was handled since the start or a silence

	table        Table
	tableKnown   bool
	refused      int // times CURRENCY ASSIGN REQUEST was refused
	version      string
	versionKnown bool

	reset, fault, asks, versions, hung owner.Backoff
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
	ordered  bool // STACK was sent: it may be in the cassette
	doubted  bool // the device was silent, restarted or in a fault since: who has it need not be its owner
	taken    bool // the device acknowledged STACK
	reported bool // Stacked or PoweredUpInStacker was emitted, the device may still say so
	order    owner.Order
	holdAt   time.Time // next HOLD
	holdNow  bool
}

var _ bill.Engine = (*Driver)(nil)

// New returns a driver that speaks as soon as it is advanced.
func New(cfg Config) *Driver {
	cfg = cfg.withDefaults()
	d := &Driver{cfg: cfg, owner: owner.Side{MaxHold: cfg.MaxHold}}
	d.line.open()
	d.fresh = true
	return d
}

// Version is what the device says of its program; false until it was read.
func (d *Driver) Version() (string, bool) { return d.version, d.versionKnown }

// Denominations lists the values in fen the device knows, in the order of their
// codes; nil until they were read.
func (d *Driver) Denominations() []int64 {
	if !d.tableKnown {
		return nil
	}
	return owner.Distinct(d.table[:])
}

// Do takes a command; owner.Side says how it is answered.
func (d *Driver) Do(now time.Time, cmd bill.Command) error {
	if err := d.owner.Do(now, cmd, d.decidable(cmd.Op), d.knowsAny); err != nil {
		return err
	}
	if cmd.Op == bill.Hold {
		d.note.holdNow = true
	}
	if d.state != 0 {
		d.line.hurry(now)
	}
	return nil
}

// decidable is the order of the note in escrow, nil if there is none. In a silence
// only its patience may be renewed.
func (d *Driver) decidable(op bill.Op) *owner.Order {
	if d.note.phase != escrowed || d.state == 0 && op != bill.Hold {
		return nil
	}
	return &d.note.order
}

func (d *Driver) atRest() bool { return d.state == StIdling || d.state == StDisabled }

func (d *Driver) knowsAny(values []int64) bool { return !d.tableKnown || d.table.Mask(values) != 0 }

// Wake is when the next command is due, or the reply to the last one overdue.
func (d *Driver) Wake() time.Time {
	if d.line.sent != idleLine {
		return d.line.deadline
	}
	return d.line.nextAt
}

// Advance takes received bytes and runs what is due. At most one frame comes back.
func (d *Driver) Advance(now time.Time, rx []byte) (tx []byte, events []bill.Event) {
	if len(rx) > 0 {
		tx = d.receive(now, rx)
	}
	if tx == nil && !now.Before(d.Wake()) {
		tx = d.due(now)
	}
	d.owner.Watch(now, d.note.phase > moving, d.atRest())
	return tx, d.owner.Events()
}
