package dlt645

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/meter"
)

// Waits and bounds.
const (
	// ReplyTimeout is how long a meter may take: its own delay of 20 to 500 ms, and
	// the longest reply at 1200 baud.
	ReplyTimeout = 2500 * time.Millisecond
	// Quiet is the pause on the line before a request.
	Quiet = 50 * time.Millisecond
	// Tries is how often a request is sent in all.
	Tries = 3
	// QueueLength bounds the commands that wait.
	QueueLength = 32

	wakeBytes  = 4
	maxPending = 1024 // received bytes without a frame
	rest       = time.Hour
)

// Driver is a meter.Engine. The zero value is not usable: New makes one.
type Driver struct {
	queue   []meter.Command
	tries   int       // sendings of queue[0] so far
	sentAt  time.Time // of the last
	readyAt time.Time // when the line may be used
	rx      []byte
	damaged bool // something came since the last sending that was no reply
	now     time.Time
}

var _ meter.Engine = (*Driver)(nil)

// New makes a driver that has asked nothing yet.
func New() *Driver { return &Driver{} }

// Do queues a request.
func (d *Driver) Do(now time.Time, c meter.Command) error {
	d.now = now
	switch c.Op {
	case meter.Find:
	case meter.Read:
		if err := c.Address.Check(); err != nil {
			return fmt.Errorf("%w: %w", meter.ErrArgument, err)
		}
		if _, ok := fieldOf(c.Item); !ok {
			return fmt.Errorf("%w: %v", meter.ErrArgument, c.Item)
		}
	default:
		return fmt.Errorf("%w: %v", meter.ErrArgument, c.Op)
	}

	if len(d.queue) >= QueueLength {
		return hal.ErrBusy
	}

	d.queue = append(d.queue, c)
	return nil
}

// Wake implements hal.Engine.
func (d *Driver) Wake() time.Time {
	switch {
	case len(d.queue) == 0:
		return d.now.Add(rest)
	case d.tries == 0 && d.readyAt.After(d.now):
		return d.readyAt
	case d.tries == 0:
		return d.now
	}
	return d.sentAt.Add(ReplyTimeout)
}

// Advance implements hal.Engine.
func (d *Driver) Advance(now time.Time, rx []byte) (tx []byte, events []meter.Event) {
	d.now = now
	d.take(rx)
	for {
		f, used, err := Decode(d.rx)
		d.rx = d.rx[used:]
		if err != nil {
			break
		}
		if e, ok := d.reply(f); ok {
			events = append(events, e)
			d.next(now)
		}
	}

	if d.tries > 0 && !now.Before(d.sentAt.Add(ReplyTimeout)) {
		if d.tries >= Tries {
			events = append(events, d.giveUp())
			d.next(now)
		} else {
			tx = d.send(now)
		}
	}
	if len(d.queue) > 0 && d.tries == 0 && !now.Before(d.readyAt) {
		tx = d.send(now)
	}
	return tx, events
}

func (d *Driver) take(rx []byte) {
	if len(d.queue) == 0 || d.tries == 0 {
		d.rx = d.rx[:0] // nobody was asked
		return
	}
	for _, c := range rx {
		d.damaged = d.damaged || c != wakeUp
	}
	d.rx = append(d.rx, rx...)
	if n := len(d.rx) - maxPending; n > 0 {
		d.rx = d.rx[n:]
	}
}

// reply turns a frame into the outcome of the request, if it is one.
func (d *Driver) reply(f Frame) (meter.Event, bool) {
	if f.Control&fromMeter == 0 {
		d.damaged = len(d.rx) > 0 // our own echo
		return meter.Event{}, false
	}
	if len(d.queue) == 0 || d.tries == 0 {
		return meter.Event{}, false
	}

	c := d.queue[0]
	e := meter.Event{Kind: meter.Done, ID: c.ID, Address: f.Address, Item: c.Item}
	if c.Op == meter.Read && f.Address != c.Address || f.Control&function != control(c.Op) || f.Address == Broadcast {
		return e, false
	}
	if f.Control&refused != 0 {
		e.Kind, e.Err = meter.NotDone, refusal(f.Data)
		return e, true
	}
	if err := d.fill(c, f, &e); err != nil {
		return e, false
	}
	return e, true
}

var errOther = errors.New("reply to another request")

// fill takes the value out of the reply.
func (d *Driver) fill(c meter.Command, f Frame, e *meter.Event) error {
	if f.Control&following != 0 {
		return errOther // no item of ours needs a second frame
	}
	if c.Op == meter.Find {
		if len(f.Data) != 6 {
			return errOther
		}
		a, err := unpackAddress([6]byte(f.Data))
		if err != nil || a != f.Address {
			return errOther
		}
		return nil
	}

	fd, _ := fieldOf(c.Item) // Do has made sure of it
	value, ok := bytes.CutPrefix(f.Data, fd.id.bytes())
	if !ok {
		return errOther
	}
	return fd.value(value, e)
}

func control(o meter.Op) byte {
	if o == meter.Find {
		return ReadAddress
	}
	return Read
}

func (d *Driver) send(now time.Time) []byte {
	c := d.queue[0]
	f := Frame{Address: Broadcast, Control: control(c.Op)}
	if c.Op == meter.Read {
		fd, _ := fieldOf(c.Item)
		f.Address, f.Data = c.Address, fd.id.bytes()
	}

	d.tries++
	d.sentAt, d.rx, d.damaged = now, d.rx[:0], false
	tx, err := f.Append(bytes.Repeat([]byte{wakeUp}, wakeBytes))
	if err != nil {
		panic("dlt645: checked request does not encode: " + err.Error())
	}
	return tx
}

func (d *Driver) giveUp() meter.Event {
	e := meter.Event{Kind: meter.NotDone, ID: d.queue[0].ID, Item: d.queue[0].Item, Err: meter.ErrSilent}
	if d.damaged {
		e.Err = meter.ErrLine
	}
	return e
}

// next drops the request that has ended.
func (d *Driver) next(now time.Time) {
	d.queue = d.queue[1:]
	d.tries, d.rx, d.readyAt = 0, nil, now.Add(Quiet)
}
