package wire

import (
	"encoding/json"
	"fmt"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// DecodeVerify reads the answer to the verification of account. A reply about
// another account or none, or with amounts that cannot be meant, is ErrMessage.
// Fields and reasons of a newer head office are no error: what is not known here
// is not payable, without a finer reason.
func DecodeVerify(body []byte, account string) (VerifyResult, error) {
	var v VerifyResult
	if err := json.Unmarshal(body, &v); err != nil {
		return VerifyResult{}, fmt.Errorf("%w: verify result: %w", ErrMessage, err)
	}
	if err := v.check(account); err != nil {
		return VerifyResult{}, fmt.Errorf("%w: verify result: %w", ErrMessage, err)
	}
	v.Reason = v.reason()
	v.Code, v.Text = clip(v.Code, maxNumber), clip(v.Text, maxSaid)
	v.Name, v.Address = clip(v.Name, maxSaid), clip(v.Address, maxSaid)
	return v, nil
}

func (v VerifyResult) check(account string) error {
	if v.Account == "" || v.Account != account {
		return fmt.Errorf("account %.32q, asked for %.32q", v.Account, account)
	}
	for _, x := range []struct {
		name   string
		amount money.Amount
	}{
		{"fee", v.Fee}, {"penalty", v.Penalty}, {"advance", v.Advance}, {"arrears", v.Arrears}, {"minimum", v.Minimum},
	} {
		if x.amount < 0 || x.amount > money.Max {
			return fmt.Errorf("%s of %s", x.name, x.amount)
		}
	}
	return nil
}

// reason is why the account is not payable, also from a head office that sends
// the MIS's code only.
func (v VerifyResult) reason() mis.Reason {
	switch {
	case v.Payable:
		return ""
	case v.Reason != "" && v.Reason.Valid():
		return v.Reason
	case v.Reason != "":
		return mis.NotPayable
	}
	switch v.Code {
	case "1003", "1004":
		return mis.NoAccount
	case "1039", "1102":
		return mis.MeterCard
	}
	return mis.NotPayable
}
