package cardsystemsim

import "wattkiosk/payments/outsidesim/booksim"

// DayBook is what was sold on a business date (YYYYMMDD), and what of it was reversed.
func (s *Server) DayBook(date string) []booksim.Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrive()
	var lines []booksim.Line
	for _, e := range s.order {
		if e.Date != date {
			continue
		}
		lines = append(lines, booksim.Line{
			Serial: e.Serial, Account: e.Account, Terminal: e.Kiosk, Batch: e.Date, Amount: e.Amount, Sold: true, Tender: e.Tender,
			Reference: e.Number, Date: e.Date, At: e.Time, Back: e.Reversed,
		})
	}

	return lines
}
