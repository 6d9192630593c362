package acquiring

import (
	"errors"
	"fmt"
	"strings"

	"wattkiosk/payments/money"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/books"
)

// Errors of this package, beside those of stored and books.
var (
	ErrBooked  = errors.New("the payment is booked, or may be")
	ErrBooking = fmt.Errorf("%w: its posting is open", ErrBooked) // which may still be refused
	ErrNowhere = errors.New("no acquirer is configured")
)

// Order is one order's row. Version counts its saves from 1; Owner is the head office
// that made the call in flight.
type Order struct {
	order.Order
	Acquirer  string // where it was placed, or is asked about
	Untried   string // of one that was made anew: where it is asked about next, by commas
	AskedBy   string // of earlier software: who ordered a refund that nobody approved
	AskedWhy  string
	WatchAt   int64 // when a person may have to know of it, Unix ms; 0 for never
	Version   int64
	Owner     string
	UpdatedAt int64
}

// Want is an order as a kiosk names it. Acquirers are the names of those that may have
// it; the first one takes it if it is new.
type Want struct {
	Serial, Kiosk, Account string
	Amount                 money.Amount
	Mode                   qr.Mode
	Acquirers              []string
	Unshown                bool // the kiosk never had a code to show
}

// check says whether an order can be meant; its error is books.ErrOrder.
func (w Want) check() error {
	return books.Order{Serial: w.Serial, Account: w.Account, Kiosk: w.Kiosk, Tender: books.TenderQR, Amount: w.Amount}.Check()
}

// stands reports whether the row is what w names. The mode is of no account: who orders
// a posting does not know it.
func (o Order) stands(w Want) bool {
	return o.Kiosk == w.Kiosk && o.Account == w.Account && o.Amount == w.Amount
}

// named is the order that w names, before anything is known of it.
func (w Want) named() Order {
	o := Order{Order: order.Order{Serial: w.Serial, Kiosk: w.Kiosk, Account: w.Account, Amount: w.Amount, Mode: w.Mode}}
	if len(w.Acquirers) > 0 {
		o.Acquirer, o.Untried = w.Acquirers[0], strings.Join(w.Acquirers[1:], ",")
	}

	return o
}

// Claim is a call to make now. Its state is durable already.
type Claim struct {
	Order
	Effect order.Effect
}

// Detail is all that is held of one order.
type Detail struct {
	Order   Order
	History []books.History
	Cases   []books.Case
	Posting *books.Posting // nil if nothing was ordered
}
