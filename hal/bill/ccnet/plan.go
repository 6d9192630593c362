package ccnet

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// plan chooses the command that follows a state report: what brings the device
// from the state it reports to the one that is wanted. Without any, the next
// poll.
func (d *Driver) plan(now time.Time) {
	if cmd := d.wanted(now); cmd != 0 {
		d.next(now, cmd, gap)
		return
	}
	interval := d.cfg.PollIdle
	if d.owner.Enabled || d.note.phase != noNote || d.state != StDisabled {
		interval = d.cfg.PollActive
	}
	d.queued = 0
	d.nextAt = d.polledAt.Add(interval)
	if quiet := now.Add(gap); d.nextAt.Before(quiet) {
		d.nextAt = quiet
	}
}

// wanted is the next command, 0 for none.
func (d *Driver) wanted(now time.Time) byte {
	switch d.state {
	case StPowerUpStacker, StPowerUpValidator:
		if d.owner.Confirmed() {
			return d.tryReset(now)
		}
		return 0
	case StStacked:
		if d.waitsForTable() {
			return d.askTable(now)
		}
		return d.tryDisable(now)
	case StEscrow, StHolding:
		return d.wantedInEscrow(now)
	case StPowerUp:
		return d.tryReset(now)
	case StIdling, StDisabled:
		return d.wantedAtRest(now)
	case StAccepting, StReturning, StReturned:
		if d.owner.ResetWanted {
			return d.tryReset(now)
		}
		return d.tryDisable(now)
	case StStacking:
		return d.wantedWhileStacking(now)
	case StInitialize:
		if now.Sub(d.since) < initMax || !d.fault.Due(now) {
			return 0
		}
		return d.stuck(now, "does not leave initialisation")
	case StJamValidator, StJamCassette, StFailure:
		if d.fault.Due(now) {
			d.fault.UsedReset(now)
			return CmdReset
		}
	}
	if d.owner.ResetWanted {
		return d.tryReset(now)
	}
	return 0
}

// stuck reports a device that hangs in a state, and resets it now and then.
func (d *Driver) stuck(now time.Time, detail string) byte {
	if d.fault.Tries == 0 {
		d.owner.Emit(bill.Failed, 0, detail)
	}
	d.fault.UsedReset(now)
	return CmdReset
}

// wantedWhileStacking: a RESET would blur where the note is, so it waits until
// the note is in the cassette, or until the device is clearly stuck.
func (d *Driver) wantedWhileStacking(now time.Time) byte {
	if now.Sub(d.since) >= stackMax && d.fault.Due(now) {
		return d.stuck(now, "does not finish stacking")
	}
	return d.tryDisable(now)
}

func (d *Driver) tryReset(now time.Time) byte {
	if !d.reset.Due(now) {
		return 0
	}
	d.reset.UsedRestart(now)
	return CmdReset
}

func (d *Driver) askTable(now time.Time) byte {
	if !d.asks.Due(now) {
		return 0
	}
	d.asks.Used(now)
	if d.asks.Tries == maxUnheard || d.refused == maxAsks {
		d.owner.EmitUnusable("no bill table")
	}
	return CmdTable
}

// tryDisable closes the slot while a note is on its way.
func (d *Driver) tryDisable(now time.Time) byte {
	if d.owner.Enabled || d.appliedKnown && d.applied == 0 || !d.owner.Setting.Due(now) {
		return 0
	}
	d.owner.Setting.Used(now)
	return CmdEnable
}

// wantedInEscrow carries out the order on the note, or keeps it.
func (d *Driver) wantedInEscrow(now time.Time) byte {
	n := &d.note
	if d.waitsForTable() {
		return d.askTable(now)
	}
	if n.order.Op = d.owner.Decision(now, n.order); n.order.Op != 0 {
		return d.pursueOrder(now)
	}
	if n.holdNow || !now.Before(n.holdAt) {
		return CmdHold
	}
	return d.tryDisable(now)
}

// pursueOrder sends the order again while the device still reports the note in
// escrow. A note that cannot be stacked is returned; one that cannot be returned
// either needs a reset, which returns it.
func (d *Driver) pursueOrder(now time.Time) byte {
	n := &d.note
	d.owner.TurnBack(&n.order, maxOrders)
	if n.order.Sent >= maxOrders {
		return d.tryReset(now)
	}
	n.order.Sent++
	if n.order.Op == bill.Stack {
		return CmdStack
	}
	return CmdReturn
}

func (d *Driver) wantedAtRest(now time.Time) byte {
	switch {
	case d.owner.ResetWanted:
		return d.tryReset(now)
	case !d.identKnown && d.idents.Tries < owner.Quick:
		d.idents.Tries++
		return CmdIdent
	case !d.tableKnown && d.asks.Due(now):
		return d.askTable(now)
	case !d.owner.Enabled && d.state == StDisabled && !d.openSent:
		return 0
	}
	return d.tryMask(now)
}

// tryMask brings the wanted bill types into force.
func (d *Driver) tryMask(now time.Time) byte {
	want := d.wantMask()
	if d.owner.Enabled && want == 0 {
		if d.tableKnown {
			d.owner.EmitNoValues()
		}
		if d.state == StDisabled && !d.openSent {
			return 0
		}
	}
	inForce := d.appliedKnown && d.applied == want && (want != 0) == (d.state == StIdling)
	if inForce || !d.owner.Setting.Due(now) {
		return 0
	}
	d.owner.Setting.Used(now)
	return CmdEnable
}
