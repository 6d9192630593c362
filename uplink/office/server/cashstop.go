package server

import (
	"context"
	"time"

	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/wire"
)

// CashBooks is what the server needs of the rules about cash.
type CashBooks interface {
	// CashStops are from when each kiosk takes no notes.
	CashStops(ctx context.Context, now time.Time) ([]settle.CashStop, error)
}

const (
	cashCheck = 5 * time.Second // between looks, as another head office may have signed a date
	// cashLife is how long a kiosk that hears nothing more goes by an order once it has begun.
	cashLife = 24 * time.Hour
)

// cashOrder is an order about cash as a kiosk was sent it.
type cashOrder struct {
	from   int64
	day    string
	issued time.Time
	ups    uint64 // Server.ups before that
}

// KickCash says that a date was signed, or that a rule about cash has changed. It never blocks.
func (s *Server) KickCash() {
	select {
	case s.notes <- struct{}{}:
	default:
	}
}

// keepCash keeps the order of each kiosk that a rule is for retained, ahead of its time.
func (s *Server) keepCash(ctx context.Context) {
	if s.cfg.Cash == nil {
		return
	}
	tick := time.NewTicker(cashCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.notes:
		case <-tick.C:
		}
		s.offerCash(ctx)
	}
}

func (s *Server) offerCash(ctx context.Context) {
	now := s.cfg.Now()
	stops, err := s.cfg.Cash.CashStops(ctx, now)
	if err != nil {
		s.bookless(ctx, "cannot read rules about cash", err)
		return
	}
	s.mu.Lock()
	ups := s.ups
	s.mu.Unlock()
	for _, stop := range stops {
		if !s.offerCashStop(ctx, stop, ups, now) {
			return // the line is down, and kicks when it is up; or the books are
		}
	}
}

// cashDue reports whether a kiosk has to be sent its order: it is another one, it may have
// been forgotten, it has begun, which a kiosk without a clock cannot know, or half of its
// life is over.
func (s *Server) cashDue(stop settle.CashStop, order cashOrder, now time.Time) bool {
	had, known := s.cashStops[stop.Kiosk]
	if !known || had.ups != order.ups || had.from != order.from || had.day != order.day {
		return true
	}
	begun := stop.Stops(now) != stop.Stops(had.issued)

	return order.from != 0 && (begun || now.Sub(had.issued).Abs() >= cashLife/2)
}

// offerCashStop publishes the order of a kiosk unless it is retained. False is that the
// broker did not take it, or the books gave no number.
func (s *Server) offerCashStop(ctx context.Context, stop settle.CashStop, ups uint64, now time.Time) bool {
	order := cashOrder{issued: now, ups: ups}
	if !stop.From.IsZero() {
		order.from, order.day = stop.From.UnixMilli(), stop.Day
	}
	if !s.cashDue(stop, order, now) {
		return true
	}

	serial, err := s.cashSerials.take(ctx, s.cfg.Books, ups, now)
	if err != nil {
		s.bookless(ctx, "cannot number orders about cash", err)
		return false
	}
	out := wire.CashStop{V: wire.Version, Kiosk: stop.Kiosk, Serial: serial, Issued: now.UnixMilli(), From: order.from, Date: order.day}
	if order.from != 0 {
		out.Expires = max(order.from, out.Issued) + cashLife.Milliseconds()
	}
	signed, err := wire.SignCash(s.cfg.Key, out)
	if err != nil {
		s.cfg.Log.Error("cannot sign an order about cash", "kiosk", stop.Kiosk, "error", err)
		return true
	}
	if !s.publish(ctx, wire.Down(stop.Kiosk, wire.ChanCmd, wire.CmdCash), signed, true) {
		return false
	}
	s.cashStops[stop.Kiosk] = order

	return true
}
