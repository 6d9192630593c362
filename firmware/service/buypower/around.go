package buypower

import (
	"fmt"

	desk "wattkiosk/firmware/metercard"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

// Around is what every page of the service is made of. Pay is what the pages are made of
// on which money is taken: of it, the standing is that of the purchase.
type Around struct {
	Frame page.Frame
	Card  Card // zero: none was read
	Face  desk.Face
	Looks bool // the customer only looks at the card, and buys nothing
	Pay   paybill.Around
}

// The kinds of words: a phrase of the screen that begins with one of them is said in
// place of the one about a bill.
const (
	buying    = "buy"
	rewriting = "rewrite"
)

// Words are the kinds of words for a transaction, for page.Frame.About: those of a
// purchase, and before them those of a re-write.
func Words(t payments.Transaction) []string {
	if t.Purpose == payments.Rewrite {
		return []string{rewriting, buying}
	}

	return []string{buying}
}

// Page makes the page of one of the service's screens; nil for any other.
func (a Around) Page(s page.Screen) page.Page {
	switch s {
	case page.InsertMeterCard:
		return a.insert()
	case page.MeterCard:
		return a.meterCard()
	case page.MeterErrors:
		return ErrorsPage{Frame: a.Frame, Errors: meterErrors(a.Frame)}
	case page.ChooseAmount:
		return a.amounts()
	case page.EnterAmount:
		return TypedAmountPage{a.amounts()}
	case page.ChooseTender:
		return TenderPage{Chosen: a.chosen(), tenders: a.Pay.Tenders}
	case page.WriteCard:
		return a.write()
	case page.Done, page.Failed:
		return a.result()
	}
	if s == page.TakeCard && !a.Pay.Face.Holds && (Leaving(a.Face) || a.Pay.Standing.Txn.Serial == "") {
		return a.takeCard()
	}

	return a.Pay.Page(s)
}

// Ready says what the service lacks to be paid with a tender.
func Ready(t payments.Tender) error {
	if _, route := payments.RouteOf(payments.Purchase, t); !route {
		return fmt.Errorf("a purchase has no route for %q", t)
	}
	if _, room := paybill.RoomOf(t); !room {
		return fmt.Errorf("no page takes %q for a purchase", t)
	}

	return nil
}

// Shows says what the service lacks to show what is on a card: nothing, and it takes no
// money for it.
func Shows(t payments.Tender) error {
	if t != payments.NoTender {
		return fmt.Errorf("nobody pays by %q for looking at a card", t)
	}

	return nil
}

// Leaving reports whether a meter card is on its way out of the machine.
func Leaving(f desk.Face) bool {
	return f.Step == desk.TakeCard || f.Step == desk.Forgotten || f.Step == desk.Kept || f.Step == desk.Stuck
}

// sold is what is to be on the card: of the transaction, or before it is opened the sale
// that waits for its card.
func (a Around) sold() metercard.Sold {
	if t := a.Pay.Standing.Txn; t.Serial != "" {
		return t.Sold()
	}

	return a.Card.Quote.UnwrittenSold
}

// fen is an amount as a field of a page.
func fen(a money.Amount) *int64 {
	f := int64(a)

	return &f
}

// kWh is an energy in hundredths of a kWh, in words.
func kWh(e int64) string { return fmt.Sprintf("%d.%02d", e/100, e%100) }
