package gateway

import (
	"bytes"
	"crypto/sha256"
	"sync"
	"time"

	"wattkiosk/uplink/wire"
)

// question is what a kiosk asked for a round of steps, all of it: the transaction, the
// card, the session, the round, and what the card has answered so far.
type question [sha256.Size]byte

// given is the last round of steps that each kiosk asked for. The card-meter system makes
// a round once: asked again it gives up the card's stay, and the whole write begins anew.
// So a kiosk whose answer was lost on its way has the same steps again, as long as they
// are good.
//
// That gives nobody a second write. Only the very same question is answered so, and to the
// same kiosk; the books are asked each time whether the card may still be written; and the
// steps are bound to one session of one card, in which a kiosk carries out each round once
// and refuses it afterwards. Whoever listens on the line and asks again has what was heard
// before.
//
// It is in the memory of one head office: another one asks the card-meter system. The zero
// value is ready; it is safe for concurrent use.
type given struct {
	mu   sync.Mutex
	last map[string]*round // by kiosk
}

// round is one that was asked for.
type round struct {
	of    question
	ready bool // steps are there; before that they are being made
	steps wire.CardSteps
	until time.Time // it is forgotten
}

// begin takes a question at now. It is given the steps if they are there, or underWay while
// they are being made; else the round is to be made, and is underWay for whoever asks
// again until keep or drop.
func (g *given) begin(kiosk string, q question, now time.Time) (steps wire.CardSteps, ready, underWay bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for k, r := range g.last {
		if !now.Before(r.until) || r.until.Sub(now) > scriptLife { // farther: the clock was ahead
			g.forget(k)
		}
	}

	if r := g.last[kiosk]; r != nil && r.of == q {
		return clone(r.steps), r.ready, !r.ready
	}
	g.forget(kiosk)
	if g.last == nil {
		g.last = map[string]*round{}
	}
	g.last[kiosk] = &round{of: q, until: now.Add(scriptLife)}

	return wire.CardSteps{}, false, false
}

// keep has the steps given to whoever asks the same again, until they expire.
func (g *given) keep(kiosk string, q question, steps wire.CardSteps, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r := g.last[kiosk]; r != nil && r.of == q {
		r.steps, r.ready = clone(steps), true
		r.until = until
	}
}

// drop is for a question that brought no steps: it may be asked anew.
func (g *given) drop(kiosk string, q question) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r := g.last[kiosk]; r != nil && r.of == q {
		g.forget(kiosk)
	}
}

// forget overwrites what steps said to a card.
func (g *given) forget(kiosk string) {
	if r := g.last[kiosk]; r != nil {
		clear(r.steps.Script.Body)
	}
	delete(g.last, kiosk)
}

func clone(s wire.CardSteps) wire.CardSteps {
	s.Script.Body = bytes.Clone(s.Script.Body)

	return s
}
