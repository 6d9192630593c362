package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/wire"
)

// Head office's own alarms about what a kiosk says.
const (
	AlarmEnquiries = "enquiries"      // it looks up more accounts than customers can
	AlarmReport    = "report-refused" // it reports what cannot be
)

const (
	boundsEvery = time.Minute     // between looks at what a kiosk may
	quietAfter  = 5 * time.Minute // without a refusal the alarm ends
	day         = 24 * time.Hour
)

// budget is what one kiosk may still look up. One that is copied, or whose key was taken,
// would else read the whole register of customers.
type budget struct {
	bounds    books.Bounds
	readAt    time.Time
	tokens    float64
	at        time.Time
	today     int64
	dayAt     time.Time
	refusedAt time.Time
	alarm     bool
}

// spend takes one look-up out of the budget, if there is one.
func (b *budget) spend(now time.Time) bool {
	if b.at.IsZero() {
		b.tokens, b.dayAt = float64(b.bounds.Burst), now
	}
	if age := now.Sub(b.dayAt); age >= day || age < 0 {
		b.today, b.dayAt = 0, now
	}
	b.tokens = min(b.tokens+max(now.Sub(b.at), 0).Minutes()*float64(b.bounds.Lookups), float64(b.bounds.Burst))
	b.at = now
	if b.tokens < 1 || b.today >= b.bounds.Daily {
		b.refusedAt = now
		return false
	}
	b.tokens--
	b.today++

	return true
}

// budgets are those of all kiosks, and of which of them the last report was refused.
type budgets struct {
	mu  sync.Mutex
	of  map[string]*budget
	odd map[string]bool
}

// looksUp reports whether a request reads the register of customers.
func looksUp(op wire.Op) bool { return op == wire.OpVerify || op == wire.OpCardQuote }

// enquires reports whether a kiosk may look something up now. The first refusal is an alarm.
func (all *budgets) enquires(ctx context.Context, s *Server, kiosk string) bool {
	now := s.cfg.Now()
	all.mu.Lock()
	b := all.of[kiosk]
	if b == nil {
		b = &budget{bounds: books.DefaultBounds()}
		all.of[kiosk] = b
	}
	stale := now.Sub(b.readAt).Abs() >= boundsEvery
	all.mu.Unlock()
	if stale {
		bounds, err := s.cfg.Books.BoundsOf(ctx, kiosk)
		s.bookless(ctx, "cannot read what a kiosk may look up", err)
		all.mu.Lock()
		if b.readAt = now; err == nil {
			b.bounds = bounds
		}
		all.mu.Unlock()
	}

	all.mu.Lock()
	ok := b.spend(now)
	tell := !ok && !b.alarm
	b.alarm = b.alarm || tell
	detail := fmt.Sprintf("more than %d a minute, or %d a day", b.bounds.Lookups, b.bounds.Daily)
	all.mu.Unlock()
	if tell {
		s.cfg.Log.Warn("a kiosk asks too often", "kiosk", kiosk)
		s.bookless(ctx, "cannot keep an alarm", s.cfg.Books.Suspect(ctx, kiosk, AlarmEnquiries, true, detail, now))
	}

	return ok
}

// calmed ends the alarms of kiosks that ask no more than they may.
func (all *budgets) calmed(ctx context.Context, s *Server) {
	now := s.cfg.Now()
	var over []string
	all.mu.Lock()
	for kiosk, b := range all.of {
		if b.alarm && now.Sub(b.refusedAt).Abs() >= quietAfter {
			b.alarm = false
			over = append(over, kiosk)
		}
	}
	all.mu.Unlock()
	for _, kiosk := range over {
		s.bookless(ctx, "cannot keep an alarm", s.cfg.Books.Suspect(ctx, kiosk, AlarmEnquiries, false, "", now))
	}
}

// judged keeps that a kiosk reports what cannot be, or does so no more: once each.
func (all *budgets) judged(ctx context.Context, s *Server, kiosk, odd string) {
	all.mu.Lock()
	was := all.odd[kiosk]
	if odd == "" {
		delete(all.odd, kiosk)
	} else {
		all.odd[kiosk] = true
	}
	all.mu.Unlock()
	if was != (odd != "") {
		s.bookless(ctx, "cannot keep an alarm", s.cfg.Books.Suspect(ctx, kiosk, AlarmReport, odd != "", odd, s.cfg.Now()))
	}
}

// wasOdd reports whether the last report of a kiosk was refused.
func (all *budgets) wasOdd(kiosk string) bool {
	all.mu.Lock()
	defer all.mu.Unlock()

	return all.odd[kiosk]
}

// suspects takes up the alarms of before the start, so that they end.
func (all *budgets) suspects(ctx context.Context, s *Server) {
	alarms, err := s.cfg.Books.Alarms(ctx)
	s.bookless(ctx, "cannot read alarms", err)
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, a := range alarms {
		switch a.Code {
		case AlarmReport:
			all.odd[a.Kiosk] = true
		case AlarmEnquiries:
			if all.of[a.Kiosk] == nil {
				all.of[a.Kiosk] = &budget{bounds: books.DefaultBounds(), alarm: true, refusedAt: s.cfg.Now()}
			}
		}
	}
}
