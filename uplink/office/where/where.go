package where

import (
	"cmp"
	"fmt"
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/ledger"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
)

// Place is where money lies.
type Place string

// The places.
const (
	Cassette  Place = "cassette"  // of a kiosk
	Collected Place = "collected" // taken out of it; Part.Collection says by which collection, and Part.Phase how far that is
	Bank      Place = "bank"      // taken by bank card
	Acquirer  Place = "acquirer"  // taken by QR code
	Customer  Place = "customer"  // with the customer again
	Unknown   Place = "unknown"   // nobody can tell
)

// Standing is whose money is where it lies.
type Standing string

// The standings.
const (
	Booked    Standing = "booked"     // the marketing MIS has it booked
	Sold      Standing = "sold"       // the card-meter system has it sold
	ByBank    Standing = "by-bank"    // the bank books it with the MIS itself
	Waiting   Standing = "waiting"    // it is on its way to be booked
	Owed      Standing = "owed"       // to the customer
	Disputed  Standing = "disputed"   // nobody can tell yet
	Returning Standing = "returning"  // on its way back to the customer
	Doubt     Standing = "doubt"      // a note that nobody can place
	Returned  Standing = "returned"   // a note that came back out
	GivenBack Standing = "given-back" // the way it came
	PaidOut   Standing = "paid-out"   // the customer has as much from the counter
	Settled   Standing = "settled"    // a person said what was done
	Kept      Standing = "kept"       // nobody claims it
)

// Part is some of the money of a payment.
type Part struct {
	Amount     money.Amount `json:"amount"`
	Place      Place        `json:"place"`
	Since      int64        `json:"since"`      // that it is there; 0 is not known
	Collection string       `json:"collection"` // of what was collected
	Phase      string       `json:"phase"`      // how far that collection is
	Standing   Standing     `json:"standing"`
	Number     string       `json:"number"` // by which the system, or the counter, knows it
	At         int64        `json:"at"`     // when it came to that; 0 is not known
	By         string       `json:"by"`     // who saw to it
	Case       string       `json:"case"`   // that is about it; empty for none
	// Through is the place that gave it back: the acquirer or the bank, to the account or card
	// that paid. Nobody put it into a hand. Empty for all else.
	Through Place `json:"through"`
}

// Taken is what a collection took of the notes of a payment.
type Taken struct {
	Collection, Phase string
	At                int64
	Amount            money.Amount
}

// Known is all that head office knows of one payment.
type Known struct {
	Facts   ledger.Facts
	Of      books.Transaction
	Posting *books.Posting // nil for none
	Notes   []books.Note
	Cases   []books.Case
	Payouts []books.Payout
	Taken   []Taken // by collections, the first one first
}

// Of is where all the money of a payment is. The amounts of the parts that are not with the
// customer add up to what the facts hold.
func Of(k Known) []Part {
	held := k.Facts.Held
	var parts []Part
	if k.Facts.Settled.How == ledger.WentBack || k.wentBack() {
		parts, held = append(parts, k.givenBack()), 0
	}
	booked := max(0, min(k.Facts.Booked, held))
	lie := k.lies(held)
	parts = append(parts, lie.take(booked, k.booked())...)
	parts = append(parts, k.rest(&lie, held-booked)...)
	if over := k.Facts.Booked - booked; over > 0 {
		parts = append(parts, Part{Amount: over, Place: Unknown}.standing(k.booked()))
	}
	if k.Facts.Unsure > 0 && k.Facts.Settled.How != ledger.WentBack {
		parts = append(parts, Part{Amount: k.Facts.Unsure, Place: Unknown, Standing: Doubt, Case: k.caseOf()})
	}
	parts = append(parts, k.doubts()...)
	parts = append(parts, k.overpaid(held-booked), k.returned())

	return slices.DeleteFunc(parts, func(p Part) bool { return p.Amount == 0 })
}

// wentBack reports whether the money is with the customer again, by the leg itself.
func (k Known) wentBack() bool { return k.Facts.Money == leg.Undone }

// givenBack is the amount that went back the way it came.
func (k Known) givenBack() Part {
	p := Part{Amount: cmp.Or(k.Facts.Held, k.Of.Total), Place: Customer, Standing: GivenBack}
	if f := k.Of.Folded; p.Amount == 0 && f != nil {
		p.Amount = cmp.Or(f.Card.Amount, f.QR.Amount)
	}
	if k.Posting != nil {
		p.Amount = cmp.Or(p.Amount, k.Posting.Amount)
	}
	how, c := books.SettlementOf(k.Cases, k.Posting != nil)
	if how == books.WentBack {
		p.At, p.Case = c.ClosedAt, c.ID
		if c.Class == books.ClassBookingBack { // it asks about the booking: the money is back
			p.At = c.OpenedAt
		}
	}
	if k.Facts.Held > 0 || k.Of.Total > 0 { // else perhaps nothing was ever taken
		p.Through = elsewhere[k.Facts.In]
	}

	return p
}

// elsewhere is where money lies that is no notes.
var elsewhere = map[ledger.Account]Place{ledger.BankReceivable: Bank, ledger.AcquirerReceivable: Acquirer}

// lying is where money lies that nobody was told of yet: first what was collected.
type lying []Part

func (k Known) lies(held money.Amount) lying {
	since := cmp.Or(k.Of.ClosedAt, k.Of.OpenedAt)
	if place, is := elsewhere[k.Facts.In]; is {
		return lying{{Amount: held, Place: place, Since: since}}
	}

	var out lying
	for _, t := range k.Taken {
		some := min(t.Amount, held)
		out = append(out, Part{Amount: some, Place: Collected, Since: t.At, Collection: t.Collection, Phase: t.Phase})
		held -= some
	}

	return append(out, Part{Amount: held, Place: Cassette, Since: since})
}

// take is an amount of it, with whose it is.
func (l *lying) take(amount money.Amount, whose Part) []Part {
	var out []Part
	for i := range *l {
		some := min(amount, (*l)[i].Amount)
		if some <= 0 {
			continue
		}
		p := (*l)[i]
		p.Amount = some
		out = append(out, p.standing(whose))
		(*l)[i].Amount -= some
		amount -= some
	}

	return out
}

// standing is the part with whose it is.
func (p Part) standing(whose Part) Part {
	p.Standing, p.Number = whose.Standing, whose.Number
	p.At, p.By = whose.At, whose.By
	p.Case = whose.Case

	return p
}

// booked is what became of what is booked.
func (k Known) booked() Part {
	w := Part{Standing: Booked, Number: k.Of.Reference, At: k.Of.ClosedAt}
	if f := k.Of.Folded; f != nil && f.ByBank {
		w.Standing, w.Number = ByBank, f.Card.Answer.Reference
	}
	if p := k.Posting; p != nil {
		w.Number, w.At = p.Reference, p.UpdatedAt
		if p.Sold.Number != "" {
			w.Number = p.Sold.Number
		}
	}
	if k.Facts.Goods == ledger.PayableCardSystem {
		w.Standing = Sold
	}

	return w
}

// rest is what is there and not booked: whose it is, as its cases and the counter have it.
func (k Known) rest(l *lying, amount money.Amount) []Part {
	var out []Part
	whose := Part{Standing: standings[k.Facts.String()], Case: k.caseOf()}
	if whose.Standing == "" {
		whose.Standing = Disputed
	}
	if whose.Standing == Returning && k.Facts.Money == leg.Done && k.toldPosted() { // its kiosk gives nothing back
		whose.Standing = Owed
	}
	if whose.Standing == Owed && slices.ContainsFunc(k.Cases, func(c books.Case) bool { return c.Class == books.ClassRefundAsked && c.Open }) {
		whose.Standing = Returning
	}
	switch k.Facts.Settled.How {
	case ledger.PaidOut:
		given := min(k.Facts.Settled.Amount, amount)
		out = append(out, l.take(given, k.paidOut(books.Payout.Settles))...)
		amount -= given
	case ledger.ByPerson:
		_, c := books.SettlementOf(k.Cases, k.Posting != nil)
		whose = Part{Standing: Settled, At: c.ClosedAt, By: c.ClosedBy, Case: c.ID}
	case ledger.Kept:
		whose.Standing = Kept
	}

	return append(out, l.take(amount, whose)...)
}

// toldPosted reports whether the kiosk was told that the payment is posted: what became of that
// later it is not told.
func (k Known) toldPosted() bool {
	s := k.Of.Status

	return s == books.StatusPosted || s == books.StatusWriting || s == books.StatusUnwritten
}

// standings are whose money is that is not booked, by the status of its cell.
var standings = map[string]Standing{
	string(payments.Tendering): Waiting, string(payments.Posting): Waiting, string(payments.Writing): Waiting,
	string(payments.Owed): Owed, string(payments.Disputed): Disputed, string(payments.Undoing): Returning,
}

// paidOut is what the counter gave for cases that of lets through.
func (k Known) paidOut(of func(books.Payout) bool) Part {
	w := Part{Standing: PaidOut}
	for _, p := range k.Payouts {
		if of(p) {
			w.Number, w.At = p.Number, p.At
			w.By, w.Case = p.By+", "+p.Approver, p.Case
		}
	}

	return w
}

// caseOf is the case that says what becomes of the payment itself.
func (k Known) caseOf() string {
	best := books.Case{}
	for _, c := range k.Cases {
		about := c.Class == books.ClassOwed || c.Class == books.ClassDisputed || c.Class == books.ClassUnbooked
		if about && (best.ID == "" || c.Open && !best.Open || c.Open == best.Open && c.OpenedAt > best.OpenedAt) {
			best = c
		}
	}

	return best.ID
}

// doubts are the notes that nobody can place, or could not.
func (k Known) doubts() []Part {
	var out []Part
	for _, n := range k.Facts.Notes {
		ends := fmt.Sprintf("%s-%d", k.Of.Serial, n.Index)
		p := Part{Amount: n.Value, Place: Unknown, Standing: Doubt}
		if n.Found {
			p.Place, p.Standing = Cassette, Owed
		}
		for _, c := range k.Cases {
			if c.Class == books.ClassNote && len(c.ID) > len(ends) && c.ID[len(c.ID)-len(ends):] == ends {
				p.Case, p.At = c.ID, c.OpenedAt
			}
		}
		switch n.Settled.How {
		case ledger.PaidOut:
			p = p.standing(k.paidOut(func(o books.Payout) bool { return o.Case == p.Case }))
		case ledger.ByPerson:
			p.Standing = Settled
		case ledger.Kept:
			p.Standing = Kept
		case ledger.WentBack:
			p.Place, p.Standing = Customer, Returned
		}
		out = append(out, p)
	}

	return out
}

// overpaid is what the counter gave beyond what was owed, as it turned out.
func (k Known) overpaid(rest money.Amount) Part {
	p := k.paidOut(books.Payout.Settles)
	p.Amount, p.Place = k.Facts.Over, Customer
	if s := k.Facts.Settled; s.How == ledger.PaidOut {
		p.Amount += max(0, s.Amount-rest)
	}

	return p
}

// returned is what came back out of the slot.
func (k Known) returned() Part {
	p := Part{Place: Customer, Standing: Returned}
	for _, n := range k.Notes {
		if n.State == books.NoteReturned {
			p.Amount += n.Value
		}
	}

	return p
}
