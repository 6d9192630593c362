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

// notes are the orders about cash that are retained, by what this process knows. One goroutine
// uses it.
type notes struct {
	*Server

	serials serials
	of      map[string]cashOrder // by kiosk
}

// KickCash says that a date was signed, or that a rule about cash has changed. It never blocks.
func (s *Server) KickCash() {
	select {
	case s.cash <- struct{}{}:
	default:
	}
}

// keep keeps the order of each kiosk that a rule is for retained, ahead of its time.
func (n *notes) keep(ctx context.Context) {
	if n.cfg.Cash == nil {
		return
	}
	tick := time.NewTicker(cashCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.cash:
		case <-tick.C:
		}
		n.offer(ctx)
	}
}

func (n *notes) offer(ctx context.Context) {
	now := n.cfg.Now()
	stops, err := n.cfg.Cash.CashStops(ctx, now)
	if err != nil {
		n.bookless(ctx, "cannot read rules about cash", err)
		return
	}
	n.mu.Lock()
	ups := n.ups
	n.mu.Unlock()
	for _, stop := range stops {
		if !n.offerOne(ctx, stop, ups, now) {
			return // the line is down, and kicks when it is up; or the books are
		}
	}
}

// due reports whether a kiosk has to be sent its order: it is another one, it may have
// been forgotten, it has begun, which a kiosk without a clock cannot know, or half of its
// life is over.
func (n *notes) due(stop settle.CashStop, order cashOrder, now time.Time) bool {
	had, known := n.of[stop.Kiosk]
	if !known || had.ups != order.ups || had.from != order.from || had.day != order.day {
		return true
	}
	begun := stop.Stops(now) != stop.Stops(had.issued)

	return order.from != 0 && (begun || now.Sub(had.issued).Abs() >= cashLife/2)
}

// offerOne publishes the order of a kiosk unless it is retained. False is that the
// broker did not take it, or the books gave no number.
func (n *notes) offerOne(ctx context.Context, stop settle.CashStop, ups uint64, now time.Time) bool {
	order := cashOrder{issued: now, ups: ups}
	if !stop.From.IsZero() {
		order.from, order.day = stop.From.UnixMilli(), stop.Day
	}
	if !n.due(stop, order, now) {
		return true
	}

	serial, err := n.serials.take(ctx, n.cfg.Books, ups, now)
	if err != nil {
		n.bookless(ctx, "cannot number orders about cash", err)
		return false
	}
	out := wire.CashStop{V: wire.Version, Kiosk: stop.Kiosk, Serial: serial, Issued: now.UnixMilli(), From: order.from, Date: order.day}
	if order.from != 0 {
		out.Expires = max(order.from, out.Issued) + cashLife.Milliseconds()
	}
	signed, err := wire.SignCash(n.cfg.Key, out)
	if err != nil {
		n.cfg.Log.Error("cannot sign an order about cash", "kiosk", stop.Kiosk, "error", err)
		return true
	}
	if !n.publish(ctx, wire.Down(stop.Kiosk, wire.ChanCmd, wire.CmdCash), signed, true) {
		return false
	}
	n.of[stop.Kiosk] = order

	return true
}
