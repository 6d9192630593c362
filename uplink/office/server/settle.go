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

// settles is what is retained for each kiosk on cmd/settle, by what this process knows. One
// goroutine uses it.
type settles map[string]settling

// due reports whether a kiosk has to be sent its order, ups being how often the link has
// come up so far.
func (all settles) due(t bank.Terminal, ups uint64, now time.Time) bool {
	had := all[t.Kiosk]

	return had.batch != t.Batch || had.ups != ups || now.Sub(had.at).Abs() >= jobResend
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

	s.mu.Lock()
	ups := s.ups
	s.mu.Unlock()
	have := map[string]bool{}
	for _, t := range open {
		have[t.Kiosk] = true
		if !s.settles.due(t, ups, now) {
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
		s.settles[t.Kiosk] = settling{t.Batch, now, ups}
	}
	for kiosk := range s.settles {
		if have[kiosk] {
			continue
		}
		if !s.put(ctx, wire.Down(kiosk, wire.ChanCmd, wire.CmdSettle), nil, true) {
			return
		}
		delete(s.settles, kiosk)
	}
}
