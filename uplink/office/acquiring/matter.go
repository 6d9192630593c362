package acquiring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// Waits of what is watched.
const (
	UnbookedAfter = 10 * time.Minute // how long a payment may stand without a posting

	// WatchHorizon is the farthest WatchAt that is ever set. An order that is watched from
	// later on was watched by a wrong clock.
	WatchHorizon = order.EscalateAfter
)

// Watched reports whether a person may have to know of the order now.
func (o Order) Watched(now time.Time) bool {
	return o.WatchAt != 0 && (o.WatchAt <= stored.Millis(now) || o.WatchAt > stored.Millis(now.Add(WatchHorizon)))
}

// What the books say of a case that they closed themselves.
const (
	GivenBack = books.GivenBack
	CameToEnd = "the order came to its end"
)

// watch is when a person may have to know of an order that took a step.
func watch(before order.Order, o Order, now time.Time) int64 {
	switch {
	case before.State == o.State:
		return o.WatchAt
	case o.State == order.Paid:
		return stored.Millis(now.Add(UnbookedAfter))
	case o.State == order.Refunding:
		return stored.Millis(now.Add(order.EscalateAfter))
	case o.Open():
		return o.WatchAt
	}

	return 0
}

// matters opens and closes the cases that follow from a step.
func matters(ctx context.Context, tx Tx, before order.Order, o Order, now time.Time) error {
	if before.State == o.State {
		return nil
	}

	var cases []books.Case
	switch {
	case o.State == order.Refunding && o.Why == order.PaidLate:
		cases = append(cases, o.matter(books.ClassReturning, "paid after the kiosk was told that it is not", now))
	case o.State == order.Kept:
		cases = append(cases, o.matter(books.ClassKept, "the acquirer refused the refund: "+o.Code+" "+o.Text, now))
	}
	if err := tx.AddCases(ctx, cases); err != nil {
		return fmt.Errorf("cannot store cases of %s: %w", o.Serial, err)
	}

	switch {
	case o.State == order.Refunded || o.State == order.NotPaid && o.Back:
		return books.CloseCasesOf(ctx, tx, o.Serial, GivenBack, now, books.ClassReturning, books.ClassUnbooked, books.ClassOrderLate, books.ClassOwed)
	case o.State == order.Kept:
		return books.CloseCasesOf(ctx, tx, o.Serial, CameToEnd, now, books.ClassReturning, books.ClassUnbooked, books.ClassOrderLate)
	case !o.Open():
		return books.CloseCasesOf(ctx, tx, o.Serial, CameToEnd, now, books.ClassOrderLate)
	}

	return nil
}

func (o Order) matter(class, text string, now time.Time) books.Case {
	return books.NewCase(o.Kiosk, now, class, o.Serial, o.Serial, o.Amount, text)
}

// Watch makes cases of at most limit orders that a person has to know of: those open
// for long, and payments without a posting. A payment is watched until its posting has an
// end, and one that is owed until it went back or a person has settled it: books out of a backup ask the acquirer by
// themselves for what their kiosk has back already, as it does not ask again.
func (l *Ledger) Watch(ctx context.Context, limit int, now time.Time) error {
	return l.b.Update(ctx, func(tx Tx) error {
		rows, err := tx.WatchedQROrders(ctx, now, limit)
		if err != nil {
			return fmt.Errorf("cannot list orders: %w", err)
		}
		for _, o := range rows {
			if err := watched(ctx, tx, o, now); err != nil && !errors.Is(err, stored.ErrStale) {
				return err
			}
		}

		return nil
	})
}

// again is when a payment is looked at once more, seldom where it is old: postings that
// are open for long are cases of their own. However old it seems, it is looked at again: a
// clock that was years ahead makes it so.
func (o Order) again(now time.Time) int64 {
	if now.Sub(o.OpenedAt).Abs() > 2*call.EscalateAfter {
		return stored.Millis(now.Add(WatchHorizon))
	}

	return stored.Millis(now.Add(UnbookedAfter))
}

// afresh is when an order is looked at whose WatchAt a wrong clock wrote.
func (o Order) afresh(now time.Time) int64 {
	if o.State == order.Paid {
		return stored.Millis(now.Add(UnbookedAfter))
	}

	return stored.Millis(now.Add(order.EscalateAfter))
}

// unwanted is why a payment goes back that its kiosk has no use for, as its records tell: it
// has its money back, or was told that it is not paid, which books out of a backup forgot.
func unwanted(ctx context.Context, tx Tx, serial string) (why, says string, err error) {
	txns, err := tx.Transactions(ctx, []string{serial})
	if err != nil {
		return "", "", fmt.Errorf("cannot read transaction %s: %w", serial, err)
	}
	if len(txns) == 0 || txns[0].Folded == nil {
		return "", "", nil
	}
	switch txns[0].Folded.QR.State {
	case qr.Refunded:
		return "", "the kiosk has it back", nil
	case qr.IsNotPaid:
		return order.PaidLate, "the kiosk was told that it is not paid", nil
	}

	return "", "", nil
}

func watched(ctx context.Context, tx Tx, o Order, now time.Time) error {
	var cases []books.Case
	written := o.WatchAt
	o.WatchAt = 0
	switch {
	case written > stored.Millis(now):
		o.WatchAt = o.afresh(now)
	case o.Open():
		cases = append(cases, o.matter(books.ClassOrderLate, "open for long, and "+string(o.State), now))
	case o.State == order.Paid:
		ps, err := tx.Postings(ctx, []string{o.Serial})
		if err != nil {
			return fmt.Errorf("cannot read posting %s: %w", o.Serial, err)
		}
		settled, err := settledByPerson(ctx, tx, o.Serial)
		if err != nil {
			return err
		}
		owed := settled == nil && (len(ps) == 0 || ps[0].State == posting.Owed)
		if owed {
			why, says, err := unwanted(ctx, tx, o.Serial)
			if err != nil {
				return err
			}
			if says != "" {
				_, err := step(ctx, tx, o, order.Event{Kind: order.GiveBack, Why: why, Now: now.UTC()}, says, o.Kiosk, now)

				return err
			}
		}

		if len(ps) == 0 {
			cases = append(cases, o.matter(books.ClassUnbooked, "paid, and the kiosk ordered no posting", now))
		}
		if owed || len(ps) > 0 && !ps[0].State.Final() {
			o.WatchAt = o.again(now)
		}
	}

	o.Version++
	o.UpdatedAt = stored.Millis(now)
	if err := tx.UpdateQROrder(ctx, o); err != nil {
		return fmt.Errorf("cannot store order %s: %w", o.Serial, err)
	}

	return tx.AddCases(ctx, cases)
}
