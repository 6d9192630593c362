package ebds

import (
	"time"

	"wattkiosk/hal/bill"
)

// receive takes bytes, and the reply to the message in flight if it is complete.
// Bytes that no message asked for are dropped.
func (d *Driver) receive(now time.Time, rx []byte) {
	if d.sent != nothing {
		d.attempts = 0
	}
	for len(rx) > 0 && d.sent != nothing {
		rest, ctl, data, ok := d.dec.Next(rx)
		rx = rest
		if ok {
			d.framed(now, ctl, data)
		}
	}
}

// framed handles one frame. A reply with the other toggle refuses the message, or
// belongs to another one.
func (d *Driver) framed(now time.Time, ctl byte, data []byte) {
	aux := ctl&typeBits == TypeAux && len(data) == auxSize
	var r Reply
	if !aux {
		var err error
		if r, err = ParseReply(ctl, data); err != nil {
			return
		}
		d.hint(r)
	}
	switch {
	case ctl&toggleBit != d.bit:
		d.refused(now)
	case d.sent == filler && aux:
		d.software, d.identified = softwareOf(data), true
		d.filled(now)
	case d.sent == filler: // a device that knows no auxiliary messages
		if r.Bits&events == 0 {
			d.filled(now)
		}
	case aux:
	default:
		d.doubted(now, rawOf(ctl, data), r)
	}
}

// refused handles a reply with the other toggle: the message is repeated, and after
// several the other toggle is tried, but not while the device must keep its last
// reply.
func (d *Driver) refused(now time.Time) {
	if !d.owner.Confirmed() {
		return
	}
	if d.naks++; d.naks >= 3*maxNaks {
		d.naks = 0
		d.lost(now)
		return
	}
	d.sent, d.asking = nothing, true
	if d.naks%maxNaks == 0 {
		d.next, d.asking = d.bit^toggleBit, false
	}
	d.quietAt = now.Add(gap)
	d.nextAt = d.quietAt
}

// filled ends the exchange of a filler: the device has let go of its last reply.
func (d *Driver) filled(now time.Time) {
	d.sent, d.silent, d.naks = nothing, false, 0
	d.synced, d.owing = true, raw{}
	d.quietAt = now.Add(gap)
	d.plan(now)
}

// softwareOf reads the reply to AuxSoftware.
func softwareOf(b []byte) uint16 {
	return uint16(b[0]&15)<<12 | uint16(b[1]&15)<<8 | uint16(b[2]&15)<<4 | uint16(b[3]&15)
}

// doubted takes a reply with a state. The checksum lets two flipped bits of a column
// pass, so a reply that differs from the one last acted on must come twice: the
// message is sent again, and the device repeats its reply.
func (d *Driver) doubted(now time.Time, told raw, r Reply) {
	if told == d.taken || told == d.doubt {
		d.answered(now, told, r)
		return
	}
	d.doubt = told
	if d.doubts++; d.doubts > maxDoubts {
		d.lost(now)
		return
	}
	d.sent, d.asking = nothing, true
	d.quietAt = now.Add(gap)
	d.nextAt = d.quietAt
}

// answered ends the exchange of a message whose reply tells the state.
func (d *Driver) answered(now time.Time, told raw, r Reply) {
	m, again := d.sent, told == d.taken
	d.sent, d.silent, d.naks = nothing, false, 0
	d.doubt, d.doubts, d.taken = raw{}, 0, told
	d.quietAt = now.Add(gap)
	d.nextAt = time.Time{}
	switch {
	case !d.synced:
		d.recalled(now, r)
	case again && !d.owner.Confirmed(): // what must be kept, and is known
	default:
		d.done(now, m, r)
		if !again || !d.known {
			d.known = true
			d.told(now, r)
		}
		d.idle(now)
	}
	if d.nextAt.IsZero() {
		d.plan(now)
	}
}

// recalled handles the first reply of a start or after a silence, which may be the
// repeated reply to the last message of before. Only an event counts in it: any
// state may be out of date.
func (d *Driver) recalled(now time.Time, r Reply) {
	d.synced = true
	if d.taken != d.owing && r.Bits&events != 0 {
		d.note.afterCut = d.note.afterCut || r.Bits&BitPowerUp != 0
		d.onNote(now, r, r.Bits)
	}
}

// keeps says that the device must keep its last reply, whose report is not durable
// yet.
func (d *Driver) keeps() bool { return !d.owner.Confirmed() && d.last > filler }

// due sends the message that is due, or the one in flight again.
func (d *Driver) due(now time.Time) (tx []byte) {
	if d.sent != nothing {
		if d.tries <= d.repeats() {
			return d.resend(now, d.cfg.ReplyTimeout)
		}
		d.lost(now)
		return nil
	}
	switch {
	case d.hung:
		d.hung = false
		tx = d.sendReset(now)
		d.next = 0 // whatever it waits for, it has told nothing since that this could acknowledge
		return tx
	case d.asking, d.keeps():
		return d.again(now, d.cfg.ReplyTimeout)
	case d.next == 0 && d.wantsReset(now):
		return d.launchReset(now)
	case d.next == 0:
		return d.send(now, filler, d.fill, d.cfg.ReplyTimeout)
	case !d.synced:
		d.inForceKnown = false
		return d.send(now, omnibus, d.pollFrame(d.data(0, 0)), d.cfg.ReplyTimeout)
	}
	return d.launch(now, d.wanted(now))
}

// otherWay is for a device that answers nothing: the other toggle next, or RESET.
func (d *Driver) otherWay(now time.Time) {
	switch {
	case !d.fresh && d.lostShut:
		d.next = 0
	case d.note.ordered && d.attempts < orderedTurns*otherTurn-1:
		// Its report may wait, and a RESET could take it.
	case d.owner.Confirmed() && d.fault.Due(now):
		d.fault.UsedReset(now)
		d.hung = true
	}
}

// repeats is how often the message in flight is repeated.
func (d *Driver) repeats() int {
	if d.silent && d.doubt.n == 0 {
		return 0
	}
	return d.cfg.Retries
}

// lost gives up on a reply. The device may have carried the message out or not, and
// an order given before is void. What it does now is asked from the beginning: if
// it says nothing at all now and then with the other toggle, in case it waits for
// that, unless a report waits for Confirm. Where it may have taken a note, ordered or not,
// the other toggle would acknowledge a credit that was never heard: RESET, which does not,
// is sent instead, and not soon where it did take one that was ordered.
func (d *Driver) lost(now time.Time) {
	switch d.sent {
	case query, inhibits, timeout:
		d.balked(now, d.sent)
	}
	if d.attempts++; d.synced {
		d.attempts = 0
		d.lostShut = d.resting && d.inForceKnown && d.inForce|d.inForceSent == 0
	}
	d.sent, d.asking = nothing, false
	d.synced, d.known, d.taken = false, false, raw{}
	d.bits, d.trouble, d.inForceKnown = 0, 0, false
	d.owner.Announced, d.resting, d.restSince = 0, false, time.Time{}
	d.stackSent, d.note.parted = false, true
	if n := &d.note; n.phase == escrowed {
		n.void = true
		n.order.Void()
	}
	d.next = toggleBit
	if d.attempts%otherTurn == otherTurn-1 {
		d.otherWay(now)
	}
	d.nextAt = now.Add(pollSilent)
	if d.silent || now.Before(d.bootUntil) {
		return
	}
	d.silent = true
	d.forgetSettings() // it may be another device after this
	d.emit(bill.Silent, 0, "")
}
