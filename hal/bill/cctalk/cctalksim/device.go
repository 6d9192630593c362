package cctalksim

import (
	"errors"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/cctalk"
)

// Config sets up a Device. Zero fields take the defaults named below.
type Config struct {
	billsim.Config // Values are taken from Table

	Address  byte         // 40
	Table    cctalk.Table // 1, 5, 10, 20, 50, 100 yuan as the types 1 to 6
	Country  string       // CN
	Category string       // Bill Validator

	CRC  bool // frames with the 16-bit checksum
	Echo bool // the adapter lets the host hear its own bytes
	Mute bool // says nothing of a note that a restart finds
	Bare bool // knows no self-check, reads no setting back, and keeps no mark
}

func (c Config) withDefaults() Config {
	if c.Address == 0 {
		c.Address = cctalk.BillAddress
	}
	if c.Table == (cctalk.Table{}) {
		c.Table = cctalk.Table{100, 500, 1000, 2000, 5000, 10000}
	}
	if c.Country == "" {
		c.Country = "CN"
	}
	if c.Category == "" {
		c.Category = "Bill Validator"
	}
	c.Values = billsim.Used(c.Table[:])
	return c
}

// Device is the simulated validator. It is not safe for concurrent use. The bytes
// it returns are never written to again.
type Device struct {
	*billsim.Mechanics
	cfg Config
	electronics

	echo   []byte // the adapter's, on its way back to the host
	echoAt time.Time

	pressed bool // a restart found a note on its way into the cassette; a power cut does not take this
}

// electronics is what a power cut takes.
type electronics struct {
	dec     cctalk.Decoder
	heardAt time.Time
	reply   []byte // when it is to go out
	replyAt time.Time

	events cctalk.Buffer
	mask   uint16
	master bool // notes are taken
	mode   byte

	seen  int  // returned notes that are told of, or need not be
	full  bool // the cassette was told to be full, or away
	away  bool
	start bool // initialising after a restart
}

// deaf is how long the device goes on taking notes without a command.
const deaf = 5 * time.Second

var _ hal.Peer = (*Device)(nil)

// New returns a device that has just powered up, or one without power if cfg.Off.
func New(cfg Config) *Device {
	cfg = cfg.withDefaults()
	d := &Device{Mechanics: billsim.New(cfg.Config), cfg: cfg}
	d.Enabled = func(fen int64) bool { t := d.typeOf(fen); return t > 0 && d.mask>>(t-1)&1 == 1 }
	d.Open = func() bool { return d.master && d.mask != 0 }
	d.Straight = func(int64) bool { return d.mode&cctalk.ModeEscrow == 0 }
	d.powerUp()
	return d
}

// powerUp gives the electronics their state after a restart.
func (d *Device) powerUp() {
	d.electronics = electronics{mode: cctalk.ModeStacker, seen: len(d.Returned())}
	d.dec.Address, d.dec.CRC = d.cfg.Address, d.cfg.CRC
}

// typeOf is the bill type of a value, from 1; 0 if it has none.
func (d *Device) typeOf(fen int64) byte { return byte(billsim.Index(d.cfg.Table[:], fen) + 1) }

// Advance runs the mechanics up to now and returns the bytes that are due.
func (d *Device) Advance(now time.Time) (tx []byte) {
	d.step(now)
	tx, d.echo = d.echo, nil
	if d.reply == nil || now.Before(d.replyAt) {
		return tx
	}
	tx = append(tx, d.Disturb(d.reply)...)
	d.reply = nil
	return tx
}

// Wake is the next instant at which something happens by itself; zero for never.
func (d *Device) Wake() time.Time {
	at := d.Mechanics.Wake()
	earlier := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	if d.reply != nil {
		earlier(d.replyAt)
	}
	if d.echo != nil {
		earlier(d.echoAt)
	}
	return at
}

var errFault = errors.New("the device reads no setting back")

// Fault sets or clears a fault. A device that reads no setting back cannot show that its
// slot stays shut. The lost acknowledgement is the command that sets
// the driver's mark; the device drops it as if it had not been heard.
func (d *Device) Fault(kind string, clear bool) error {
	if kind == billsim.StuckShut && d.cfg.Bare {
		return errFault
	}
	before := d.Phase()
	err := d.Mechanics.Fault(kind, clear)
	d.moved(before)
	return err
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
	d.pressed = d.pressed || d.InStacker()
	d.Mechanics.PowerCut(now)
	d.powerUp()
}

// step runs the mechanics phase by phase, and what the electronics do by themselves.
func (d *Device) step(now time.Time) {
	for {
		at := d.Mechanics.Wake()
		if at.IsZero() || at.After(now) {
			at = now
		}
		before := d.Phase()
		d.Step(at)
		d.moved(before)
		if d.Phase() == billsim.PowerUp {
			d.pressed = d.pressed || d.InStacker()
			d.begin(at)
		}
		if next := d.Mechanics.Wake(); next.IsZero() || next.After(now) {
			break
		}
	}
	if d.master && now.Sub(d.heardAt) > deaf {
		d.master = false
	}
}

// begin initialises.
func (d *Device) begin(now time.Time) {
	d.start, d.seen = true, len(d.Returned())
	d.Reset(now)
}

// restart is the command RESET.
func (d *Device) restart(now time.Time) {
	heardAt := d.heardAt
	d.pressed = d.pressed || d.InStacker()
	d.powerUp()
	d.heardAt = heardAt
	d.begin(now)
}
