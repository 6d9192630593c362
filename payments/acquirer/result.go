package acquirer

import (
	"errors"
	"fmt"
	"net"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
)

// Unsent is the verdict on a call without an answer: not done if nothing can have
// left, otherwise unknown.
func Unsent(err error) Verdict {
	var dial *net.OpError
	switch {
	case errors.Is(err, ErrRequest):
		return Refuse(NotAccepted)
	case errors.As(err, &dial) && dial.Op == "dial":
		return Busy
	}

	return Open
}

// Fits checks that an answer speaks of what was asked. Each pair is what the
// answer says and what was asked for; an answer may leave out nothing.
func Fits(pairs ...[2]string) error {
	for _, p := range pairs {
		if p[0] != p[1] {
			return fmt.Errorf("%w: it says %q, %q was asked for", ErrMisfit, Clip(p[0]), p[1])
		}
	}

	return nil
}

// FitsYuan checks that an amount in yuan, as an answer writes it, is what was asked
// for. The two are compared as fen.
func FitsYuan(said string, want money.Amount) error {
	amount, err := money.Parse(said)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMisfit, err)
	}

	return FitsFen(int64(amount), want)
}

// FitsFen is FitsYuan for an amount in fen.
func FitsFen(said int64, want money.Amount) error {
	if money.Amount(said) != want {
		return fmt.Errorf("%w: it says %s yuan, %s was asked for", ErrMisfit, money.Amount(said), want)
	}

	return nil
}

// Misfit is the answer to give where Fits refused one: unknown, with the code and
// text that came.
func Misfit(a call.Answer) call.Answer { return call.Answer{Code: a.Code, Text: a.Text} }
