package acquiring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/posting"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// Errors of what people order.
var (
	ErrAct       = errors.New("not possible as the order stands")
	ErrTwoPeople = errors.New("who ordered a refund may not approve it: another person has to")
)

// ByPerson is why a payment goes back that two people wanted back.
const ByPerson = "by-person"

// OrderRefund is one person's order to give a payment back, which another one has to
// approve. It is audited. ErrAct, or ErrBooked, says that it is not possible.
func (l *Ledger) OrderRefund(ctx context.Context, serial, user, reason string, now time.Time) (Order, error) {
	return l.act(ctx, serial, "order refund", user, reason, now, func(_ Tx, o Order) (Order, error) {
		if o.AskedBy != "" {
			return o, fmt.Errorf("%w: a refund is ordered already", ErrAct)
		}
		o.AskedBy, o.AskedWhy = user, stored.Text(reason)

		return o, nil
	})
}

// ApproveRefund is another person's word that a payment goes back; it does then. It is
// audited. ErrTwoPeople says that it is the same person, ErrAct or ErrBooked that it is
// not possible.
func (l *Ledger) ApproveRefund(ctx context.Context, serial, user, reason string, now time.Time) (Order, error) {
	return l.act(ctx, serial, "approve refund", user, reason, now, func(tx Tx, o Order) (Order, error) {
		switch o.AskedBy {
		case "":
			return o, fmt.Errorf("%w: no refund is ordered", ErrAct)
		case user:
			return o, ErrTwoPeople
		}
		o.AskedBy, o.AskedWhy = "", ""
		next, err := step(ctx, tx, o, order.Event{Kind: order.GiveBack, Now: now.UTC(), Why: ByPerson}, "refund ordered", user, now)

		return next.Order, err
	})
}

// act carries out what a person orders for a payment that may go back, and audits it.
func (l *Ledger) act(ctx context.Context, serial, what, user, reason string, now time.Time, do func(Tx, Order) (Order, error)) (Order, error) {
	var o Order
	err := l.b.Update(ctx, func(tx Tx) error {
		before, err := tx.QROrder(ctx, serial)
		if err != nil {
			return fmt.Errorf("order %.32q: %w", serial, err)
		}
		if before.State != order.Paid {
			return fmt.Errorf("%w: it is %s", ErrAct, before.State)
		}
		if verdict, err := mayReturn(ctx, tx, serial); verdict != nil || err != nil {
			return errors.Join(verdict, err)
		}
		if o, err = do(tx, before); err != nil {
			return err
		}
		if o.Version == before.Version { // it took no step of the machine
			o.Version++
			o.UpdatedAt = stored.Millis(now)
			if err := tx.UpdateQROrder(ctx, o); err != nil {
				return fmt.Errorf("cannot store order %s: %w", serial, err)
			}
			if err := tx.AddQRHistory(ctx, []books.History{line(o, "refund asked", user, now)}); err != nil {
				return fmt.Errorf("cannot store history of %s: %w", serial, err)
			}
		}

		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: user, Action: what, Object: serial, Reason: stored.Text(reason)})
	})

	return o, err
}

// MayReturn reports whether people may have a payment given back as it stands.
func MayReturn(d Detail) bool {
	return d.Order.State == order.Paid && (d.Posting == nil || d.Posting.State == posting.Owed)
}
