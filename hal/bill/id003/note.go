package id003

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// onVendValid is the instant of credit, for a note that nobody ordered too: where it
// belongs, the owner's journal says. It is acknowledged when every credit is durable.
func (d *Driver) onVendValid() (ack bool) {
	if d.note.reported {
		return d.owner.Confirmed()
	}
	if !d.waitsForTable() {
		d.credit()
	}
	return false
}

// onStacked: a device that goes on to 16 before the ACK says so of the note that
// was ordered into the cassette.
func (d *Driver) onStacked(changed bool) {
	if changed {
		d.owner.Announced = 0
	}
	if d.note.ordered && !d.note.reported {
		d.credit()
	}
}

// credit reports the note in the cassette. Its value is the one the device names
// now, else the one it had in escrow, else unknown.
func (d *Driver) credit() {
	value, detail := d.note.value, ""
	if value == 0 {
		value = d.late
	}
	if !d.fresh && d.note.phase == noNote && d.late == 0 {
		detail = "stacked without an order"
	}
	if v := d.table.Value(d.arg); d.tableKnown && v != 0 {
		value = v
	}
	d.note = note{value: value, reported: true}
	d.late, d.owner.Announced = 0, 0
	d.owner.Emit(bill.Stacked, value, detail)
}

// onPowerUpStacker credits the note of a cut, unless its VEND VALID was already
// heard.
func (d *Driver) onPowerUpStacker(changed bool) {
	if !changed {
		return
	}
	d.restarted()
	d.late = 0
	if d.note.reported {
		d.owner.Emit(bill.Starting, 0, "")
		return
	}
	d.note = note{reported: true}
	d.owner.Emit(bill.PoweredUpInStacker, 0, "")
}

func (d *Driver) onEscrow(now time.Time) {
	value := d.table.Value(d.arg)
	other := d.note.phase == escrowed && d.valueKnown() && d.note.value != value
	if d.note.phase >= stacking || d.note.reported || other {
		d.settle() // its end was missed
	}
	d.note.ordered, d.note.taken = false, false // it is still here
	if !d.valueKnown() || !d.fresh && d.note.phase == escrowed {
		return
	}
	d.owner.Announced, d.late = 0, 0
	d.note = d.inEscrow(now, value)
	if !d.tableKnown || value == 0 {
		d.note.order.Op = bill.Return
		d.owner.Emit(bill.Rejected, 0, "value unknown to the currency data")
		return
	}
	d.owner.Emit(bill.Escrowed, value, "")
}

// unreported is the value of a note that may be in the path; 0 if unknown.
func (n *note) unreported() int64 {
	if n.reported {
		return 0
	}
	return n.value
}

// inEscrow is a note that waits for an order from now on.
func (d *Driver) inEscrow(now time.Time, value int64) note {
	return note{phase: escrowed, value: value, holdAt: now.Add(holdEvery), order: d.owner.Undecided(now)}
}

// onHolding: a note held by an earlier host, or since before a silence, has no known
// value, so it goes back.
func (d *Driver) onHolding() {
	if d.fresh || d.note.phase != escrowed {
		d.note = note{phase: escrowed, order: owner.Order{Op: bill.Return}}
	}
}

// settle reports the end of a note of which the device says nothing more.
func (d *Driver) settle() {
	n := d.note
	d.note = note{}
	if n.reported || n.phase == noNote || n.phase == moving {
		return
	}
	if n.ordered {
		d.late = n.value
	}
	d.owner.Emit(owner.Unheard(n.ordered, n.doubted, n.value))
}
