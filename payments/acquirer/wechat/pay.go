package wechat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/secure"
	"wattkiosk/payments/leg/call"
)

// Order makes an order by Native prepay.
func (a *Adapter) Order(ctx context.Context, o acquirer.Order) (acquirer.OrderResult, error) {
	if err := o.Check(a.now()); err != nil {
		return acquirer.OrderLost(err)
	}

	api := native.NativeApiService{Client: a.client}
	r, _, err := api.Prepay(a.stamped(ctx), native.PrepayRequest{
		Appid: &a.config.App, Mchid: &a.config.Merchant, NotifyUrl: &a.config.NotifyURL,
		Description: subject(o.Subject), OutTradeNo: &o.Serial, TimeExpire: core.Time(o.Expires.Truncate(time.Second)),
		Amount: &native.Amount{Total: core.Int64(int64(o.Amount)), Currency: core.String(yuan)},
	})
	said, err := a.refusal(err)
	if err != nil {
		return acquirer.OrderLost(err)
	}

	v := onOrder.Judge(codeOf(said.code), "")
	answer := v.Answer(said.code, said.text)
	switch {
	case v.Outcome != call.Done:
		return acquirer.OrderResult{Answer: answer, Reason: v.Reason}, nil
	case r == nil || text(r.CodeUrl) == "":
		return acquirer.OrderResult{Answer: acquirer.Misfit(answer)}, fmt.Errorf("%w: no code to show", acquirer.ErrAnswer)
	}

	return acquirer.OrderResult{Answer: answer, Show: *r.CodeUrl, Expires: o.Expires}, nil
}

const yuan = "CNY"

// subject is the description of an order, which WeChat wants.
func subject(s string) *string {
	if s == "" {
		s = "电费"
	}

	return &s
}

// codepay is the request of a collection, which the library has no model of.
type codepay struct {
	App         string        `json:"appid"`
	Merchant    string        `json:"mchid"`
	Description *string       `json:"description"`
	Serial      string        `json:"out_trade_no"`
	Amount      native.Amount `json:"amount"`
	Payer       struct {
		Code string `json:"auth_code"`
	} `json:"payer"`
	Scene struct {
		Device string `json:"device_id,omitempty"`
		Store  struct {
			ID string `json:"id"`
		} `json:"store_info"`
	} `json:"scene_info"`
}

// paying is its answer: a transaction, or the error code of one that is under way.
type paying struct {
	payments.Transaction
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Collect takes money by codepay.
func (a *Adapter) Collect(ctx context.Context, c acquirer.Collection) (acquirer.PaymentResult, error) {
	if err := c.Check(); err != nil {
		return acquirer.PaymentLost(err)
	}

	req := codepay{
		App: a.config.App, Merchant: a.config.Merchant, Description: subject(c.Subject), Serial: c.Serial,
		Amount: native.Amount{Total: core.Int64(int64(c.Amount)), Currency: core.String(yuan)},
	}
	req.Payer.Code = string(c.Code)
	req.Scene.Device, req.Scene.Store.ID = c.Terminal, a.config.Merchant
	var r paying
	result, err := a.client.Post(a.stamped(ctx), consts.WechatPayAPIServer+"/v3/pay/transactions/codepay", req)
	if err == nil {
		err = core.UnMarshalResponse(result.Response, &r)
	}
	said, err := a.refusal(err)
	if err != nil {
		return acquirer.PaymentLost(err)
	}

	if r.Code != "" { // an answer of 202 is no error to the library
		said = refused{r.Code, r.Message}
	}
	v := onCollect.Judge(codeOf(said.code), text(r.TradeState))

	return a.paid(v, said, &r.Transaction, acquirer.Question{Serial: c.Serial, Amount: c.Amount})
}

// Ask asks by our serial.
func (a *Adapter) Ask(ctx context.Context, q acquirer.Question) (acquirer.PaymentResult, error) {
	if err := q.Check(); err != nil {
		return acquirer.PaymentResult{}, err
	}

	api := native.NativeApiService{Client: a.client}
	r, _, err := api.QueryOrderByOutTradeNo(a.stamped(ctx), native.QueryOrderByOutTradeNoRequest{OutTradeNo: &q.Serial, Mchid: &a.config.Merchant})
	said, err := a.refusal(err)
	if err != nil {
		return acquirer.PaymentResult{}, err
	}
	if r == nil {
		r = &payments.Transaction{}
	}

	v := onAsk.Judge(codeOf(said.code), text(r.TradeState))
	if said.code == taken && text(r.TradeState) == "REFUND" && q.Refund != "" {
		if v, err = a.wentBack(ctx, q); err != nil {
			return acquirer.PaymentResult{}, err
		}
	}

	return a.paid(v, said, r, q)
}

// paid makes the result of a verdict. An answer that speaks of a transaction must
// fit what was asked, whatever it says.
func (a *Adapter) paid(v acquirer.Verdict, said refused, t *payments.Transaction, q acquirer.Question) (acquirer.PaymentResult, error) {
	code := said.code
	if s := text(t.TradeState); s != "" {
		code += " " + s
	}
	answer := v.Answer(code, said.text)
	if said.code != taken {
		return acquirer.PaymentResult{Answer: answer, Reason: v.Reason}, nil
	}

	err := acquirer.Fits([2]string{text(t.OutTradeNo), q.Serial}, [2]string{text(t.Mchid), a.config.Merchant})
	if err == nil && v.Outcome == call.Done {
		err = errors.Join(acquirer.Fits([2]string{text(t.Appid), a.config.App}), acquirer.FitsFen(total(t), q.Amount))
	}
	switch {
	case err != nil:
		return acquirer.PaymentResult{Answer: acquirer.Misfit(answer)}, err
	case v.Outcome != call.Done:
		return acquirer.PaymentResult{Answer: answer, Reason: v.Reason}, nil
	}

	return acquirer.PaymentResult{
		Answer: answer, Reference: text(t.TransactionId), Amount: q.Amount, Payer: payer(t), PaidAt: when(text(t.SuccessTime)),
	}, nil
}

// refused is what an answer that was understood says: taken, or an error code.
type refused struct{ code, text string }

// refusal takes an error of the library apart. An error answer that WeChat signed
// is an answer; everything else is none.
func (a *Adapter) refusal(err error) (refused, error) {
	if err == nil {
		return refused{code: taken}, nil
	}
	var said *core.APIError
	if !errors.As(err, &said) {
		return refused{}, secure.Silence(err)
	}

	if err := a.check.verify(said.Header, []byte(said.Body)); err != nil {
		if late := a.check.refusesOurTime(said.Header); late != nil {
			return refused{}, late
		}

		return refused{}, fmt.Errorf("%w (HTTP %d, %s)", err, said.StatusCode, acquirer.Clip(said.Code))
	}
	if said.Code == "" || said.Code == taken {
		return refused{}, fmt.Errorf("%w: an error without a code", acquirer.ErrAnswer)
	}

	return refused{said.Code, said.Message}, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}

	return *s
}

// total is the amount of a transaction in fen; -1 if it has none in yuan.
func total(t *payments.Transaction) int64 {
	if t.Amount == nil || t.Amount.Total == nil || t.Amount.Currency != nil && *t.Amount.Currency != yuan {
		return -1
	}

	return *t.Amount.Total
}

func payer(t *payments.Transaction) string {
	if t.Payer == nil {
		return ""
	}

	return acquirer.Mask(text(t.Payer.Openid))
}

func when(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}

	return t
}
