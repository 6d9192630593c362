package signed

import (
	"context"
	"errors"
	"fmt"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/leg/call"
)

// Order makes an order.
func (a *Adapter) Order(ctx context.Context, o acquirer.Order) (acquirer.OrderResult, error) {
	err := o.Check(a.config.Now())
	if err != nil {
		return acquirer.OrderLost(err)
	}

	expires := o.Expires.UTC()
	r, err := a.call(ctx, "order", request{
		Serial: o.Serial, Amount: int64(o.Amount), Subject: o.Subject, Expires: &expires, Notify: a.config.NotifyURL,
	})
	if err != nil {
		return acquirer.OrderLost(err)
	}

	v := onOrder.Judge(r.Code, r.State)
	answer := v.Answer(r.said(), r.Text)
	if err := acquirer.Fits([2]string{r.Serial, o.Serial}); err != nil {
		return acquirer.OrderResult{Answer: acquirer.Misfit(answer)}, err
	}
	if v.Outcome != call.Done {
		return acquirer.OrderResult{Answer: answer, Reason: v.Reason}, nil
	}
	if err := acquirer.FitsFen(r.Amount, o.Amount); err != nil {
		return acquirer.OrderResult{Answer: acquirer.Misfit(answer)}, err
	}
	if r.Show == "" || r.Expires.IsZero() {
		return acquirer.OrderResult{Answer: acquirer.Misfit(answer)}, fmt.Errorf("%w: no code to show", acquirer.ErrAnswer)
	}

	return acquirer.OrderResult{Answer: answer, Show: r.Show, Expires: r.Expires}, nil
}

// Collect takes money by the customer's code.
func (a *Adapter) Collect(ctx context.Context, c acquirer.Collection) (acquirer.PaymentResult, error) {
	if err := c.Check(); err != nil {
		return acquirer.PaymentLost(err)
	}
	r, err := a.call(ctx, "collect", request{
		Serial: c.Serial, Amount: int64(c.Amount), Subject: c.Subject, PayCode: string(c.Code), Terminal: c.Terminal,
		Notify: a.config.NotifyURL,
	})
	if err != nil {
		return acquirer.PaymentLost(err)
	}

	return paid(onCollect, r, acquirer.Question{Serial: c.Serial, Amount: c.Amount})
}

// Ask asks what became of a payment.
func (a *Adapter) Ask(ctx context.Context, q acquirer.Question) (acquirer.PaymentResult, error) {
	if err := q.Check(); err != nil {
		return acquirer.PaymentResult{}, err
	}
	r, err := a.call(ctx, "ask", request{Serial: q.Serial})
	if err != nil {
		return acquirer.PaymentResult{}, err
	}

	return paid(onAsk, r, q)
}

// paid makes the result of a reply about a payment, which must fit what was asked.
func paid(t acquirer.Table, r reply, q acquirer.Question) (acquirer.PaymentResult, error) {
	v := t.Judge(r.Code, r.State)
	answer := v.Answer(r.said(), r.Text)
	err := acquirer.Fits([2]string{r.Serial, q.Serial}, [2]string{r.Original, ""})
	if v.Outcome == call.Done || v.Undone {
		err = errors.Join(err, acquirer.FitsFen(r.Amount, q.Amount))
	}
	switch {
	case err != nil:
		return acquirer.PaymentResult{Answer: acquirer.Misfit(answer)}, err
	case v.Outcome != call.Done:
		return acquirer.PaymentResult{Answer: answer, Reason: v.Reason}, nil
	}

	return payment(answer, r, q), nil
}

func payment(answer call.Answer, r reply, q acquirer.Question) acquirer.PaymentResult {
	return acquirer.PaymentResult{
		Answer: answer, Reference: acquirer.Clip(r.Reference), Amount: q.Amount, Payer: acquirer.Mask(r.Payer), PaidAt: r.PaidAt,
	}
}
