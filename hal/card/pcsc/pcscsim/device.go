package pcscsim

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/pcsc"
)

// ErrSlot: there is a card already, or none to take.
var ErrSlot = errors.New("no such thing in the slot")

// Config sets up a Device. Zero fields take the defaults named below.
type Config struct {
	Reader string // name of the reader; "Virtual PCD 00 00"
	ACR    bool   // the reader works memory cards, by pseudo-APDUs

	ReplyDelay   time.Duration // 1 ms
	PowerTime    time.Duration // CONNECT and RECONNECT; 130 ms
	CardTime     time.Duration // TRANSMIT; 40 ms
	ReopenTime   time.Duration // from a lost connection, or the daemon's start, to the next one; 200 ms
	LateTime     time.Duration // of the late-reply fault; 20 s, longer than the driver waits
	NoticeTime   time.Duration // until the daemon notices a card that comes or goes; 350 ms
	OtherHolds   int           // BEGIN requests that are refused because another program holds the card
	OtherProgram bool          // another program holds the card exclusively
}

func (c Config) withDefaults() Config {
	if c.Reader == "" {
		c.Reader = "Virtual PCD 00 00"
	}

	for _, f := range []struct {
		v *time.Duration
		d time.Duration
	}{
		{&c.ReplyDelay, time.Millisecond},
		{&c.PowerTime, 130 * time.Millisecond},
		{&c.CardTime, 40 * time.Millisecond},
		{&c.ReopenTime, 200 * time.Millisecond},
		{&c.NoticeTime, 350 * time.Millisecond},
		{&c.LateTime, 20 * time.Second},
	} {
		if *f.v <= 0 {
			*f.v = f.d
		}
	}

	return c
}

// Device is the simulated daemon with its reader. It is not safe for concurrent
// use.
type Device struct {
	cfg Config

	// What is physical.
	card     *cardsim.Card // in the slot; nil = none
	powered  bool
	selected bool // a memory card was selected
	gone     bool // the reader is unplugged

	// The daemon.
	running   bool
	stuck     bool // receives, and answers nothing
	lostReply bool
	lateReply bool
	events    uint32
	noticed   *cardsim.Card // the card the daemon knows of
	atr       []byte
	handle    uint32 // 0 = none
	stale     pcsc.Code
	handles   uint32
	held      int

	// The connection.
	open  bool
	rec   pcsc.Records
	in    []byte
	tasks []task
	out   []byte
	epoch int // connections so far

	// Applied counts the APDUs that reached the chip, Requests the TRANSMITs.
	Applied, Requests int
}

// task is something that happens by itself; epoch 0 outlives the connection.
type task struct {
	at    time.Time
	epoch int
	do    func(now time.Time)
}

var _ hal.Peer = (*Device)(nil)

// New returns a running daemon with an empty slot; the connection opens at now
// plus ReopenTime.
func New(now time.Time, cfg Config) *Device {
	d := &Device{cfg: cfg.withDefaults(), running: true}
	d.held = d.cfg.OtherHolds
	d.reopen(now)
	return d
}

// Advance runs what is due, and returns records.
func (d *Device) Advance(now time.Time) (tx []byte) {
	for len(d.tasks) > 0 && !now.Before(d.tasks[0].at) {
		t := d.tasks[0]
		d.tasks = d.tasks[1:]
		if t.epoch == 0 || t.epoch == d.epoch && d.open {
			t.do(t.at)
		}
	}
	tx, d.out = d.out, nil
	return tx
}

// Wake is the next instant at which something happens by itself; zero for never.
func (d *Device) Wake() time.Time {
	if len(d.tasks) == 0 {
		return time.Time{}
	}
	return d.tasks[0].at
}

// after lets something happen, in order of time.
func (d *Device) after(now time.Time, wait time.Duration, epoch int, do func(now time.Time)) {
	t := task{at: now.Add(wait), epoch: epoch, do: do}
	i := len(d.tasks)
	for i > 0 && d.tasks[i-1].at.After(t.at) {
		i--
	}
	d.tasks = append(d.tasks[:i], append([]task{t}, d.tasks[i:]...)...)
}

// reopen lets the next connection come.
func (d *Device) reopen(now time.Time) {
	d.after(now, d.cfg.ReopenTime, 0, func(time.Time) {
		if d.running && !d.open {
			d.open = true
			d.epoch++
			d.rec, d.in, d.handle = pcsc.Records{}, nil, 0
			d.out = pcsc.AppendRecord(d.out, pcsc.Opened, nil)
		}
	})
}

// drop ends the connection.
func (d *Device) drop(now time.Time) {
	if d.open {
		d.out = pcsc.AppendRecord(d.out, pcsc.Closed, nil)
	}
	d.open, d.handle = false, 0
	d.reopen(now)
}

// InsertCard puts a card into the slot.
func (d *Device) InsertCard(now time.Time, c *cardsim.Card) error {
	if d.card != nil {
		return ErrSlot
	}
	d.card = c
	d.after(now, d.cfg.NoticeTime, 0, d.notice)
	return nil
}

// TakeCard takes the card out: nothing holds it.
func (d *Device) TakeCard(now time.Time) (*cardsim.Card, error) { return d.PullCard(now) }

// PullCard takes the card out, at any time.
func (d *Device) PullCard(now time.Time) (*cardsim.Card, error) {
	c := d.card
	if c == nil {
		return nil, ErrSlot
	}
	d.cut()
	d.card = nil
	d.after(now, d.cfg.NoticeTime, 0, d.notice)
	return c, nil
}

// Offered is the card in the slot: nothing holds it.
func (d *Device) Offered() *cardsim.Card { return d.card }

// EmptyBin is nothing: the reader has no bin.
func (d *Device) EmptyBin() []*cardsim.Card { return nil }

// Retained is empty: the reader has no bin.
func (d *Device) Retained() []*cardsim.Card { return nil }

// cut takes the power from the chip.
func (d *Device) cut() {
	if d.card != nil {
		d.card.PowerOff()
	}
	d.powered, d.selected = false, false
}

// notice is the daemon's look at the slot: it powers a new card.
func (d *Device) notice(time.Time) {
	if !d.running || d.noticed == d.card {
		return
	}
	if d.noticed != nil {
		d.events++
		d.stale = pcsc.CardRemoved
	}
	d.noticed, d.atr = d.card, nil
	if d.card != nil {
		d.events++
		d.power(false)
	}
}

// power resets the card. The reader gives the answer of a memory card's chip as
// historical bytes.
func (d *Device) power(warm bool) {
	d.atr, d.selected = nil, false
	switch {
	case d.card.Processor != nil:
		d.atr = d.card.Processor.Reset(warm && d.powered)
	case d.card.Memory != nil && d.cfg.ACR:
		answer := d.card.Memory.PowerOn()
		d.atr = append([]byte{0x3B, byte(len(answer))}, answer...)
	}
	d.powered = len(d.atr) > 0
}

// Fault kinds.
const (
	Silent    = "silent"     // the daemon receives, and answers nothing
	Unplugged = "unplugged"  // the reader is gone
	LostReply = "lost-reply" // the answer to the next TRANSMIT does not come
	LateReply = "late-reply" // it comes after Config.LateTime
)

// Faults are all kinds.
func Faults() []string {
	return []string{Silent, Unplugged, LostReply, LateReply}
}

// Fault sets or clears a fault.
func (d *Device) Fault(kind string, clear bool) error {
	switch kind {
	case Silent:
		d.stuck = !clear
	case LostReply:
		d.lostReply = !clear
	case LateReply:
		d.lateReply = !clear
	case Unplugged:
		d.gone = !clear
	default:
		return fmt.Errorf("cannot set fault: unknown kind %q", kind)
	}

	return nil
}

// HostRestarted ends the connection, as the end of the client's process does.
func (d *Device) HostRestarted(now time.Time) { d.drop(now) }

// PowerCut kills the daemon. The card keeps its power.
func (d *Device) PowerCut(now time.Time) {
	d.running = false
	d.drop(now)
	d.noticed, d.atr, d.events, d.stale = nil, nil, 0, 0
}

// PowerOn starts it again.
func (d *Device) PowerOn(now time.Time) {
	if d.running {
		return
	}
	d.running = true
	d.notice(now)
	d.reopen(now)
}
