package ssp

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// phase is where the note is.
type phase int

const (
	noNote    phase = iota
	moving          // between slot and escrow, or refused there
	escrowed        // waits for an order; no POLL goes out
	stacking        // on its way into the cassette
	returning       // on its way out
)

// note is the note in the path. A settled note is reported, phase noNote.
type note struct {
	phase    phase
	channel  byte
	value    int64
	ordered  bool // a POLL that accepts it was sent: it may be in the cassette
	taken    bool // the device answered that POLL
	parted   bool // the device was silent since: what it says may be of another note
	said     bool // Stacking was emitted
	backSaid bool // Returning was emitted
	refusing bool // moving, and on its way out
	credited bool // the device gave the credit, and the value is not known yet
	credit   byte // its channel
	reported bool // Stacked or PoweredUpInStacker was emitted
	afterCut bool // the device restarted since
	stuck    bool // the device was in a fault since: who has it need not be its owner
	void     bool // parted in escrow: it is not shown before the device is asked

	order   owner.Order
	refused int // refusals of HOLD in a row
	holdAt  time.Time
}

// onRead: a note is being read (channel 0), or is in escrow.
func (d *Driver) onRead(now time.Time, channel byte) {
	n := &d.note
	d.fresh = false
	switch {
	case channel == 0:
		if n.phase != moving || n.reported {
			d.settle()
			d.note = note{phase: moving}
			d.owner.Emit(bill.Accepting, 0, "")
		}
		return
	case n.phase == escrowed && n.channel == channel: // asked to stack it, and it is still here
		n.ordered = false
		d.owner.TurnBack(&n.order, maxOrders)
		return
	case n.phase != moving:
		d.settle() // its end was missed
	}
	d.note = note{phase: escrowed, channel: channel, holdAt: now.Add(holdEvery), order: d.owner.Undecided(now)}
	d.showEscrow()
}

// showEscrow tells the owner of the note in escrow, once its value is known, and a
// HOLD confirmed it if it was recalled. One without a value goes back.
func (d *Driver) showEscrow() {
	n := &d.note
	if n.phase != escrowed || !d.probed || n.channel == 0 || n.value != 0 || n.order.Op != 0 || !d.valueKnown() {
		return
	}
	n.value = d.channelValue(n.channel)
	if n.value == 0 {
		n.order.Op = bill.Return
		d.owner.Emit(bill.Rejected, 0, "value unknown to the channel table")
		return
	}
	d.owner.Emit(bill.Escrowed, n.value, "")
}

// valueKnown says that channels have values, or never will.
func (d *Driver) valueKnown() bool { return d.tableKnown || d.refused >= maxAsks }

func (d *Driver) channelValue(channel byte) int64 {
	if !d.tableKnown {
		return 0
	}
	return d.setup.Table.Value(channel)
}

// held: a note is in escrow. If nothing is known about it - the host or the line
// was away, and its channel could not be recalled - it goes back: only a POLL could
// tell its value, and would accept it.
func (d *Driver) held(now time.Time) {
	d.probed = true
	if n := &d.note; n.phase == escrowed && !n.void {
		n.refused = 0
		n.holdAt = now.Add(holdEvery)
		d.showEscrow()
		return
	}
	if d.note.taken {
		d.settle() // it may be in the cassette, and this be another
	}
	d.note = note{phase: escrowed, order: owner.Order{Op: bill.Return}}
}

// part: the note that the device gives back after a silence need not be the one known
// before. One that was ordered may be in the cassette; the other has no known value.
func (d *Driver) part() {
	if n := &d.note; n.parted && !n.reported {
		if n.ordered {
			d.settle()
		}
		n.value = 0
	}
}

// notHeld: no note is in escrow (any more).
func (d *Driver) notHeld(now time.Time) {
	d.probed = true
	n := &d.note
	switch {
	case n.phase != escrowed:
		return
	case n.value == 0 && n.order.Op == 0: // recalled, and gone since
		d.note = note{}
		return
	}
	if n.refused++; n.refused < maxHolds {
		n.holdAt = now
		return
	}
	n.phase, n.ordered = returning, false
}

func (d *Driver) onStacking(now time.Time) {
	n := &d.note
	if n.reported || n.said {
		return
	}
	d.fresh = d.fresh && n.phase == noNote
	n.phase, n.ordered, n.taken, n.said = stacking, true, true, true
	d.since = now
	d.owner.Emit(bill.Stacking, n.value, "")
}

// onCredit is the instant of credit, for a note that nobody ordered too: where it
// belongs, the owner's journal says. A note that is reported already is the same note:
// a new one can only come after a POLL that accepted it.
func (d *Driver) onCredit(channel byte, began bool) {
	n := &d.note
	if n.reported || n.phase == noNote && !d.fresh && !began {
		return
	}
	n.credited, n.credit = true, channel
	d.credit()
}

// credit reports a credit once its value is known.
func (d *Driver) credit() {
	n := d.note
	if !n.credited || n.reported || !d.valueKnown() {
		return
	}

	value := d.creditValue(n)
	if !n.said && n.phase != noNote {
		d.owner.Emit(bill.Stacking, value, "")
	}
	detail := ""
	if n.phase == noNote && !d.fresh {
		detail = "stacked without an order"
	}
	d.note = note{value: value, reported: true, afterCut: n.afterCut}
	d.emitCredit(value, detail)
}

// creditValue is the value of the note credited, 0 if unknown.
func (d *Driver) creditValue(n note) int64 {
	if v := d.channelValue(n.credit); v != 0 {
		return v
	}
	return n.value
}

// emitCredit reports a note in the cassette. One whose value cannot be known is left
// to the owner's journal, as after a power-up.
func (d *Driver) emitCredit(value int64, detail string) {
	if value == 0 {
		d.owner.Emit(bill.PoweredUpInStacker, 0, "credit of an unknown channel")
		return
	}
	d.owner.Emit(bill.Stacked, value, detail)
}

// onStacked: the note lies in the cassette. Without POLL WITH ACK its credit may
// have been lost on the line, and this stands for it.
func (d *Driver) onStacked() {
	n := &d.note
	if d.plain && n.phase == stacking && !n.reported {
		n.credited, n.credit = true, n.channel
		d.credit()
	}
}

func (d *Driver) onRejecting() {
	d.part()
	n := &d.note
	if n.phase >= escrowed {
		d.giveBack()
		return
	}
	if n.reported && !d.owner.Confirmed() {
		return
	}
	d.note = note{phase: moving, refusing: true}
	d.fresh = false
}

func (d *Driver) giveBack() {
	n := &d.note
	n.phase, n.ordered, n.refusing = returning, false, false
	if !n.backSaid {
		n.backSaid = true
		d.owner.Emit(bill.Returning, n.value, "")
	}
}

// onRejected: the note is out. One that was not in escrow as far as is known was
// refused, and the device is asked why.
func (d *Driver) onRejected() {
	d.part()
	n := &d.note
	d.fresh = false
	if n.phase >= escrowed {
		d.giveBack()
		d.owner.Emit(bill.Returned, n.value, "")
		d.note = note{}
		return
	}
	if n.reported && !d.owner.Confirmed() {
		return
	}
	d.note = note{}
	d.gone = true
}

// rejected reports a note that was refused, with the device's reason; FFh means
// that there is none. Some reasons tell that it had been in escrow, ordered by an earlier
// host.
func (d *Driver) rejected(code byte) {
	d.gone = false
	switch code {
	case reasonByHost, reasonTimeout, reasonUnable:
		d.owner.Emit(bill.Returned, 0, ReasonText(code))
	default:
		d.owner.Emit(bill.Rejected, 0, ReasonText(code))
	}
}

// onClearedFront: the device restarted with a note in its path and gave it back.
func (d *Driver) onClearedFront(channel byte) {
	d.part()
	value := d.note.value
	if v := d.channelValue(channel); v != 0 {
		value = v
	}
	if !d.note.reported {
		d.note = note{}
	}
	d.booted = false
	d.owner.Emit(bill.PoweredUpInValidator, value, "")
	d.owner.Emit(bill.Returned, value, "")
}

// onClearedBox: the device restarted and moved a note into the cassette, unless its
// credit was already heard: then it is the same note.
func (d *Driver) onClearedBox() {
	d.booted = false
	if d.note.reported {
		return
	}
	d.note = note{reported: true, afterCut: true}
	d.owner.Emit(bill.PoweredUpInStacker, 0, "")
}

// settle reports the end of a note of which the device says nothing more.
func (d *Driver) settle() {
	n := d.note
	d.note = note{}
	switch {
	case n.reported:
	case n.credited:
		d.emitCredit(d.creditValue(n), "")
	case n.phase == noNote || n.phase == moving:
	default:
		d.owner.Emit(owner.Unheard(n.ordered, n.parted || n.afterCut || n.stuck, n.value))
	}
}
