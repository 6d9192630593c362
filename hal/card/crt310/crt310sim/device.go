package crt310sim

import (
	"errors"
	"math/rand/v2"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/crt310"
)

// Errors of the hand at the slot.
var (
	// ErrSlot: the reader does not take the card.
	ErrSlot = errors.New("card does not go in")
	// ErrHeld: there is no card to take, or it is held.
	ErrHeld = errors.New("no card to take")
)

// Config sets up a Device. Zero fields take the defaults named below.
type Config struct {
	ReplyDelay time.Duration // 2 ms
	EntryTime  time.Duration // gate to inside; 500 ms
	MoveTime   time.Duration // 600 ms
	CardTime   time.Duration // one exchange with the chip; 40 ms
	BootTime   time.Duration // power on to the first answer; 1 s
	LateTime   time.Duration // of the late-reply fault; 12 s, longer than the driver waits
	Version    string        // answer to a reset; CRT-310

	Rand          *rand.Rand // feeds the noise fault; without it that fault is refused
	NoisePerMille int        // chance of a flipped bit per byte under noise; 10
}

func (c Config) withDefaults() Config {
	for _, f := range []struct {
		v *time.Duration
		d time.Duration
	}{
		{&c.ReplyDelay, 2 * time.Millisecond},
		{&c.EntryTime, 500 * time.Millisecond},
		{&c.MoveTime, 600 * time.Millisecond},
		{&c.CardTime, 40 * time.Millisecond},
		{&c.BootTime, time.Second},
		{&c.LateTime, 12 * time.Second},
	} {
		if *f.v <= 0 {
			*f.v = f.d
		}
	}

	if c.Version == "" {
		c.Version = "CRT-310"
	}
	if c.NoisePerMille <= 0 {
		c.NoisePerMille = 10
	}
	return c
}

// Device is the simulated reader. It is not safe for concurrent use.
type Device struct {
	cfg Config

	// What is physical.
	card    *cardsim.Card
	pos     byte // of the card; crt310.PosNone without one
	bin     []*cardsim.Card
	dead    bool // no power
	readyAt time.Time
	faults  faults

	// The electronics.
	front   byte // card-in control
	powered bool
	asked   []byte // frame taken, waiting for ENQ
	answer  []byte // last frame sent, for NAK
	rx      []byte
	heardAt time.Time
	busy    bool   // what comes waits in rx
	tasks   []task // in order of time
	out     []byte // due now

	// Applied counts the exchanges that reached the chip.
	Applied int
}

// task is something that happens by itself.
type task struct {
	at time.Time
	do func(now time.Time)
}

var _ hal.Peer = (*Device)(nil)

// New returns a reader with power, without a card, that lets none in.
func New(cfg Config) *Device {
	return &Device{cfg: cfg.withDefaults(), pos: crt310.PosNone, front: crt310.FrontNone}
}

// Advance runs what is due, and returns what the reader sends.
func (d *Device) Advance(now time.Time) (tx []byte) {
	for len(d.tasks) > 0 && !now.Before(d.tasks[0].at) {
		t := d.tasks[0]
		d.tasks = d.tasks[1:]
		t.do(t.at)
	}
	tx, d.out = d.out, nil
	if d.dead || d.faults.silent {
		return nil
	}
	return d.faults.disturb(tx)
}

// Wake is the next instant at which something happens by itself; zero for never.
func (d *Device) Wake() time.Time {
	if len(d.tasks) == 0 {
		return time.Time{}
	}
	return d.tasks[0].at
}

// after lets something happen, in order of time.
func (d *Device) after(now time.Time, wait time.Duration, do func(now time.Time)) {
	t := task{at: now.Add(wait), do: do}
	i := len(d.tasks)
	for i > 0 && d.tasks[i-1].at.After(t.at) {
		i--
	}
	d.tasks = append(d.tasks[:i], append([]task{t}, d.tasks[i:]...)...)
}

// Position is where the card is, as the reader would report it.
func (d *Device) Position() byte { return d.pos }

// Offered is the card in the gate, which a hand can take; nil without one.
func (d *Device) Offered() *cardsim.Card {
	if d.pos != crt310.PosFront {
		return nil
	}
	return d.card
}

// EmptyBin is a collection: it takes out the cards that were captured and returns them.
func (d *Device) EmptyBin() []*cardsim.Card {
	b := d.bin
	d.bin = nil
	return b
}

// Retained lists the cards that were captured, oldest first.
func (d *Device) Retained() []*cardsim.Card { return append([]*cardsim.Card(nil), d.bin...) }

// InsertCard puts a card into the gate. It fails with ErrSlot if the reader does not
// let it in.
func (d *Device) InsertCard(now time.Time, c *cardsim.Card) error {
	if d.dead || d.front == crt310.FrontNone || d.pos != crt310.PosNone || d.faults.jam {
		return ErrSlot
	}

	d.card, d.pos = c, crt310.PosFront
	d.after(now, d.cfg.EntryTime, func(time.Time) {
		if d.card == c && d.pos == crt310.PosFront {
			d.pos = crt310.PosInside
			if d.faults.long {
				d.pos = crt310.PosLong
			}
		}
	})

	return nil
}

// TakeCard takes the card out of the gate. It fails with ErrHeld if none is offered.
func (d *Device) TakeCard(time.Time) (*cardsim.Card, error) {
	if d.pos != crt310.PosFront {
		return nil, ErrHeld
	}
	return d.release(), nil
}

// PullCard tears the card out, wherever it is. It fails with ErrHeld if there is no card.
func (d *Device) PullCard(time.Time) (*cardsim.Card, error) {
	if d.card == nil {
		return nil, ErrHeld
	}
	return d.release(), nil
}

func (d *Device) release() *cardsim.Card {
	c := d.card
	d.off()
	d.card, d.pos = nil, crt310.PosNone
	return c
}

// off takes the power from the chip.
func (d *Device) off() {
	if d.card != nil {
		d.card.PowerOff()
	}
	d.powered = false
}

// PowerCut takes the reader's power: what is electronic is gone.
func (d *Device) PowerCut(time.Time) {
	d.off()
	d.dead, d.front = true, crt310.FrontNone
	d.asked, d.answer, d.rx, d.tasks, d.out, d.busy = nil, nil, nil, nil, nil, false
}

// PowerOn gives it back.
func (d *Device) PowerOn(now time.Time) {
	if d.dead {
		d.dead, d.readyAt = false, now.Add(d.cfg.BootTime)
	}
}
