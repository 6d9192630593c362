package cctalk

import (
	"slices"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// position is how far the device's events were dealt with.
type position struct {
	last      Buffer // the last that was read twice in the same form
	lastKnown bool
	reading   Buffer // read once, and other than last
	again     bool   // it is to be read once more
	behind    int    // events of last, newest first, not dealt with yet
	decided   bool   // what the first buffer of this driver means was decided
	replaying bool   // behind counts events that an earlier driver may have dealt with
	safe      byte   // counter of the newest event before those of a note that is not settled and confirmed
}

// read takes one reading. What is new counts once two readings in a row are the
// same.
func (d *Driver) read(now time.Time, b Buffer) {
	switch {
	case d.lastKnown && b == d.last:
		d.again = false
	case d.again && b == d.reading:
		d.again = false
		d.continued(now, b)
	default:
		d.reading, d.again = b, true
	}
}

// continued finds out what of a buffer is new.
func (d *Driver) continued(now time.Time, b Buffer) {
	old := d.last
	d.last = b
	n := b.Since(&old)
	switch {
	case !d.lastKnown:
		d.lastKnown = true
	case !d.decided && b.Counter != 0:
	case n >= 0 && d.behind+n <= BufferEvents:
		d.behind += n
	default:
		d.restarted(now)
	}
}

// restarted: the buffer does not continue the last one. If it holds all that
// happened since a restart, that is what it was.
func (d *Driver) restarted(now time.Time) {
	d.behind = 0
	if n := d.last.Young(); n >= 0 {
		d.onReset(now)
		d.behind = n
		return
	}
	d.onGap(now)
}

// deal handles the events that nobody waits for any more, oldest first. It stops
// after a report until that is confirmed.
func (d *Driver) deal(now time.Time) {
	if !d.tableKnown || !d.maskKnown || !d.lastKnown || d.again {
		return // it may have restarted
	}
	if !d.decided {
		d.recall(now)
	}
	for {
		if d.note.phase == noNote && d.owner.Confirmed() {
			d.safe = d.last.counter(d.behind)
		}
		if d.behind == 0 || !d.owner.Confirmed() {
			return
		}
		d.behind--
		d.onEvent(now, d.last.Events[d.behind])
		d.replaying = d.replaying && d.behind > 0
	}
}

// goesOn says that the events not dealt with yet tell more of the note.
func (d *Driver) goesOn() bool {
	return slices.ContainsFunc(d.last.Events[:d.behind], Event.tellsNote)
}

// onReset: the device restarted. Where the note is that it had, it tells later, or
// never.
func (d *Driver) onReset(now time.Time) {
	d.setup = setup{}
	d.forgetSettings()
	d.booted, d.bootedAt = true, now
	d.checked, d.hung, d.checks = false, false, owner.Backoff{}
	d.decided, d.replaying = true, false
	d.owner.Announced = 0
	if d.noCheck { // it tells again what is still wrong
		d.fault, d.faultWas = 0, d.fault
	}
	d.fresh = true
	n := &d.note
	n.void, n.doubted = false, true
	n.order.Op, n.until = 0, time.Time{}
	if n.phase == escrowed {
		d.leftEscrow(now)
		n.until = time.Time{}
	}
	d.owner.EmitStart()
}

// onGap: more happened than the device keeps, or it restarted unseen. What was in
// between nobody knows, and nothing of it is credited.
func (d *Driver) onGap(now time.Time) {
	d.owner.Emit(bill.Failed, 0, "events of the device were lost")
	d.forgetSettings()
	d.checked, d.owner.Announced = false, 0
	d.note.doubted = true
	if n := &d.note; n.phase == escrowed && !n.ordered {
		n.void = true
		n.order.Void()
		return
	}
	d.settle()
}

// recall decides what the buffer means that a driver finds at its start: what is
// newer than the position kept in the device is dealt with again. Where no position
// is kept, that is the last note alone.
func (d *Driver) recall(now time.Time) {
	d.decided = true
	switch mark := d.markOf(d.mask); {
	case d.keeps() && mark != 0:
		d.behind = d.sincePosition(mark)
		if d.behind < 0 {
			d.behind = 0
			d.onGap(now)
		}
	default:
		d.behind = d.sinceLastNote()
		d.booted, d.bootedAt = d.last.Counter == 0 || (d.mask == 0 || d.blindMask) && d.last.Young() >= 0, now
	}
	d.replaying = d.behind > 0
}

// sincePosition is how many events of the buffer are newer than the position; -1 if
// it does not reach back so far.
func (d *Driver) sincePosition(mark byte) int {
	for i := range BufferEvents + 1 {
		if positionMark(d.last.counter(i)) == mark {
			return i
		}
	}
	return -1
}

// sinceLastNote is how many events of the buffer tell of the last note.
func (d *Driver) sinceLastNote() int {
	end := slices.IndexFunc(d.last.Events[:], Event.tellsNote)
	if end < 0 {
		return 0
	}
	if end+1 < BufferEvents && d.last.Events[end].Code != BillInEscrow {
		if ev := d.last.Events[end+1]; ev.Type != 0 && ev.Code == BillInEscrow {
			return end + 2
		}
	}
	return end + 1
}
