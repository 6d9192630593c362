package ebdssim

import (
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ebds"
)

// Config sets up a Device. Zero fields take the defaults named below.
type Config struct {
	billsim.Config // Values are taken from Notes, or Denominations

	Notes    []ebds.Note // the note table; CNY 1, 5, 10, 20, 50 and 100, the last in two issues
	Software uint16      // CRC; 1C3Fh
	Model    byte        // 54h
	Revision byte        // 10h

	Plain         bool     // without extended messages
	Denominations [7]int64 // of a plain device, in fen; 1, 5, 10, 20, 50, 100 yuan

	Quiet     bool // no state bit is set while nothing is enabled
	Once      bool // the value of a note is told once, not in every reply
	Wide      bool // only a mask of 19 bytes is taken
	Strict    bool // at power-up only toggle 0 counts as new, and 1 is refused
	Mute      bool // the same, but 1 is not answered
	Afresh    bool // a repeated message is carried out again, and an event told once
	Forgetful bool // a note that lies in the cassette is not told of at power-up
}

func (c Config) withDefaults() Config {
	if len(c.Notes) == 0 {
		for _, fen := range []int64{100, 500, 1000, 2000, 5000, 10000, 10000} {
			c.Notes = append(c.Notes, ebds.Note{Currency: [3]byte{'C', 'N', 'Y'}, Value: fen})
		}
	}
	if c.Denominations == [7]int64{} {
		c.Denominations = [7]int64{100, 500, 1000, 2000, 5000, 10000}
	}
	if c.Software == 0 {
		c.Software = 0x1C3F
	}
	if c.Model == 0 {
		c.Model = 0x54
	}
	if c.Revision == 0 {
		c.Revision = 0x10
	}
	if c.Plain {
		c.Values = billsim.Used(c.Denominations[:])
		return c
	}
	c.Values = nil
	for _, n := range c.Notes {
		if n.Currency == [3]byte{'C', 'N', 'Y'} {
			c.Values = append(c.Values, n.Value)
		}
	}
	return c
}

// Device is the simulated validator. It is not safe for concurrent use. The bytes it
// returns are never written to again.
type Device struct {
	*billsim.Mechanics
	cfg Config
	electronics

	unsure bool // the power was away since the note in the cassette, which is not acknowledged, was there
}

// electronics is what a power cut takes.
type electronics struct {
	dec     ebds.Decoder
	heardAt time.Time
	toggle  byte   // of the last message taken; noToggle = none yet
	last    []byte // the last reply
	reply   []byte // what is to go out
	replyAt time.Time

	data     [3]byte // of the last message with a state
	inhibits ebds.Mask
	masked   bool // an inhibit mask was set; otherwise everything is accepted
	wait     time.Duration
	escrowAt time.Time

	refused bool // Rejected is to be told
	told    bool // the last reply told an event
	shown   billsim.Phase
}

const noToggle = 0xFF

var _ hal.Peer = (*Device)(nil)

// New returns a device that has just powered up, or one without power if cfg.Off.
func New(cfg Config) *Device {
	cfg = cfg.withDefaults()
	d := &Device{Mechanics: billsim.New(cfg.Config), cfg: cfg}
	d.Enabled = d.accepts
	d.Open = func() bool { return d.data[0] != 0 && !d.refused }
	d.Straight = func(int64) bool { return d.data[1]&ebds.ModeEscrow == 0 }
	d.powerUp()
	return d
}

// powerUp gives the electronics their state at power on.
func (d *Device) powerUp() {
	d.electronics = electronics{toggle: noToggle}
	if d.cfg.Strict || d.cfg.Mute {
		d.toggle = 1
	}
}

// accepts says whether a note is enabled.
func (d *Device) accepts(fen int64) bool {
	if !d.extended() {
		n := d.denominationOf(fen)
		return n > 0 && d.data[0]>>(n-1)&1 == 1
	}
	for i, n := range d.cfg.Notes {
		if n.Value == fen && (!d.masked || d.inhibits.Has(i+1)) {
			return d.data[0] != 0
		}
	}
	return false
}

// extended says that notes are told with currency and value.
func (d *Device) extended() bool { return !d.cfg.Plain && d.data[2]&ebds.ConfigExtended != 0 }

// denominationOf is the number of a value, from 1; 0 if it has none.
func (d *Device) denominationOf(fen int64) byte {
	return byte(billsim.Index(d.cfg.Denominations[:], fen) + 1)
}

// Advance runs the mechanics up to now and returns the reply that is due.
func (d *Device) Advance(now time.Time) (tx []byte) {
	d.step(now)
	if d.reply == nil || now.Before(d.replyAt) {
		return nil
	}
	tx, d.reply = d.reply, nil
	return d.Disturb(tx)
}

// Wake is the next instant at which something happens by itself; zero for never.
func (d *Device) Wake() time.Time {
	end := d.Mechanics.Wake()
	if d.reply != nil && (end.IsZero() || d.replyAt.Before(end)) {
		return d.replyAt
	}
	return end
}

// Insert puts a note of the given value in fen into the slot. It fails when the
// device takes no note now.
func (d *Device) Insert(now time.Time, fen int64, outcome string) error {
	d.step(now)
	return d.Mechanics.Insert(now, fen, outcome)
}

// PowerCut takes the power away at this instant. What is where stays there.
func (d *Device) PowerCut(now time.Time) {
	d.step(now)
	if d.cfg.Forgetful {
		d.Acknowledge()
	}
	d.Mechanics.PowerCut(now)
	d.powerUp()
	d.unsure = d.InStacker()
}

// step runs the mechanics, and what the electronics do by themselves: the device
// needs no order to initialise, unless it has a stacked note to tell of.
func (d *Device) step(now time.Time) {
	before := d.Phase()
	d.Step(now)
	phase := d.Phase()
	if before == billsim.Rejecting && phase != billsim.Rejecting {
		d.refused = true
	}
	if phase == billsim.InEscrow && before != billsim.InEscrow {
		d.escrowAt = now
	}
	if phase == billsim.PowerUp && !d.InStacker() {
		d.Reset(now)
	}
}
