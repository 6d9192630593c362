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
				break // the line is down; it kicks when it is up
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

// policySerial is the serial of the kiosk's next policy: the time, but above the last
// one even if the clock was ahead then.
func (s *Server) policySerial(kiosk string, now time.Time) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serials[kiosk] = max(s.serials[kiosk]+1, uint64(max(now.UnixMilli(), 0)))
	return s.serials[kiosk]
}

// offerPolicy publishes the kiosk's policy unless a young one is retained. A policy
// that was made later than now, under a clock that was ahead, is not young. False is
// that the broker did not take it.
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

	l := s.cfg.Policy
	signed, err := wire.Sign(s.cfg.Key, wire.Policy{
		V: wire.Version, Kiosk: kiosk, Serial: s.policySerial(kiosk, now), Issued: now.UnixMilli(), Expires: now.Add(l.Lifetime).UnixMilli(),
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
