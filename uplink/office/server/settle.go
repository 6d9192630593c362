package server

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/wire"
)

// SettleBooks is what the server needs of the bank's terminals.
type SettleBooks interface {
	// Ordered are the terminals whose batch a person wants settled now.
	Ordered(ctx context.Context) ([]bank.Terminal, error)
	// Voiding are the terminals that are to have a sale voided, as two people want it.
	Voiding(ctx context.Context) ([]bank.Terminal, error)
}

// standing is an order as it was published to a kiosk.
type standing struct {
	what string // what it is about: an order of another is another
	at   time.Time
	ups  uint64 // Server.ups before that
}

// standings are what is retained for each kiosk on one name of cmd, by what this process
// knows. One goroutine uses them.
type standings map[string]standing

// due reports whether a kiosk has to be sent its order, ups being how often the link has
// come up so far.
func (all standings) due(kiosk, what string, ups uint64, now time.Time) bool {
	had := all[kiosk]

	return had.what != what || had.ups != ups || now.Sub(had.at).Abs() >= jobResend
}

// order is one that is to be retained for a kiosk.
type order struct {
	kiosk, what string
	sign        func() (wire.Signed, error)
}

// offerBankOrders keeps each order about the bank retained until it came to its end. One that
// stays behind, from an earlier process, names a batch that is closed, or a void that was
// sent, and does nothing.
func (s *Server) offerBankOrders(ctx context.Context) {
	if s.cfg.Bank == nil {
		return
	}
	now := s.cfg.Now().UnixMilli()
	settle, err := s.cfg.Bank.Ordered(ctx)
	if err != nil {
		s.bookless(ctx, "cannot read orders to settle", err)
		return
	}
	void, err := s.cfg.Bank.Voiding(ctx)
	if err != nil {
		s.bookless(ctx, "cannot read orders to void", err)
		return
	}

	var settles, voids []order
	for _, t := range settle {
		settles = append(settles, order{t.Kiosk, fmt.Sprintf("%06d", t.Batch), func() (wire.Signed, error) {
			return wire.SignSettle(s.cfg.Key, wire.Settle{V: wire.Version, Kiosk: t.Kiosk, Terminal: t.Terminal, Batch: t.Batch, Issued: now})
		}})
	}
	for _, t := range void {
		o := t.Void
		voids = append(voids, order{t.Kiosk, o.ID, func() (wire.Signed, error) {
			return wire.SignVoid(s.cfg.Key, wire.Void{
				V: wire.Version, Kiosk: t.Kiosk, ID: o.ID, Serial: o.Serial, Terminal: t.Terminal, Batch: o.Batch, Trace: o.Trace, Amount: o.Amount, Issued: now,
			})
		}})
	}
	s.settles.keep(ctx, s, wire.CmdSettle, settles)
	s.voids.keep(ctx, s, wire.CmdVoid, voids)
}

// keep publishes the orders that are due on one name of cmd, and takes back those that came
// to their end.
func (all standings) keep(ctx context.Context, s *Server, name string, open []order) {
	s.mu.Lock()
	ups := s.ups
	s.mu.Unlock()
	now, have := s.cfg.Now(), map[string]bool{}
	for _, o := range open {
		have[o.kiosk] = true
		if !all.due(o.kiosk, o.what, ups, now) {
			continue
		}
		signed, err := o.sign()
		if err != nil {
			s.cfg.Log.Error("cannot sign an order", "order", name, "kiosk", o.kiosk, "error", err)
			continue
		}
		if !s.publish(ctx, wire.Down(o.kiosk, wire.ChanCmd, name), signed, true) {
			return // the line is down; it kicks when it is up
		}
		all[o.kiosk] = standing{o.what, now, ups}
	}
	for kiosk := range all {
		if have[kiosk] {
			continue
		}
		if !s.put(ctx, wire.Down(kiosk, wire.ChanCmd, name), nil, true) {
			return
		}
		delete(all, kiosk)
	}
}
