package signed

import (
	"fmt"
	"net/http"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/secure"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
)

// Notice verifies and decodes a notice.
func (a *Adapter) Notice(header map[string][]string, body []byte) (acquirer.Notice, error) {
	if len(body) > secure.MaxBody {
		return acquirer.Notice{}, fmt.Errorf("%w: more than %d bytes", acquirer.ErrAnswer, secure.MaxBody)
	}
	r, err := a.read(http.Header(header), body, "WK1-NOTICE", a.config.Merchant)
	if err != nil {
		return acquirer.Notice{}, err
	}

	if r.Original != "" {
		if !acquirer.ValidSerial(r.Original) || !acquirer.ValidSerial(r.Serial) {
			return acquirer.Notice{}, fmt.Errorf("%w: a notice without serials of ours", acquirer.ErrMisfit)
		}

		return acquirer.Notice{
			Serial: r.Original, Refund: r.Serial,
			Payment: acquirer.PaymentResult{Answer: acquirer.Open.Answer(r.said(), r.Text)},
		}, nil
	}
	if !acquirer.ValidSerial(r.Serial) {
		return acquirer.Notice{}, fmt.Errorf("%w: a notice without a serial of ours", acquirer.ErrMisfit)
	}

	v := onNotice.Judge(r.Code, r.State)
	answer := v.Answer(r.said(), r.Text)
	n := acquirer.Notice{Serial: r.Serial, Payment: acquirer.PaymentResult{Answer: answer}}
	if v.Outcome != call.Done {
		return n, nil
	}
	if r.Amount <= 0 || r.Amount > int64(money.Max) {
		return acquirer.Notice{}, fmt.Errorf("%w: a paid notice without an amount", acquirer.ErrAnswer)
	}
	n.Payment = payment(answer, r, acquirer.Question{Serial: r.Serial, Amount: money.Amount(r.Amount)})

	return n, nil
}

// Receipt answers a notice: 204 when it was taken.
func (a *Adapter) Receipt(taken bool) acquirer.Receipt {
	if !taken {
		return acquirer.Receipt{Status: http.StatusInternalServerError, ContentType: "text/plain", Body: "not taken"}
	}

	return acquirer.Receipt{Status: http.StatusNoContent}
}
