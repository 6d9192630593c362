package bank

import (
	"context"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/uplink/office/books"
)

// How the bank gave a sale back.
const (
	wasRefunded = "refunded"
	wasVoided   = "voided"
	wasReversed = "reversed"
)

// public reports whether the bank itself books the sale with the MIS (公共支付), and to which
// account: its frame said so, or its kiosk's records do.
func (x Exchange) public(ctx context.Context, tx Tx) (account string, err error) {
	if x.BookedTo != "" {
		return x.BookedTo, nil
	}
	t, err := toldOf(ctx, tx, x.Serial)
	if err != nil || !t.byBank {
		return "", err
	}

	return t.account, nil
}

// bookingBack opens the question whether the bank's own booking of a sale is gone with what it
// gave back. A sale that the bank does not book itself has none.
func (x Exchange) bookingBack(ctx context.Context, tx Tx, how string, now time.Time) error {
	account, err := x.public(ctx, tx)
	if err != nil || account == "" {
		return err
	}

	return books.OpenBookingBack(ctx, tx, x.question(account, how), now)
}

func (x Exchange) question(account, how string) books.BookingBack {
	return books.BookingBack{Sale: x.ID, Kiosk: x.Kiosk, Serial: x.Serial, Account: account, Amount: x.Amount, How: how, Reversed: how == wasReversed}
}

// undone reports whether the answer to a reversal takes something back: a bank that never had
// the sale has booked nothing, unless it had said before that it has it.
func (x Exchange) undone(reversal Exchange) bool {
	return reversal.Code == posp.OK || posp.Judge(posp.Sale, x.Code).Outcome == posp.Done
}
