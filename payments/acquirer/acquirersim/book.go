package acquirersim

import (
	"slices"

	"wattkiosk/payments/money"
	"wattkiosk/payments/outsidesim/booksim"
)

// DayBook is what was paid, and what went back, on a date in Beijing (YYYYMMDD), in the
// order of time, whatever the protocol by which it was ordered.
func (s *Server) DayBook(date string) []booksim.Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []booksim.Line
	add := func(l booksim.Line) {
		l.At = l.At.In(beijing)
		if l.Date = l.At.Format("20060102"); l.Date == date {
			lines = append(lines, l)
		}
	}
	for _, o := range s.listed {
		if o.State != Paid {
			continue
		}
		l := booksim.Line{Serial: o.Serial, Amount: money.Amount(o.Amount), Tender: "qr", Reference: o.Reference, At: o.PaidAt}
		add(l)
		for _, r := range o.Refunds {
			l.Amount, l.At, l.Back = money.Amount(r.Amount), r.At, true
			add(l)
		}
	}
	slices.SortStableFunc(lines, func(a, b booksim.Line) int { return a.At.Compare(b.At) })

	return lines
}
