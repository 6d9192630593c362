package ccnet

import (
	"bytes"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// receive takes bytes, and the reply to the command in flight if it is complete.
// Bytes that no command asked for are dropped.
func (d *Driver) receive(now time.Time, rx []byte) (tx []byte) {
	if d.sent == idleLine {
		return nil
	}
	for len(rx) > 0 {
		rx = d.dec.Feed(rx)
		for {
			p, ok := d.dec.Next()
			if !ok {
				break
			}
			if ack, sense := d.reply(now, p); sense {
				return d.answered(now, ack)
			}
		}
	}
	return nil
}

// answered ends the exchange.
func (d *Driver) answered(now time.Time, ack bool) (tx []byte) {
	d.missed, d.silent = 0, false
	d.sent = idleLine
	d.quietAt = now.Add(gap)
	if !ack {
		return nil
	}
	return d.frames.ack
}

// reply handles one frame. Frames that are no reply to the command in flight
// make no sense; the time-out repeats the question.
func (d *Driver) reply(now time.Time, p []byte) (ack, sense bool) {
	if d.sent == CmdPoll {
		return d.polled(now, p)
	}
	simple := len(p) == 1 && (p[0] == ReplyAck || p[0] == ReplyNak || p[0] == ReplyIllegal)
	switch {
	case d.sent == CmdReset && simple && p[0] == ReplyIllegal: // the same frame as the command: its echo
		return false, false
	case d.sent == CmdTable && len(p) == TableSize:
		d.table, _ = ParseTable(p, d.cfg.Countries) // the size is right: no error
		d.tableKnown, d.asks, d.refused = true, owner.Backoff{}, 0
		d.next(now, 0, gap)
		return !d.holdsBack(), true
	case d.sent == CmdIdent && len(p) == IdentSize:
		d.identify(p)
		d.next(now, 0, gap)
		return !d.holdsBack(), true
	case simple:
		d.commanded(now, p[0] == ReplyAck)
		return false, true
	}
	return false, false
}

func (d *Driver) identify(p []byte) {
	d.ident = Identity{Part: trim(p[:15]), Serial: trim(p[15:27])}
	copy(d.ident.Asset[:], p[27:])
	d.identKnown = true
}

func trim(b []byte) string { return string(bytes.Trim(b, " \x00")) }

// holdsBack says that a report may stand which must not be acknowledged, not even
// by an ACK that is meant for another reply.
func (d *Driver) holdsBack() bool {
	return d.state == StStacked || d.state == StPowerUpStacker || d.state == StReturned
}

// commanded notes that a command was accepted or refused. Whether it worked is
// for the next poll to say.
func (d *Driver) commanded(now time.Time, accepted bool) {
	wait := gap
	switch d.sent {
	case CmdEnable:
		if accepted {
			d.applied, d.appliedKnown = d.mask, true
			d.openSent = d.mask != 0
			if d.mask == 0 {
				d.owner.Setting = owner.Backoff{}
			}
		}
	case CmdReset:
		wait = d.cfg.PollActive
		if accepted {
			d.restarted()
			d.owner.ResetWanted = false
		}
	case CmdTable:
		d.refused++
	case CmdHold:
		d.note.holdAt = now.Add(holdEvery)
		d.note.holdNow = false
	case CmdStack, CmdReturn:
		wait = d.cfg.PollActive
		d.note.taken = d.note.ordered && accepted && d.sent == CmdStack
	}
	d.next(now, 0, wait)
}

// restarted forgets what a reset device has forgotten.
func (d *Driver) restarted() {
	d.tableKnown, d.appliedKnown, d.openSent = false, false, false
	d.owner.Setting, d.asks, d.idents, d.refused = owner.Backoff{}, owner.Backoff{}, owner.Backoff{}, 0
	d.owner.Announced = 0
}

// estranged doubts what is known about the device: after a silence it may be another
// one, which numbers its notes in another way.
func (d *Driver) estranged() {
	d.tableKnown, d.identKnown, d.appliedKnown = false, false, false
	d.asks, d.idents, d.refused = owner.Backoff{}, owner.Backoff{}, 0
}

// due sends the command that is due, after giving up on an overdue reply.
func (d *Driver) due(now time.Time) (tx []byte) {
	if d.sent != idleLine {
		d.overdue(now)
		if now.Before(d.nextAt) {
			return nil
		}
	}
	cmd := d.queued
	if cmd == 0 {
		cmd = CmdPoll
	}
	mask := uint32(0)
	if cmd == CmdEnable {
		mask = d.wantMask()
		d.openSent = d.openSent || mask != 0
	}
	if cmd == CmdStack {
		if d.note.order.Op != bill.Stack { // cannot be: queued from a fresh report
			cmd = CmdPoll
		}
		d.note.ordered = cmd == CmdStack
	}
	return d.send(now, cmd, mask, d.cfg.ReplyTimeout)
}

// overdue counts a missing reply. The next command is always POLL: it repeats
// the question, and tells whether a lost command must be repeated.
func (d *Driver) overdue(now time.Time) {
	d.sent, d.queued = idleLine, 0
	d.missed++
	d.nextAt = now
	if d.missed <= d.cfg.Retries {
		return
	}
	d.nextAt = now.Add(pollSilent)
	if d.silent {
		return
	}
	d.silent, d.fresh = true, true
	d.state, d.arg, d.owner.Announced = 0, 0, 0
	d.note.order.Void()
	d.note.doubted = true
	d.estranged()
	d.owner.Emit(bill.Silent, 0, "")
}
