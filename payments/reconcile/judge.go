package reconcile

import "wattkiosk/payments/money"

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

// Proposal is what a break should come to, as far as the books alone can tell.
type Proposal string

// The proposals.
const (
	Repost   Proposal = "repost"    // the kiosk took it, and the ledger has not
	Reverse  Proposal = "reverse"   // the ledger has it, and nobody paid, or paid once
	Refund   Proposal = "refund"    // the bank took it, and nothing was booked
	Wait     Proposal = "wait"      // the other date, or the machine, will tell
	AskKiosk Proposal = "ask-kiosk" // the kiosk's records are not here
	Person   Proposal = "person"    // only somebody who looks can tell
)

// Side is what one book has. The zero Side is nothing.
type Side struct {
	Rows   int64
	Amount money.Amount // of those that stand; of the last where none does
	State  State
	Margin bool // all of it is of a neighbouring date
	At     int64
}

// Break is one difference.
type Break struct {
	Class    Class
	Serial   string // empty for a batch
	Batch    string // empty for a payment
	Account  string
	Sides    [MaxBooks]Side
	Proposal Proposal
}

// view is one serial in all books.
type view struct {
	serial, account string
	sides           [MaxBooks]Side
	stand           [MaxBooks]int64 // rows that stand
	have, want      Books           // have: any row; a total's cover counts as a standing row
	covered         Books
	all             int
}

// judge says every class of difference of the serial at hand, or keeps it for the passes
// with tolerances.
func (m *matcher) judge() error {
	v := m.view()
	if len(m.e.spec.Keys) > 0 && v.alone() {
		p := m.group[0]

		return m.e.left.add(partOf(p), p)
	}
	if v.nothingOfToday() {
		return nil
	}
	for _, b := range v.breaks() {
		if err := m.say(b); err != nil {
			return err
		}
	}

	return nil
}

func (m *matcher) view() view {
	v := view{serial: text(m.group[0].serial()), all: len(m.e.spec.Books)}
	var latest [MaxBooks]bool
	for _, p := range m.group {
		b := p.book()
		s := &v.sides[b]
		if v.account == "" {
			v.account = text(p[atAccount:atBatch])
		}
		v.want |= p.wants()
		v.covered |= m.e.covers(p)

		first := s.Rows == 0
		s.Rows++
		s.Margin = p.margin() && (first || s.Margin)
		if p.state() == Stands || p.state() == Unwritten || p.state() == Open {
			v.stand[b]++
		}
		// The row that speaks for the book: one that stands before one that does not.
		if first || !latest[b] && p.state() != Reversed && p.state() != NotBooked {
			latest[b] = p.state() != Reversed && p.state() != NotBooked
			s.Amount = p.amount()
			s.State = p.state()
			s.At = p.at()
		}
		v.have |= Set(b)
	}
	v.want |= v.have

	return v
}

// nothingOfToday is a serial that only neighbouring dates have.
func (v view) nothingOfToday() bool {
	for b := range v.all {
		if v.have.Has(b) && !v.sides[b].Margin {
			return false
		}
	}

	return true
}

// alone is a payment that stands in one book only, once, of which another must have it:
// it may have another serial there.
func (v view) alone() bool {
	for b := range v.all {
		if v.have == Set(b) {
			return v.stand[b] == 1 && v.sides[b].Rows == 1 && v.sides[b].State == Stands && v.want&^v.have&^v.covered != 0
		}
	}

	return false
}

// Columns of a view by what a book says.
func (v view) books(is func(book int) bool) Books {
	var s Books
	for b := range v.all {
		if v.have.Has(b) && is(b) {
			s |= Set(b)
		}
	}

	return s
}

func (v view) breaks() []Break {
	var out []Break
	add := func(c Class, p Proposal) {
		out = append(out, Break{Class: c, Serial: v.serial, Account: v.account, Sides: v.sides, Proposal: p})
	}

	stands := v.books(func(b int) bool { return v.stand[b] > 0 && v.sides[b].State != Open }) | v.covered
	open := v.books(func(b int) bool { return v.sides[b].State == Open })
	gone := v.books(func(b int) bool { return v.stand[b] == 0 })
	missing := v.want &^ v.have &^ v.covered

	if open != 0 {
		add(StillOpen, Wait)
	}
	if many := v.books(func(b int) bool { return v.stand[b] > 1 }); many != 0 {
		add(Duplicate, v.duplicate(many))
	}
	if missing != 0 && stands != 0 && open == 0 {
		add(OneSided, v.oneSided(stands, missing))
	}
	if gone != 0 && stands != 0 {
		add(Status, v.status(stands, gone))
	}
	if v.amounts(stands &^ v.covered) {
		add(Amount, Person)
	}
	if dates := v.books(func(b int) bool { return v.sides[b].Margin }); dates != 0 && stands != 0 {
		add(Straddle, Wait)
	}
	if v.books(func(b int) bool { return v.sides[b].State == Unwritten }) != 0 {
		add(CardNotWritten, Person)
	}

	return out
}

// amounts reports whether standing rows differ.
func (v view) amounts(stands Books) bool {
	first, seen := money.Amount(0), false
	for b := range v.all {
		if !stands.Has(b) {
			continue
		}
		if seen && v.sides[b].Amount != first {
			return true
		}
		first, seen = v.sides[b].Amount, true
	}

	return false
}

// Books by their place: the kiosks' own, the ledger that they post to, and who took the
// money.
const (
	kiosk  = 0
	ledger = 1
)

func (v view) oneSided(stands, missing Books) Proposal {
	switch {
	case missing.Has(kiosk):
		return AskKiosk // its records may be on their way; without them nothing moves
	case missing.Has(ledger):
		return Repost
	case stands.Has(ledger):
		return Person // booked, and who took the money has not
	}

	return Refund
}

func (v view) duplicate(many Books) Proposal {
	switch {
	case many.Has(kiosk):
		return Person // a serial stands for one payment: this must not be
	case many.Has(ledger):
		return Reverse
	}

	return Refund
}

func (v view) status(stands, gone Books) Proposal {
	switch {
	case stands.Has(kiosk) && gone.Has(ledger):
		return Repost
	case stands.Has(ledger) && gone.Has(kiosk):
		return Reverse
	case gone.Has(kiosk):
		return Refund // the money is still with who took it
	}

	return Person
}
