package reconciletest

import (
	"slices"
	"strings"

	"wattkiosk/payments/reconcile"
)

// Expected is a break that must be said, and what must be proposed for it.
type Expected struct {
	Class         reconcile.Class
	Serial, Batch string
	Proposal      reconcile.Proposal
}

// Expected are the breaks of a run of a date, by serial and class, and how many rows are
// matched by a tolerance. A run at night has not the books of the next date yet.
func (m *Month) Expected(date string, night bool) (breaks []Expected, loose int64) {
	day := m.day(date)
	for _, b := range m.batches {
		if b.day == day {
			breaks = append(breaks, b.truth()...)
		}
	}
	for _, p := range m.payments {
		more, n := p.truth(day, night)
		breaks = append(breaks, more...)
		loose += n
	}
	slices.SortFunc(breaks, Compare)

	return breaks, loose
}

// Compare orders breaks by serial or batch, and class.
func Compare(a, b Expected) int {
	if c := strings.Compare(a.Serial+a.Batch, b.Serial+b.Batch); c != 0 {
		return c
	}

	return strings.Compare(string(a.Class), string(b.Class))
}

func (b *batch) truth() []Expected {
	switch {
	case b.unknown:
		return []Expected{{reconcile.OneSided, "", b.name, reconcile.AskKiosk}}
	case b.of == totalDiffers:
		return []Expected{{reconcile.Amount, "", b.name, reconcile.Person}}
	}

	return nil
}

// seen is what a run sees of a payment in one book.
type seen struct {
	rows, today int
	less        bool
	state       reconcile.State
}

func (s seen) stands() bool {
	return s.rows > 0 && (s.state == reconcile.Stands || s.state == reconcile.Unwritten)
}
func (s seen) open() bool     { return s.rows > 0 && s.state == reconcile.Open }
func (s seen) gone() bool     { return s.rows > 0 && !s.stands() && !s.open() }
func (s seen) tomorrow() bool { return s.rows > 0 && s.today == 0 }

// story is what a run sees of a payment in all books.
type story struct {
	*payment
	book  [reconcile.MaxBooks]seen
	edge  bool // the next date's books may have more of it
	twin  bool // a ledger that lacks it has its like under another serial
	loose int64
}

// truth is what must be said of a payment in the run of a date.
func (p *payment) truth(day int, night bool) ([]Expected, int64) {
	if day != p.day && day != p.day+1 {
		return nil, 0
	}
	s := story{payment: p}
	var out []Expected
	for b, e := range p.entries {
		if !p.has(b) {
			continue
		}
		first, second := e.rows, 0 // on its own date, and on the next
		if e.later {
			first, second = 0, e.rows
		}
		if e.both {
			first, second = 1, 1
		}
		s.see(b, first, p.day, day, night, e)
		s.see(b, second, p.day+1, day, night, e)
	}
	for i := range p.aliases {
		out = append(out, s.alias(&p.aliases[i], day, night)...)
	}
	if !slices.ContainsFunc(s.book[:], func(b seen) bool { return b.today > 0 }) {
		return out, 0
	}
	s.edge = night && day == p.day && p.late()

	for _, class := range s.classes() {
		out = append(out, Expected{class, p.serial, "", s.proposal(class)})
	}

	return out, s.loose
}

// see adds rows of a date to what the run of a day sees: those of the date, and those of
// its neighbours near midnight.
func (s *story) see(book, rows, date, day int, night bool, e entry) {
	switch {
	case rows == 0, date != day && !s.late(), date > day && night:
		return
	case date == day:
		s.book[book].today += rows
	}
	s.book[book].rows += rows
	s.book[book].less, s.book[book].state = e.less, e.state
}

// alias adds what is matched by a tolerance, and says what is not.
func (s *story) alias(a *alias, day int, night bool) []Expected {
	date := s.day
	if a.later {
		date++
	}
	if date > day && night || date != day && !s.late() {
		return nil
	}
	if a.found() {
		s.see(a.book, 1, date, day, night, entry{})
		s.loose++

		return nil
	}
	s.twin = s.twin || a.account
	if date != day {
		return nil
	}

	return []Expected{{reconcile.OneSided, a.serial, "", reconcile.AskKiosk}}
}
