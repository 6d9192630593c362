package alipay

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/secure"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
)

// onNotice says which states of a pushed notice are believed. A notice of a refund
// carries the state of the payment, and is a hint only.
var onNotice = acquirer.Table{
	{State: "TRADE_SUCCESS"}:  acquirer.Carried,
	{State: "TRADE_FINISHED"}: acquirer.Carried,
}

// Notice verifies and decodes an asynchronous notice: a signed form.
func (a *Adapter) Notice(_ map[string][]string, body []byte) (acquirer.Notice, error) {
	if len(body) > secure.MaxBody {
		return acquirer.Notice{}, fmt.Errorf("%w: more than %d bytes", acquirer.ErrAnswer, secure.MaxBody)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return acquirer.Notice{}, fmt.Errorf("%w: not a form", acquirer.ErrAnswer)
	}
	for name, values := range form {
		if len(values) != 1 { // which of them was signed as which is anybody's guess
			return acquirer.Notice{}, fmt.Errorf("%w: %s comes %d times", acquirer.ErrAnswer, acquirer.Clip(name), len(values))
		}
	}

	n, err := a.client.DecodeNotification(context.Background(), form)
	if err != nil {
		return acquirer.Notice{}, fmt.Errorf("%w: of a notice", acquirer.ErrSignature)
	}
	if n.AppId != a.app || a.seller != "" && n.SellerId != a.seller {
		return acquirer.Notice{}, fmt.Errorf("%w: a notice for another merchant", acquirer.ErrMisfit)
	}
	if !acquirer.ValidSerial(n.OutTradeNo) {
		return acquirer.Notice{}, fmt.Errorf("%w: a notice without a serial of ours", acquirer.ErrMisfit)
	}

	notice := acquirer.Notice{Serial: n.OutTradeNo}
	v := onNotice.Judge("", string(n.TradeStatus))
	if n.GmtRefund != "" || n.RefundFee != "" {
		v = acquirer.Open
		if acquirer.ValidSerial(n.OutBizNo) {
			notice.Refund = n.OutBizNo
		}
	}
	notice.Payment.Answer = v.Answer(string(n.TradeStatus), "")
	if v.Outcome != call.Done {
		return notice, nil
	}

	amount, err := money.Parse(n.TotalAmount)
	if err != nil || amount <= 0 {
		return acquirer.Notice{}, fmt.Errorf("%w: a paid notice without an amount", acquirer.ErrAnswer)
	}
	notice.Payment = acquirer.PaymentResult{
		Answer: notice.Payment.Answer, Reference: n.TradeNo, Amount: amount, Payer: acquirer.Mask(n.BuyerLogonId), PaidAt: when(n.GmtPayment),
	}

	return notice, nil
}

// Receipt is what Alipay takes as "received"; anything else has it try again for a
// day.
func (a *Adapter) Receipt(taken bool) acquirer.Receipt {
	if !taken {
		return acquirer.Receipt{Status: http.StatusInternalServerError, ContentType: "text/plain", Body: "failure"}
	}

	return acquirer.Receipt{Status: http.StatusOK, ContentType: "text/plain", Body: "success"}
}
