package updater

import (
	"time"

	"wattkiosk/uplink/wire"
)

// BlindWait is how long a job waits for its window while nobody knows the time.
const BlindWait = 24 * time.Hour

// moments tells the time that rules are held against.
type moments struct {
	clock Clock
	base  time.Time     // that it was at least, by head office
	at    time.Duration // when it was so
	heard bool          // in a job that came since the agent began
	begun time.Duration
}

// newMoments starts with the latest instant that is known to have passed.
func newMoments(c Clock, last time.Time) *moments {
	return &moments{clock: c, base: last, at: c.Elapsed(), begun: c.Elapsed()}
}

// hear takes the time that a signed job was issued at.
func (m *moments) hear(issued time.Time) {
	if now := m.estimate(); !m.heard || issued.After(now) {
		m.base, m.at = later(issued, now), m.clock.Elapsed()
	}
	m.heard = true
}

func (m *moments) estimate() time.Time { return m.base.Add(m.clock.Elapsed() - m.at) }

// now is the time, and whether a deadline may be judged by it.
func (m *moments) now() (t time.Time, known bool) {
	switch {
	case m.clock.Trusted():
		return m.clock.Now(), true
	case m.heard:
		return m.estimate(), true
	}
	return later(m.estimate(), m.clock.Now()), false
}

// open reports whether a window holds in a zone.
func (m *moments) open(w wire.Window, zone *time.Location) bool {
	t, known := m.now()
	if !known {
		return w.From == w.To || m.clock.Elapsed()-m.begun >= BlindWait
	}
	return w.Holds(t.In(zone))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
