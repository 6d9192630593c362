package reconcile

import (
	"errors"
	"fmt"
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
)

// Bounds of a row.
const (
	maxSerial  = 24
	maxAccount = 16
	maxBatch   = 16
)

// ErrRow is wrapped by what is wrong with a row.
var ErrRow = errors.New("row cannot be matched")

// State is how a payment stands in one book.
type State uint8

// The states.
const (
	Stands    State = iota // booked
	Reversed               // booked, and taken back
	NotBooked              // the book says that it came to nothing, and the money went back
	Open                   // the book does not know yet
	Unwritten              // sold, and not on the meter card
	Owed                   // came to nothing, and the money is still here: a case owes it
)

var stateNames = [...]string{"stands", "reversed", "not-booked", "open", "unwritten", "owed"}

// String returns stands, reversed, not-booked, open, unwritten or owed.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}

	return "invalid"
}

// stands reports whether a payment that is in this state counts in its book.
func (s State) stands() bool { return s == Stands || s == Unwritten }

// Row is one payment, or one total, in one book.
type Row struct {
	Book    int    // Kiosk, MIS, …
	Serial  string // at most 24 bytes; empty for a total
	Account string // at most 16
	Batch   string // at most 16; empty for none
	Amount  money.Amount
	At      int64 // Unix seconds, not negative; 0 where the book does not say
	State   State
	Wants   Books           // the books that must have it beside this one, if it stands
	Tender  payments.Tender // how it was paid, where the book says
	Margin  bool            // of a neighbouring date
	Total   bool            // Amount and Count are of a whole batch
	Count   int64           // of a total
}

func (r *Row) check(books Books) error {
	switch {
	case r.Book < 0 || r.Book >= MaxBooks || !books.Has(r.Book):
		return fmt.Errorf("%w: book %d takes no part", ErrRow, r.Book)
	case tenderNo(r.Tender) < 0:
		return fmt.Errorf("%w: tender %.12q", ErrRow, r.Tender)
	case len(r.Serial) > maxSerial || len(r.Account) > maxAccount || len(r.Batch) > maxBatch:
		return fmt.Errorf("%w: serial of %d, account of %d, batch of %d bytes", ErrRow, len(r.Serial), len(r.Account), len(r.Batch))
	case r.Amount < 0 || r.Amount > money.Max || r.State > Owed || r.At < 0:
		return fmt.Errorf("%w: %s, state %d, at %d", ErrRow, r.Amount, r.State, r.At)
	case r.Total && (r.Batch == "" || r.Count < 0):
		return fmt.Errorf("%w: a total of batch %q with %d rows", ErrRow, r.Batch, r.Count)
	case !r.Total && r.Serial == "":
		return fmt.Errorf("%w: neither serial nor total", ErrRow)
	}

	return nil
}

// tenders by their number in a packed row.
var tenders = [...]payments.Tender{payments.NoTender, payments.Cash, payments.BankCard, payments.QR}

func tenderNo(t payments.Tender) int {
	if t == payments.NoTender {
		return 0
	}

	return slices.Index(tenders[:], t)
}
