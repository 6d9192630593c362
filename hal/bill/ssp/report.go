package ssp

import (
	"errors"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// level is the set of conditions that a reply to POLL tells of.
type level uint32

const (
	lvDisabled level = 1 << iota
	lvInitialising
	lvStacking
	lvUnsafeJam
	lvSafeJam
	lvFraud
	lvFull
	lvRemoved
	lvOpen
	lvCredit
	lvFront
	lvBox
	lvReset
	lvOther // the rest: they happen, and are over

	jammed   = lvUnsafeJam | lvSafeJam
	repeated = lvCredit | lvFront | lvBox // until EVENT ACK, and across a silence
)

func levelOf(code byte) level {
	switch code {
	case EvDisabled, EvChannelDisable:
		return lvDisabled
	case EvInitialising:
		return lvInitialising
	case EvStacking:
		return lvStacking
	case EvUnsafeJam:
		return lvUnsafeJam
	case EvSafeJam:
		return lvSafeJam
	case EvFraud:
		return lvFraud
	case EvStackerFull:
		return lvFull
	case EvBoxRemoved:
		return lvRemoved
	case EvPathOpen:
		return lvOpen
	case EvReset:
		return lvReset
	case EvCredit:
		return lvCredit
	case EvClearedFront:
		return lvFront
	case EvClearedBox:
		return lvBox
	}
	return lvOther
}

// polled handles a reply to POLL, event by event.
func (d *Driver) polled(now time.Time, data []byte) {
	events, err := ParseEvents(d.parsed[:0], data)
	before, reports := d.levels, d.owner.Reports()
	d.levels, d.standing = 0, false
	for _, ev := range events {
		d.event(now, ev, before)
	}
	if n := &d.note; n.phase == escrowed && n.ordered { // taken, and nothing said of it yet
		n.phase, n.taken = stacking, true
		d.since = now
	}
	d.notUnderstood(err)
	if !d.standing {
		d.acks = owner.Backoff{}
	}
	if d.owed = d.owner.Reports() > reports; d.owed {
		d.owingSize = copy(d.owing[:], data)
	}
	if d.levels&^lvDisabled == 0 && err == nil {
		d.onRest(now)
		return
	}
	d.resting, d.restSince, d.owner.Announced = false, time.Time{}, 0
}

func (d *Driver) notUnderstood(err error) {
	if err == nil {
		d.unknown = false
		return
	}
	if !d.unknown {
		d.unknown = true
		detail := "event without its channel"
		if errors.Is(err, ErrEvent) {
			detail = "event unknown to the driver"
		}
		d.owner.Emit(bill.Failed, 0, detail)
	}
}

// event handles one event. Before is what the reply before told of.
func (d *Driver) event(now time.Time, ev Event, before level) {
	at := levelOf(ev.Code)
	began := before&at == 0
	d.levels |= at
	switch ev.Code {
	case EvReset:
		if began {
			d.onReset()
		}
	case EvDisabled, EvChannelDisable:
		d.opened, d.closed = false, true
		d.appliedKnown = d.appliedKnown && ev.Code != EvChannelDisable
	case EvInitialising:
		if began {
			d.since = now
		}
		d.owner.EmitStart()
	case EvRead:
		d.onRead(now, ev.Channel)
	case EvStacking:
		d.onStacking(now)
	case EvCredit:
		d.standing = true
		d.onCredit(ev.Channel, began)
	case EvStacked:
		d.onStacked()
	case EvRejecting:
		d.onRejecting()
	case EvRejected:
		d.onRejected()
	case EvClearedFront:
		d.standing = true
		if began {
			d.onClearedFront(ev.Channel)
		}
	case EvClearedBox:
		d.standing = true
		d.onClearedBox()
	case EvFraud:
		d.standing = true // some firmware repeats it until EVENT ACK
		fallthrough
	case EvUnsafeJam, EvSafeJam, EvStackerFull, EvBoxRemoved, EvPathOpen:
		if began {
			d.onFault(now, ev.Code)
		}
	}
}

// onReset: the device restarted. Where the note is that it had, it tells later.
func (d *Driver) onReset() {
	d.forgetSettings()
	d.bootUntil = time.Time{}
	d.booted, d.fresh, d.gone = true, true, false
	d.note.afterCut = true
	d.owner.EmitStart()
}

func (d *Driver) onFault(now time.Time, code byte) {
	switch code {
	case EvStackerFull:
		d.owner.Emit(bill.CassetteFull, 0, "")
	case EvBoxRemoved:
		d.owner.Emit(bill.CassetteRemoved, 0, "")
	case EvFraud:
		d.owner.Emit(bill.Cheated, 0, "")
	case EvUnsafeJam:
		d.owner.Emit(bill.Jammed, 0, "validator")
	case EvSafeJam:
		d.owner.Emit(bill.Jammed, 0, "cassette")
	case EvPathOpen:
		d.owner.Emit(bill.Failed, 0, "note path open")
	}
	d.note.stuck = d.note.stuck || d.note.phase >= escrowed && code != EvStackerFull
	d.fault.Wait(now, owner.FaultReset)
}

// onRest: the device tells of nothing but, maybe, being disabled. A note whose end
// it did not tell is given a while, then settled; then rest is announced once it is
// the rest that is wanted.
func (d *Driver) onRest(now time.Time) {
	d.resting = false
	if d.restSince.IsZero() {
		d.restSince = now
	}
	n := &d.note
	if n.refusing {
		d.note = note{}
		d.gone = true
	}
	if d.gone || d.credited() || d.restGrace() > now.Sub(d.restSince) || n.reported && !d.owner.Confirmed() {
		return
	}
	d.settle()
	d.resting, d.fresh = true, false
	d.fault = owner.Backoff{}
	d.owner.Rested(&d.reset)
	if d.booted {
		d.booted = false
		d.owner.Emit(bill.PoweredUp, 0, "")
	}
	d.announceRest()
}

// credited says that a credit waits for the channel table.
func (d *Driver) credited() bool { return d.note.credited && !d.valueKnown() }

// restGrace is how long an empty reply does not yet mean that nothing will follow.
func (d *Driver) restGrace() time.Duration {
	n := &d.note
	switch {
	case n.afterCut && (n.phase > moving || n.reported):
		return resetGrace
	case n.phase > moving:
		return restGrace
	}
	return 0
}

func (d *Driver) announceRest() {
	want := d.wantMask()
	d.owner.EmitRest(d.closed && !d.openSent, d.opened && d.appliedKnown && d.applied == want && want != 0)
	if d.tableKnown && (d.owner.Enabled && want == 0 || d.setup.Table == (Table{})) {
		d.owner.EmitNoValues()
	}
}
