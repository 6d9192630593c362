package crt571

import (
	"fmt"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/owner"
)

// Driver is a card.Engine for one CRT-571. It holds no goroutine and no clock, and
// is not safe for concurrent use. The bytes it returns are never written to again.
type Driver struct {
	cfg Config
	dialogue
	reader

	own    owner.Side
	pollAt time.Time
	accept bool // the owner lets cards in
}

// reader is what the driver knows about the reader.
type reader struct {
	known   bool // it answered a status request since the last lost answer
	applied bool // card entry is as wanted
	silent  bool
	inits   int // initialisations in a row
	place   byte
	bin     byte
	latched bool      // this driver brought the card to the contacts
	fault   Code      // what keeps it from work; "" = nothing
	jams    int       // waits since the fault began
	jamAt   time.Time // when the next one ends; zero without a fault

	powered  bool // the processor card
	t1       bool
	chip     card.Chip // the memory card, 0 = none
	size     int       // of an AT24C
	verified bool      // its code was presented since Select
}

var _ card.Engine = (*Driver)(nil)

// New returns a driver that asks for the status as soon as it is advanced.
func New(cfg Config) *Driver {
	start := hal.AtOnce()
	d := &Driver{cfg: cfg.withDefaults(), own: owner.Side{AskedAt: start}, pollAt: start}
	d.dec.Address = d.cfg.Address
	d.place, d.bin = PosNone, BinRoom
	return d
}

// Do queues a command: at most owner.MaxQueue, then hal.ErrBusy. Arguments that make
// no sense are refused with card.ErrArgument; everything else is answered by an
// event.
func (d *Driver) Do(now time.Time, c card.Command) error {
	if !sensible(c) {
		return fmt.Errorf("cannot %v: %w", c.Op, card.ErrArgument)
	}
	return d.own.Take(now, c)
}

func sensible(c card.Command) bool {
	switch c.Op {
	case card.Transmit:
		return len(c.Data) >= 4 && len(c.Data) <= card.MaxAPDU
	case card.Select:
		return c.Chip >= card.SLE4442 && c.Chip <= card.AT88SC102
	case card.Read:
		return c.Address >= 0 && c.Length > 0 && c.Length <= card.MaxMemory && c.Area >= card.Main && c.Area <= card.Protection
	case card.Write:
		return c.Address >= 0 && len(c.Data) > 0 && len(c.Data) <= card.MaxMemory && c.Area >= card.Main && c.Area <= card.Protection
	case card.Verify:
		return len(c.Data) > 0
	}

	return c.Op >= card.Accept && c.Op <= card.Reset
}

// Wake is when the next frame is due, or the answer to the last one overdue.
func (d *Driver) Wake() time.Time {
	if d.step != quiet {
		return d.dialogueWake()
	}
	at := d.pollAt
	if d.own.Due() || !d.silent && !(d.known && d.applied) {
		at = d.own.AskedAt
	}
	if at.Before(d.quietAt) {
		at = d.quietAt
	}
	return at
}

// Advance takes received bytes and runs what is due.
func (d *Driver) Advance(now time.Time, rx []byte) (tx []byte, events []card.Event) {
	d.tx = nil
	d.hear(now, rx)
	if d.step != quiet {
		d.due(now)
	}
	if d.step == quiet && !now.Before(d.quietAt) {
		d.next(now)
	}
	return d.tx, d.own.Events()
}

// next chooses what to ask.
func (d *Driver) next(now time.Time) {
	switch {
	case d.silent:
		d.own.RefuseAll(card.ErrSilent)
		if !now.Before(d.pollAt) {
			d.poll(now, nil)
		}
	case !d.known:
		d.poll(now, nil)
	case !d.applied:
		d.entry(now, func(time.Time, answer) {})
	case d.own.Due():
		d.begin(now)
	case d.fault != "" && d.jamAt.IsZero():
		d.spaceJam(now)
	case d.fault != "" && !now.Before(d.jamAt):
		d.spaceJam(now)
		d.initialise(now, func(time.Time, answer) {})
	case !now.Before(d.pollAt):
		d.poll(now, nil)
	}
}

// spaceJam puts off the next move against a fault that stays.
func (d *Driver) spaceJam(now time.Time) {
	d.jamAt = now.Add(backoff.Wait(d.jams, jamFirst, jamLongest))
	d.jams++
}

// begin takes commands from the queue until one needs the line.
func (d *Driver) begin(now time.Time) {
	for d.step == quiet && d.own.Due() {
		d.own.Begin()
		d.start(now)
	}
}
