package id003

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// polled handles a state report and plans the next command.
func (d *Driver) polled(now time.Time, p []byte) (ack, sense bool) {
	code, arg, ok := stateOf(p)
	if !ok {
		return false, false
	}
	if d.doubtful(code) {
		d.next(now, 0, gap)
		return false, true
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

// doubtful says that a report of idling may still be an echo, while a note may be about:
// it counts when it is repeated. Even on a line that gave no echo before, rest with a
// note that was just in escrow or being stacked is as odd as an echo.
func (d *Driver) doubtful(code byte) bool {
	n := &d.note
	about := d.fresh || n.phase != noNote || n.reported
	if d.echo.state == echoAbsent {
		about = n.phase == escrowed || n.phase == stacking
		if n.reported {
			about = !d.owner.Confirmed()
		}
	}
	if code != StIdling || !about {
		d.echo.idles = 0
		return false
	}
	d.echo.idles++
	return d.echo.idles < sureIdles
}

// waitsForTable says that the state names a denomination nobody can read yet.
func (d *Driver) waitsForTable() bool {
	switch d.state {
	case StEscrow:
		return !d.valueKnown() && (d.fresh || d.note.phase != escrowed)
	case StVendValid:
		return d.arg != 0 && !d.valueKnown() && !d.note.reported
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
	case StVendValid:
		return d.onVendValid()
	case StStacked:
		d.onStacked(changed)
	case StPowerUpStacker:
		d.onPowerUpStacker(changed)
	case StEscrow:
		d.onEscrow(now)
	case StIdling, StDisabled:
		d.onRest()
	default:
		if changed {
			d.owner.Announced = 0
			d.onChange(now)
		}
	}
	return false
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
	case StReturning, StRejecting, StPowerUpValidator:
		if d.note.ordered {
			d.settle()
		}
		if !d.note.reported {
			d.note.value = 0
		}
	}
}

// onChange handles the states that matter only when they begin. A note that was
// reported stays so until rest or another note: whatever the device tells between,
// a further VEND VALID is the same.
func (d *Driver) onChange(now time.Time) {
	switch d.state {
	case StPowerUp:
		d.note.doubted = true
		d.settle()
		d.late = 0
		d.restarted()
		d.owner.Emit(bill.PoweredUp, 0, "")
	case StPowerUpValidator:
		d.restarted()
		d.late = 0
		d.note = note{phase: recovered, value: d.note.unreported()}
		d.owner.Emit(bill.PoweredUpInValidator, d.note.value, "")
	case StInitialize:
		d.settings, d.owner.Setting = settings{}, owner.Backoff{}
		d.owner.Emit(bill.Starting, 0, "")
	case StAccepting:
		d.settle()
		d.late = 0
		d.note = note{phase: moving}
		d.owner.Emit(bill.Accepting, 0, "")
	case StStacking:
		d.note.phase, d.note.ordered = stacking, true
		d.owner.Emit(bill.Stacking, d.note.value, "")
	case StReturning:
		d.note.phase = returning
		d.note.ordered, d.note.doubted = false, false
		d.owner.Emit(bill.Returning, d.note.value, "")
	case StRejecting:
		d.owner.Emit(bill.Rejected, 0, RejectText(d.arg))
		if d.note.phase >= escrowed { // refused on its way to the cassette, or held too long
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

func (d *Driver) onFault(now time.Time) {
	switch d.state {
	case StJamValidator, StJamCassette, StFailure, StCheated:
		d.note.doubted = d.note.phase > moving
	case StCassetteOut: // somebody opened the device
		d.note.doubted = d.note.doubted || d.note.phase == recovered || d.note.phase == escrowed
	}

	first := owner.FaultReset
	switch d.state {
	case StCassetteFull:
		d.owner.Emit(bill.CassetteFull, 0, "")
	case StCassetteOut:
		d.owner.Emit(bill.CassetteRemoved, 0, "")
	case StCheated:
		first = cheatReset
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
	d.fault.Wait(now, first)
}

// onRest settles the note and announces rest once it is the rest that is wanted.
func (d *Driver) onRest() {
	d.settle()
	d.fault = owner.Backoff{}
	d.owner.Rested(&d.reset)
	d.owner.EmitRest(d.state == StDisabled && !d.openSent, d.state == StIdling && d.inForce())
	if d.tableKnown && d.table == (Table{}) {
		d.owner.EmitNoValues()
	}
}
