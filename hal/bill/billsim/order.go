package billsim

import "time"

// Stack orders the note in escrow into the cassette; false if there is none.
func (m *Mechanics) Stack(now time.Time) bool {
	if m.phase != InEscrow {
		return false
	}
	m.lift(now)
	return true
}

// Return orders the note in escrow out; false if there is none.
func (m *Mechanics) Return(now time.Time) bool {
	if m.phase != InEscrow {
		return false
	}
	m.giveBack(now)
	return true
}

// Hold restarts the escrow's patience; false if there is no note in escrow.
func (m *Mechanics) Hold(now time.Time) bool {
	if m.phase != InEscrow {
		return false
	}
	m.end = now.Add(m.EscrowTimeout)
	return true
}

// Reset restarts the device. A stacked note that a power-up found is forgotten; a
// Stacked that is still owed is not.
func (m *Mechanics) Reset(now time.Time) {
	if !m.powered() {
		return
	}
	if m.phase == PowerUp {
		m.inStacker = false
	}
	m.enter(Initialising, now.Add(m.InitTime))
}

// Acknowledge ends Stacked or Returned: the host has taken it down. Elsewhere it
// does nothing.
func (m *Mechanics) Acknowledge() {
	switch m.phase {
	case Stacked:
		m.inStacker = false
		m.settle()
	case Returned:
		m.settle()
	}
}

// Forget drops the claim of a stacked note that a power-up found, for protocols
// where the host's acknowledgement and not a reset ends it.
func (m *Mechanics) Forget() {
	if m.phase == PowerUp {
		m.inStacker = false
	}
}

// PowerCut takes the power away at this instant. What is where stays there.
func (m *Mechanics) PowerCut(now time.Time) {
	m.Step(now)
	m.enter(Off, time.Time{})
}

// PowerOn gives it back. The device answers after BootTime.
func (m *Mechanics) PowerOn(now time.Time) {
	m.Step(now)
	if m.phase != Off {
		return
	}
	m.plant()
	m.enter(Booting, now.Add(m.BootTime))
}

func (m *Mechanics) powered() bool { return m.phase != Off && m.phase != Booting }

// Hears tells whether the electronics listen: there is power, and they are not
// struck silent.
func (m *Mechanics) Hears() bool { return m.powered() && !m.faults.on[Silent] }
