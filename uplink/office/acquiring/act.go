package acquiring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/books"
)

// ErrAct says that a payment cannot be given back as its order stands.
var ErrAct = errors.New("not possible as the order stands")

// ByPerson is why a payment goes back that two people wanted back.
const ByPerson = "by-person"

// RefundPlan is the payment that two people give back.
type RefundPlan struct {
	Serial    string       `json:"serial"`
	Kiosk     string       `json:"kiosk"`
	Account   string       `json:"account"`
	Amount    money.Amount `json:"amount"`
	State     order.State  `json:"state"`
	Acquirer  string       `json:"acquirer"`
	Reference string       `json:"reference"` // the acquirer's own number
}

// PlanRefund says which payment would be given back, and writes nothing. ErrAct, or
// ErrBooked, says that it is not possible.
func PlanRefund(ctx context.Context, tx Tx, serial string) (RefundPlan, error) {
	o, err := refundable(ctx, tx, serial)
	if err != nil {
		return RefundPlan{}, err
	}

	return RefundPlan{o.Serial, o.Kiosk, o.Account, o.Amount, o.State, o.Acquirer, o.Reference}, nil
}

// RefundIn has a payment given back on the word of two people: the refund is durable, and is
// sent to the acquirer under its own serial until it is answered. ErrAct, or ErrBooked, says
// that it is not possible.
func RefundIn(ctx context.Context, tx Tx, serial string, who books.Orderers, now time.Time) (Order, error) {
	o, err := refundable(ctx, tx, serial)
	if err != nil {
		return o, err
	}
	o.AskedBy, o.AskedWhy = "", "" // earlier software had one person's order here
	next, err := step(ctx, tx, o, order.Event{Kind: order.GiveBack, Now: now.UTC(), Why: ByPerson}, "refund ordered", who.Names(), now)

	return next.Order, err
}

// refundable is an order whose payment may go back.
func refundable(ctx context.Context, tx Tx, serial string) (Order, error) {
	o, err := tx.QROrder(ctx, serial)
	if err != nil {
		return o, fmt.Errorf("order %.32q: %w", serial, err)
	}
	if o.State != order.Paid {
		return o, fmt.Errorf("%w: it is %s", ErrAct, o.State)
	}
	verdict, err := mayReturn(ctx, tx, serial)

	return o, errors.Join(verdict, err)
}

// MayReturn reports whether people may have a payment given back as it stands.
func MayReturn(d Detail) bool {
	return d.Order.State == order.Paid && (d.Posting == nil || d.Posting.State == posting.Owed)
}
