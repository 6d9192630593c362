package ccnet

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// Driver is a bill.Engine for one CCNET validator. It holds no goroutine and no
// clock, and is not safe for concurrent use. The bytes it returns are never
// written to again.
type Driver struct {
	cfg Config
	line
	device
	note  note
	owner owner.Side
}

// device is what the driver knows about the validator.
type device struct {
	state, arg byte // last state report; 0 = none since the start or a silence
	since      time.Time
	fresh      bool // no state was handled since the start or a silence

	table      Table
	tableKnown bool
	ident      Identity
	identKnown bool

	applied      uint32 // mask in force
	appliedKnown bool
	openSent     bool // a mask other than zero went out, and no zero one was accepted since

	refused int // times GET BILL TABLE was refused

	reset, fault, asks, idents owner.Backoff
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
	reported bool // Stacked or PoweredUpInStacker was emitted, the device still says so
	afterCut bool // reported at power-up: until rest, a later 81 is the same note
	order    owner.Order
	holdAt   time.Time // next HOLD
	holdNow  bool
}

var _ bill.Engine = (*Driver)(nil)

// New returns a driver that polls as soon as it is advanced.
func New(cfg Config) *Driver {
	cfg = cfg.withDefaults()
	d := &Driver{cfg: cfg, owner: owner.Side{MaxHold: cfg.MaxHold}}
	d.line.open(cfg.Address)
	d.fresh = true
	return d
}

// Identity is the device's answer to IDENT; false until it was read.
func (d *Driver) Identity() (Identity, bool) { return d.ident, d.identKnown }

// Denominations lists the values in fen the bill table has, in table order; nil
// until it was read.
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

// wantMask is the mask the owner asked for; zero until the table is known.
func (d *Driver) wantMask() uint32 {
	if !d.owner.Enabled || !d.tableKnown {
		return 0
	}
	return d.table.Mask(d.owner.Values)
}

// Wake is when the next command is due, or the reply to the last one overdue.
func (d *Driver) Wake() time.Time {
	if d.line.sent != idleLine {
		return d.line.deadline
	}
	return d.line.nextAt
}

// Advance takes received bytes and runs what is due. At most one frame comes
// back.
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
