package metercard

import (
	"errors"
	"fmt"
	"strings"

	"wattkiosk/payments/money"
)

// ErrFacts is wrapped by what Facts.Check finds.
var ErrFacts = errors.New("no facts of a meter card")

// Form is how a card is worked.
type Form string

// The forms.
const (
	CPU       Form = "cpu"       // processor card with the State-Grid user files
	SLE4442   Form = "sle4442"   // memory card of 256 bytes with a code
	AT88SC102 Form = "at88sc102" // memory card of two zones with a code
)

// Kind is what a card is for.
type Kind string

// The kinds.
const (
	OpenAccount Kind = "open-account" // 开户卡: makes a meter the customer's
	Purchase    Kind = "purchase"     // 购电卡
	Replacement Kind = "replacement"  // 补卡
	Blank       Kind = "blank"        // of nobody yet
	Other       Kind = "other"        // anything else that can be read
)

// Bounds of Facts.
const (
	maxNumber = 16      // digits or hexadecimal digits of one number
	MaxCount  = 1 << 24 // purchases of one card
)

// MaxSaleNumber is how many bytes the card-meter system's number of a sale may have: it is in
// records and on slips.
const MaxSaleNumber = 64

// Facts are what a meter card says of itself. They are not secret; a screen shows the
// numbers masked.
type Facts struct {
	Serial   string       `json:"serial"` // of the chip, in hexadecimal digits
	Form     Form         `json:"form"`
	Kind     Kind         `json:"kind"`
	Meter    string       `json:"meter,omitempty"`    // digits
	Customer string       `json:"customer,omitempty"` // digits, as on the card
	Count    uint32       `json:"count,omitempty"`    // purchases so far, by the purse
	Purse    money.Amount `json:"purse,omitempty"`    // of the last one
	Loaded   uint32       `json:"loaded,omitempty"`   // purchases that the meter has taken, as it wrote back; 0 where it wrote nothing
	Left     money.Amount `json:"left,omitempty"`     // in the meter then; means nothing where Loaded is 0
}

// Check reports facts that no card can have.
func (f Facts) Check() error {
	switch f.Form {
	case CPU, SLE4442, AT88SC102:
	default:
		return fmt.Errorf("%w: form %.20q", ErrFacts, f.Form)
	}
	switch f.Kind {
	case OpenAccount, Purchase, Replacement, Blank, Other:
	default:
		return fmt.Errorf("%w: kind %.20q", ErrFacts, f.Kind)
	}

	if f.Serial == "" || !within(f.Serial, "0123456789ABCDEF") || !within(f.Meter, "0123456789") || !within(f.Customer, "0123456789") {
		return fmt.Errorf("%w: numbers", ErrFacts)
	}
	if f.Count > MaxCount || f.Loaded > MaxCount || f.Purse < 0 || f.Purse > money.Max || f.Left < -money.Max || f.Left > money.Max {
		return fmt.Errorf("%w: count %d and %d, %s and %s", ErrFacts, f.Count, f.Loaded, f.Purse, f.Left)
	}

	return nil
}

// within reports whether s has at most maxNumber characters, all of them of set.
func within(s, set string) bool { return len(s) <= maxNumber && strings.Trim(s, set) == "" }

// Sold is what the card-meter system has sold. The zero value is nothing.
type Sold struct {
	Number string       `json:"number,omitempty"` // the card-meter system's own number of the sale
	Card   string       `json:"card,omitempty"`   // serial of the chip that it was sold onto
	Count  uint32       `json:"count,omitempty"`  // of the purse once it is written
	Amount money.Amount `json:"amount,omitempty"` // of the purse once it is written
	Energy int64        `json:"energy,omitempty"` // in 0.01 kWh; 0 where money is sold
}

// Check reports a sale that cannot be meant for a card with facts f and an amount; it says
// which of them is another.
func (s Sold) Check(f Facts, amount money.Amount) error {
	switch {
	case s.Card != f.Serial:
		return fmt.Errorf("another card: sold onto %.20q, paid for %.20q", s.Card, f.Serial)
	case s.Count != f.Count+1:
		return fmt.Errorf("another count: sold as purchase %d, paid for purchase %d", s.Count, f.Count+1)
	case s.Amount <= 0 || s.Amount > amount:
		return fmt.Errorf("another amount: sold %s, paid %s", s.Amount, amount)
	case s.Energy < 0:
		return fmt.Errorf("an energy that cannot be: %d", s.Energy)
	case s.Number == "":
		return errors.New("no number of the sale")
	case len(s.Number) > MaxSaleNumber:
		return fmt.Errorf("a number of the sale of %d bytes", len(s.Number))
	}

	return nil
}
