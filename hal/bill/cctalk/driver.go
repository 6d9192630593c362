package cctalk

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
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
	note  note
	owner owner.Side
}

// device is what the driver knows about the validator.
type device struct {
	heard    bool // it answered since the start
	synced   bool // it answered since the start or a silence
	silent   bool
	attempts int // commands without a reply since then

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
	deaf      bool      // it refuses to tell its events
	strange   bool      // it said something unknown here, and that was reported

	reset, jam, checks owner.Backoff
}

var _ bill.Engine = (*Driver)(nil)

// New returns a driver that polls as soon as it is advanced. Address 1, which is the
// host's, is taken for 40.
func New(cfg Config) *Driver {
	cfg = cfg.withDefaults()
	d := &Driver{cfg: cfg, owner: owner.Side{MaxHold: cfg.MaxHold}}
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
	if !d.tableKnown {
		return nil
	}
	return owner.Distinct(d.table[:])
}

// Do takes a command; owner.Side says how it is answered.
func (d *Driver) Do(now time.Time, cmd bill.Command) error {
	if err := d.owner.Do(now, cmd, d.decidable(), d.knowsAny); err != nil {
		return err
	}
	if cmd.Op == bill.Hold {
		d.note.holdAt = now
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

func (d *Driver) knowsAny(values []int64) bool { return !d.tableKnown || d.table.Mask(values) != 0 }

// wantMask is the mask the owner asked for; zero until the table is known.
func (d *Driver) wantMask() uint16 {
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

// Advance takes received bytes and runs what is due. At most one frame comes back.
func (d *Driver) Advance(now time.Time, rx []byte) (tx []byte, events []bill.Event) {
	if len(rx) > 0 {
		d.receive(now, rx)
	}
	if !now.Before(d.Wake()) {
		tx = d.due(now)
	}
	d.owner.Watch(now, d.note.phase != noNote, d.atRest())
	return tx, d.owner.Events()
}
