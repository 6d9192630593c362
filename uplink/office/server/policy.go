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
			s.offerPolicy(ctx, k.ID)
		}
	}
}

// offerPolicy publishes the kiosk's policy unless a young one is retained.
func (s *Server) offerPolicy(ctx context.Context, kiosk string) {
	now := s.cfg.Now()
	s.mu.Lock()
	last, had := s.policies[kiosk]
	young := had && now.Sub(last) < s.cfg.Policy.Lifetime/2
	if !young {
		s.policies[kiosk] = now
	}
	s.mu.Unlock()
	if young {
		return
	}
	l := s.cfg.Policy
	signed, err := wire.Sign(s.cfg.Key, wire.Policy{
		V: wire.Version, Kiosk: kiosk, Serial: uint64(now.UnixMilli()), Issued: now.UnixMilli(), Expires: now.Add(l.Lifetime).UnixMilli(),
		OfflinePay: l.OfflinePay, PerTxn: l.PerTxn, PerAccount: l.PerAccount, Total: l.Total,
	})
	if err != nil {
		s.cfg.Log.Error("cannot sign policy", "kiosk", kiosk, "error", err)
		return
	}
	if !s.publish(ctx, wire.Down(kiosk, wire.ChanPolicy, ""), signed, true) {
		s.mu.Lock()
		delete(s.policies, kiosk)
		s.mu.Unlock()
	}
}
