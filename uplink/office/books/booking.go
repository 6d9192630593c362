package books

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/stored"
)

// A sale that head office books with the MIS as well has a second posting, the booking. It
// is head office's own: no kiosk orders it or hears of it, and the customer's money never
// depends on it. What becomes of it is a case of its own class.

// ofSale reports whether the posting books a sale.
func (p Posting) ofSale() bool { return strings.HasPrefix(p.Serial, posting.BookingMark) }

// OfSale is the serial of the sale that the posting books; empty for the posting of a
// payment.
func (p Posting) OfSale() string {
	if !p.ofSale() || p.Kiosk == "" {
		return ""
	}

	return p.saleSerial()
}

// Unsold is a purchase that is paid and not sold, as if it were on its way to the card:
// what was ordered, and in its stage why nothing was sold. It is in no row.
func (p Posting) Unsold() Delivery {
	stage := ToSell
	switch p.State {
	case posting.Owed:
		stage = NotSold
	case posting.Disputed:
		stage = Contested
	}

	return Delivery{
		Serial: p.Serial, Kiosk: p.Kiosk, Account: p.Account, Stage: stage, Version: p.Version, UpdatedAt: p.UpdatedAt,
		Sold: metercard.Sold{Card: p.Card.Serial, Count: p.Card.Count + 1, Amount: p.Amount},
	}
}

// saleSerial is the serial of the sale that a booking is of: the booking's has its digits
// but the first, which is the kiosk's.
func (p Posting) saleSerial() string {
	return p.Kiosk[:1] + strings.TrimPrefix(p.Serial, posting.BookingMark)
}

// bookingOf is the posting under the serial that the booking of a sale has. It is that of
// another sale where two kiosks' numbers differ in their first digit only.
func bookingOf(ctx context.Context, tx Tx, sale Posting) (p Posting, found bool, err error) {
	p, err = onePosting(ctx, tx, posting.BookingSerial(sale.Serial))
	if errors.Is(err, stored.ErrNotFound) {
		return p, false, nil
	}
	if err != nil {
		return p, false, fmt.Errorf("cannot read the booking of %s: %w", sale.Serial, err)
	}

	return p, true, nil
}

// route is that of what is ordered now.
func (r Rules) route(o Order) Route {
	switch {
	case o.Card == metercard.Facts{}:
		return ""
	case r.BookSales:
		return ByOffice
	}

	return BySystem
}

// book orders the booking of a sale that stands, unless it is there or is not ours to do,
// as was fixed when the sale was ordered.
func (s *Keeper) book(ctx context.Context, tx Tx, sale Posting, now time.Time) error {
	if sale.Route == BySystem || sale.Route == "" && !s.rules.BookSales {
		return nil
	}
	there, found, err := bookingOf(ctx, tx, sale)
	switch {
	case err != nil:
		return err
	case found && there.OfSale() != sale.Serial:
		text := fmt.Sprintf("not booked with the MIS: %s is the booking of %s, whose serial differs in its first digit only", there.Serial, there.OfSale())
		return AddConflicts(ctx, tx, newCase(sale.Kiosk, stored.Millis(now), ClassConflict, sale.Serial+"-booking", sale.Serial, sale.Amount, text))
	case found:
		return nil
	}

	payment := sale.Payment
	payment.Serial = posting.BookingSerial(sale.Serial)
	payment.Card = metercard.Facts{}
	p := Posting{Posting: posting.New(payment, now), PaidAt: sale.PaidAt, Version: 1, UpdatedAt: stored.Millis(now)}
	if err := errors.Join(tx.AddPostings(ctx, []Posting{p}), tx.PutHistory(ctx, []History{line(p, "ordered", ClosedByOffice, now)})); err != nil {
		return fmt.Errorf("cannot store the booking of %s: %w", sale.Serial, err)
	}

	return nil
}

// unbook takes the booking of a sale back that was taken back itself.
func unbook(ctx context.Context, tx Tx, sale Posting, now time.Time) error {
	p, found, err := bookingOf(ctx, tx, sale)
	if err != nil || !found || p.OfSale() != sale.Serial {
		return err
	}
	if p.State == posting.Owed {
		return CloseCasesOf(ctx, tx, p.Serial, saleTakenBack, now, ClassUnbookedSale)
	}

	return takeBack(ctx, tx, p, now)
}

// takeBack orders the reversal of a booking at its end. One that is open is taken back when
// it comes to its end, and one that the MIS did not take back has its case.
func takeBack(ctx context.Context, tx Tx, p Posting, now time.Time) error {
	if p.Why != "" && p.State == posting.Posted || p.Call.Allowed(call.ActUndo) != nil {
		return nil
	}
	next, err := p.Call.Apply(call.ActUndo, now)
	if err != nil {
		return fmt.Errorf("booking %s: %w", p.Serial, err)
	}

	p.Call, p.Reason = next, ""
	p.Version++
	p.UpdatedAt = stored.Millis(now)
	if err := tx.UpdatePosting(ctx, p); err != nil {
		return fmt.Errorf("cannot store booking %s: %w", p.Serial, err)
	}
	if err := tx.PutHistory(ctx, []History{line(p, string(posting.Reverse)+" ordered", ClosedByOffice, now)}); err != nil {
		return fmt.Errorf("cannot store history of %s: %w", p.Serial, err)
	}

	return CloseCasesOf(ctx, tx, p.Serial, saleTakenBack, now, ClassUnbookedSale)
}

// bookingEnded takes a booking to its end, where its sale was taken back meanwhile: then it
// is moot, and no case is made of it.
func bookingEnded(ctx context.Context, tx Tx, p Posting, now time.Time) (moot bool, err error) {
	if !p.ofSale() {
		return false, nil
	}
	sale, err := onePosting(ctx, tx, p.saleSerial())
	if errors.Is(err, stored.ErrNotFound) {
		return false, nil
	}
	if err != nil || sale.State != posting.Owed {
		return false, err
	}
	if p.State == posting.Posted {
		return true, takeBack(ctx, tx, p, now)
	}
	if p.State != posting.Owed {
		return false, nil
	}

	return true, CloseCasesOf(ctx, tx, p.Serial, saleTakenBack, now, ClassUnbookedSale)
}

// stillSold refuses to book what was taken back.
func stillSold(ctx context.Context, tx Tx, p Posting, a posting.Action) error {
	if !p.ofSale() || a != posting.Retry {
		return nil
	}
	sale, err := onePosting(ctx, tx, p.saleSerial())
	if err == nil && (sale.State != posting.Posted || sale.System() != mis.CardSystem) {
		err = fmt.Errorf("%w: the sale is %s", posting.ErrAction, posting.Word(sale.State))
	}

	return err
}
