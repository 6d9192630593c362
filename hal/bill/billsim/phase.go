package billsim

import (
	"fmt"
	"time"
)

// Phase is what the device is doing.
type Phase int

// Phases.
const (
	Off Phase = iota
	Booting
	PowerUp // until Reset; see InPath and InStacker for what it found
	Initialising
	Rest // idling or disabled, as the electronics were told
	Accepting
	Rejecting
	InEscrow
	Lifting  // Stack given, before the lever
	Pressing // past the lever, not reported yet
	Stacked  // until Acknowledge
	Returning
	Returned // until Acknowledge
	Blocked  // by a fault; see Blocking
)

var phaseNames = [...]string{
	"off", "booting", "power-up", "initialising", "at rest", "accepting", "rejecting", "in escrow", "lifting", "pressing",
	"stacked", "returning", "returned", "blocked",
}

// String names the phase.
func (p Phase) String() string {
	if p < 0 || int(p) >= len(phaseNames) {
		return fmt.Sprintf("Phase(%d)", int(p))
	}
	return phaseNames[p]
}

// Step runs every phase that ends by now.
func (m *Mechanics) Step(now time.Time) {
	for !m.end.IsZero() && !now.Before(m.end) {
		at := m.end
		m.end = time.Time{}
		m.finish(at)
	}
	if now.After(m.now) {
		m.now = now
	}
}

func (m *Mechanics) enter(p Phase, end time.Time) { m.phase, m.end = p, end }

// finish ends the current phase at its time.
func (m *Mechanics) finish(at time.Time) {
	switch m.phase {
	case Booting:
		m.enter(PowerUp, time.Time{})
	case Initialising:
		m.initialised(at)
	case Accepting:
		m.recognised(at)
	case Rejecting:
		m.out()
		m.settle()
	case InEscrow:
		m.giveBack(at)
	case Lifting:
		m.passLever(at)
	case Pressing:
		m.enter(Stacked, time.Time{})
	case Returning:
		m.out()
		m.enter(Returned, time.Time{})
	}
}

// settle comes to rest, or stops for a fault.
func (m *Mechanics) settle() {
	if m.Blocking() != "" {
		m.enter(Blocked, time.Time{})
		return
	}
	m.enter(Rest, time.Time{})
}

// initialised: a Stacked that is still owed comes first, then a note found in the
// path goes out.
func (m *Mechanics) initialised(at time.Time) {
	switch {
	case m.inStacker:
		m.enter(Stacked, time.Time{})
	case m.hasNote && m.Blocking() != "":
		m.enter(Blocked, time.Time{})
	case m.hasNote && m.ReportReturn:
		m.giveBack(at)
	default:
		if m.hasNote {
			m.out()
		}
		m.settle()
	}
}

func (m *Mechanics) recognised(at time.Time) {
	switch {
	case m.reject != NotRejected:
		m.enter(Rejecting, at.Add(m.RejectTime))
	case m.goesStraight() && m.enabled(m.fen):
		m.lift(at)
	default: // also when it was disabled on the way
		m.enter(InEscrow, at.Add(m.EscrowTimeout))
	}
}

// goesStraight tells that the note is stacked without an order.
func (m *Mechanics) goesStraight() bool {
	return m.faults.on[Unasked] || m.Straight != nil && m.Straight(m.fen)
}

// lift begins to stack; a cassette that cannot take the note stops it.
func (m *Mechanics) lift(at time.Time) {
	switch {
	case m.faults.on[JamCassette]:
		m.enter(Blocked, time.Time{})
	case m.faults.on[CassetteOut] || m.full():
		m.giveBack(at)
	default:
		m.enter(Lifting, at.Add(m.LeverTime))
	}
}

// passLever is the instant the note is in the cassette.
func (m *Mechanics) passLever(at time.Time) {
	m.cassette = append(m.cassette, m.raw)
	m.hasNote, m.inStacker = false, true
	m.fen = m.raw
	m.enter(Pressing, at.Add(m.StackTime-m.LeverTime))
}

func (m *Mechanics) giveBack(at time.Time) { m.enter(Returning, at.Add(m.ReturnTime)) }

// out hands the note in the path to the customer.
func (m *Mechanics) out() {
	m.returned = append(m.returned, m.raw)
	m.hasNote = false
}
