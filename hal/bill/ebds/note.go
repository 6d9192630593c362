package ebds

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
	escrowed        // waits for an order
	stacking        // on its way into the cassette
	returning       // on its way out
)

// note is the note in the path. A settled note is reported, phase noNote.
type note struct {
	phase    phase
	value    int64
	ordered  bool // Stack was sent: it may be in the cassette
	doubted  bool // the device restarted or was in a fault since: who has it need not be its owner
	taken    bool // the device answered that message
	parted   bool // the device was silent since: what it says may be of another note
	hinted   bool // a reply said so that was not acted on
	said     bool // Stacking was emitted
	backSaid bool // Returning was emitted
	reported bool // where it is was emitted, and the device still says so
	afterCut bool // the device restarted since
	void     bool // parted in escrow: it is to be shown again

	order owner.Order
}

// valueOf is the value of the note that a reply tells, 0 for none that is ours; told
// is false where the reply has no place for it.
func (d *Driver) valueOf(r Reply) (value int64, told bool) {
	if d.cfg.Plain {
		if i := r.Denomination(); i > 0 {
			return d.cfg.Values[i-1], true
		}
		return 0, true
	}
	if r.Subtype != SubNote || r.Note.Index != 0 {
		return 0, false
	}
	if !r.Note.In(d.cfg.Currencies) || !r.Note.Good() {
		return 0, true
	}
	return r.Note.Value, true
}

// hint notes a reply that says that the ordered note is in the cassette, even if it
// is not acted on: should nothing more be said of the note, it was the truth.
func (d *Driver) hint(r Reply) {
	n := &d.note
	if v, told := d.valueOf(r); n.ordered && r.Bits&BitStacked != 0 && told && v == n.value && v > 0 {
		n.hinted = true
	}
}

func (d *Driver) onAccepting() {
	n := &d.note
	if n.phase == moving || n.reported && !d.owner.Confirmed() {
		return
	}
	if d.settle(); d.mustWait() {
		return
	}
	d.fresh = false
	d.note = note{phase: moving}
	d.emit(bill.Accepting, 0, "")
}

// onEscrowed: a note waits for an order.
func (d *Driver) onEscrowed(now time.Time, r Reply) {
	n := &d.note
	value, told := d.valueOf(r)
	d.fresh = false
	if n.phase == escrowed && !n.void && (!told || value == n.value) {
		return
	}
	if n.phase >= escrowed && (n.phase != escrowed || value != n.value || n.taken) {
		if d.settle(); d.mustWait() { // its end was missed
			return
		}
	}
	d.note = note{phase: escrowed, value: value, order: d.owner.Undecided(now), ordered: n.ordered && n.value == value}
	if value == 0 {
		d.note.order.Op = bill.Return
		d.emit(bill.Rejected, 0, "a note whose value the device does not tell")
		return
	}
	d.emit(bill.Escrowed, value, "")
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

// stillThere gives up on stacking a note that stays in escrow.
func (d *Driver) stillThere() {
	if n := &d.note; n.phase == escrowed {
		d.owner.TurnBack(&n.order, maxOrders)
	}
}

func (d *Driver) onStacking() {
	n := &d.note
	if n.reported || n.said {
		return
	}
	n.phase, n.ordered, n.said = stacking, true, true
	d.emit(bill.Stacking, n.value, "")
}

// onStacked is the instant of credit. What is credited must agree with what was in
// escrow; where nothing is known of that - the host restarted, or nobody ordered a note -
// the device's word counts, and the owner's journal says where the note belongs.
func (d *Driver) onStacked(r Reply, began bool) {
	n := d.note
	unordered := n.phase == noNote && !d.fresh
	if n.reported || unordered && !began {
		return
	}
	detail := ""
	if unordered {
		detail = "stacked without an order"
	}
	value, told := d.valueOf(r)
	if !n.said && n.phase != noNote && !n.afterCut {
		d.emit(bill.Stacking, n.value, "")
	}
	d.fresh, d.booted = false, false
	d.note = note{value: n.value, reported: true, afterCut: n.afterCut}
	known := n.value != 0 && !n.afterCut
	switch {
	case value > 0 && n.value != 0 && value != n.value:
		d.emit(bill.Lost, n.value, "stacked value is not that of the note in escrow")
	case value > 0:
		d.emit(bill.Stacked, value, detail)
	case known && !told:
		d.emit(bill.Stacked, n.value, "")
	case known:
		d.emit(bill.Lost, n.value, "stacked without credit")
	default:
		d.emit(bill.PoweredUpInStacker, 0, detail)
	}
}

// mustWait says that the note before waits for Confirm, so that the next one cannot be
// shown yet: the state is looked at again after that.
func (d *Driver) mustWait() bool {
	d.known = d.known && d.owner.Confirmed()
	return !d.owner.Confirmed()
}

// giveBack: the note is on its way out.
func (d *Driver) giveBack() {
	d.part()
	n := &d.note
	if n.phase == moving || n.reported || n.phase == noNote && !d.fresh {
		return
	}
	n.phase, n.ordered = returning, false
	if !n.backSaid {
		n.backSaid = true
		d.emit(bill.Returning, n.value, "")
	}
}

// onReturned: the customer has the note back.
func (d *Driver) onReturned(r Reply) {
	n := &d.note
	if n.reported || n.phase == noNote && !d.fresh {
		return
	}
	d.giveBack()
	if d.mustWait() {
		return
	}
	value := n.value
	if v, _ := d.valueOf(r); value == 0 {
		value = v
	}
	d.note, d.fresh = note{}, false
	d.emit(bill.Returned, value, "")
}

// onRejected: a note was refused. One that had been in escrow is back.
func (d *Driver) onRejected(r Reply) {
	switch {
	case d.note.phase >= escrowed:
		d.onReturned(r)
	case d.note.reported && !d.owner.Confirmed():
	default:
		d.note, d.fresh = note{}, false
		d.emit(bill.Rejected, 0, "refused by the device")
	}
}

// onFound: the device restarted with a note in its path, and gives it back.
func (d *Driver) onFound() {
	n := &d.note
	if !d.booted || n.reported {
		return
	}
	if d.part(); d.mustWait() {
		return
	}
	d.booted = false
	d.note = note{phase: returning, value: n.value, afterCut: true, backSaid: true}
	d.emit(bill.PoweredUpInValidator, n.value, "")
}

// settle reports the end of a note of which the device says nothing more.
func (d *Driver) settle() {
	n := d.note
	d.note = note{}
	switch {
	case n.reported || n.phase == noNote || n.phase == moving:
	case n.ordered && n.hinted:
		d.emit(bill.Stacked, n.value, "")
	default:
		d.emit(owner.Unheard(n.ordered, n.doubted || n.parted, n.value))
	}
}
