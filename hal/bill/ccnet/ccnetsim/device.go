package ccnetsim

import (
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ccnet"
)

// Config sets up a Device. Zero fields take the defaults named below.
type Config struct {
	billsim.Config // Values are taken from Table

	Address byte        // ccnet.AddressValidator
	Table   ccnet.Table // 1, 5, 10, 20, 50, 100 yuan at the indexes 0, 2, 3, 4, 5, 6
	Country string      // of the bill table; CHN
	Part    string      // 15 characters; SM-CN1311
	Serial  string      // 12 characters; 000000000001
}

func (c Config) withDefaults() Config {
	if c.Address == 0 {
		c.Address = ccnet.AddressValidator
	}
	if c.Table == (ccnet.Table{}) {
		c.Table = ccnet.Table{0: 100, 2: 500, 3: 1000, 4: 2000, 5: 5000, 6: 10000}
	}
	if c.Country == "" {
		c.Country = "CHN"
	}
	if c.Part == "" {
		c.Part = "SM-CN1311"
	}
	if c.Serial == "" {
		c.Serial = "000000000001"
	}
	c.Values = billsim.Used(c.Table[:])
	return c
}

// Device is the simulated validator. It is not safe for concurrent use. The
// bytes it returns are never written to again.
type Device struct {
	*billsim.Mechanics
	cfg Config

	dec      ccnet.Decoder
	heardAt  time.Time
	enabled  uint32
	escrow   uint32
	security [3]byte
	reply    []byte
	replyAt  time.Time
	replyTo  byte // state the pending reply reports
	reported byte // state the last reply reported; 0 after a command
	simple   [256][]byte
}

var _ hal.Peer = (*Device)(nil)

// New returns a device in power-up state 10, or without power if cfg.Off.
func New(cfg Config) *Device {
	cfg = cfg.withDefaults()
	d := &Device{Mechanics: billsim.New(cfg.Config), cfg: cfg}
	d.Enabled = func(fen int64) bool { return has(d.enabled, d.indexOf(fen)) }
	d.Straight = func(fen int64) bool { return !has(d.escrow, d.indexOf(fen)) }
	d.Open = func() bool { return d.enabled != 0 }
	d.dec.Address = d.cfg.Address
	for i := range d.simple {
		b, err := ccnet.AppendFrame(make([]byte, 0, ccnet.MinFrame), d.cfg.Address, []byte{byte(i)})
		if err == nil { // one byte always fits
			d.simple[i] = b
		}
	}
	return d
}

func has(mask uint32, index int) bool { return index >= 0 && mask>>index&1 == 1 }

func (d *Device) indexOf(fen int64) int { return billsim.Index(d.cfg.Table[:], fen) }

// Advance runs the mechanics up to now and returns the reply that is due.
func (d *Device) Advance(now time.Time) (tx []byte) {
	d.Step(now)
	if d.reply == nil || now.Before(d.replyAt) {
		return nil
	}
	tx, d.reply = d.reply, nil
	d.reported = d.replyTo
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

// PowerCut takes the power away at this instant. What is where stays there.
func (d *Device) PowerCut(now time.Time) {
	d.Mechanics.PowerCut(now)
	d.enabled, d.escrow, d.security = 0, 0, [3]byte{}
	d.reply, d.reported = nil, 0
	d.dec.Reset()
}
