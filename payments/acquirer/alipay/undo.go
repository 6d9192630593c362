package alipay

import (
	"context"

	"github.com/smartwalle/alipay/v3"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
)

// Close ends an order by cancel, which gives back what is paid, shown or
// collected. (Alipay's close fails while nobody has scanned the code, and the code
// stays good.)
func (a *Adapter) Close(ctx context.Context, c acquirer.Closing) (acquirer.CloseResult, error) {
	if err := c.Check(); err != nil {
		return acquirer.CloseLost(err)
	}

	r, err := a.client.TradeCancel(ctx, alipay.TradeCancel{OutTradeNo: c.Serial})
	switch {
	case err != nil:
		return acquirer.CloseLost(named(err))
	case r == nil:
		return acquirer.CloseLost(errEmpty)
	}

	state := r.Action
	if r.RetryFlag == "Y" {
		state = tryAgain
	}
	v, answer := judge(onClose, r.Error, state)
	if r.Code == ok && r.OutTradeNo != c.Serial {
		return acquirer.CloseResult{Answer: acquirer.Misfit(answer)}, acquirer.ErrMisfit
	}

	return acquirer.CloseResult{Answer: answer, Reason: v.Reason, Refunded: v.Refunded}, nil
}

// Refund gives money back; our serial is its out_request_no.
func (a *Adapter) Refund(ctx context.Context, f acquirer.Refund) (acquirer.RefundResult, error) {
	if err := f.Check(); err != nil {
		return acquirer.RefundLost(err)
	}

	r, err := a.client.TradeRefund(ctx, alipay.TradeRefund{
		OutTradeNo: f.Original, OutRequestNo: f.Serial, RefundAmount: f.Amount.String(), RefundReason: f.Why,
	})
	switch {
	case err != nil:
		return acquirer.RefundLost(named(err))
	case r == nil:
		return acquirer.RefundLost(errEmpty)
	}

	v, answer := judge(onRefund, r.Error, r.FundChange)
	if v.Outcome != call.Done {
		return acquirer.RefundResult{Answer: answer, Reason: v.Reason}, nil
	}
	all, err := money.Parse(r.RefundFee) // of the whole payment, earlier refunds included
	if err == nil {
		err = acquirer.Fits([2]string{r.OutTradeNo, f.Original})
	}
	if err != nil || all < f.Amount || all > f.Total {
		return acquirer.RefundResult{Answer: acquirer.Misfit(answer)}, acquirer.ErrMisfit
	}

	return acquirer.RefundResult{Answer: answer, Reference: r.TradeNo, Amount: f.Amount}, nil
}

// AskRefund asks by the refund query.
func (a *Adapter) AskRefund(ctx context.Context, f acquirer.Refund) (acquirer.RefundResult, error) {
	if err := f.Check(); err != nil {
		return acquirer.RefundResult{}, err
	}

	r, err := a.client.TradeFastPayRefundQuery(ctx, alipay.TradeFastPayRefundQuery{OutTradeNo: f.Original, OutRequestNo: f.Serial})
	switch {
	case err != nil:
		return acquirer.RefundResult{}, named(err)
	case r == nil:
		return acquirer.RefundResult{}, errEmpty
	}

	v, answer := judge(onAskRefund, r.Error, r.RefundStatus)
	if r.OutTradeNo != "" && r.OutTradeNo != f.Original {
		return acquirer.RefundResult{Answer: acquirer.Misfit(answer)}, acquirer.ErrMisfit
	}
	if v.Outcome != call.Done {
		return acquirer.RefundResult{Answer: answer, Reason: v.Reason}, nil
	}
	err = acquirer.Fits([2]string{r.OutTradeNo, f.Original}, [2]string{r.OutRequestNo, f.Serial})
	if err == nil {
		err = acquirer.FitsYuan(r.RefundAmount, f.Amount)
	}
	if err != nil {
		return acquirer.RefundResult{Answer: acquirer.Misfit(answer)}, err
	}

	return acquirer.RefundResult{Answer: answer, Reference: r.TradeNo, Amount: f.Amount}, nil
}
