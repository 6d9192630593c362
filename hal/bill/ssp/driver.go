package ssp

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// Driver is a bill.Engine for one SSP note validator. It holds no goroutine and no
// clock, and is not safe for concurrent use. The bytes it returns are never
// written to again.
type Driver struct {
	cfg Config
	line
	device
	note   note
	owner  owner.Side
	parsed [MaxData]Event // scratch of the reply being read

	owed      bool          // the last reply of the device made a report, and no new command went out since
	owing     [MaxData]byte // that reply, without the OK
	owingSize int
}

// device is what the driver knows about the validator.
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

	booted    bool      // it restarted, and whether with a note is not known yet
	bootUntil time.Time // after a RESET, Silent is not reported before this
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

	reset, fault, asks, acks owner.Backoff
}

var _ bill.Engine = (*Driver)(nil)

// New returns a driver that speaks as soon as it is advanced. An address that no
// slave has (over 7Dh) is taken for 0.
func New(cfg Config) *Driver {
	cfg = cfg.withDefaults()
	if cfg.Address > maxAddress {
		cfg.Address = 0
	}
	d := &Driver{cfg: cfg, owner: owner.Side{MaxHold: cfg.MaxHold}}
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
	if !d.tableKnown {
		return nil
	}
	return owner.Distinct(d.setup.Table[:])
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

func (d *Driver) knowsAny(values []int64) bool {
	return !d.tableKnown || d.setup.Table.Mask(values) != 0
}

// wantMask is the mask the owner asked for; zero until the table is known.
func (d *Driver) wantMask() uint16 {
	if !d.owner.Enabled || !d.tableKnown {
		return 0
	}
	return d.setup.Table.Mask(d.owner.Values)
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
	d.owner.Watch(now, d.note.phase > moving, d.resting)
	return tx, d.owner.Events()
}
