package cctalk

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// phase is where the note is. What happens before escrow ccTalk does not tell.
type phase int

const (
	noNote    phase = iota
	escrowed        // waits for an order
	stacking        // on its way into the cassette
	returning       // on its way out
)

// note is the note in the path. A settled note is reported, phase noNote.
type note struct {
	phase    phase
	typ      byte
	value    int64
	ordered  bool // it was routed to the cassette: it may be there
	parted   bool // the device was silent since: if it restarted too, it may speak of another note
	doubted  bool // the device restarted or was in a fault since, or its events were lost: who has it need not be its owner
	said     bool // Stacking was emitted
	backSaid bool // Returning was emitted
	reported bool // Stacked or PoweredUpInStacker was emitted
	shut     bool // the device took the order to close the slot since the note was shown
	void     bool // the position is to be kept, and whether it is still in escrow to be asked, before it is shown

	order   owner.Order
	holdAt  time.Time // next extension of the escrow
	routeAt time.Time // no order before, after a refusal
	probeAt time.Time // of a note on its way to the cassette
	until   time.Time // without a further event it is settled then; zero = not yet
}

// routed stands for a route that was taken.
const routed = 0

// onEvent handles one event.
func (d *Driver) onEvent(now time.Time, ev Event) {
	switch {
	case ev.Type != 0 && ev.Code == BillInEscrow:
		d.onEscrow(now, ev.Type)
	case ev.Type != 0 && ev.Code == BillStacked:
		d.onStacked(now, ev.Type)
	case ev.Type != 0:
		d.unknown("event of a note unknown to the driver")
	case ev.Code == EvMasterInhibit:
		d.openedKnown = false
	case ev.Code == EvReturned:
		d.onReturned(now)
	case ev.Code == EvUnknownStacked:
		d.onUnknownStacked(now)
	case ev.Code >= EvInvalid && ev.Code <= EvInhibitedSwitch:
		d.onRejected(now, ev.Code)
	default:
		d.onFault(now, ev.Code)
	}
}

// unknown reports, once, something that the driver has no word for.
func (d *Driver) unknown(detail string) {
	if !d.strange {
		d.strange = true
		d.owner.Emit(bill.Failed, 0, detail)
	}
}

// onEscrow: a note has come. Its way from the slot ccTalk does not tell. One that has
// left again is not shown.
func (d *Driver) onEscrow(now time.Time, typ byte) {
	d.settle() // an earlier one's end was missed
	d.owner.Announced, d.fresh = 0, false
	d.note = note{phase: escrowed, typ: typ, value: d.table.Value(typ)}
	n := &d.note
	switch {
	case d.goesOn():
		n.ordered = d.replaying
		d.leftEscrow(now)
	case d.replaying:
		n.ordered, n.void = true, true // an earlier host may have ordered it into the cassette
	default:
		d.owner.Emit(bill.Accepting, 0, "")
		if n.void = !d.maskKnown || d.mask != d.targetMask(); !n.void {
			d.showEscrow(now)
		}
	}
}

// showEscrow tells the owner of the note in escrow. One without a value goes back.
func (d *Driver) showEscrow(now time.Time) {
	n := &d.note
	n.void, n.ordered = false, false
	n.shut = false
	n.holdAt, n.order = now.Add(holdEvery), d.owner.Undecided(now)
	if n.value == 0 {
		n.order.Op = bill.Return
		d.owner.Emit(bill.Rejected, 0, "value unknown to the bill table")
		return
	}
	d.owner.Emit(bill.Escrowed, n.value, "")
}

// onRoute handles the answer to a route. It is a hint where the note is; what became
// of it the events tell.
func (d *Driver) onRoute(now time.Time, result byte) {
	n := &d.note
	inEscrow, gone := n.phase == escrowed, result == NotInEscrow
	switch {
	case result == NotRouted:
		n.holdAt, n.routeAt, n.probeAt = now.Add(routeAgain), now.Add(routeAgain), now.Add(probeEvery)
	case d.param == RouteHold && n.phase == stacking:
		n.probeAt = now.Add(probeEvery)
		if !gone {
			d.neverLeft(now)
		}
	case !inEscrow:
	case d.param == RouteHold && gone:
		d.leftEscrow(now)
	case d.param == RouteHold && n.void:
		d.showEscrow(now)
	case d.param == RouteHold:
		n.holdAt = now.Add(holdEvery)
	case d.param == RouteStack:
		d.leftEscrow(now)
		d.saysStacking(now)
	case gone:
		d.leftEscrow(now)
	default:
		n.ordered = false // the device took the return
		d.leftEscrow(now)
		d.saysReturning(now)
	}
}

// leftEscrow: the note is on its way, into the cassette if it may have been ordered
// there.
func (d *Driver) leftEscrow(now time.Time) {
	n := &d.note
	n.void = false
	n.phase, n.until = returning, now.Add(returnMax)
	if n.ordered {
		n.phase, n.until = stacking, now.Add(stackMax)
		n.probeAt = now.Add(probeEvery)
	}
}

// neverLeft: the device did not take the order, and gets it again. Where there is
// none any more, the owner is asked again.
func (d *Driver) neverLeft(now time.Time) {
	n := &d.note
	n.phase, n.ordered, n.holdAt = escrowed, false, now.Add(holdEvery)
	if n.order.Op == 0 {
		d.showEscrow(now)
	}
}

func (d *Driver) saysStacking(now time.Time) {
	if n := &d.note; !n.said {
		n.said = true
		d.owner.Emit(bill.Stacking, n.value, "")
	}
}

func (d *Driver) saysReturning(now time.Time) {
	if n := &d.note; !n.backSaid {
		n.backSaid = true
		d.owner.Emit(bill.Returning, n.value, "")
	}
}

// onStacked is the instant of credit. A new note can only come by way of escrow. Its
// value is that of the type named now: the device has the last word.
func (d *Driver) onStacked(now time.Time, typ byte) {
	n, detail := &d.note, ""
	if n.phase == noNote && !d.replaying { // the owner's journal says where it belongs
		detail = "stacked without an order"
	}
	value := d.table.Value(typ)
	if value == 0 {
		value = n.value
	}
	if n.phase != noNote {
		d.saysStacking(now)
	}
	d.note = note{value: value, reported: true}
	d.restAt = now.Add(creditGrace)
	if value == 0 {
		d.owner.Emit(bill.PoweredUpInStacker, 0, "credit of an unknown bill type")
		return
	}
	d.owner.Emit(bill.Stacked, value, detail)
}

// onReturned: the note is out. After a restart the device found it in its path.
func (d *Driver) onReturned(now time.Time) {
	if n := &d.note; d.booted && n.parted && !n.reported { // it need not be the one known before
		if n.ordered {
			d.settle()
		}
		n.value = 0
	}
	value := d.note.value
	if d.note.reported {
		value = 0
	} else {
		if d.note.phase != noNote && !d.booted {
			d.saysReturning(now)
		}
		d.note = note{}
	}
	if d.booted {
		d.booted = false
		d.owner.Emit(bill.PoweredUpInValidator, value, "")
	}
	d.owner.Announced = 0
	d.owner.Emit(bill.Returned, value, "")
}

// onUnknownStacked: the device put a note into the cassette that it cannot name,
// since it restarted meanwhile. If its credit was heard, it is the same note; if nobody
// ordered one, the owner's journal says where it belongs.
func (d *Driver) onUnknownStacked(now time.Time) {
	n, detail := d.note, ""
	switch {
	case n.reported:
		d.booted, d.fresh = false, false
		return
	case n.phase == noNote && !d.booted && !d.replaying && !d.fresh, n.phase != noNote && !n.ordered:
		detail = "stacked without an order"
	}
	d.booted, d.fresh, d.owner.Announced = false, false, 0
	d.note = note{reported: true}
	d.restAt = now.Add(creditGrace)
	d.owner.Emit(bill.PoweredUpInStacker, 0, detail)
}

// onRejected: a note was refused before escrow; or stopped after it, and then its
// end is still to come.
func (d *Driver) onRejected(now time.Time, code byte) {
	if d.note.phase != noNote {
		d.note.until = now.Add(returnMax)
		return
	}
	d.owner.Announced, d.restAt = 0, now.Add(rejectGrace)
	d.owner.Emit(bill.Rejected, 0, EventText(code))
}

// settleLate settles a note of which the device has said nothing for long. While the
// device is not fit to work nothing is settled.
func (d *Driver) settleLate(now time.Time) {
	n := &d.note
	if n.phase <= escrowed || !d.synced || d.again || d.behind > 0 || d.fault != 0 || !d.checked {
		return
	}
	if n.until.IsZero() {
		n.until = now.Add(restGrace)
	}
	if !now.Before(n.until) {
		d.settle()
	}
}

// settle reports the end of a note of which the device says nothing more.
func (d *Driver) settle() {
	n := d.note
	d.note = note{}
	if n.reported || n.phase == noNote {
		return
	}
	d.owner.Emit(owner.Unheard(n.ordered, n.doubted || n.parted || !n.backSaid, n.value))
}
