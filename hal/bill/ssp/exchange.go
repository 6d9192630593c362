package ssp

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// receive takes bytes, and the reply to the command in flight if it is complete.
// Bytes that no command asked for, replies with the sequence bit of another command,
// and commands are dropped: on a line that gives the host its own bytes back, a POLL
// that is not answered must not look like one that was.
func (d *Driver) receive(now time.Time, rx []byte) {
	for len(rx) > 0 && d.sent != idleLine {
		rest, seq, data, ok := d.dec.Next(rx)
		rx = rest
		if ok && seq == d.bit && data[0] >= ReplyOK {
			d.answered(now, data)
		}
	}
}

// answered ends the exchange.
func (d *Driver) answered(now time.Time, data []byte) {
	cmd, recalling := d.sent, d.recalling()
	d.sent, d.silent = idleLine, false
	d.quietAt = now.Add(gap)
	d.nextAt = time.Time{}
	switch {
	case recalling:
		d.recalled(now, data)
	case data[0] == ReplyOK:
		d.noFirmware = d.noFirmware && cmd == CmdSync // which a loader takes as well
		d.accepted(now, cmd, data[1:])
	default:
		d.refuse(now, cmd, data[0])
	}
	if d.nextAt.IsZero() {
		d.plan(now)
	}
}

// accepted handles the reply of a command that the device took.
func (d *Driver) accepted(now time.Time, cmd byte, data []byte) {
	switch cmd {
	case CmdSync:
		d.synced, d.probed, d.recall, d.attempts = true, false, false, 0
	case CmdHold:
		d.held(now)
	case CmdReject:
		d.note.phase, d.note.ordered = returning, false
	case CmdPoll, CmdPollWithAck:
		d.pollsRefused = 0
		if !d.isOwed(data) {
			d.polled(now, data)
		}
	case CmdVersion:
		d.versionSet = true
	case CmdSetup:
		d.setUp(data)
	case CmdSerial:
		d.identified(data)
	case CmdReason:
		code := byte(reasonUntold)
		if len(data) > 0 {
			code = data[0]
		}
		d.rejected(code)
	case CmdEventAck:
		d.standing = false
	default:
		d.configured(now, cmd)
	}
}

// configured notes that a setting, or a RESET, was accepted.
func (d *Driver) configured(now time.Time, cmd byte) {
	switch cmd {
	case CmdInhibits:
		d.applied, d.appliedKnown = d.mask, true
	case CmdEnable:
		d.opened = true
	case CmdDisable:
		d.closed, d.openSent = true, false
		d.owner.Setting = owner.Backoff{}
	case CmdReset:
		d.rebooting(now)
	}
}

// refuse handles a reply other than OK. Whether a command must be repeated, the
// next plan says.
func (d *Driver) refuse(now time.Time, cmd, code byte) {
	acks := cmd == CmdPollWithAck || cmd == CmdEventAck // may want encryption alone
	if code == ReplyKey && !acks && !d.wantsKey {
		d.wantsKey = true
		d.owner.Emit(bill.Failed, 0, "the device wants encryption")
	}
	if code == ReplySoftware && (isPoll(cmd) || tellsData(cmd)) && !d.noFirmware { // what a device that works never refuses so
		d.noFirmware = true
		d.owner.Emit(bill.Failed, 0, "software error: it may need firmware")
	}
	switch cmd {
	case CmdSync:
		d.nextAt = now.Add(pollSilent)
	case CmdHold:
		d.notHeld(now)
	case CmdReject:
		d.probed = false // is it still there?
	case CmdPoll, CmdPollWithAck:
		d.note.ordered = d.note.ordered && d.note.phase != escrowed
		d.pollRefused(cmd, code)
	case CmdVersion:
		d.versionSet = true // it keeps its own version, and SETUP REQUEST tells which
	case CmdSetup:
		d.unreadableSetup()
	case CmdReason:
		d.rejected(reasonUntold)
	case CmdEventAck:
		d.standing = false // the next reply to POLL tells whether it still does
	}
}

// pollRefused gives POLL WITH ACK up when the device does not know it, or refuses
// it again and again.
func (d *Driver) pollRefused(cmd, code byte) {
	limit := maxPolls
	if code == ReplyCannot {
		limit = maxBusy
	}
	d.pollsRefused++
	if d.pollsRefused > limit { // it tells nothing of itself
		d.resting, d.restSince, d.owner.Announced = false, time.Time{}, 0
	}
	if cmd == CmdPollWithAck && d.pollsRefused >= limit {
		d.plain = true
	}
}

// setUp reads the channel table, and reports what had to wait for it.
func (d *Driver) setUp(data []byte) {
	s, err := ParseSetup(data, d.cfg.Countries)
	if err != nil {
		d.unreadableSetup()
		return
	}
	d.setup, d.tableKnown = s, true
	d.asks, d.refused = owner.Backoff{}, 0
	d.credit()
	d.showEscrow()
}

func (d *Driver) unreadableSetup() {
	if d.refused++; d.refused == maxAsks {
		d.owner.EmitUnusable("no channel table")
		d.credit()
		d.showEscrow()
	}
}

// identified reads the serial number. Another one is another device, of which
// nothing is known.
func (d *Driver) identified(data []byte) {
	if len(data) < 4 {
		return
	}
	serial := uint32(data[0])<<24 | uint32(data[1])<<16 | uint32(data[2])<<8 | uint32(data[3])
	if d.serialKnown && serial != d.serial {
		d.forgetSettings()
	}
	d.serial, d.serialKnown = serial, true
}

// rebooting: the device took RESET, and will be away for a while.
func (d *Driver) rebooting(now time.Time) {
	d.owner.ResetWanted = false
	d.forgetSettings()
	d.synced, d.probed, d.recall = false, false, false
	d.levels &= repeated
	d.owner.EmitStart()
	d.bootUntil = now.Add(bootMax)
	d.nextAt = now.Add(pollSilent)
}

// forgetSettings forgets what a restarted device has forgotten.
func (d *Driver) forgetSettings() {
	d.versionSet, d.tableKnown, d.refused = false, false, 0
	d.appliedKnown, d.opened, d.closed, d.openSent = false, false, false, false
	d.plain, d.pollsRefused = d.cfg.Plain, 0
	d.owner.Setting, d.asks = owner.Backoff{}, owner.Backoff{}
	d.owner.Announced, d.resting, d.restSince = 0, false, time.Time{}
}

// due sends the command that is due, or the one in flight again.
func (d *Driver) due(now time.Time) (tx []byte) {
	if d.sent != idleLine {
		if d.tries <= d.repeats() {
			return d.resend(now, d.cfg.ReplyTimeout)
		}
		d.lost(now)
		return nil
	}
	cmd := d.wanted(now)
	switch {
	case cmd != 0:
	case d.note.phase == escrowed: // never a POLL here: it would accept the note
		d.plan(now)
		return nil
	case d.keeps():
		return d.again(now, d.cfg.ReplyTimeout)
	default:
		cmd = d.pollCommand()
	}
	return d.launch(now, d.inTurn(cmd))
}

// lost gives up on a reply. The device may have carried the command out or not, and
// an order given before is void. What it does now is asked from the beginning.
func (d *Driver) lost(now time.Time) {
	recalling := d.recalling()
	if d.synced {
		d.recall, d.attempts = isPoll(d.sent), 0
	} else {
		d.attempts++
	}
	d.sent = idleLine
	d.synced, d.probed = false, false
	d.levels &= repeated
	d.owner.Announced, d.resting, d.restSince = 0, false, time.Time{}
	d.note.parted = true
	if n := &d.note; n.phase == escrowed {
		n.void = true
		n.order.Void()
		if n.ordered {
			n.phase = stacking
		}
	}
	if d.nextAt = now.Add(gap); recalling && d.attempts == 1 {
		return // there may be nothing to recall: SYNC tells
	}
	d.nextAt = now.Add(pollSilent)
	if d.silent || now.Before(d.bootUntil) {
		return
	}
	d.silent = true
	d.owner.Emit(bill.Silent, 0, "")
}
