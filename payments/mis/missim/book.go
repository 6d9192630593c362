package missim

import "wattkiosk/payments/outsidesim/booksim"

// DayBook is what stands, and what was reversed, of a business date (YYYYMMDD) that came
// over the kiosks' channel: by a tender of theirs. What a bank has booked itself is in that
// bank's book.
func (s *Server) DayBook(date string) []booksim.Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrive()
	var lines []booksim.Line
	for _, e := range s.order {
		if e.Date != date || e.Tender != "cash" && e.Tender != "bankcard" && e.Tender != "qr" {
			continue
		}
		lines = append(lines, booksim.Line{
			Serial: e.Serial, Account: e.Account, Terminal: e.Kiosk, Batch: e.Date, Amount: e.Amount, Tender: e.Tender,
			Reference: e.Reference, Date: e.Date, At: e.Time, Back: e.Reversed,
		})
	}

	return lines
}
