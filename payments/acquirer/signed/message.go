package signed

import (
	"encoding/json"
	"fmt"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/secure"
)

// request is the body of a request; which fields are set depends on the operation.
type request struct {
	Serial   string     `json:"serial"`
	Original string     `json:"original,omitempty"`
	Amount   int64      `json:"amount,omitempty"`
	Subject  string     `json:"subject,omitempty"`
	Expires  *time.Time `json:"expires,omitempty"`
	Notify   string     `json:"notify,omitempty"`
	PayCode  string     `json:"pay_code,omitempty"`
	Terminal string     `json:"terminal,omitempty"`
	GiveBack bool       `json:"give_back,omitempty"`
	Why      string     `json:"why,omitempty"`
}

// reply is the body of a reply or a notice.
type reply struct {
	Merchant  string    `json:"merchant"`
	Code      string    `json:"code"`
	Text      string    `json:"text"`
	Serial    string    `json:"serial"`
	Original  string    `json:"original"`
	State     string    `json:"state"`
	Amount    int64     `json:"amount"`
	Refunded  int64     `json:"refunded"`
	Reference string    `json:"reference"`
	Payer     string    `json:"payer"`
	PaidAt    time.Time `json:"paid_at"`
	Show      string    `json:"show"`
	Expires   time.Time `json:"expires"`
}

// decode reads a reply. Its error is acquirer.ErrAnswer, and names no content.
func decode(body []byte) (reply, error) {
	var r reply
	if len(body) > secure.MaxBody {
		return reply{}, fmt.Errorf("%w: more than %d bytes", acquirer.ErrAnswer, secure.MaxBody)
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return reply{}, fmt.Errorf("%w: not a reply", acquirer.ErrAnswer)
	}
	if r.Code == "" || r.Amount < 0 || r.Refunded < 0 || r.Refunded > r.Amount {
		return reply{}, fmt.Errorf("%w: no code, or amounts that cannot be", acquirer.ErrAnswer)
	}

	return r, nil
}

// said is the code of a reply as information: with its state.
func (r reply) said() string {
	if r.State == "" {
		return r.Code
	}

	return r.Code + " " + r.State
}
