package id003

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
			if d.echoed(p) {
				continue
			}
			if ack, sense := d.reply(now, p); sense {
				return d.answered(now, p, ack)
			}
		}
	}
	return nil
}

// answered ends the exchange, with an ACK to a credit that is durable.
func (d *Driver) answered(now time.Time, p []byte, ack bool) (tx []byte) {
	if !bytes.Equal(p, d.out[:d.size]) {
		d.heard()
	}
	d.missed, d.silent = 0, false
	d.sent = idleLine
	d.quietAt = now.Add(gap)
	if !ack {
		return nil
	}
	return d.frames.ack
}

// reply handles one frame. Frames that are no reply to the command in flight make
// no sense; the time-out repeats the question.
func (d *Driver) reply(now time.Time, p []byte) (ack, sense bool) {
	if d.sent == CmdStatus {
		return d.polled(now, p)
	}
	refused := len(p) == 1 && (p[0] == ReplyLine || p[0] == ReplyInvalid)
	switch d.sent {
	case CmdVersion:
		return false, d.versioned(now, p, refused)
	case CmdCurrency:
		return false, d.assigned(now, p, refused)
	case CmdReset, CmdStack, CmdReturn, CmdHold:
		accepted := len(p) == 1 && p[0] == ReplyAck
		if accepted || refused {
			d.commanded(now, accepted)
		}
		return false, accepted || refused
	}
	same := bytes.Equal(p, d.out[:d.size])
	if same || refused {
		d.set(same)
		d.next(now, 0, gap)
	}
	return false, same || refused
}

func (d *Driver) versioned(now time.Time, p []byte, refused bool) (sense bool) {
	if p[0] == CmdVersion && len(p) > 1 {
		d.version, d.versionKnown = string(bytes.Trim(p[1:], " \x00")), true
	} else if !refused {
		return false
	}
	d.next(now, 0, gap)
	return true
}

const noCurrencyData = "no currency data"

func (d *Driver) assigned(now time.Time, p []byte, refused bool) (sense bool) {
	if refused {
		if d.refused++; d.refused == maxAsks {
			d.owner.EmitUnusable(noCurrencyData)
		}
		d.next(now, 0, gap)
		return true
	}
	if p[0] != CmdCurrency {
		return false
	}
	t, err := ParseTable(p[1:], d.cfg.Countries)
	if err != nil {
		return false
	}
	d.table, d.tableKnown = t, true
	d.asks, d.refused = owner.Backoff{}, 0
	d.next(now, 0, gap)
	return true
}

// commanded notes that an order was accepted or refused. Whether it worked is for
// the next poll to say.
func (d *Driver) commanded(now time.Time, accepted bool) {
	wait := d.cfg.PollActive
	switch d.sent {
	case CmdReset:
		if accepted {
			d.restarted()
			d.owner.ResetWanted = false
		}
	case CmdStack:
		d.note.taken = d.note.ordered && accepted
	case CmdHold:
		wait = gap
		d.note.holdAt = now.Add(holdEvery)
		d.note.holdNow = false
	}
	d.next(now, 0, wait)
}

// restarted forgets what a reset device has forgotten.
func (d *Driver) restarted() {
	d.tableKnown, d.versionKnown = false, false
	d.asks, d.versions, d.refused = owner.Backoff{}, owner.Backoff{}, 0
	d.settings, d.owner.Setting = settings{}, owner.Backoff{}
	d.owner.Announced = 0
}

// estranged doubts what is known about the device: after a silence it may be another
// one, which has other notes and was told other settings.
func (d *Driver) estranged() {
	d.tableKnown, d.versionKnown = false, false
	d.asks, d.versions, d.refused = owner.Backoff{}, owner.Backoff{}, 0
	d.settings = settings{openSent: d.openSent}
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
	switch {
	case d.state == 0:
		cmd = d.revive(now)
	case cmd == 0:
		cmd = CmdStatus
	case cmd == CmdInhibit:
		d.openSent = d.openSent || d.open() != 0
	case cmd == CmdStack:
		if d.note.order.Op != bill.Stack { // cannot be: queued from a fresh report
			cmd = CmdStatus
		}
		d.note.ordered = cmd == CmdStack
	}
	return d.send(now, cmd, d.settingData(cmd), d.cfg.ReplyTimeout)
}

// revive is the command to a device of which nothing is known. Some device answers
// nothing but RESET once its credit waited too long for the ACK; it is sent when
// that credit is durable.
func (d *Driver) revive(now time.Time) byte {
	if d.silent && d.note.reported && d.owner.Confirmed() && d.hung.Due(now) {
		d.hung.UsedReset(now)
		return CmdReset
	}
	return d.first()
}

// overdue counts a missing reply. The next command is always STATUS REQUEST, but
// on an unknown line: it repeats the question, and tells whether a lost command
// must be repeated.
func (d *Driver) overdue(now time.Time) {
	d.unheard()
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
	d.echo = echo{blind: d.echo.blind}
	d.note.order.Void()
	d.note.doubted = true
	d.estranged()
	d.hung = owner.Backoff{Next: now.Add(owner.FaultReset)}
	d.owner.Emit(bill.Silent, 0, "")
}
