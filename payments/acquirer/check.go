package acquirer

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"wattkiosk/payments/money"
)

// Bounds of every adapter.
const (
	SerialDigits = 20
	ClockLimit   = 5 * time.Minute // between our clock and the acquirer's

	maxSubject  = 32 // characters
	maxText     = 120
	maxTerminal = 32 // bytes
)

// ValidSerial reports whether s can be a serial (流水号): 20 digits.
func ValidSerial(s string) bool { return len(s) == SerialDigits && digits(s) }

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// Check refuses an order that no acquirer could take.
func (o Order) Check(now time.Time) error {
	if !o.Expires.After(now) {
		return fmt.Errorf("%w: the order is over already", ErrRequest)
	}

	return check(o.Serial, o.Amount, o.Subject)
}

// Check refuses a collection that no acquirer could take.
func (c Collection) Check() error {
	if code := string(c.Code); len(code) < 16 || len(code) > 24 || !digits(code) {
		return fmt.Errorf("%w: what was scanned is not a payment code", ErrRequest)
	}
	if len(c.Terminal) > maxTerminal {
		return fmt.Errorf("%w: name of the terminal is too long", ErrRequest)
	}

	return check(c.Serial, c.Amount, c.Subject)
}

// Check refuses a question that cannot be asked.
func (q Question) Check() error {
	if q.Refund != "" && !ValidSerial(q.Refund) {
		return fmt.Errorf("%w: serial of the refund is not 20 digits", ErrRequest)
	}

	return check(q.Serial, q.Amount, "")
}

// Check refuses a closing without a serial.
func (c Closing) Check() error { return checkSerial(c.Serial) }

// Check refuses a refund that no acquirer could take.
func (r Refund) Check() error {
	if err := checkSerial(r.Original); err != nil {
		return err
	}
	if r.Serial == r.Original || r.Amount > r.Total || r.Total > money.Max {
		return fmt.Errorf("%w: a refund has its own serial and is of no more than was paid", ErrRequest)
	}

	return check(r.Serial, r.Amount, r.Why)
}

func check(serial string, amount money.Amount, text string) error {
	if err := checkSerial(serial); err != nil {
		return err
	}
	if amount <= 0 || amount > money.Max {
		return fmt.Errorf("%w: amount %s", ErrRequest, amount)
	}
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxSubject {
		return fmt.Errorf("%w: text of more than %d characters", ErrRequest, maxSubject)
	}

	return nil
}

func checkSerial(s string) error {
	if !ValidSerial(s) {
		return fmt.Errorf("%w: serial is not 20 digits", ErrRequest)
	}

	return nil
}

// Clip bounds a text that the other end gave. It cuts no number in two: what is left of
// a card's number would not be known for one.
func Clip(s string) string {
	if len(s) <= maxText {
		return strings.ToValidUTF8(s, "")
	}
	cut := s[:maxText]
	if isDigit(rune(s[maxText])) {
		cut = strings.TrimRightFunc(cut, isDigit)
	}

	return strings.ToValidUTF8(cut, "")
}

// Mask hides the middle of what identifies a payer: a wallet's user number or
// login keeps three characters at the front and, if it is long, four at the end.
func Mask(s string) string {
	r := []rune(strings.ToValidUTF8(s, ""))
	switch {
	case len(r) == 0:
		return ""
	case len(r) < 4:
		return "****"
	case len(r) < 11:
		return string(r[:3]) + "****"
	}

	return string(r[:3]) + "****" + string(r[len(r)-4:])
}
