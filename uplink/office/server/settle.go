package server

import (
	"context"
	"time"

	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/wire"
)

// SettleBooks is what the server needs of the bank's terminals.
type SettleBooks interface {
	// Ordered are the terminals whose batch a person wants settled now.
	Ordered(ctx context.Context) ([]bank.Terminal, error)
}

// settling is an order to settle as it was published to a kiosk.
type settling struct {
	batch uint32
	at    time.Time
	ups   uint64 // Server.ups before that
}

// offerSettlements keeps each order to settle retained until its batch was settled. One
// that stays behind, from an earlier process, names a batch that is closed, and does
// nothing.
func (s *Server) offerSettlements(ctx context.Context) {
	if s.cfg.Bank == nil {
		return
	}
	now := s.cfg.Now()
	open, err := s.cfg.Bank.Ordered(ctx)
	if err != nil {
		s.bookless(ctx, "cannot read orders to settle", err)
		return
	}

	have := map[string]bool{}
	for _, t := range open {
		have[t.Kiosk] = true
		ups, due := s.settleDue(t, now)
		if !due {
			continue
		}
		signed, err := wire.SignSettle(s.cfg.Key, wire.Settle{V: wire.Version, Kiosk: t.Kiosk, Terminal: t.Terminal, Batch: t.Batch, Issued: now.UnixMilli()})
		if err != nil {
			s.cfg.Log.Error("cannot sign an order to settle", "kiosk", t.Kiosk, "error", err)
			continue
		}
		if !s.publish(ctx, wire.Down(t.Kiosk, wire.ChanCmd, wire.CmdSettle), signed, true) {
			return // the line is down; it kicks when it is up
		}
		s.mu.Lock()
		s.settles[t.Kiosk] = settling{t.Batch, now, ups}
		s.mu.Unlock()
	}
	for _, kiosk := range s.settledBeside(have) {
		if !s.put(ctx, wire.Down(kiosk, wire.ChanCmd, wire.CmdSettle), nil, true) {
			return
		}
		s.mu.Lock()
		delete(s.settles, kiosk)
		s.mu.Unlock()
	}
}

// settleDue reports whether a kiosk has to be sent its order, and how often the link has
// come up so far.
func (s *Server) settleDue(t bank.Terminal, now time.Time) (ups uint64, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	had := s.settles[t.Kiosk]

	return s.ups, had.batch != t.Batch || had.ups != s.ups || now.Sub(had.at).Abs() >= jobResend
}

// settledBeside are the kiosks that have an order retained and are not in have.
func (s *Server) settledBeside(have map[string]bool) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for k := range s.settles {
		if !have[k] {
			out = append(out, k)
		}
	}

	return out
}
