package missim

import "wattkiosk/payments/outsidesim/booksim"

// serialColumn is what the day-book holds of a serial: the last characters of a longer one,
// as those are under which a bank books by itself.
const serialColumn = 20

// DayBook is what stands, and what was reversed, of a business date (YYYYMMDD), by whoever
// it was ordered.
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
			Serial: e.Serial[max(0, len(e.Serial)-serialColumn):], Account: e.Account, Terminal: e.Kiosk, Batch: e.Date, Amount: e.Amount, Tender: e.Tender,
			Reference: e.Reference, Date: e.Date, At: e.Time, Back: e.Reversed,
		})
	}

	return lines
}
