package books

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/stored"
)

// BookingBack is a sale that the bank took, booked with the MIS itself (公共支付), and gave
// back. That its booking is gone too nobody here can see: head office has no serial of it. So
// it is a question, and a case until it is answered:
//
//	not known   until a book of the MIS came that is newer than the bank's word
//	gone        that book has no payment of this account and amount that is nobody's
//	            else: the case closes itself (BookingGone)
//	stands      it has one: the case says under which serial, for people
//
// The reconciliation of the payment's date answers it (package settle). Where that date is
// signed already, or the payment is close to midnight, people do.
type BookingBack struct {
	Sale     string // its row at the bank's register
	Kiosk    string
	Serial   string
	Account  string
	Amount   money.Amount
	How      string // in a word: refunded, voided, reversed
	Reversed bool   // by its kiosk, while the payment was made: another sale of it may stand
}

// What the books say of such a case that they closed themselves.
const (
	BookingGone   = "the MIS has the bank's booking no more"
	BookingStands = "the void was taken back: payment and booking stand"
)

// reversedRef ends the name of what is no settlement of the payment.
const reversedRef = "-reversed"

// ID is that of the case.
func (b BookingBack) ID() string { return caseID(ClassBookingBack, b.Kiosk, b.ref()) }

func (b BookingBack) ref() string {
	if b.Reversed {
		return b.Sale + reversedRef
	}

	return b.Sale
}

// OpenBookingBack opens the case, again where it was closed.
func OpenBookingBack(ctx context.Context, tx CaseTx, b BookingBack, now time.Time) error {
	text := fmt.Sprintf("%s by the bank: %s yuan, which it had booked to account %s itself; is its booking at the MIS gone?", b.How, b.Amount, b.Account)
	c := NewCase(b.Kiosk, now, ClassBookingBack, b.ref(), b.Serial, b.Amount, text)
	before, err := tx.Case(ctx, c.ID)
	switch {
	case errors.Is(err, stored.ErrNotFound):
		return tx.PutCase(ctx, c)
	case err != nil:
		return fmt.Errorf("cannot read case %s: %w", c.ID, err)
	case before.Open:
		return nil
	}

	return Reopen(ctx, tx, before, c)
}

// UndoBookingBack says of a sale that the bank has it again: its void was taken back.
func UndoBookingBack(ctx context.Context, tx CaseTx, b BookingBack, now time.Time) error {
	c, err := tx.Case(ctx, b.ID())
	switch {
	case errors.Is(err, stored.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("cannot read case %s: %w", b.ID(), err)
	}
	_, err = closeCase(ctx, tx, c, ClosedByOffice, BookingStands, now)

	return err
}

// AnswerBookingBack takes what a book of the MIS says: under which serials of nobody's here it
// has payments that may be the bank's booking. None is that it is gone.
func AnswerBookingBack(ctx context.Context, tx CaseTx, id, day string, stands []string, now time.Time) error {
	if len(stands) == 0 {
		return CloseIfOpen(ctx, tx, id, BookingGone, now)
	}
	c, err := tx.Case(ctx, id)
	if err != nil {
		return fmt.Errorf("cannot read case %s: %w", id, err)
	}
	asked, _, _ := strings.Cut(c.Text, bookOfMIS)
	text := stored.Text(fmt.Sprintf("%s%s%s has it still: %s", asked, bookOfMIS, day, strings.Join(stands, ", ")))
	if !c.Open || c.Text == text {
		return nil
	}
	c.Text, c.UpdatedAt = text, stored.Millis(now)

	return tx.PutCase(ctx, c)
}

// bookOfMIS begins what the last book that was looked into says.
const bookOfMIS = "; the MIS's book of "

// givenBack reports whether the case says that the bank gave a whole payment back, whatever
// became of its booking.
func (c Case) givenBack() bool {
	return c.Class == ClassBookingBack && !strings.HasSuffix(c.ID, reversedRef) && c.Resolution != BookingStands
}

// bookingsBack reports whether cases ask about a booking of the bank, but for reversals, and whether
// the bank gave that payment back.
func bookingsBack(cases []Case) (asked, back bool) {
	for _, c := range cases {
		asked = asked || c.Class == ClassBookingBack && !strings.HasSuffix(c.ID, reversedRef)
		back = back || c.givenBack()
	}

	return asked, back
}
