package ccnetsim

import (
	"fmt"
	"time"

	"wattkiosk/hal/bill/ccnet"
)

// phase is what the device is doing.
type phase int

const (
	off phase = iota
	booting
	powerUp // 10, 11 or 12, by what is in the path
	initialize
	rest // 14 or 19, by the masks
	accepting
	rejecting
	inEscrow
	lifting // STACK given, before the lever
	pressing
	stacked // 81 until acknowledged
	returning
	returned // 82 until acknowledged
	blocked
)

// note is the note in the path; index is -1 for one the table does not have.
type note struct {
	fen    int64
	index  int
	reason byte // to reject it for; 0 = accepted
}

// Reject reasons the device gives.
const (
	rejectIdentification = 0x65
	rejectVerification   = 0x66
	rejectInhibited      = 0x68
)

// step runs every phase that ends by now.
func (d *Device) step(now time.Time) {
	for !d.end.IsZero() && !now.Before(d.end) {
		at := d.end
		d.end = time.Time{}
		d.finish(at)
	}
	if now.After(d.now) {
		d.now = now
	}
}

func (d *Device) enter(p phase, end time.Time) { d.phase, d.end = p, end }

// finish ends the current phase at its time.
func (d *Device) finish(at time.Time) {
	switch d.phase {
	case booting:
		d.enter(powerUp, time.Time{})
	case initialize:
		d.initialized(at)
	case accepting:
		d.recognised(at)
	case rejecting:
		d.out()
		d.settle()
	case inEscrow:
		d.giveBack(at)
	case lifting:
		d.passLever(at)
	case pressing:
		d.enter(stacked, time.Time{})
	case returning:
		d.out()
		d.enter(returned, time.Time{})
	}
}

// settle comes to rest, or stops for a fault.
func (d *Device) settle() {
	if d.blocking() != 0 {
		d.enter(blocked, time.Time{})
		return
	}
	d.enter(rest, time.Time{})
}

// initialized: an 81 that is still owed comes first, then a note found in the
// path goes out.
func (d *Device) initialized(at time.Time) {
	switch {
	case d.inStacker:
		d.enter(stacked, time.Time{})
	case d.hasNote && d.blocking() != 0:
		d.enter(blocked, time.Time{})
	case d.hasNote && d.cfg.ReportReturn:
		d.giveBack(at)
	default:
		if d.hasNote {
			d.out()
		}
		d.settle()
	}
}

func (d *Device) recognised(at time.Time) {
	switch {
	case d.note.reason != 0:
		d.reason = d.note.reason
		d.enter(rejecting, at.Add(d.cfg.RejectTime))
	case d.escrow>>d.note.index&1 == 0 && d.enabled>>d.note.index&1 == 1:
		d.lift(at)
	default: // also when the masks were taken away on the way
		d.enter(inEscrow, at.Add(d.cfg.EscrowTimeout))
	}
}

// lift begins to stack; a cassette that cannot take the note stops it.
func (d *Device) lift(at time.Time) {
	switch {
	case d.faults.jamCassette:
		d.enter(blocked, time.Time{})
	case d.faults.out || d.full():
		d.giveBack(at)
	default:
		d.enter(lifting, at.Add(d.cfg.LeverTime))
	}
}

// passLever is the instant the note is in the cassette.
func (d *Device) passLever(at time.Time) {
	d.cassette = append(d.cassette, d.note.fen)
	d.hasNote, d.inStacker = false, true
	d.enter(pressing, at.Add(d.cfg.StackTime-d.cfg.LeverTime))
}

func (d *Device) giveBack(at time.Time) { d.enter(returning, at.Add(d.cfg.ReturnTime)) }

// out hands the note in the path to the customer.
func (d *Device) out() {
	d.returned = append(d.returned, d.note.fen)
	d.hasNote = false
}

// Insert puts a note of the given value in fen into the slot. Outcome is Genuine,
// Suspect or Unreadable. It fails with ErrSlot when the device takes no note now.
func (d *Device) Insert(now time.Time, fen int64, outcome string) error {
	d.step(now)
	switch {
	case d.phase == off || d.phase == booting:
		return fmt.Errorf("cannot insert note: no power: %w", ErrSlot)
	case d.phase != rest || d.enabled == 0:
		return fmt.Errorf("cannot insert note: state %02X: %w", d.code(), ErrSlot)
	}
	n := note{fen: fen, index: d.indexOf(fen)}
	switch outcome {
	case Genuine:
	case Suspect:
		n.reason = rejectVerification
	case Unreadable:
		n.reason = rejectIdentification
	default:
		return fmt.Errorf("cannot insert note: unknown outcome %q", outcome)
	}
	if n.index < 0 {
		n.index, n.reason = 0, rejectIdentification
	} else if n.reason == 0 && d.enabled>>n.index&1 == 0 {
		n.reason = rejectInhibited
	}
	d.note, d.hasNote, d.index = n, true, byte(n.index)
	d.enter(accepting, now.Add(d.cfg.AcceptTime))
	return nil
}

func (d *Device) indexOf(fen int64) int {
	for i, v := range d.cfg.Table {
		if fen > 0 && v == fen {
			return i
		}
	}
	return -1
}

// code is the state as POLL reports it.
func (d *Device) code() byte {
	switch d.phase {
	case powerUp:
		return d.powerUpCode()
	case initialize:
		return ccnet.StInitialize
	case accepting:
		return ccnet.StAccepting
	case rejecting:
		return ccnet.StRejecting
	case inEscrow:
		return ccnet.StEscrow
	case lifting, pressing:
		return ccnet.StStacking
	case stacked:
		return ccnet.StStacked
	case returning:
		return ccnet.StReturning
	case returned:
		return ccnet.StReturned
	case blocked:
		return d.blocking()
	}
	if d.enabled != 0 {
		return ccnet.StIdling
	}
	return ccnet.StDisabled
}
