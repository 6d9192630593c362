package money

import (
	"bytes"
	"encoding/json"
)

// Optional is an amount that may be unknown, such as the arrears of an account
// that nobody could look up. The zero value is unknown. It exists so that an
// unknown amount cannot be shown as zero by accident.
type Optional struct {
	amount Amount
	known  bool
}

// Known is an Optional that holds a.
func Known(a Amount) Optional { return Optional{a, true} }

// Get returns the amount and whether it is known; the amount of an unknown one is 0.
func (o Optional) Get() (Amount, bool) { return o.amount, o.known }

// MarshalJSON writes the amount in fen, or null.
func (o Optional) MarshalJSON() ([]byte, error) {
	if !o.known {
		return []byte("null"), nil
	}

	return json.Marshal(o.amount)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (o *Optional) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*o = Optional{}

		return nil
	}
	if err := json.Unmarshal(b, &o.amount); err != nil {
		return err
	}
	o.known = true

	return nil
}
