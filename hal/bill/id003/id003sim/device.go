package id003sim

import (
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/id003"
)

// Config sets up a Device. Zero fields take the defaults named below.
type Config struct {
	billsim.Config // Values are taken from Table

	Table   id003.Table // 1, 5, 10, 20, 50, 100 yuan, codes 61 to 66
	Country byte        // of the currency data; id003.CountryChina
	Version string      // of the program; U(CHN)-03-SS ID003-05V100-01 01MAR24 1A2B

	NamesNote bool          // 15 carries the note's denomination code
	OpenReset bool          // after RESET it takes notes until told otherwise
	Waits     bool          // it leaves initialisation only when the inhibit was set
	Recovery  bool          // after the RESET of a 42 it says 14 and 15 once more
	Rejects   bool          // a note held too long shows as 17 79, not as 18
	NoHolding bool          // a note on HOLD shows as 13, not as 19
	Complains bool          // it answers a broken frame with 4A
	HangAfter time.Duration // a 15 not ACKed for so long: it answers nothing but RESET; 0 = never
	Echo      bool          // the line gives the host back what it sends
}

func (c Config) withDefaults() Config {
	if c.Table == (id003.Table{}) {
		c.Table = id003.Table{100, 500, 1000, 2000, 5000, 10000}
	}
	if c.Country == 0 {
		c.Country = id003.CountryChina
	}
	if c.Version == "" {
		c.Version = "U(CHN)-03-SS ID003-05V100-01 01MAR24 1A2B"
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

	paid bool // the 15 of a note that was still being pressed into the cassette was ACKed; a power cut does not take this

	echo   []byte // on its way back to the host
	echoAt time.Time
	simple [256][]byte
}

// electronics is what a power cut takes.
type electronics struct {
	dec      id003.Decoder
	heardAt  time.Time
	reply    []byte
	replyAt  time.Time
	replyTo  byte // state the pending reply reports
	reported byte // state the last reply reported; 0 after another command

	refused  uint16 // bits of C0
	shut     bool
	settled  bool // C3 came since the last RESET
	security [2]byte
	options  [2]byte
	ways     byte
	mode     byte

	early    bool      // the last order was STACK-1
	held     bool      // HOLD was given for the note in escrow
	late     bool      // the note leaves escrow because nobody decided
	storing  time.Time // shows 16 until then
	retold   retelling
	retoldAt time.Time // of the next step
	askedAt  time.Time // the ACK is awaited since then; zero = it is not
}

// retelling is how far a device with power recovery is in telling again of the
// note that a 42 told of.
type retelling int

const (
	toldAll retelling = iota
	tellsStacking
	tellsVendValid
)

var _ hal.Peer = (*Device)(nil)

// New returns a device in power-up state 40, or without power if cfg.Off.
func New(cfg Config) *Device {
	cfg = cfg.withDefaults()
	d := &Device{Mechanics: billsim.New(cfg.Config), cfg: cfg}
	d.Enabled = func(fen int64) bool { i := d.indexOf(fen); return i >= 0 && d.refused>>i&1 == 0 }
	d.Open = func() bool { return d.code() == id003.StIdling }
	for i := range d.simple {
		d.simple[i] = frame(byte(i))
	}
	d.forget()
	return d
}

func frame(payload ...byte) []byte {
	b, err := id003.AppendFrame(nil, payload)
	if err != nil {
		return nil // not reachable: replies have 1 to 65 bytes
	}
	return b
}

// forget gives the electronics their state after power on and RESET.
func (d *Device) forget() {
	d.refused, d.shut, d.settled = 0xFFFF, true, false
	if d.cfg.OpenReset {
		d.refused, d.shut = 0, false
	}
	d.security, d.options, d.ways, d.mode = [2]byte{}, [2]byte{}, 0, 0
	d.askedAt = time.Time{}
}

func (d *Device) indexOf(fen int64) int { return billsim.Index(d.cfg.Table[:], fen) }

// Advance runs the mechanics up to now and returns the reply that is due, after
// the echo.
func (d *Device) Advance(now time.Time) (tx []byte) {
	d.step(now)
	tx, d.echo = d.echo, nil
	if d.reply == nil || now.Before(d.replyAt) {
		return tx
	}
	reply := d.Disturb(d.reply)
	d.reply, d.reported = nil, d.replyTo
	if tx == nil {
		return reply
	}
	return append(tx, reply...)
}

// Wake is the next instant at which something happens by itself; zero for never.
func (d *Device) Wake() time.Time {
	var at time.Time
	earlier := func(t time.Time, is bool) {
		if is && !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	earlier(d.Mechanics.Wake(), true)
	earlier(d.replyAt, d.reply != nil)
	earlier(d.echoAt, d.echo != nil)
	return at
}

// Insert puts a note of the given value in fen into the slot. It fails when the
// device takes no note now.
func (d *Device) Insert(now time.Time, fen int64, outcome string) error {
	d.step(now)
	d.held, d.late = false, false
	return d.Mechanics.Insert(now, fen, outcome)
}

// PowerCut takes the power away at this instant. What is where stays there.
func (d *Device) PowerCut(now time.Time) {
	d.step(now)
	d.Mechanics.PowerCut(now)
	d.electronics = electronics{}
	d.forget()
}

// step runs the mechanics, and what the electronics do by themselves.
func (d *Device) step(now time.Time) {
	before := d.Phase()
	d.Step(now)
	if before == billsim.InEscrow && d.Phase() != before {
		d.held = false
		d.late = d.Blocking() == ""
	}
	if d.Phase() == billsim.Returned {
		d.Acknowledge() // the protocol has no word for it
	}
	d.settlePaid()
	d.retell(now)
}

// settlePaid ends the claim of a note whose 15 was ACKed before it was wholly in the
// cassette.
func (d *Device) settlePaid() {
	switch {
	case !d.paid:
	case d.Phase() == billsim.PowerUp:
		d.Forget()
		d.paid = false
	case d.Phase() == billsim.Stacked:
		d.Acknowledge()
		d.paid = false
	}
}

// retell runs the second story of a note that is in the cassette.
func (d *Device) retell(now time.Time) {
	if d.retold == tellsStacking && d.Phase() == billsim.Rest && !now.Before(d.retoldAt) {
		d.retold = tellsVendValid
	}
}
