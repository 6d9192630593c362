package alipay

import (
	"context"
	"fmt"
	"time"

	"github.com/smartwalle/alipay/v3"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
)

// Order makes an order by precreate.
func (a *Adapter) Order(ctx context.Context, o acquirer.Order) (acquirer.OrderResult, error) {
	if err := o.Check(a.now()); err != nil {
		return acquirer.OrderLost(err)
	}

	r, err := a.client.TradePreCreate(ctx, alipay.TradePreCreate{Trade: alipay.Trade{
		NotifyURL: a.notify, OutTradeNo: o.Serial, TotalAmount: o.Amount.String(), Subject: o.Subject,
		ProductCode: "FACE_TO_FACE_PAYMENT", TimeExpire: o.Expires.In(china).Format(timeFormat),
	}})
	switch {
	case err != nil:
		return acquirer.OrderLost(named(err))
	case r == nil:
		return acquirer.OrderLost(errEmpty)
	}

	v, answer := judge(onOrder, r.Error, "")
	if v.Outcome != call.Done {
		return acquirer.OrderResult{Answer: answer, Reason: v.Reason}, nil
	}
	if err := acquirer.Fits([2]string{r.OutTradeNo, o.Serial}); err != nil {
		return acquirer.OrderResult{Answer: acquirer.Misfit(answer)}, err
	}
	if r.QRCode == "" {
		return acquirer.OrderResult{Answer: acquirer.Misfit(answer)}, fmt.Errorf("%w: no code to show", acquirer.ErrAnswer)
	}

	return acquirer.OrderResult{Answer: answer, Show: r.QRCode, Expires: o.Expires}, nil
}

// Collect takes money by pay.
func (a *Adapter) Collect(ctx context.Context, c acquirer.Collection) (acquirer.PaymentResult, error) {
	if err := c.Check(); err != nil {
		return acquirer.PaymentLost(err)
	}

	r, err := a.client.TradePay(ctx, alipay.TradePay{
		Trade: alipay.Trade{
			NotifyURL: a.notify, OutTradeNo: c.Serial, TotalAmount: c.Amount.String(), Subject: c.Subject,
			ProductCode: "FACE_TO_FACE_PAYMENT",
		},
		Scene: "bar_code", AuthCode: string(c.Code), TerminalId: c.Terminal,
	})
	switch {
	case err != nil:
		return acquirer.PaymentLost(named(err))
	case r == nil:
		return acquirer.PaymentLost(errEmpty)
	}

	v, answer := judge(onCollect, r.Error, "")

	return paid(v, answer, payment{
		serial: [2]string{r.OutTradeNo, c.Serial}, amount: r.TotalAmount, want: c.Amount,
		reference: r.TradeNo, payer: r.BuyerLogonId, at: r.GmtPayment,
	})
}

// Ask asks by query.
func (a *Adapter) Ask(ctx context.Context, q acquirer.Question) (acquirer.PaymentResult, error) {
	if err := q.Check(); err != nil {
		return acquirer.PaymentResult{}, err
	}

	r, err := a.client.TradeQuery(ctx, alipay.TradeQuery{OutTradeNo: q.Serial})
	switch {
	case err != nil:
		return acquirer.PaymentResult{}, named(err)
	case r == nil:
		return acquirer.PaymentResult{}, errEmpty
	}

	state := string(r.TradeStatus)
	if r.TradeStatus == alipay.TradeStatusClosed && r.SendPayDate != "" {
		state = closedPaid
	}
	v, answer := judge(onAsk, r.Error, state)
	if r.Code == ok && r.OutTradeNo != q.Serial { // whatever it says, it says it of another
		return acquirer.PaymentResult{Answer: acquirer.Misfit(answer)}, acquirer.ErrMisfit
	}

	return paid(v, answer, payment{
		serial: [2]string{r.OutTradeNo, q.Serial}, amount: r.TotalAmount, want: q.Amount,
		reference: r.TradeNo, payer: r.BuyerLogonId, at: r.SendPayDate,
	})
}

// judge finds the verdict on an answer. A refusal's detail is its sub_code.
func judge(t acquirer.Table, e alipay.Error, state string) (acquirer.Verdict, call.Answer) {
	code := string(e.Code)
	if e.Code != ok {
		state = e.SubCode
	}
	v := t.Judge(code, state)
	if state != "" {
		code += " " + state
	}

	return v, v.Answer(code, text(e))
}

func text(e alipay.Error) string {
	if e.SubMsg != "" {
		return e.SubMsg
	}

	return e.Msg
}

// payment is what an answer says of a payment, as it came.
type payment struct {
	serial    [2]string // as it says, and as it was asked
	amount    string    // yuan
	want      money.Amount
	reference string
	payer     string
	at        string
}

// paid makes the result of a verdict. One that says done must fit what was asked.
func paid(v acquirer.Verdict, answer call.Answer, p payment) (acquirer.PaymentResult, error) {
	if v.Outcome != call.Done {
		return acquirer.PaymentResult{Answer: answer, Reason: v.Reason}, nil
	}
	err := acquirer.Fits(p.serial)
	if err == nil {
		err = acquirer.FitsYuan(p.amount, p.want)
	}
	if err != nil {
		return acquirer.PaymentResult{Answer: acquirer.Misfit(answer)}, err
	}

	return acquirer.PaymentResult{
		Answer: answer, Reference: p.reference, Amount: p.want, Payer: acquirer.Mask(p.payer), PaidAt: when(p.at),
	}, nil
}

// when reads a time on the wire; the zero time if there is none.
func when(s string) time.Time {
	t, err := time.ParseInLocation(timeFormat, s, china)
	if err != nil {
		return time.Time{}
	}

	return t
}
