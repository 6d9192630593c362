// Package mains decides what a lost mains supply means while a UPS holds the
// machine: first nothing (a flicker), then no new customer, then an orderly stop.
//
// Monitor is pure: it is given the level of the mains-fail line and the time. The
// UPS's battery must last longer than Stop; its capacity is the installer's matter.
package mains

import "time"

// State is what the supply allows.
type State int

// The states, in the order of getting worse.
const (
	// On: mains are there, or were a moment ago.
	On State = iota
	// Lost: nobody new is served; who is served may finish.
	Lost
	// Stop: the machine must be shut down in order now.
	Stop
)

// String names the state.
func (s State) String() string {
	switch s {
	case On:
		return "on"
	case Lost:
		return "lost"
	}
	return "stop"
}

// Monitor follows one mains-fail line. The zero value is not usable: New makes one.
// It is not safe for concurrent use.
type Monitor struct {
	flicker, stop, settle time.Duration

	present bool
	since   time.Time // of present
	state   State
}

// New makes a monitor of a supply that is on: a loss counts after flicker, means
// Stop after stop, and is over when mains have held for settle.
func New(flicker, stop, settle time.Duration, now time.Time) *Monitor {
	return &Monitor{flicker: flicker, stop: max(stop, flicker), settle: settle, present: true, since: now.Add(-settle)}
}

// Sense takes the level of the line, or just the time (the same level again), and
// returns the state with whether it has changed. Stop is final: the machine has
// begun to go down, and goes down even when mains return.
func (m *Monitor) Sense(now time.Time, present bool) (State, bool) {
	if present != m.present {
		m.present, m.since = present, now
	}

	before := m.state
	switch held := now.Sub(m.since); {
	case m.state == Stop:
	case !m.present && held >= m.stop:
		m.state = Stop
	case !m.present && held >= m.flicker:
		m.state = Lost
	case m.present && held >= m.settle:
		m.state = On
	}

	return m.state, m.state != before
}

// Wake is when Sense must be called again with the level it was last given; zero
// when only a change of the line matters.
func (m *Monitor) Wake() time.Time {
	switch {
	case m.state == Stop, m.present && m.state == On:
		return time.Time{}
	case m.present:
		return m.since.Add(m.settle)
	case m.state == On:
		return m.since.Add(m.flicker)
	}
	return m.since.Add(m.stop)
}
