package kiosktest

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// cashStops are head office's orders of when the kiosk takes no notes, which come and go here
// within minutes. They have dice of their own.
type cashStops struct {
	w     *World
	rng   *rand.Rand
	last  wire.CashStop // that was published: it is retained
	apart time.Time     // since when the kiosk does otherwise than the order it keeps; zero for not
}

// newCashStops is nil where no order comes.
func newCashStops(w *World) *cashStops {
	if !w.plan.CashStops {
		return nil
	}

	return &cashStops{w: w, rng: rand.New(rand.NewPCG(w.seed, 0x73746f70))}
}

// hears has a new order come some time after a customer, or the one before lifted.
func (s *cashStops) hears() {
	if s == nil || s.w.calm || s.rng.IntN(2) == 0 {
		return
	}
	s.w.todo.at(s.w.now.Add(between(s.rng, 0, 5*time.Minute)), func() {
		if !s.w.office.up || s.w.calm {
			return
		}
		now := s.w.office.time()
		o := wire.CashStop{V: wire.Version, Kiosk: Terminal, Serial: max(s.last.Serial+1, uint64(now.UnixMilli())), Issued: now.UnixMilli()}
		if s.rng.IntN(4) > 0 {
			from := now.Add(between(s.rng, -5*time.Minute, 10*time.Minute))
			o.From, o.Date = from.UnixMilli(), dateOf(now)
			o.Expires = max(o.From, o.Issued) + between(s.rng, time.Minute, 20*time.Minute).Milliseconds()
		}
		s.w.logf("head office orders that no notes are taken from %s until %s", time.UnixMilli(o.From).UTC(), time.UnixMilli(o.Expires).UTC())
		s.last = o
		s.w.down(func(b *box) { b.handle(kiosk.NewCashStop{CashStop: o}) })
	})
}

// retained brings the last order to a box that has just connected.
func (s *cashStops) retained(b *box) {
	if s == nil || s.last.V == 0 {
		return
	}
	o := s.last
	b.up(func() { b.handle(kiosk.NewCashStop{CashStop: o}) })
}

// stopLag is how long a kiosk may take until it goes by an order, or by the end of one.
const stopLag = 5 * time.Second

// looks holds what the kiosk does with notes against the order that it keeps: it stops them from
// its time on, and no longer than it is good for. Whose clock is lost goes on as it was when
// the order was given.
func (s *cashStops) looks(b *box) {
	if s == nil || b.core == nil {
		return
	}
	var o wire.CashStop
	kept, err := b.memory.State("cash-stop")
	if err != nil && !errors.Is(err, journal.ErrNoState) {
		s.w.office.check(err)
		return
	}
	if len(kept) > 0 {
		s.w.office.check(json.Unmarshal(kept, &o))
	}
	now := b.time().UnixMilli()
	want := o.From != 0 && o.From <= now && now < o.Expires
	if b.clock.trust == record.Untrusted {
		want = o.From != 0 && o.From <= o.Issued
	}
	is := slices.Contains(b.core.Status().Blocks, string(condition.Unsigned))
	switch {
	case is == want:
		s.apart = time.Time{}
	case s.apart.IsZero():
		s.apart = b.now
	case b.now.Sub(s.apart) > stopLag:
		s.w.office.fail("notes are stopped by an order: %v; it is good from %s until %s, given at %s, and it is %s by a clock of trust %d", is, time.UnixMilli(o.From).UTC(), time.UnixMilli(o.Expires).UTC(), time.UnixMilli(o.Issued).UTC(), time.UnixMilli(now).UTC(), b.clock.trust)
	}
}
