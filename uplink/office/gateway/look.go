package gateway

import (
	"context"

	"wattkiosk/payments/mis"
	"wattkiosk/uplink/wire"
)

// waitingLooks is how many look-ups wait for a place at one system. With the places that
// there are (DefaultCalls) that is less than half of what head office answers at a time, so
// that a system that is slow leaves places for look-ups at the other.
const waitingLooks = 64

// look waits for a place for a look-up at a system, which end gives back. Its error is that
// the system is slow or away: who asks is told at once where too many wait already, and
// where the system is away and another look-up is out to see whether it still is.
func (g *Runtime) look(ctx context.Context, system mis.System) (end func(), e *wire.Error) {
	w := g.desk.ways[system]
	back, ok := w.ask()
	if !ok {
		return nil, &wire.Error{Code: wire.ErrCodeUnavailable, Message: w.whose + " is away"}
	}
	leave, err := g.looks[system].Turn(ctx)
	if err != nil {
		back()
		return nil, &wire.Error{Code: wire.ErrCodeUnavailable, Message: w.whose + " is slow"}
	}

	return func() { leave(); back() }, nil
}

// ask reports whether a look-up may go out now: while the system is away there is one at a
// time, until back.
func (b *breaker) ask() (back func(), ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.failed < awayAfter:
		return func() {}, true
	case b.asking:
		return nil, false
	}

	b.asking = true
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.asking = false
	}, true
}
