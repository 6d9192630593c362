package ebds

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// Driver is a bill.Engine for one EBDS note validator. It holds no goroutine and no
// clock, and is not safe for concurrent use. The bytes it returns are never written
// to again.
type Driver struct {
	cfg Config
	line
	device
	note  note
	owner owner.Side

	owing raw // the last reply that made a report, until it is acknowledged
}

// device is what the driver knows about the validator.
type device struct {
	synced   bool // it answered since the start or a silence
	known    bool // and a state of now was acted on
	silent   bool
	attempts int  // messages that met no byte, in a row, while not synced
	fresh    bool // nothing was heard of a note since the start or a restart of the device
	lostShut bool // it was at rest and shut when it fell silent

	bits      uint32 // the state last acted on
	trouble   uint32 // what keeps it from work
	resting   bool   // it tells of nothing to do, and no note is left open
	since     time.Time
	restSince time.Time // begin of rest; zero = none
	pauseSaid bool

	booted    bool      // it restarted, and whether with a note is not known yet
	bootUntil time.Time // after a RESET, Silent is not reported before this

	software   uint16
	identified bool
	timeoutSet bool
	table      Table
	tableKnown bool
	asked      int // the entry asked for, from 1; after the last once known

	mask         Mask // sent
	applied      Mask // in force
	appliedKnown bool
	otherSize    bool // it refused a mask of the usual size
	stackSent    bool // the message in flight orders the note into the cassette
	inForceSent  byte
	inForce      byte // denominations in force
	inForceKnown bool

	hung bool // it answers nothing, and is to be reset

	reset, fault, asks owner.Backoff
}

var _ bill.Engine = (*Driver)(nil)

// New returns a driver that speaks as soon as it is advanced.
func New(cfg Config) *Driver {
	cfg = cfg.withDefaults()
	d := &Driver{cfg: cfg, owner: owner.Side{MaxHold: cfg.MaxHold}}
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
	switch {
	case !d.tableKnown:
		return nil
	case d.cfg.Plain:
		return owner.Distinct(d.cfg.Values[:])
	}
	return owner.Distinct(d.table[:])
}

// Do takes a command; owner.Side says how it is answered.
func (d *Driver) Do(now time.Time, cmd bill.Command) error {
	if err := d.owner.Do(now, cmd, d.decidable(), d.mayKnow); err != nil {
		return err
	}
	if d.synced {
		d.line.hurry(now)
	}
	return nil
}

// decidable is the order of a note that was shown to the owner and is still in escrow;
// nil if there is none.
func (d *Driver) decidable() *owner.Order {
	if n := &d.note; n.phase == escrowed && n.value != 0 && !n.void && d.synced {
		return &n.order
	}
	return nil
}

func (d *Driver) mayKnow(values []int64) bool { return !d.tableKnown || d.knowsAny(values) }

// tell adds an event. The reply that a report rests on is kept by the device until the
// owner has confirmed it.
func (d *Driver) emit(k bill.Kind, value int64, detail string) {
	if d.owner.Emit(k, value, detail) {
		d.owing = d.taken
	}
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
	if len(rx) > 0 {
		d.receive(now, rx)
	}
	if !now.Before(d.Wake()) {
		tx = d.due(now)
	}
	d.owner.Watch(now, d.note.phase > moving || d.bits&BitPaused != 0, d.resting)
	return tx, d.owner.Events()
}
