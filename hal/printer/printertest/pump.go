package printertest

import (
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/printer"
)

// maxSpin is how often the world may stand still before the pump calls an
// engine that never wants to sleep broken.
const maxSpin = 1000

// Start is the instant at which virtual time begins.
func Start() time.Time { return time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC) }

// Pump runs an engine against a peer in virtual time.
type Pump struct {
	Now    time.Time
	Engine printer.Engine
	Peer   hal.Peer // nil for a fake
	Events []printer.Event
	Sent   []byte // everything the engine sent
}

// Run lets d of virtual time pass.
func (p *Pump) Run(t testing.TB, d time.Duration) {
	t.Helper()
	p.Until(t, d, func() bool { return false })
}

// Until runs until done answers true, at most d; it answers whether done did.
func (p *Pump) Until(t testing.TB, d time.Duration, done func() bool) bool {
	t.Helper()
	end := p.Now.Add(d)
	for spin := 0; ; {
		p.exchange()
		if done() {
			return true
		}
		next := p.wake()
		if next.After(end) {
			p.Now = end
			return false
		}
		if next.After(p.Now) {
			p.Now, spin = next, 0
			continue
		}
		if spin++; spin > maxSpin {
			t.Fatalf("time stands still at %v: the engine or its peer always wants to be called at once", p.Now)
		}
	}
}

func (p *Pump) exchange() {
	var rx []byte
	if p.Peer != nil {
		rx = p.Peer.Advance(p.Now)
	}
	tx, events := p.Engine.Advance(p.Now, rx)
	p.Events = append(p.Events, events...)
	p.Sent = append(p.Sent, tx...)
	if p.Peer != nil && len(tx) > 0 {
		p.Peer.Receive(p.Now, tx)
	}
}

func (p *Pump) wake() time.Time {
	w := p.Engine.Wake()
	if p.Peer == nil {
		return w
	}
	if pw := p.Peer.Wake(); !pw.IsZero() && pw.Before(w) {
		return pw
	}
	return w
}

// Outcome is the outcome of job id, if it is known.
func (p *Pump) Outcome(id string) (printer.Event, bool) {
	for _, e := range p.Events {
		if e.ID == id && e.Kind.Outcome() {
			return e, true
		}
	}
	return printer.Event{}, false
}

// Status is the status last reported.
func (p *Pump) Status() printer.Status {
	var s printer.Status
	for _, e := range p.Events {
		if e.Kind == printer.StatusChanged {
			s = e.Status
		}
	}
	return s
}
