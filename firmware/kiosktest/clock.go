package kiosktest

import (
	"time"
	"unsafe"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/payments/record"
)

// clock is what a machine takes for the time: off by an amount that jumps, while what
// is measured from it goes on evenly, as with the system's own clock.
type clock struct {
	off   time.Duration // of the wall clock, against the time that it really is
	trust record.Trust
	since time.Time // it jumped last
	wrong []span    // when it was off, or not to be trusted
}

// span is from an instant to another; an open end is zero.
type span struct{ from, to time.Time }

// set puts the clock off by an amount.
func (c *clock) set(now time.Time, off time.Duration, trust record.Trust) {
	if n := len(c.wrong); n > 0 && c.wrong[n-1].to.IsZero() {
		c.wrong[n-1].to = now
	}
	c.off, c.trust, c.since = off, trust, now
	if off != 0 || trust == record.Untrusted {
		c.wrong = append(c.wrong, span{from: now})
	}
}

// wrongBetween reports whether the clock was wrong at any instant of a span.
func (c *clock) wrongBetween(from, to time.Time) bool {
	for _, s := range c.wrong {
		if !s.from.After(to) && (s.to.IsZero() || !s.to.Before(from)) {
			return true
		}
	}

	return false
}

// at is the time that the clock shows.
func (c *clock) at(now time.Time) time.Time { return reading(now.Add(c.off), now.Sub(epoch)) }

// real is when the machine comes to an instant of its own.
func (c *clock) real(now, t time.Time) time.Time {
	if t.IsZero() {
		return t
	}

	return now.Add(t.Sub(c.at(now)))
}

// epoch is where the machines' even time begins.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// wallBegins is the first second that a time with both clocks can hold.
var wallBegins = time.Date(1885, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

// reading is a time as the system's clock gives it, with a wall clock and an even one.
// Only time.Now makes such times, and both of its clocks go together; so it is put
// together by hand.
func reading(wall time.Time, even time.Duration) time.Time {
	const (
		hasEven = 1 << 63
		secBits = 30
	)
	t := time.Now().In(wall.Location())
	p := (*struct {
		wall uint64
		even int64
	})(unsafe.Pointer(&t))
	p.wall = hasEven | uint64(wall.Unix()-wallBegins)<<secBits | uint64(wall.Nanosecond())
	p.even = int64(even)

	return t
}

// time is what the box takes for the time.
func (w *box) time() time.Time { return w.clock.at(w.now) }

// setClock puts the clock of the box off, and says so to the program.
func (w *box) setClock(off time.Duration, trust record.Trust) {
	w.clock.set(w.now, off, trust)
	w.logf("the kiosk's clock is off by %s, %d", off, trust)
	w.handle(kiosk.Clock{Trust: trust})
}

// clockFault puts the clock of the box wrong until it is synchronised again. It may
// jump at any time; lost it is only at a power cut.
func (w *box) clockFault() {
	if w.core == nil {
		return
	}
	w.stats.Clocks++
	off := w.wrongTime()
	switch w.rng.IntN(3) {
	case 0:
		w.blackout()
		w.setClock(time.Unix(0, 0).Sub(w.now), record.Untrusted)
	case 1: // what was last saved on the disk
		w.blackout()
		w.setClock(-off.Abs(), record.Untrusted)
	default:
		w.setClock(off, record.RTC)
	}
	w.todo.at(w.now.Add(between(w.rng, 10*time.Second, 2*time.Hour)), w.synchronise)
}

// synchronise puts the clock of the box right.
func (w *box) synchronise() { w.setClock(0, record.Synchronised) }

// wrongTime is by how much a clock may be off: seconds to months, in both directions.
func (w *World) wrongTime() time.Duration {
	most := []time.Duration{10 * time.Second, 20 * time.Minute, 10 * time.Hour, 72 * time.Hour, 400 * 24 * time.Hour}[w.rng.IntN(5)]

	return between(w.rng, -most, most)
}

// clockFault puts head office's clock wrong for a while, now and then by years.
func (o *office) clockFault() {
	o.w.stats.OfficeClocks++
	off := o.w.wrongTime()
	if o.w.rng.IntN(5) == 0 {
		off = 13 * 365 * 24 * time.Hour
	}
	o.setClock(off)
	o.w.todo.at(o.w.now.Add(between(o.w.rng, time.Second, 20*time.Minute)), func() { o.setClock(0) })
}

func (o *office) setClock(off time.Duration) {
	o.w.logf("head office's clock is off by %s", off)
	o.clock.set(o.w.now, off, record.Synchronised)
}

// time is what head office takes for the time.
func (o *office) time() time.Time { return o.clock.at(o.w.now) }
