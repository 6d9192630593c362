package wechat

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/secure"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
)

// onNotice says which states of a pushed notice are believed.
var onNotice = acquirer.Table{{Code: "TRANSACTION.SUCCESS", State: "SUCCESS"}: acquirer.Carried}

const (
	algorithm   = "AEAD_AES_256_GCM"
	refundEvent = "REFUND."
)

// envelope is the body of a notice.
type envelope struct {
	Event    string `json:"event_type"`
	Resource struct {
		Algorithm  string `json:"algorithm"`
		Ciphertext string `json:"ciphertext"`
		Associated string `json:"associated_data"`
		Nonce      string `json:"nonce"`
	} `json:"resource"`
}

// content is what it holds, of a payment or of a refund.
type content struct {
	payments.Transaction
	Refund string `json:"out_refund_no"`
}

// Notice verifies, decrypts and decodes a notice.
func (a *Adapter) Notice(header map[string][]string, body []byte) (acquirer.Notice, error) {
	if len(body) > secure.MaxBody {
		return acquirer.Notice{}, fmt.Errorf("%w: more than %d bytes", acquirer.ErrAnswer, secure.MaxBody)
	}
	if err := a.check.verify(http.Header(header), body); err != nil {
		return acquirer.Notice{}, err
	}

	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return acquirer.Notice{}, fmt.Errorf("%w: not a notice", acquirer.ErrAnswer)
	}
	plain, err := a.open(e)
	if err != nil {
		return acquirer.Notice{}, err
	}
	var c content
	if err := json.Unmarshal(plain, &c); err != nil {
		return acquirer.Notice{}, fmt.Errorf("%w: content of a notice", acquirer.ErrAnswer)
	}

	return a.noticed(e.Event, &c)
}

// open decrypts the resource of a notice.
func (a *Adapter) open(e envelope) ([]byte, error) {
	r := e.Resource
	sealed, err := base64.StdEncoding.DecodeString(r.Ciphertext)
	if err != nil || r.Algorithm != algorithm || len(r.Nonce) != a.sealed.NonceSize() {
		return nil, fmt.Errorf("%w: resource of a notice", acquirer.ErrAnswer)
	}
	plain, err := a.sealed.Open(nil, []byte(r.Nonce), sealed, []byte(r.Associated))
	if err != nil {
		return nil, fmt.Errorf("%w: a notice does not decrypt with the API v3 key", acquirer.ErrAnswer)
	}

	return plain, nil
}

func (a *Adapter) noticed(event string, c *content) (acquirer.Notice, error) {
	if text(c.Mchid) != a.config.Merchant || !acquirer.ValidSerial(text(c.OutTradeNo)) {
		return acquirer.Notice{}, fmt.Errorf("%w: a notice for another merchant", acquirer.ErrMisfit)
	}
	n := acquirer.Notice{Serial: text(c.OutTradeNo)}
	v := onNotice.Judge(event, text(c.TradeState))
	n.Payment.Answer = v.Answer(strings.TrimSpace(event+" "+text(c.TradeState)), "")
	if strings.HasPrefix(event, refundEvent) && acquirer.ValidSerial(c.Refund) {
		n.Refund = c.Refund
	}
	if v.Outcome != call.Done {
		return n, nil
	}

	amount := total(&c.Transaction)
	if amount <= 0 || amount > int64(money.Max) || text(c.Appid) != a.config.App {
		return acquirer.Notice{}, fmt.Errorf("%w: a paid notice without an amount, or of another app", acquirer.ErrAnswer)
	}
	n.Payment = acquirer.PaymentResult{
		Answer: n.Payment.Answer, Reference: text(c.TransactionId), Amount: money.Amount(amount),
		Payer: payer(&c.Transaction), PaidAt: when(text(c.SuccessTime)),
	}

	return n, nil
}

// Receipt is what WeChat takes as "received"; anything else has it try again for a
// day.
func (a *Adapter) Receipt(taken bool) acquirer.Receipt {
	if !taken {
		return acquirer.Receipt{
			Status: http.StatusInternalServerError, ContentType: "application/json",
			Body: `{"code":"FAIL","message":"not taken"}`,
		}
	}

	return acquirer.Receipt{Status: http.StatusNoContent}
}
