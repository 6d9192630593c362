package ssp

import (
	"time"

	"wattkiosk/hal/bill"
)

// plan chooses when the next command goes out.
func (d *Driver) plan(now time.Time) {
	d.nextAt = now.Add(gap)
	if d.wanted(now) != 0 {
		return
	}
	var at time.Time
	switch {
	case d.note.phase == escrowed:
		at = earlier(d.note.holdAt, d.note.order.GiveUp)
	case !d.owner.Enabled && d.resting:
		at = d.polledAt.Add(d.cfg.PollIdle)
	default:
		at = d.polledAt.Add(d.cfg.PollActive)
	}
	if at.After(d.nextAt) {
		d.nextAt = at
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// wanted is the next command that brings the device to what is wanted; 0 for none
// but the next POLL. As long as a note may be in escrow there is no POLL in it,
// unless the owner ordered Stack.
func (d *Driver) wanted(now time.Time) byte {
	switch {
	case !d.synced && d.recall && d.attempts%recallTurns != 1:
		return CmdHold
	case !d.synced:
		return CmdSync
	case !d.probed:
		return CmdHold
	case d.note.phase == escrowed:
		return d.wantedInEscrow(now)
	case d.keeps():
		return 0
	case d.gone:
		return CmdReason
	case !d.tableKnown && d.asks.Due(now):
		return d.setupCommand()
	case d.standing && !d.plain && d.owner.Confirmed() && !d.credited() && d.acks.Due(now):
		return CmdEventAck
	case d.mustReset(now):
		return CmdReset
	case d.resting:
		return d.wantedAtRest(now)
	}
	return 0
}

func (d *Driver) pollCommand() byte {
	if d.plain {
		return CmdPoll
	}
	return CmdPollWithAck
}

func (d *Driver) setupCommand() byte {
	if !d.versionSet {
		return CmdVersion
	}
	return CmdSetup
}

// wantedInEscrow carries out the order on the note, or keeps it.
func (d *Driver) wantedInEscrow(now time.Time) byte {
	n := &d.note
	order := d.owner.Decision(now, n.order)
	switch {
	case order == bill.Stack:
		return d.pollCommand()
	case order == bill.Return && n.order.Sent < maxOrders:
		return CmdReject
	case order == bill.Return && d.reset.Due(now):
		return CmdReset // gives it back
	case !now.Before(n.holdAt):
		return CmdHold
	case !d.valueKnown() && d.asks.Due(now):
		return d.setupCommand()
	}
	return 0
}

// mustReset: the device is stuck. With a note on its way to the cassette it is
// given long, for a RESET would blur where the note is.
func (d *Driver) mustReset(now time.Time) bool {
	return (d.stuck(now) != "" || d.levels&jammed != 0) && d.fault.Due(now)
}

// stuck says in which state the device hangs, if it does.
func (d *Driver) stuck(now time.Time) string {
	switch {
	case d.levels&lvInitialising != 0 && now.Sub(d.since) >= initMax:
		return "does not leave initialisation"
	case d.levels&lvStacking != 0 && d.note.phase == stacking && now.Sub(d.since) >= stackMax:
		return "does not finish stacking"
	}
	return ""
}

// wantedAtRest: between notes.
func (d *Driver) wantedAtRest(now time.Time) byte {
	want := d.wantMask()
	switch {
	case d.owner.ResetWanted:
		if d.reset.Due(now) {
			return CmdReset
		}
	case !d.owner.Setting.Due(now):
	case want == 0:
		if !d.closed || d.openSent {
			return CmdDisable
		}
	case !d.appliedKnown || d.applied != want:
		return CmdInhibits
	case !d.opened:
		return CmdEnable
	}
	return 0
}

// launch sends a command and notes what its sending means.
func (d *Driver) launch(now time.Time, cmd byte) []byte {
	n := &d.note
	d.owed = d.owed && cmd == CmdHold && !d.synced // a recall does no harm to the last reply
	switch cmd {
	case CmdSync:
		d.seq = SeqBit // the next one has 0
	case CmdHold:
		if !d.synced {
			d.seq = SeqBit
		}
	case CmdVersion:
		return d.send(now, cmd, d.cfg.ReplyTimeout, versionV6)
	case CmdInhibits:
		d.owner.Setting.Used(now)
		d.mask = d.wantMask()
		return d.send(now, cmd, d.cfg.ReplyTimeout, byte(d.mask), byte(d.mask>>8))
	case CmdEnable:
		d.openSent, d.closed = true, false
		d.owner.Setting.Used(now)
	case CmdDisable:
		d.opened = false
		d.owner.Setting.Used(now)
	case CmdSetup:
		d.asks.Used(now)
	case CmdEventAck:
		d.acks.Used(now)
	case CmdReset:
		d.launchReset(now)
	case CmdReject:
		n.order.Op = bill.Return
		n.order.Sent++
	case CmdPoll, CmdPollWithAck:
		if n.phase == escrowed {
			n.ordered = true
			n.order.Sent++
		}
	}
	return d.send(now, cmd, d.cfg.ReplyTimeout)
}

func (d *Driver) launchReset(now time.Time) {
	d.reset.UsedRestart(now)
	if !d.mustReset(now) {
		return
	}
	if why := d.stuck(now); why != "" && d.fault.Tries == 0 {
		d.owner.Emit(bill.Failed, 0, why)
	}
	d.fault.UsedReset(now)
}
