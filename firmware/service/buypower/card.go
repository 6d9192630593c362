package buypower

import (
	"slices"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/wire"
)

// What the kiosk is asked to do, beside what service/paybill asks for: it opens,
// finishes and prints a purchase too. What the visit wants of the reader is no effect: see
// visit.Wants.
const (
	Ask     page.Effect = "ask-card"     // ask what the card in the reader may buy
	Rewrite page.Effect = "rewrite"      // open a transaction that writes the sale which is not on the card
	GiveUp  page.Effect = "give-up-card" // the customer does not bring the card back
)

// Known is how far a card is looked up.
type Known string

// How far a card is looked up.
const (
	ReadOnly Known = ""         // it was read, and nobody is asked
	Asking   Known = "asking"   // head office is asked
	Answered Known = "answered" // Quote says what it may buy
	Silent   Known = "silent"   // nobody answers
	Offline  Known = "offline"  // there is no line on which to ask
	Clock    Known = "clock"    // answered, and this machine's time is so wrong that it could write nothing
)

// Card is the card in the reader: what it says of itself, and what it may buy. It is
// never changed; a new answer makes a new one.
type Card struct {
	Facts metercard.Facts
	Known Known
	Quote wire.CardQuote // where Answered

	notes paybill.Rules // what notes can make of one purchase, and how much the other tenders take
}

// Answer is the card with head office's answer about it at now. One that says nothing of
// this card, or nothing that can be meant, is none. Where the steps of a write would not be
// carried out for the time's sake nothing is offered: that is before any money.
func (c Card) Answer(now time.Time, r wire.Reply, notes paybill.Rules) *Card {
	c.Known, c.notes = Silent, notes
	if r.Error != nil {
		if r.Error.Code == wire.ErrCodeUnsent {
			c.Known = Offline
		}

		return &c
	}
	q, err := wire.DecodeCardQuote(r.Body, c.Facts.Serial)
	if err != nil {
		return &c
	}
	if q.Apart(now) {
		c.Known = Clock

		return &c
	}
	c.Known, c.Quote = Answered, q

	return &c
}

// Again is the card while head office is asked once more.
func (c Card) Again() *Card {
	c.Known = Asking

	return &c
}

// Sellable reports whether something can be bought onto the card now.
func (c Card) Sellable() bool {
	q := c.Quote

	return c.Known == Answered && q.Sellable && q.Unwritten == "" && len(c.offered()) > 0
}

// Waits reports whether a sale waits to be written onto the card.
func (c Card) Waits() bool {
	q := c.Quote
	sold := q.UnwrittenSold

	return c.Known == Answered && q.Unwritten != "" && sold.Card == c.Facts.Serial && sold.Amount > 0 && sold.Count > 0
}

// Takes reports whether a tender can be had for an amount.
func (c Card) Takes(t payments.Tender, amount money.Amount) bool {
	if slices.Contains(c.Quote.NotNow, string(t)) {
		return false
	}

	if t != payments.Cash {
		return amount <= c.notes.Bound(t)
	}

	return amount <= c.Most(t) && c.Least(t) <= c.Most(t) && c.Quote.Fixed%c.inNotes() == 0
}

// inNotes is what sums of notes that can be bought are multiples of: of the smallest note,
// and of the step of what is sold.
func (c Card) inNotes() money.Amount {
	note, step := max(c.notes.Smallest(), 1), max(c.Quote.Step, 1)
	a, b := note, step
	for b > 0 {
		a, b = b, a%b
	}

	return note / a * step
}

// Fits reports whether an amount can be bought.
func (c Card) Fits(a money.Amount) bool {
	q := c.Quote
	switch {
	case q.Fixed > 0 && a != q.Fixed:
		return false
	case q.Step > 0 && a%q.Step != 0:
		return false
	}

	return a > 0 && a >= q.Min && a <= q.Max
}

// usual are the amounts that are offered, in fen.
var usual = []money.Amount{50_00, 100_00, 200_00, 300_00, 500_00, 1000_00}

// offered are the amounts that have a button: the agreed one, else the usual ones that
// fit, and the ends of the range where none of those does.
func (c Card) offered() []money.Amount {
	fits := func(all ...money.Amount) []money.Amount {
		return slices.DeleteFunc(slices.Clone(all), func(a money.Amount) bool { return !c.Fits(a) })
	}
	if c.Quote.Fixed > 0 {
		return fits(c.Quote.Fixed)
	}
	if all := fits(usual...); len(all) > 0 {
		return all
	}

	return slices.Compact(fits(c.least(), c.highest()))
}

// least is the smallest amount that can be bought.
func (c Card) least() money.Amount {
	q := c.Quote
	least := max(q.Min, 1)
	if q.Step > 0 {
		least = (least + q.Step - 1) / q.Step * q.Step
	}

	return least
}

// Least is the least that can be paid with a tender: of notes, what they can make.
func (c Card) Least(t payments.Tender) money.Amount {
	if t != payments.Cash {
		return c.least()
	}
	all := c.inNotes()

	return (c.least() + all - 1) / all * all
}

// Most is the most that can be paid with a tender. Of notes it is one that can be bought:
// whoever is let put in more could not buy it.
func (c Card) Most(t payments.Tender) money.Amount {
	if t != payments.Cash {
		return min(c.Quote.Max, c.notes.Bound(t))
	}
	most, all := min(c.Quote.Max, c.notes.Most()), c.inNotes()

	return most / all * all
}

// highest is the largest amount that can be bought.
func (c Card) highest() money.Amount {
	q := c.Quote
	if q.Step > 0 {
		return q.Max / q.Step * q.Step
	}

	return q.Max
}
