package id003

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// plan chooses the command that follows a state report: what brings the device
// from the state it reports to the one that is wanted. Without any, the next poll.
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

// wanted is the next command, 0 for none. While a credit waits for its ACK nothing
// is sent that a device could take for it or be confused by.
func (d *Driver) wanted(now time.Time) byte {
	switch d.state {
	case StPowerUp:
		return d.tryReset(now)
	case StPowerUpStacker, StPowerUpValidator:
		if d.owner.Confirmed() {
			return d.tryReset(now)
		}
		return 0
	case StVendValid:
		if d.waitsForTable() {
			return d.askTable(now)
		}
		return 0
	case StInitialize:
		return d.wantedInitialising(now)
	case StEscrow, StHolding:
		return d.wantedInEscrow(now)
	case StIdling, StDisabled:
		return d.wantedAtRest(now)
	case StAccepting, StReturning:
		if d.owner.ResetWanted {
			return d.tryReset(now)
		}
		return d.tryShut(now)
	case StStacking:
		return d.wantedWhileStacking(now)
	case StStacked:
		return d.tryShut(now)
	case StJamValidator, StJamCassette, StCheated, StFailure:
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

// wantedInitialising gives the device its settings, which some wait for.
func (d *Driver) wantedInitialising(now time.Time) byte {
	if now.Sub(d.since) >= initMax && d.fault.Due(now) {
		return d.stuck(now, "does not leave initialisation")
	}
	if !d.tableKnown && d.owner.Enabled && d.asks.Due(now) && d.asks.Tries < owner.Quick {
		return d.askTable(now)
	}
	return d.trySet(now, d.setting())
}

// wantedWhileStacking: a RESET would blur where the note is, so it waits until the
// note is in the cassette, or until the device is clearly stuck.
func (d *Driver) wantedWhileStacking(now time.Time) byte {
	if now.Sub(d.since) >= stackMax && d.fault.Due(now) {
		return d.stuck(now, "does not finish stacking")
	}
	return d.tryShut(now)
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
	if d.asks.Tries == maxUnheard && d.refused < maxAsks {
		d.owner.EmitUnusable(noCurrencyData)
	}
	return CmdCurrency
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
	return d.tryShut(now)
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
	case d.state == StIdling && !d.owner.Enabled && d.owner.Setting.Tries < owner.Quick:
		return d.trySet(now, CmdInhibit)
	case !d.versionKnown && d.versions.Tries < owner.Quick:
		d.versions.Tries++
		return CmdVersion
	case !d.tableKnown && d.asks.Due(now):
		return d.askTable(now)
	}
	return d.tryRest(now)
}
