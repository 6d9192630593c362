package sspsim

import (
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ssp"
)

// Config sets up a Device. Zero fields take the defaults named below.
type Config struct {
	billsim.Config // Values are taken from Table

	Address  byte      // 0
	Table    ssp.Table // 1, 5, 10, 20, 50, 100 yuan on the channels 1 to 6
	Country  string    // of the dataset; CNY
	Firmware string    // 16 characters; NV02004270000000
	Kind     byte      // of device, as a firmware's header names it; that of Firmware
	Block    int       // bytes of a block of firmware; 1024
	Serial   uint32    // 1

	// RAMStart is how long a RAM block needs until it hears; 2 s. UploadPatience is how
	// long an upload may stand still, and then the loader listens for commands; 10 s.
	RAMStart, UploadPatience time.Duration

	Plain  bool // an old device: protocol version 5, no POLL WITH ACK
	Once   bool // DISABLED is told once, and not in every reply
	Strict bool // at power-up only a sequence bit of 0, or SYNC, counts as new
	Padded bool // the last block of a firmware must be as long as the others
	Erased bool // it has no firmware: a flash was cut

	Refuses byte // what it answers to every poll; 0 = as it is
}

func (c Config) withDefaults() Config {
	if c.Table == (ssp.Table{}) {
		c.Table = ssp.Table{100, 500, 1000, 2000, 5000, 10000}
	}
	if c.Country == "" {
		c.Country = "CNY"
	}
	if c.Firmware == "" {
		c.Firmware = "NV02004270000000"
	}
	if c.Kind == 0 {
		c.Kind = kindOf(c.Firmware)
	}
	if c.Block == 0 {
		c.Block = 1024
	}
	if c.Serial == 0 {
		c.Serial = 1
	}
	if c.RAMStart == 0 {
		c.RAMStart = 2 * time.Second
	}
	if c.UploadPatience == 0 {
		c.UploadPatience = 10 * time.Second
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

	// What a power cut does not take.
	firmware string // its name; empty = it is in its loader
	written  []byte // data last flashed whole
	front    bool   // the note found in the path at power-up is to go out
	frontOut byte   // E1 to be told: its channel, plus one; 0 = none
	told     int    // returned notes that are told of, or need not be
	counters
}

// electronics is what a power cut takes.
type electronics struct {
	dec     ssp.Decoder
	heardAt time.Time
	seq     byte // sequence bit of the last command; noSeq = none yet
	last    []byte
	reply   []byte // the last reply, when it is to go out
	replyAt time.Time

	version byte
	enabled bool
	mask    uint16
	reason  byte // last reject code

	up upload

	wasReset bool   // F1 is to be told
	disabled bool   // E8 was told since the last ENABLE (Config.Once)
	shown    bool   // the note in escrow was told of: the next poll accepts it
	credited bool   // EE was told, or acknowledged
	out      bool   // E3 is being told
	frozen   []byte // reply to POLL WITH ACK until EVENT ACK
}

const noSeq = 0xFF

var _ hal.Peer = (*Device)(nil)

// New returns a device that has just powered up, or one without power if cfg.Off.
func New(cfg Config) *Device {
	cfg = cfg.withDefaults()
	d := &Device{Mechanics: billsim.New(cfg.Config), cfg: cfg}
	d.Enabled = func(fen int64) bool { ch := d.channelOf(fen); return ch > 0 && d.mask>>(ch-1)&1 == 1 }
	d.Open = func() bool { return d.enabled && d.mask != 0 && d.frozen == nil && d.frontOut == 0 }
	if !cfg.Erased {
		d.firmware = cfg.Firmware
	}
	d.powerUp()
	return d
}

// powerUp gives the electronics their state at power on.
func (d *Device) powerUp() {
	d.electronics = electronics{seq: noSeq, wasReset: true, version: d.maxVersion()}
	d.dec.Address = d.cfg.Address
	if d.cfg.Strict {
		d.seq = ssp.SeqBit
	}
}

func (d *Device) maxVersion() byte {
	if d.cfg.Plain {
		return 5
	}
	return 8
}

// channelOf is the channel of a value, from 1; 0 if it has none.
func (d *Device) channelOf(fen int64) byte { return byte(billsim.Index(d.cfg.Table[:], fen) + 1) }

// Advance runs the mechanics up to now and returns the reply that is due.
func (d *Device) Advance(now time.Time) (tx []byte) {
	d.step(now)
	d.uploadStep(now)
	if d.reply == nil || now.Before(d.replyAt) {
		return nil
	}
	tx, d.reply = d.reply, nil
	return d.Disturb(tx)
}

// Wake is the next instant at which something happens by itself; zero for never.
func (d *Device) Wake() time.Time {
	end := d.Mechanics.Wake()
	if d.up.raw() && (end.IsZero() || d.up.due.Before(end)) {
		end = d.up.due
	}
	if d.reply != nil && (end.IsZero() || d.replyAt.Before(end)) {
		return d.replyAt
	}
	return end
}

// Fault sets or clears a fault. It fails for one that the protocol has no word for:
// a failed motor, and on an old device a lost acknowledgement.
func (d *Device) Fault(kind string, clear bool) error {
	if kind == billsim.Failure || kind == billsim.LostAck && d.cfg.Plain {
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
	if err := d.Mechanics.Insert(now, fen, outcome); err != nil {
		return err
	}
	d.reason, d.shown = reasonNone, false
	d.credited = false
	return nil
}

// PowerCut takes the power away at this instant. What is where stays there.
func (d *Device) PowerCut(now time.Time) {
	d.step(now)
	if d.cfg.Plain {
		d.Acknowledge() // a note that lies in the cassette is not seen at power-up
		d.told, d.frontOut = len(d.Returned()), 0
	}
	d.Mechanics.PowerCut(now)
	d.powerUp()
}

// step runs the mechanics, and what the electronics do by themselves: the device
// needs no order to initialise, unless it has first to get rid of a claim.
func (d *Device) step(now time.Time) {
	before := d.Phase()
	d.Step(now)
	d.moved(before)
	if d.Phase() == billsim.PowerUp && !d.InStacker() {
		_, d.front = d.InPath()
		d.told = len(d.Returned())
		d.Reset(now)
	}
	if d.front && len(d.Returned()) > d.told {
		fen, _ := d.Note()
		d.front, d.frontOut = false, d.channelOf(fen)+1
		d.told = len(d.Returned())
	}
}

// moved notes why a note left escrow without an order.
func (d *Device) moved(before billsim.Phase) {
	now := d.Phase()
	if now == before {
		return
	}
	d.count(before, now)
	if now != billsim.InEscrow {
		d.shown = false
	}
	if now != billsim.Returning && now != billsim.Returned {
		return
	}
	switch before {
	case billsim.InEscrow:
		d.reason = reasonTimeout
		if d.Blocking() != "" {
			d.reason = reasonUnable
		}
	case billsim.Lifting:
		d.reason = reasonUnable
	}
}
