package ebds

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/owner"
)

// plan chooses when the next message goes out.
func (d *Driver) plan(now time.Time) {
	d.nextAt = now.Add(gap)
	if d.pressing(now) {
		return
	}
	interval := d.cfg.PollActive
	if !d.owner.Enabled && d.resting {
		interval = d.cfg.PollIdle
	}
	if at := d.polledAt.Add(interval); at.After(d.nextAt) {
		d.nextAt = at
	}
}

// pressing says that the next message does not wait for the poll interval.
func (d *Driver) pressing(now time.Time) bool {
	switch {
	case d.keeps():
		return false
	case d.next != 0, !d.known, d.owing.n > 0:
		return true
	case d.note.phase == escrowed:
		return d.note.order.Op != 0 && d.note.order.Sent == 0
	case d.wantsReset(now):
		return true
	}
	return d.resting && (d.wanted(now) != omnibus || !d.inForceKnown || d.inForce != d.denominations())
}

// wanted is the next message with a state: what sets the device up at rest, else the
// omnibus message. The note table is read with nothing enabled, so that no reply can
// be mistaken for a note.
func (d *Driver) wanted(now time.Time) message {
	closed := d.resting && !d.cfg.Plain && d.inForceKnown && d.inForce == 0
	switch {
	case !closed:
	case !d.timeoutSet && d.asks.Due(now):
		return timeout
	case !d.tableKnown && d.asks.Due(now):
		return query
	case d.owner.Enabled && d.tableKnown && !d.appliedIs(d.table.Mask(d.owner.Values)) && d.owner.Setting.Due(now):
		if d.knowsAny(d.owner.Values) {
			return inhibits
		}
	}
	return omnibus
}

func (d *Driver) appliedIs(m Mask) bool { return d.appliedKnown && d.applied == m }

// knowsAny says whether the device has any of the values (empty = any at all).
func (d *Driver) knowsAny(values []int64) bool {
	if d.cfg.Plain {
		return denominations(d.cfg.Values, values) != 0
	}
	return d.table.Mask(values) != Mask{}
}

// denominations is the byte that enables what the owner wants, as far as the device
// is ready for it. The message that orders a note into the cassette shuts the slot, and
// it stays shut until the end of that note is confirmed.
func (d *Driver) denominations() byte {
	switch {
	case !d.owner.Enabled, d.note.ordered, !d.owner.Confirmed():
	case d.cfg.Plain:
		return denominations(d.cfg.Values, d.owner.Values)
	case d.tableKnown && d.knowsAny(d.owner.Values) && d.appliedIs(d.table.Mask(d.owner.Values)):
		return AllDenominations
	}
	return 0
}

// data is the three bytes that every message with a state carries.
func (d *Driver) data(denominations, order byte) [3]byte {
	b := [3]byte{denominations, ModeFourWay | ModeEscrow | order, 0}
	if !d.cfg.Plain {
		b[2] = ConfigExtended
	}
	return b
}

// launch sends a message with a state and notes what its sending means.
func (d *Driver) launch(now time.Time, m message) []byte {
	order := byte(0)
	if m == omnibus {
		order = d.orderNow(now)
	}
	d.stackSent = order == ModeStack
	d.inForceSent = d.denominations()
	b := d.data(d.inForceSent, order)
	frame := d.pollFrame(b)
	const ext = TypeExtended | toggleBit
	switch m {
	case query:
		frame = frameOf(ext, SubNote, b[0], b[1], b[2], byte(d.asked))
	case timeout:
		frame = frameOf(ext, SubTimeout, b[0], b[1], b[2], escrowTime, escrowTime)
	case inhibits:
		d.mask = d.table.Mask(d.owner.Values)
		size := maskSize(d.asked - 1)
		if d.otherSize {
			size = shortMask + longMask - size
		}
		frame = frameOf(ext, append([]byte{SubInhibits, b[0], b[1], b[2]}, d.mask[:size]...)...)
	}
	return d.send(now, m, frame, d.cfg.ReplyTimeout)
}

// orderNow is the order on the note in escrow that is to go out now: the owner's, or
// to give it back when he has not decided in time.
func (d *Driver) orderNow(now time.Time) byte {
	n := &d.note
	if n.phase != escrowed || n.void || d.bits&BitEscrowed == 0 {
		return 0
	}
	n.order.Op = d.owner.Decision(now, n.order)
	switch {
	case n.order.Op == 0 || n.order.Sent >= maxOrders:
		return 0
	case n.order.Op == bill.Stack:
		n.order.Sent, n.ordered = n.order.Sent+1, true
		return ModeStack
	}
	n.order.Sent++
	return ModeReturn
}

// done notes what the device did with a message.
func (d *Driver) done(now time.Time, m message, r Reply) {
	d.inForce, d.inForceKnown = d.inForceSent, true
	d.note.taken = d.note.taken || d.stackSent
	d.stackSent = false
	refused := r.Bits&BitInvalid != 0
	switch {
	case m == query:
		d.entry(now, r, refused)
	case refused && (m == timeout || m == inhibits):
		d.balked(now, m)
	case m == timeout:
		d.timeoutSet, d.asks = true, owner.Backoff{}
	case m == inhibits:
		d.applied, d.appliedKnown = d.mask, true
	}
}

// balked notes that a message was refused, or not answered. A device that refuses the
// time-out has its own, and one that refuses a mask may want the other size.
func (d *Driver) balked(now time.Time, m message) {
	switch m {
	case timeout:
		d.asks.Used(now)
		if d.asks.Tries >= owner.Quick {
			d.timeoutSet, d.asks = true, owner.Backoff{}
		}
	case inhibits:
		d.otherSize = !d.otherSize
		d.owner.Setting.Used(now)
	case query:
		d.asked = 1
		d.asks.Used(now)
		if d.asks.Tries == owner.Quick {
			d.owner.EmitUnusable("no note table")
		}
	}
}

// entry takes one entry of the note table. An empty entry ends the table.
func (d *Driver) entry(now time.Time, r Reply, refused bool) {
	empty := r.Note.Currency == [3]byte{}
	switch {
	case refused, r.Subtype != SubNote, r.Bits&busy != 0, empty && d.asked == 1, !empty && int(r.Note.Index) != d.asked:
		d.balked(now, query)
		return
	case empty:
		d.tableKnown, d.asks = true, owner.Backoff{}
		return
	case r.Note.In(d.cfg.Currencies):
		d.table[d.asked-1] = r.Note.Value
	}
	if d.asked++; d.asked > MaxNotes {
		d.tableKnown, d.asks = true, owner.Backoff{}
	}
}
