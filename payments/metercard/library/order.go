package library

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
	"wattkiosk/payments/money"
)

// Version is that of the form of orders.
const Version = 1

// ErrOrder is wrapped by what Check finds: nobody could carry this out. ErrOtherSale is
// an order to write anything else than what is to be on this card.
var (
	ErrOrder     = errors.New("not an order to write a card")
	ErrOtherSale = errors.New("order is for another sale")
)

// Order is head office's word that one sale may be written onto one card, during one stay
// of it in one reader. It travels in wire.Signed.
type Order struct {
	V        int            `json:"v"`
	Txn      string         `json:"txn"`     // serial of the transaction in front of the terminal
	Session  string         `json:"session"` // the kiosk's own number of this stay of the card: 32 hexadecimal digits
	Expires  int64          `json:"expires"` // Unix ms
	Meter    string         `json:"meter"`   // digits, as the card was sold for
	Customer string         `json:"customer"`
	Sold     metercard.Sold `json:"sold"` // what is to be on the card, and on which
}

// Check reports an order that nobody can carry out. It says nothing of whom it is for.
func (o Order) Check() error {
	s := o.Sold
	switch {
	case o.V != Version:
		return fmt.Errorf("%w: v %d, want %d", ErrOrder, o.V, Version)
	case s.Count < 1 || s.Count > metercard.MaxCount || s.Amount <= 0 || s.Amount > money.Max || s.Energy < 0 || !isNumber(s.Number):
		return fmt.Errorf("%w: purchase %d of %s, number %.32q", ErrOrder, s.Count, s.Amount, s.Number)
	}
	if err := (metercard.Facts{Serial: s.Card, Form: metercard.CPU, Kind: metercard.Purchase, Meter: o.Meter, Customer: o.Customer}).Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrOrder, err)
	}
	if err := script.CheckBound(o.Txn, s.Card, o.Session, o.Expires); err != nil {
		return fmt.Errorf("%w: %w", ErrOrder, err)
	}
	if _, err := (userfile.Purse{Amount: s.Amount, Count: s.Count}).Bytes(); err != nil {
		return fmt.Errorf("%w: %w", ErrOrder, err)
	}

	return nil
}

// maxNumber is how long the card-meter system's number of a sale may be for a library.
const maxNumber = 64

// isNumber reports whether a number of a sale can be told: printed ASCII, or nothing.
func isNumber(s string) bool {
	return len(s) <= maxNumber && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// For reports an order that is not for this stay of a card, whose facts were read just
// now, or for anything else than what the terminal knows was sold onto it. It wraps an
// error of script.Bound, or ErrOtherSale.
func (o Order) For(b script.Bound, f metercard.Facts, sold metercard.Sold) error {
	if err := b.Admits(o.Txn, o.Sold.Card, o.Session, o.Expires); err != nil {
		return err
	}
	switch {
	case o.Sold != sold:
		return fmt.Errorf("%w: purchase %d of %s, known is %d of %s", ErrOtherSale, o.Sold.Count, o.Sold.Amount, sold.Count, sold.Amount)
	case o.Sold.Card != f.Serial || o.Sold.Count != f.Count+1:
		return fmt.Errorf("%w: purchase %d, the card has %d", ErrOtherSale, o.Sold.Count, f.Count)
	case o.Meter != f.Meter || o.Customer != f.Customer:
		return fmt.Errorf("%w: of another meter, or customer", ErrOtherSale)
	}

	return nil
}

// Fields are what the library is told, of an order that was checked.
func (o Order) Fields() map[string]string {
	s := o.Sold
	purse, err := userfile.Purse{Amount: s.Amount, Count: s.Count}.Bytes()
	if err != nil {
		purse = nil // Check has refused it
	}

	return map[string]string{
		Serial: s.Card, Meter: o.Meter, Customer: o.Customer, Number: s.Number,
		Count: strconv.FormatUint(uint64(s.Count), 10), Amount: strconv.FormatInt(int64(s.Amount), 10), Energy: strconv.FormatInt(s.Energy, 10),
		Purse: strings.ToUpper(hex.EncodeToString(purse)), Division: "0000" + o.Meter,
	}
}
