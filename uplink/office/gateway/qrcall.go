package gateway

import (
	"context"
	"fmt"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
)

// maxShow is the longest code that a screen draws.
const maxShow = 512

// QRCall is a call to make now. Its state is durable already.
type QRCall struct {
	acquiring.Claim
	code acquirer.Secret // of a Collect
}

// makeQRCall makes one call, and returns it as the event that it is. The error is for
// the log. Texts of the acquirer hold no number that may be of a card or a payment code.
func makeQRCall(ctx context.Context, a acquirer.Acquirer, c QRCall) (order.Event, error) {
	e, err := callAcquirer(ctx, a, c)
	e.Answer.Code, e.Answer.Text = acquirer.Scrub(e.Answer.Code, ours(c.Order)...), acquirer.Scrub(e.Answer.Text, ours(c.Order)...)

	return e, err
}

// ours are the numbers of an order by which people find it.
func ours(o acquiring.Order) []string { return []string{o.Serial, o.RefundSerial()} }

func callAcquirer(ctx context.Context, a acquirer.Acquirer, c QRCall) (order.Event, error) {
	o := c.Order
	e := order.Event{Kind: order.Answered, To: c.Effect}
	subject := "电费 " + o.Account
	switch c.Effect {
	case order.Place:
		r, err := a.Order(ctx, acquirer.Order{Serial: o.Serial, Amount: o.Amount, Subject: subject, Expires: o.Until})
		e.Answer, e.Word = r.Answer, order.Word{Show: r.Show, Reason: string(r.Reason)}
		if r.Outcome == call.Done && (r.Show == "" || len(r.Show) > maxShow) {
			e.Answer, err = acquirer.Misfit(r.Answer), fmt.Errorf("%w: a code of %d bytes", acquirer.ErrAnswer, len(r.Show))
		}

		return e, err
	case order.Collect:
		r, err := a.Collect(ctx, acquirer.Collection{Serial: o.Serial, Amount: o.Amount, Subject: subject, Code: c.code, Terminal: o.Kiosk})

		return paidEvent(e, r, o), err
	case order.Ask:
		r, err := a.Ask(ctx, acquirer.Question{Serial: o.Serial, Amount: o.Amount, Refund: o.RefundSerial()})

		return paidEvent(e, r, o), err
	case order.Close:
		r, err := a.Close(ctx, acquirer.Closing{Serial: o.Serial, Collected: o.Mode == qr.Scanned})
		e.Answer, e.Word = r.Answer, order.Word{Reason: string(r.Reason), Gone: r.Refunded}

		return e, err
	}

	back := acquirer.Refund{Serial: o.RefundSerial(), Original: o.Serial, Amount: o.Amount, Total: o.Amount, Why: "电费退款"}
	do := a.Refund
	if c.Effect == order.AskRefund {
		do = a.AskRefund
	}
	r, err := do(ctx, back)
	e.Answer, e.Word = r.Answer, order.Word{Reason: string(r.Reason)}

	return e, err
}

// paidEvent fills in what a payment's result says. Of another amount it says nothing.
func paidEvent(e order.Event, r acquirer.PaymentResult, o acquiring.Order) order.Event {
	if r.Outcome == call.Done && r.Amount != o.Amount {
		r = acquirer.PaymentResult{Answer: acquirer.Misfit(r.Answer)}
	}
	e.Answer = r.Answer
	e.Word = order.Word{Reference: r.Reference, Payer: r.Payer, PaidAt: r.PaidAt.UTC(), Reason: string(r.Reason)}

	return e
}
