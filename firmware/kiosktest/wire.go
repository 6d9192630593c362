package kiosktest

import (
	"time"

	"wattkiosk/hal"
)

// device couples a driver with its simulator: whatever one sends, the other
// receives at once; when each wants to run next is its own business.
type device[Cmd, Ev any] struct {
	w      *box
	engine hal.Engine[Cmd, Ev] // nil while the program is down
	peer   hal.Peer
	heard  func(Ev)

	mute, deaf bool // the wire from the device, or to it, is dead
}

// wake is the earlier of the two.
func (d *device[Cmd, Ev]) wake() time.Time {
	w := d.peer.Wake()
	if d.engine != nil {
		w = earlier(w, d.engine.Wake())
	}
	return w
}

// run lets both ends do what is due. Each byte in either direction counts
// towards a planned power cut.
func (d *device[Cmd, Ev]) run(now time.Time) {
	rx := d.peer.Advance(now)
	if d.mute {
		rx = nil
	}
	rx, cut := d.w.countBytes(rx)
	if d.engine == nil {
		return // the line is open: nobody hears it
	}
	tx, events := d.engine.Advance(now, rx)
	if cut {
		d.w.blackout()
		return
	}
	tx, cut = d.w.countBytes(tx)
	if len(tx) > 0 && !d.deaf {
		d.peer.Receive(now, tx)
	}
	if cut {
		d.w.blackout()
		return
	}
	for _, e := range events {
		if d.engine == nil {
			return
		}
		d.heard(e)
	}
}

// countBytes lets bytes pass up to a planned cut.
func (w *box) countBytes(b []byte) ([]byte, bool) {
	if w.cutBytes <= 0 || len(b) == 0 {
		return b, false
	}
	if len(b) < w.cutBytes {
		w.cutBytes -= len(b)
		return b, false
	}
	b, w.cutBytes = b[:w.cutBytes], 0
	return b, true
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}

	return a
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
