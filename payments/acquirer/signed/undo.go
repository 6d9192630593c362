package signed

import (
	"context"
	"errors"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/leg/call"
)

// Close ends an order. A collection that was paid is given back, an order that was
// shown and paid is not.
func (a *Adapter) Close(ctx context.Context, c acquirer.Closing) (acquirer.CloseResult, error) {
	if err := c.Check(); err != nil {
		return acquirer.CloseLost(err)
	}
	r, err := a.call(ctx, "close", request{Serial: c.Serial, GiveBack: c.Collected})
	if err != nil {
		return acquirer.CloseLost(err)
	}

	v := onClose.Judge(r.Code, r.State)
	answer := v.Answer(r.said(), r.Text)
	if err := acquirer.Fits([2]string{r.Serial, c.Serial}); err != nil {
		return acquirer.CloseResult{Answer: acquirer.Misfit(answer)}, err
	}

	return acquirer.CloseResult{Answer: answer, Reason: v.Reason, Refunded: v.Refunded}, nil
}

// Refund gives money back.
func (a *Adapter) Refund(ctx context.Context, f acquirer.Refund) (acquirer.RefundResult, error) {
	if err := f.Check(); err != nil {
		return acquirer.RefundLost(err)
	}
	r, err := a.call(ctx, "refund", request{Serial: f.Serial, Original: f.Original, Amount: int64(f.Amount), Why: f.Why, Notify: a.config.NotifyURL})
	if err != nil {
		return acquirer.RefundLost(err)
	}

	return refunded(onRefund, r, f)
}

// AskRefund asks what became of a refund.
func (a *Adapter) AskRefund(ctx context.Context, f acquirer.Refund) (acquirer.RefundResult, error) {
	if err := f.Check(); err != nil {
		return acquirer.RefundResult{}, err
	}
	r, err := a.call(ctx, "ask-refund", request{Serial: f.Serial, Original: f.Original})
	if err != nil {
		return acquirer.RefundResult{}, err
	}

	return refunded(onAskRefund, r, f)
}

// refunded makes the result of a reply about a refund, which must fit what was
// asked.
func refunded(t acquirer.Table, r reply, f acquirer.Refund) (acquirer.RefundResult, error) {
	v := t.Judge(r.Code, r.State)
	answer := v.Answer(r.said(), r.Text)
	err := acquirer.Fits([2]string{r.Serial, f.Serial}, [2]string{r.Original, f.Original})
	if v.Outcome == call.Done {
		err = errors.Join(err, acquirer.FitsFen(r.Amount, f.Amount))
	}
	switch {
	case err != nil:
		return acquirer.RefundResult{Answer: acquirer.Misfit(answer)}, err
	case v.Outcome != call.Done:
		return acquirer.RefundResult{Answer: answer, Reason: v.Reason}, nil
	}

	return acquirer.RefundResult{Answer: answer, Reference: acquirer.Clip(r.Reference), Amount: f.Amount}, nil
}
