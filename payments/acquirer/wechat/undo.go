package wechat

import (
	"context"
	"errors"
	"net/url"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/leg/call"
)

// Close ends an order by close, a collection by reverse.
func (a *Adapter) Close(ctx context.Context, c acquirer.Closing) (acquirer.CloseResult, error) {
	if err := c.Check(); err != nil {
		return acquirer.CloseLost(err)
	}

	table, end := onClose, a.closeOrder
	if c.Collected {
		table, end = onReverse, a.reverse
	}
	said, err := a.refusal(end(a.stamped(ctx), c.Serial))
	if err != nil {
		return acquirer.CloseLost(err)
	}
	v := table.Judge(codeOf(said.code), "")

	return acquirer.CloseResult{Answer: v.Answer(said.code, said.text), Reason: v.Reason, Refunded: v.Refunded}, nil
}

func (a *Adapter) closeOrder(ctx context.Context, serial string) error {
	api := native.NativeApiService{Client: a.client}
	_, err := api.CloseOrder(ctx, native.CloseOrderRequest{OutTradeNo: &serial, Mchid: &a.config.Merchant})

	return err
}

func (a *Adapter) reverse(ctx context.Context, serial string) error {
	req := struct {
		App      string `json:"appid"`
		Merchant string `json:"mchid"`
	}{a.config.App, a.config.Merchant}
	_, err := a.client.Post(ctx, consts.WechatPayAPIServer+"/v3/pay/transactions/out-trade-no/"+url.PathEscape(serial)+"/reverse", req)

	return err
}

// Refund gives money back; our serial is its out_refund_no.
func (a *Adapter) Refund(ctx context.Context, f acquirer.Refund) (acquirer.RefundResult, error) {
	if err := f.Check(); err != nil {
		return acquirer.RefundLost(err)
	}

	api := refunddomestic.RefundsApiService{Client: a.client}
	r, _, err := api.Create(a.stamped(ctx), refunddomestic.CreateRequest{
		OutTradeNo: &f.Original, OutRefundNo: &f.Serial, Reason: optional(f.Why), NotifyUrl: &a.config.NotifyURL,
		Amount: &refunddomestic.AmountReq{
			Refund: core.Int64(int64(f.Amount)), Total: core.Int64(int64(f.Total)), Currency: core.String(yuan),
		},
	})
	said, err := a.refusal(err)
	if err != nil {
		return acquirer.RefundLost(err)
	}

	return a.refunded(onRefund, said, r, f)
}

// AskRefund asks by the serial of the refund.
func (a *Adapter) AskRefund(ctx context.Context, f acquirer.Refund) (acquirer.RefundResult, error) {
	if err := f.Check(); err != nil {
		return acquirer.RefundResult{}, err
	}
	r, err := a.queryRefund(ctx, f.Serial)
	said, err := a.refusal(err)
	if err != nil {
		return acquirer.RefundResult{}, err
	}

	return a.refunded(onAskRefund, said, r, f)
}

func (a *Adapter) queryRefund(ctx context.Context, serial string) (*refunddomestic.Refund, error) {
	api := refunddomestic.RefundsApiService{Client: a.client}
	r, _, err := api.QueryByOutRefundNo(a.stamped(ctx), refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: &serial})

	return r, err
}

// refunded makes the result of an answer about a refund. One that speaks of a
// refund must fit what was asked, whatever it says.
func (a *Adapter) refunded(table acquirer.Table, said refused, r *refunddomestic.Refund, f acquirer.Refund) (acquirer.RefundResult, error) {
	if r == nil {
		r = &refunddomestic.Refund{}
	}

	state := status(r)
	v := table.Judge(codeOf(said.code), state)
	code := said.code
	if state != "" {
		code += " " + state
	}
	answer := v.Answer(code, said.text)
	if said.code == taken {
		err := acquirer.Fits([2]string{text(r.OutRefundNo), f.Serial}, [2]string{text(r.OutTradeNo), f.Original})
		if v.Outcome == call.Done {
			err = errors.Join(err, acquirer.FitsFen(refund(r), f.Amount))
		}
		if err != nil {
			return acquirer.RefundResult{Answer: acquirer.Misfit(answer)}, err
		}
	}
	if v.Outcome != call.Done {
		return acquirer.RefundResult{Answer: answer, Reason: v.Reason}, nil
	}

	return acquirer.RefundResult{Answer: answer, Reference: text(r.RefundId), Amount: f.Amount}, nil
}

// wentBack finds out what the state REFUND of a payment means, from the refund
// that was ordered for it.
func (a *Adapter) wentBack(ctx context.Context, q acquirer.Question) (acquirer.Verdict, error) {
	r, err := a.queryRefund(ctx, q.Refund)
	said, err := a.refusal(err)
	switch {
	case err != nil:
		return acquirer.Open, err
	case said.code != taken || r == nil || text(r.OutTradeNo) != q.Serial:
		return acquirer.Open, nil
	}

	switch back := refund(r); {
	case status(r) == "PROCESSING":
		return acquirer.Waiting, nil
	case status(r) == "SUCCESS" && back == int64(q.Amount):
		return acquirer.Reverted, nil
	case status(r) == "SUCCESS" && back > 0 && back < int64(q.Amount):
		return acquirer.Carried, nil
	}

	return acquirer.Open, nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}

	return &s
}

func status(r *refunddomestic.Refund) string {
	if r.Status == nil {
		return ""
	}

	return string(*r.Status)
}

// refund is the amount of a refund in fen; -1 if it has none in yuan.
func refund(r *refunddomestic.Refund) int64 {
	if r.Amount == nil || r.Amount.Refund == nil || r.Amount.Currency != nil && *r.Amount.Currency != yuan {
		return -1
	}

	return *r.Amount.Refund
}
