package server

import (
	"context"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/wire"
)

const policyCheck = time.Minute

// Limits are what kiosks may do without head office, and for how long after
// they last heard of it.
type Limits struct {
	OfflinePay bool
	PerTxn     money.Amount
	PerAccount money.Amount
	Total      money.Amount
	Lifetime   time.Duration
}

// DefaultLimits is a day of small payments.
func DefaultLimits() Limits {
	return Limits{OfflinePay: true, PerTxn: money.Yuan(500), PerAccount: money.Yuan(1000), Total: money.Yuan(20000), Lifetime: 24 * time.Hour}
}

// keepPolicies publishes every kiosk's policy when the link comes up, and again
// when half of its life is over.
func (s *Server) keepPolicies(ctx context.Context) {
	tick := time.NewTicker(policyCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.up:
		case <-tick.C:
		}
		kiosks, err := s.cfg.Books.Kiosks(ctx)
		if err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("cannot read kiosks", "error", err)
		}
		for _, k := range kiosks {
			if !s.offerPolicy(ctx, k.ID) {
				break // the line is down, and kicks when it is up; or the books are
			}
		}
	}
}

func (s *Server) kickPolicies() {
	select {
	case s.up <- struct{}{}:
	default:
	}
}

// greetPolicy has the policy of a kiosk sent that has none yet.
func (s *Server) greetPolicy(kiosk string) {
	s.mu.Lock()
	_, had := s.policies[kiosk]
	s.mu.Unlock()
	if !had {
		s.kickPolicies()
	}
}

// serials are numbers that the books have set aside for policies, or for orders about cash:
// from next, up to and without end. They are one goroutine's own.
type serials struct {
	next, end uint64
	ups       uint64 // Server.ups when they were set aside
}

// serialsAtOnce are set aside in one commit. A new connection begins with new ones, so
// that what two head offices publish in turn goes on rising.
const serialsAtOnce = 1024

// take is the next serial. It is above all that were ever given, also by a process before
// this one whose clock was ahead.
func (n *serials) take(ctx context.Context, from FleetBooks, ups uint64, now time.Time) (uint64, error) {
	if n.next == n.end || n.ups != ups {
		first, err := from.PolicySerials(ctx, serialsAtOnce, now)
		if err != nil {
			return 0, err
		}
		*n = serials{first, first + serialsAtOnce, ups}
	}

	n.next++
	return n.next - 1, nil
}

// offerPolicy publishes the kiosk's policy unless a young one is retained. A policy
// that was made later than now, under a clock that was ahead, is not young. False is
// that the broker did not take it, or the books gave no number.
func (s *Server) offerPolicy(ctx context.Context, kiosk string) bool {
	now := s.cfg.Now()
	s.mu.Lock()
	last, had := s.policies[kiosk]
	ups := s.ups
	age := now.Sub(last)
	young := had && age >= 0 && age < s.cfg.Policy.Lifetime/2
	s.mu.Unlock()
	if young {
		return true
	}

	serial, err := s.serials.take(ctx, s.cfg.Books, ups, now)
	if err != nil {
		s.bookless(ctx, "cannot number policies", err)
		return false
	}
	l := s.cfg.Policy
	signed, err := wire.Sign(s.cfg.Key, wire.Policy{
		V: wire.Version, Kiosk: kiosk, Serial: serial, Issued: now.UnixMilli(), Expires: now.Add(l.Lifetime).UnixMilli(),
		OfflinePay: l.OfflinePay, PerTxn: l.PerTxn, PerAccount: l.PerAccount, Total: l.Total,
	})
	if err != nil {
		s.cfg.Log.Error("cannot sign policy", "kiosk", kiosk, "error", err)
		return true
	}
	if !s.publish(ctx, wire.Down(kiosk, wire.ChanPolicy, ""), signed, true) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ups == ups { // else it may have been taken by a broker that forgot it
		s.policies[kiosk] = now
	}
	return true
}
