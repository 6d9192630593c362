package reconciletest

import (
	"slices"

	"wattkiosk/payments/reconcile"
)

// any reports whether something is so in a book of the payment, of some books.
func (s *story) any(is func(seen) bool, books ...int) bool {
	return slices.ContainsFunc(s.books, func(b int) bool {
		return (len(books) == 0 || slices.Contains(books, b)) && is(s.book[b])
	})
}

// missing are the books that must have it and have not: a kiosk that stands to it wants
// all books of the shape, and every other one that does wants the kiosk.
func (s *story) missing() []int {
	var all []int
	for _, b := range s.books {
		if s.book[b].rows > 0 || b == posp && (s.total == totalAgrees || s.total == totalDiffers) {
			continue
		}
		if own := s.book[kiosk]; b == kiosk || own.stands() && (!s.office || own.today > 0) {
			all = append(all, b)
		}
	}

	return all
}

// differs reports whether books in which it stands have different sums.
func (s *story) differs() bool {
	return s.any(func(b seen) bool { return b.stands() && b.less }) && s.any(func(b seen) bool { return b.stands() && !b.less })
}

// classes are what is wrong.
func (s *story) classes() []reconcile.Class {
	var all []reconcile.Class
	stands := s.any(seen.stands)
	if s.any(seen.open) {
		all = append(all, reconcile.StillOpen)
	} else if stands && len(s.missing()) > 0 {
		all = append(all, reconcile.OneSided)
	}
	if s.any(func(b seen) bool { return b.stands() && b.rows > 1 }) {
		all = append(all, reconcile.Duplicate)
	}
	if stands && s.any(seen.gone) {
		all = append(all, reconcile.Status)
	}
	if s.differs() {
		all = append(all, reconcile.Amount)
	}
	if s.any(func(b seen) bool { return b.stands() && b.tomorrow() }) && s.any(func(b seen) bool { return b.stands() && !b.tomorrow() }) {
		all = append(all, reconcile.Straddle)
	}
	if s.any(func(b seen) bool { return b.rows > 0 && b.state == reconcile.Unwritten }) && !s.book[cardSystem].gone() {
		all = append(all, reconcile.CardNotWritten)
	}

	return all
}

// proposal is what must be proposed for a class.
func (s *story) proposal(class reconcile.Class) reconcile.Proposal {
	said := s.book[kiosk].rows > 0
	switch {
	case s.any(seen.open) && said:
		return reconcile.Wait
	case s.any(seen.open):
		return reconcile.AskKiosk
	case class == reconcile.Straddle:
		return reconcile.Wait
	case class == reconcile.Amount, class == reconcile.CardNotWritten:
		return reconcile.Person
	case s.any(seen.tomorrow), s.edge && class != reconcile.Duplicate:
		return reconcile.Wait
	case !said:
		return reconcile.AskKiosk
	case s.differs():
		return reconcile.Person
	}
	switch class {
	case reconcile.Duplicate:
		return s.ofTwice()
	case reconcile.OneSided:
		return s.ofOneSided()
	}

	return s.ofStatus()
}

func (s *story) ofTwice() reconcile.Proposal {
	var in []int
	for _, b := range s.books {
		if s.book[b].stands() && s.book[b].rows > 1 {
			in = append(in, b)
		}
		if s.book[b].stands() && (s.book[b].rows > 2 || s.book[b].today > 0 && s.book[b].today < s.book[b].rows) {
			return reconcile.Person
		}
	}
	if len(in) != 1 {
		return reconcile.Person
	}

	return map[int]reconcile.Proposal{
		kiosk: reconcile.Person, mis: reconcile.Reverse, bank: reconcile.Reverse, cardSystem: reconcile.Person,
		posp: reconcile.Refund, acquirer: reconcile.Refund,
	}[in[0]]
}

// paid: who takes the money says that it has it.
func (s *story) paid() bool { return s.book[s.taker()].stands() || s.total == totalAgrees }

// ofOneSided: only a posting is made again, of what is paid, and of which nothing is gone.
func (s *story) ofOneSided() reconcile.Proposal {
	missing := s.missing()
	if len(missing) == 1 && (missing[0] == mis || missing[0] == bank) && s.paid() && !s.any(seen.gone) && !s.twin {
		return reconcile.Repost
	}

	return reconcile.Person
}

func (s *story) ofStatus() reconcile.Proposal {
	booked := s.any(seen.stands, mis, bank)
	sold := s.any(seen.stands, cardSystem)
	if s.book[kiosk].stands() {
		switch {
		case !s.paid() || len(s.missing()) > 0 || booked:
			return reconcile.Person
		case s.book[cardSystem].gone() && s.book[kiosk].state == reconcile.Unwritten:
			return reconcile.Refund
		case s.any(seen.gone, kiosk, posp, acquirer, cardSystem):
			return reconcile.Person
		}

		return reconcile.Repost
	}

	switch {
	case sold:
		return reconcile.Person
	case booked && (s.book[kiosk].state == reconcile.Owed || s.paid()):
		return reconcile.Person
	case booked:
		return reconcile.Reverse
	case s.paid() && (s.has(mis) || s.has(bank) || s.has(cardSystem)):
		return reconcile.Refund // where the bank posts by itself, its ledger is not here
	}

	return reconcile.Person
}
