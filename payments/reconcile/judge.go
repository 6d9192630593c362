package reconcile

import (
	"wattkiosk/payments"
	"wattkiosk/payments/money"
)

// Class is what kind of difference a break is.
type Class string

// The classes.
const (
	OneSided       Class = "one-sided"
	Amount         Class = "amount"
	Duplicate      Class = "duplicate"
	Straddle       Class = "straddle"
	Status         Class = "status"
	CardNotWritten Class = "card-not-written"
	StillOpen      Class = "open"
)

// Side is what one book has. The zero Side is nothing. Where a book has more rows than
// one, a row that is open speaks for it before one that stands, and that before one that
// does not.
type Side struct {
	Rows     int64
	Standing int64 // of them
	Margins  int64 // of them that are of a neighbouring date
	Amount   money.Amount
	State    State
	At       int64
}

// Break is one difference.
type Break struct {
	Class    Class
	Serial   string // empty for a batch
	Batch    string // empty for a payment
	Account  string
	Tender   payments.Tender // empty where no book says it
	Want     Books           // that must have it
	Covered  Books           // of these: have it by the total of its batch
	Edge     bool            // close to an end of the date, see Edges
	Sides    [MaxBooks]Side
	Proposal Proposal
}

// view is one serial in all books.
type view struct {
	Break
	have Books
}

// judge says every class of difference of the serial at hand, or keeps it for the passes
// with tolerances.
func (m *matcher) judge() error {
	v := m.e.view(m.group)
	if len(m.e.spec.Keys) > 0 && v.alone() {
		p := m.group[0]

		return m.e.left.add(partOf(p), p)
	}
	for _, b := range v.breaks() {
		if err := m.say(b); err != nil {
			return err
		}
	}

	return nil
}

// view puts the rows of one payment together, which are in order.
func (e *Engine) view(group []*packed) view {
	v := view{}
	v.Serial = text(group[0].serial())
	for _, p := range group {
		if v.Account == "" {
			v.Account = text(p[atAccount:atBatch])
		}
		if t := p.tender(); t != payments.NoTender && (v.Tender == payments.NoTender || p.book() == Kiosk) {
			v.Tender = t
		}
		v.have |= Set(p.book())
		if p.state().stands() || p.state() == Open {
			v.Want |= p.wants()
			v.Covered |= e.covers(p)
		}
		v.Edge = v.Edge || e.spec.Edges.near(p.at())
		v.Sides[p.book()].add(p)
	}
	v.Want |= v.have
	v.Covered &^= v.have
	v.settleTwice(group)

	return v
}

// add counts a row of the book.
func (s *Side) add(p *packed) {
	if s.Rows == 0 || rank(p.state()) > rank(s.State) {
		s.Amount, s.State, s.At = p.amount(), p.state(), p.at()
	}
	s.Rows++
	if p.state().stands() {
		s.Standing++
	}
	if p.margin() {
		s.Margins++
	}
}

// rank orders states by who speaks for a book.
func rank(s State) int {
	switch s {
	case Open:
		return 3
	case Unwritten:
		return 2
	case Stands:
		return 1
	}

	return 0
}

// settleTwice has a book that has it twice, with different sums, speak with the sum that
// the others have, if it has that too: what is wrong there is that it is twice.
func (v *view) settleTwice(group []*packed) {
	for _, p := range group {
		s := &v.Sides[p.book()]
		if s.Standing < 2 || !p.state().stands() {
			continue
		}
		for book, other := range v.Sides {
			if book != p.book() && other.Standing == 1 && other.Amount == p.amount() {
				s.Amount = p.amount()
			}
		}
	}
}

// books are those which have it and of which something is so.
func (v *view) books(is func(s Side) bool) Books {
	var set Books
	for b, s := range v.Sides {
		if s.Rows > 0 && is(s) {
			set |= Set(b)
		}
	}

	return set
}

func (v *view) missing() Books { return v.Want &^ v.have &^ v.Covered }

// alone is a payment that stands in one book only, once, of which another must have it:
// it may have another serial there.
func (v *view) alone() bool {
	return v.have.Len() == 1 && v.missing() != 0 &&
		v.books(func(s Side) bool { return s.Rows == 1 && s.State == Stands }) == v.have
}

// breaks are all differences, each class once.
func (v *view) breaks() []Break {
	if v.books(func(s Side) bool { return s.Margins < s.Rows }) == 0 {
		return nil // only neighbouring dates have it
	}
	var (
		stands = v.books(func(s Side) bool { return s.Standing > 0 && s.State != Open }) | v.Covered
		open   = v.books(func(s Side) bool { return s.State == Open })
		gone   = v.books(func(s Side) bool { return s.Standing == 0 && s.State != Open })
		margin = v.books(func(s Side) bool { return s.Margins == s.Rows })
		twice  = v.books(func(s Side) bool { return s.Standing > 1 })
		blank  = v.books(func(s Side) bool { return s.State == Unwritten })
	)

	var out []Break
	for _, c := range []struct {
		class Class
		is    bool
	}{
		{StillOpen, open != 0},
		{Duplicate, twice != 0},
		{OneSided, v.missing() != 0 && stands != 0 && open == 0},
		{Status, gone != 0 && stands != 0},
		{Amount, v.amounts(stands &^ v.Covered)},
		{Straddle, stands&margin != 0 && stands&^margin != 0},
		{CardNotWritten, blank != 0 && !gone.Has(CardSystem)},
	} {
		if c.is {
			b := v.Break
			b.Class = c.class
			out = append(out, b)
		}
	}

	return out
}

// amounts reports whether books in which it stands differ.
func (v *view) amounts(stands Books) bool {
	first, seen := money.Amount(0), false
	for b, s := range v.Sides {
		if !stands.Has(b) {
			continue
		}
		if seen && s.Amount != first {
			return true
		}
		first, seen = s.Amount, true
	}

	return false
}
