package ccnet

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// polled handles a state report and plans the next command. A report may be longer
// than the handbook's, but not as long as the reply to another command.
func (d *Driver) polled(now time.Time, p []byte) (ack, sense bool) {
	if len(p) == 0 || len(p) >= IdentSize {
		return false, false
	}
	size := stateSize(p[0])
	if size == 0 || len(p) < size {
		return false, false
	}
	code, arg := p[0], byte(0)
	if size > 1 {
		arg = p[1]
	}
	if code == StBusy { // whatever it was doing, it still does
		d.next(now, 0, d.cfg.PollActive)
		return true, true
	}
	changed := code != d.state || arg != d.arg
	if changed {
		d.state, d.arg, d.since = code, arg, now
	}
	ack = d.handle(now, changed)
	if !d.waitsForTable() {
		d.fresh = false
	}
	d.plan(now)
	return ack, true
}

// waitsForTable says that the state names a bill index nobody can read yet.
func (d *Driver) waitsForTable() bool {
	switch d.state {
	case StEscrow:
		return !d.valueKnown() && (d.fresh || d.note.phase != escrowed)
	case StStacked:
		return !d.valueKnown() && !d.note.reported
	}
	return false
}

func (d *Driver) valueKnown() bool {
	return d.tableKnown || d.refused >= maxAsks || d.asks.Tries >= maxUnheard
}

// handle turns the state into events, and says whether to acknowledge it.
func (d *Driver) handle(now time.Time, changed bool) (ack bool) {
	if changed && d.fresh {
		d.part()
	}
	switch d.state {
	case StStacked:
		return d.onStacked()
	case StPowerUpStacker:
		d.onPowerUpStacker(changed)
		return false
	case StEscrow:
		d.onEscrow(now, changed)
		return true
	case StIdling, StDisabled:
		d.onRest()
		return true
	}
	if changed {
		d.owner.Announced = 0
		d.onChange(now)
	}
	return d.state != StReturned || d.owner.Confirmed()
}

// part: the note that the device speaks of after a silence need not be the one known
// before. One that it had taken the order to stack may be in the cassette, and another
// one in its place; what is on its way out has no known value.
func (d *Driver) part() {
	switch d.state {
	case StEscrow, StHolding:
		if d.note.taken {
			d.settle()
		}
	case StReturning, StReturned, StRejecting, StPowerUpValidator:
		if d.note.ordered {
			d.settle()
		}
		d.note.value = 0
	}
}

// onChange handles the states that matter only when they begin.
func (d *Driver) onChange(now time.Time) {
	if d.note.reported && !d.note.afterCut {
		d.note = note{}
	}
	switch d.state {
	case StPowerUp:
		d.note.doubted = true
		d.settle()
		d.restarted()
		d.identKnown = false
		d.owner.Emit(bill.PoweredUp, 0, "")
	case StPowerUpValidator:
		d.restarted()
		d.identKnown = false
		d.note = note{phase: recovered, value: d.note.value}
		d.owner.Emit(bill.PoweredUpInValidator, d.note.value, "")
	case StInitialize:
		d.appliedKnown, d.openSent = false, false
		d.owner.Emit(bill.Starting, 0, "")
	case StAccepting:
		d.settle()
		d.note = note{phase: moving}
		d.owner.Emit(bill.Accepting, 0, "")
	case StStacking:
		d.note.phase, d.note.ordered = stacking, true
		d.owner.Emit(bill.Stacking, d.note.value, "")
	case StReturning:
		d.note.phase = returning
		d.note.ordered, d.note.doubted = false, false
		d.owner.Emit(bill.Returning, d.note.value, "")
	case StReturned:
		value := d.note.value
		if v := d.table.Value(d.arg); d.tableKnown && v != 0 {
			value = v
		}
		d.note = note{}
		d.owner.Emit(bill.Returned, value, "")
	case StRejecting:
		d.owner.Emit(bill.Rejected, 0, RejectText(d.arg))
		if d.note.phase >= escrowed { // refused on its way to the cassette
			d.note.phase = returning
			d.note.ordered, d.note.doubted = false, false
		} else {
			d.note.phase = moving
		}
	case StHolding:
		d.onHolding()
	default:
		d.onFault(now)
	}
}

// onHolding: a note held by an earlier host, or since before a silence, has no known
// value, so it goes back.
func (d *Driver) onHolding() {
	if d.fresh || d.note.phase != escrowed {
		d.note = note{phase: escrowed, order: owner.Order{Op: bill.Return}}
	}
}

func (d *Driver) onFault(now time.Time) {
	switch d.state {
	case StJamValidator, StJamCassette, StFailure, StCheated:
		d.note.doubted = d.note.phase > moving
	case StCassetteOut: // somebody opened the device
		d.note.doubted = d.note.doubted || d.note.phase == recovered || d.note.phase == escrowed
	}

	switch d.state {
	case StCassetteFull:
		d.owner.Emit(bill.CassetteFull, 0, "")
	case StCassetteOut:
		d.owner.Emit(bill.CassetteRemoved, 0, "")
	case StCheated:
		d.owner.Emit(bill.Cheated, 0, "")
	case StJamValidator:
		d.owner.Emit(bill.Jammed, 0, "validator")
	case StJamCassette:
		d.owner.Emit(bill.Jammed, 0, "cassette")
	case StFailure:
		d.owner.Emit(bill.Failed, 0, FailureText(d.arg))
	default:
		return
	}
	d.fault.Wait(now, owner.FaultReset)
}

// onStacked is the instant of credit, for a note that nobody ordered too: where it
// belongs, the owner's journal says. The report is acknowledged when every credit is
// durable.
func (d *Driver) onStacked() (ack bool) {
	if d.note.reported {
		return d.owner.Confirmed()
	}
	if !d.valueKnown() {
		return false
	}

	value, detail := d.table.Value(d.arg), ""
	if !d.tableKnown || value == 0 {
		value = d.note.value
	}
	if !d.fresh && d.note.phase == noNote {
		detail = "stacked without an order"
	}
	d.note = note{value: value, reported: true}
	d.owner.Announced = 0
	d.owner.Emit(bill.Stacked, value, detail)
	return false
}

// onPowerUpStacker credits the note of a cut, unless its 81 was already heard.
func (d *Driver) onPowerUpStacker(changed bool) {
	if !changed {
		return
	}
	d.restarted()
	d.identKnown = false
	if d.note.reported {
		d.note.afterCut = true
		d.owner.Emit(bill.Starting, 0, "")
		return
	}
	d.note = note{reported: true, afterCut: true}
	d.owner.Emit(bill.PoweredUpInStacker, 0, "")
}

func (d *Driver) onEscrow(now time.Time, changed bool) {
	other := d.note.phase == escrowed && d.valueKnown() && d.note.value != d.table.Value(d.arg)
	if d.note.phase >= stacking || d.note.reported || other {
		d.settle() // its end was missed
	}
	d.note.ordered, d.note.taken = false, false // it is still here
	if !d.valueKnown() || !changed && !d.fresh && d.note.phase == escrowed {
		return
	}
	d.owner.Announced = 0
	d.note = note{phase: escrowed, holdAt: now.Add(holdEvery), order: d.owner.Undecided(now)}
	d.note.value = d.table.Value(d.arg)
	if !d.tableKnown || d.note.value == 0 {
		d.note.order.Op = bill.Return
		d.owner.Emit(bill.Rejected, 0, "value unknown to the bill table")
		return
	}
	d.owner.Emit(bill.Escrowed, d.note.value, "")
}

// onRest settles the note and announces rest once it is the rest that is wanted.
func (d *Driver) onRest() {
	d.settle()
	d.fault = owner.Backoff{}
	d.owner.Rested(&d.reset)
	d.owner.EmitRest(d.state == StDisabled && !d.openSent,
		d.state == StIdling && d.appliedKnown && d.applied == d.wantMask() && d.applied != 0)
	if d.tableKnown && d.table == (Table{}) {
		d.owner.EmitNoValues()
	}
}

// settle reports the end of a note of which the device says nothing more.
func (d *Driver) settle() {
	n := d.note
	d.note = note{}
	if n.reported || n.phase == noNote || n.phase == moving {
		return
	}
	d.owner.Emit(owner.Unheard(n.ordered, n.doubted, n.value))
}
