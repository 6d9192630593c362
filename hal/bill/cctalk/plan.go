package cctalk

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// plan chooses when the next command goes out.
func (d *Driver) plan(now time.Time) {
	d.nextAt = now.Add(gap)
	if d.wanted(now) != 0 {
		return
	}
	if at := d.polledAt.Add(d.interval()); at.After(d.nextAt) {
		d.nextAt = at
	}
}

// interval is the time between polls.
func (d *Driver) interval() time.Duration {
	switch {
	case d.note.phase != noNote:
		return pollNote
	case !d.owner.Enabled && d.owner.Announced == bill.Disabled:
		return d.cfg.PollIdle
	}
	return d.cfg.PollActive
}

// wanted is the next command; 0 for none now. Polls go on whatever else is to be done: a
// device that hears none for five seconds closes itself. On a slow line, where a poll is
// due as soon as the last one is answered, the two take turns.
func (d *Driver) wanted(now time.Time) byte {
	due := !now.Before(d.polledAt.Add(d.interval()))
	if !d.synced || d.again || due && d.recent != CmdEvents {
		return CmdEvents
	}
	cmd := d.wantedNext(now)
	if cmd == 0 && due {
		return CmdEvents
	}
	return cmd
}

// wantedNext is the next command that brings the device to what is wanted; 0 for none
// but the next poll.
func (d *Driver) wantedNext(now time.Time) byte {
	switch {
	case d.mustClose(now):
		return CmdMaster
	case !d.tableKnown:
		return d.setupCommand()
	case !d.maskKnown:
		return CmdReadInhibits
	case d.note.phase == escrowed:
		return d.wantedInEscrow(now)
	case d.note.phase == stacking && !now.Before(d.note.probeAt) && d.fault == 0 && d.checked:
		return CmdRoute
	case !d.owner.Confirmed():
	case d.mustReset(now):
		return CmdReset
	case !d.checked:
		if d.checks.Due(now) {
			return CmdSelfCheck
		}
	case d.atRest():
		return d.wantedAtRest(now)
	}
	return 0
}

// mustClose says that the slot is open, or may be, while a note is on its way to the
// cassette, its end waits for Confirm, or a new driver does not know yet where it
// stands. It is closed then, so that no further events push an end out of the buffer.
func (d *Driver) mustClose(now time.Time) bool {
	switch {
	case !d.owner.Setting.Due(now):
		return false
	case !d.decided:
		return !d.shut
	}
	return (d.note.phase == stacking || !d.owner.Confirmed()) && d.opened
}

// wantedInEscrow carries out the order on the note, or keeps it. No note is sent into the
// cassette before the slot is shut: a second one in the path cannot be told from it by a
// driver that starts later.
func (d *Driver) wantedInEscrow(now time.Time) byte {
	n := &d.note
	switch {
	case n.void && d.mask != d.targetMask() && n.order.Sent < maxOrders:
		return CmdInhibits
	case n.void || n.order.Op == 0:
		if !now.Before(n.holdAt) {
			return CmdRoute
		}
	case n.order.Sent >= maxOrders:
		if d.reset.Due(now) {
			return CmdReset // gives it back
		}
	case now.Before(n.routeAt):
	case n.order.Op == bill.Stack && d.mask != d.targetMask():
		return CmdInhibits
	case n.order.Op == bill.Stack && (!n.shut || d.openedKnown && d.opened):
		return CmdMaster
	case n.order.Op == bill.Stack && !d.openedKnown:
		return CmdReadMaster
	default:
		return CmdRoute
	}
	return 0
}

// decideLate returns a note that its owner forgot, that is in the way of a RESET, or
// that the device does not stack.
func (d *Driver) decideLate(now time.Time) {
	n := &d.note
	if n.phase != escrowed || n.void {
		return
	}
	n.order.Op = d.owner.Decision(now, n.order)
	d.owner.TurnBack(&n.order, maxOrders)
}

// atRest: between notes, and fit to work.
func (d *Driver) atRest() bool {
	return d.synced && !d.again && !d.deaf && d.decided && d.tableKnown && d.behind == 0 && d.owner.Confirmed() &&
		d.note.phase == noNote && d.checked && d.fault == 0
}

// bootGrace is how long after a restart the device may still tell of a note.
func (d *Driver) bootGrace() time.Duration {
	if d.noCheck { // nothing says that it has initialised
		return bootBlind
	}
	return bootGrace
}

// wantedAtRest: between notes.
func (d *Driver) wantedAtRest(now time.Time) byte {
	if d.owner.ResetWanted {
		if d.reset.Due(now) {
			return CmdReset
		}
		return 0
	}
	return d.wantedSetting(now)
}

// announceRest announces rest once it is the rest that is wanted.
func (d *Driver) announceRest(now time.Time) {
	if !d.atRest() || now.Before(d.restAt) || d.booted && now.Sub(d.checkedAt) < d.bootGrace() {
		return
	}
	d.note = note{}
	d.jam, d.faultWas = owner.Backoff{}, 0
	d.owner.Rested(&d.reset)
	if d.booted {
		d.booted = false
		d.owner.Emit(bill.PoweredUp, 0, "")
	}
	if !d.settingsKnown() {
		return // they are being looked at, or written again
	}
	ready := d.inForce() && !d.owner.ResetWanted
	shut := ready && now.Sub(d.closedAt) >= quietClose
	if shut && !d.owner.Enabled {
		d.owner.Setting = owner.Backoff{}
	}
	d.owner.EmitRest(shut, ready && d.opened)
	if d.table == (Table{}) || d.owner.Enabled && d.wantMask() == 0 {
		d.owner.EmitNoValues()
	}
}

// launch sends a command and notes what its sending means.
func (d *Driver) launch(now time.Time, cmd byte) []byte {
	var data []byte
	d.param = 0
	switch cmd {
	case CmdEvents:
		return d.send(now, cmd, d.cfg.ReplyTimeout)
	case CmdCategory, CmdBillID, CmdScaling:
		data = d.question()
	case CmdMode:
		d.owner.Setting.Used(now)
		data = []byte{ModeStacker | ModeEscrow}
	case CmdInhibits:
		d.written = d.targetMask()
		d.launchSetting(now)
		data = []byte{byte(d.written), byte(d.written >> 8)}
	case CmdMaster:
		if d.wantOpen() && d.atRest() {
			d.param = 1
		}
		d.launchSetting(now)
		data = []byte{byte(d.param)}
	case CmdRoute:
		d.launchRoute()
		data = []byte{byte(d.param)}
	case CmdSelfCheck:
		d.checks.Space(now, owner.Quick, checkEvery, checkEvery)
	case CmdReset:
		d.reset.UsedRestart(now)
		if d.mustReset(now) {
			d.jam.UsedReset(now)
		}
	}
	return d.send(now, cmd, d.cfg.ReplyTimeout, data...)
}

// launchSetting counts a setting that is sent. For a note in escrow it is one of the
// commands that it may take.
func (d *Driver) launchSetting(now time.Time) {
	if d.note.phase == escrowed {
		d.note.order.Sent++
		return
	}
	d.owner.Setting.Used(now)
}

// launchRoute sends the note where it is ordered to; without an order it keeps it.
func (d *Driver) launchRoute() {
	n := &d.note
	d.param = RouteHold
	if n.phase != escrowed || n.void {
		return
	}
	switch n.order.Op {
	case bill.Stack:
		d.param = RouteStack
		n.ordered = true
		n.order.Sent++
	case bill.Return:
		d.param = RouteReturn
		n.order.Sent++
	}
}
