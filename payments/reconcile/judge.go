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
	Route    Books           // that have it, or that a row names, whether it stands or not: what was looked into
	Want     Books           // that must have it
	Covered  Books           // of these: have it by the total of its batch
	Disputed Books           // of these: have a total of its batch that does not agree
	Edge     bool            // close to an end of the date, see Edges
	Twin     bool            // a book that lacks it has its like under another serial, which is nobody's
	Sides    [MaxBooks]Side
	Proposal Proposal
}

// view is one serial in all books.
type view struct {
	Break
	have Books
}

// view puts the rows of one payment together, which are in order.
func (e *Engine) view(group []packed) view {
	v := view{}
	v.Serial = text(group[0][atSerial:])
	for _, p := range group {
		f := p.all()
		if v.Account == "" {
			v.Account = text(f.account)
		}
		if f.tender != payments.NoTender && (v.Tender == payments.NoTender || f.book == Kiosk) {
			v.Tender = f.tender
		}
		v.have |= Set(f.book)
		v.Route |= Set(f.book) | f.wants
		if f.state.stands() || f.state == Open {
			c := e.covers(&f)
			v.Want |= f.wants
			v.Covered |= c.agrees
			v.Disputed |= c.differs
		}
		v.Edge = v.Edge || e.spec.Edges.near(f.at)
		v.Sides[f.book].add(&f)
	}
	v.Want |= v.have
	v.Covered &^= v.have
	v.Disputed &^= v.have | v.Covered
	v.settleTwice(group)

	return v
}

// add counts a row of the book.
func (s *Side) add(f *fields) {
	if s.Rows == 0 || rank(f.state) > rank(s.State) {
		s.Amount, s.State = f.amount, f.state
		s.At = f.at
	}
	s.Rows++
	if f.state.stands() {
		s.Standing++
	}
	if f.margin {
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
func (v *view) settleTwice(group []packed) {
	for _, p := range group {
		var f fields
		p.head(&f)
		s := &v.Sides[f.book]
		if s.Standing < 2 || !f.state.stands() {
			continue
		}
		for book, other := range v.Sides {
			if book != f.book && other.Standing == 1 && other.Amount == f.amount {
				s.Amount = f.amount
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

func (v *view) missing() Books { return v.Want &^ v.have &^ v.Covered &^ v.Disputed }

// Missing are the books that must have what a break is of, and have nothing of it.
func (b Break) Missing() Books {
	out := b.Want &^ b.Covered &^ b.Disputed
	for n, s := range b.Sides {
		if s.Rows > 0 {
			out &^= Set(n)
		}
	}

	return out
}

// lacksOnly is a payment with which nothing is wrong but that a book lacks it: it may have
// another serial there.
func (v *view) lacksOnly() bool {
	right := v.books(func(s Side) bool { return s.Rows == 1 && s.Standing == 1 })

	return v.missing() != 0 && right == v.have && !v.amounts(v.have)
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
