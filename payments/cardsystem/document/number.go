package document

import (
	"fmt"
	"strings"

	"wattkiosk/payments/money"
)

// yuan is an amount as the interface writes it: a text with two decimals, below zero with
// a sign. It refuses what lies beyond money.Max, and the empty text.
type yuan money.Amount

func (y yuan) amount() money.Amount { return money.Amount(y) }

// MarshalText writes 128.50.
func (y yuan) MarshalText() ([]byte, error) { return []byte(money.Amount(y).String()), nil }

// UnmarshalText reads what MarshalText writes.
func (y *yuan) UnmarshalText(text []byte) error {
	digits, negative := strings.CutPrefix(string(text), "-")
	a, err := money.Parse(digits)
	if err != nil {
		return fmt.Errorf("%w: an amount of %d characters", ErrMalformed, len(text))
	}
	if negative {
		a = -a
	}
	*y = yuan(a)

	return nil
}

// kwh is energy in 0.01 kWh, as a text with two decimals: it reads like an amount.
type kwh int64

// MarshalText writes 205.51.
func (k kwh) MarshalText() ([]byte, error) { return yuan(k).MarshalText() }

// UnmarshalText reads what MarshalText writes.
func (k *kwh) UnmarshalText(text []byte) error { return (*yuan)(k).UnmarshalText(text) }
