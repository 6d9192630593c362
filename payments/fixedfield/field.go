package fixedfield

import (
	"fmt"
	"strings"

	"wattkiosk/payments/money"
)

// Kind is how a field is written.
type Kind int

// The kinds.
const (
	Key     Kind = iota + 1 // printable ASCII without spaces, never blank, padded right
	Label                   // as Key, but may be blank
	Text                    // GB18030, padded right, may be blank
	Date                    // YYYYMMDD
	Stamp                   // YYYYMMDDhhmmss
	Clock                   // hhmmss
	Month                   // YYYYMM
	Amount                  // fen, zeros on the left
	Count                   // rows of the repeated group, or a small number
	Literal                 // always Value
	Enum                    // one of Values, by our word
	Number                  // digits, zeros on the left
	Signed                  // fen, a sign and then digits
)

// Field is one column of a layout. Width is in bytes.
type Field struct {
	Name   string
	As     string // the name by which the value is known here, where the system has another
	Width  int
	Kind   Kind
	Value  string            // of a Literal
	Values map[string]string // of an Enum: our word to the wire's
}

// Cell is the name by which the value is known here.
func (f *Field) Cell() string {
	if f.As != "" {
		return f.As
	}
	return f.Name
}

// FieldError says which field of which message cannot be written or read.
type FieldError struct {
	Message string // transaction code
	Field   string
	Row     int // of the repeated group from 1; 0 outside it
	Reason  string
}

// Error names message, field and reason; it never quotes the value.
func (e *FieldError) Error() string {
	if e.Row > 0 {
		return fmt.Sprintf("message %s, row %d, field %s: %s", e.Message, e.Row, e.Field, e.Reason)
	}
	return fmt.Sprintf("message %s, field %s: %s", e.Message, e.Field, e.Reason)
}

// Unwrap makes every FieldError an ErrMalformed.
func (e *FieldError) Unwrap() error { return ErrMalformed }

// append writes the value that v points at; "" is success.
func (f *Field) append(b []byte, v any) ([]byte, string) {
	switch f.Kind {
	case Literal:
		return append(b, f.Value...), ""
	case Amount:
		return f.appendNumber(b, int64(*v.(*money.Amount)))
	case Count:
		return f.appendNumber(b, int64(*v.(*int)))
	case Number:
		return f.appendNumber(b, *v.(*int64))
	case Signed:
		return f.appendSigned(b, *v.(*money.Amount))
	}
	s := *v.(*string)
	switch f.Kind {
	case Text:
		enc, reason := encodeText(s)
		if reason != "" {
			return b, reason
		}
		s = enc
	case Enum:
		wire, ok := f.Values[s]
		if !ok {
			return b, "not a known value"
		}
		s = wire
	default:
		if reason := f.checkText(s); reason != "" {
			return b, reason
		}
	}
	if len(s) > f.Width {
		return b, fmt.Sprintf("%d bytes, width %d", len(s), f.Width)
	}
	b = append(b, s...)
	for range f.Width - len(s) {
		b = append(b, ' ')
	}
	return b, ""
}

// appendSigned writes a sign and the digits of the rest of the width.
func (f *Field) appendSigned(b []byte, a money.Amount) ([]byte, string) {
	digits, sign := *f, byte('+')
	digits.Width--
	if a < 0 {
		a, sign = -a, '-'
	}

	return digits.appendNumber(append(b, sign), int64(a))
}

func (f *Field) appendNumber(b []byte, n int64) ([]byte, string) {
	if n < 0 {
		return b, "negative"
	}
	limit := int64(1)
	for range f.Width {
		limit *= 10
	}
	if n >= limit {
		return b, fmt.Sprintf("does not fit in %d digits", f.Width)
	}
	at := len(b)
	b = append(b, strings.Repeat("0", f.Width)...)
	putDigits(b[at:], n)
	return b, ""
}

// parse reads raw into what v points at; "" is success.
func (f *Field) parse(raw []byte, v any) string {
	switch f.Kind {
	case Literal:
		if string(raw) != f.Value {
			return fmt.Sprintf("want %q", f.Value)
		}
		return ""
	case Amount, Count, Number:
		return parseNumber(raw, v)
	case Signed:
		return parseSigned(raw, v.(*money.Amount))
	}
	s := strings.TrimRight(string(raw), " ")
	switch f.Kind {
	case Text:
		dec, reason := decodeText(s)
		if reason != "" {
			return reason
		}
		*v.(*string) = dec
	case Enum:
		for word, wire := range f.Values {
			if wire == s {
				*v.(*string) = word
				return ""
			}
		}
		return "not a known value"
	default:
		if reason := f.checkText(s); reason != "" {
			return reason
		}
		*v.(*string) = s
	}
	return ""
}

func parseNumber(raw []byte, v any) string {
	var n int64
	for _, c := range raw {
		if c < '0' || c > '9' {
			return "want digits"
		}
		n = n*10 + int64(c-'0')
	}
	switch p := v.(type) {
	case *money.Amount:
		*p = money.Amount(n)
	case *int:
		*p = int(n)
	case *int64:
		*p = n
	}
	return ""
}

// parseSigned reads a sign and digits; there is no negative nothing.
func parseSigned(raw []byte, a *money.Amount) string {
	if raw[0] != '+' && raw[0] != '-' {
		return "want a sign"
	}
	if reason := parseNumber(raw[1:], a); reason != "" {
		return reason
	}
	if raw[0] == '-' && *a == 0 {
		return "negative nothing"
	}
	if raw[0] == '-' {
		*a = -*a
	}

	return ""
}

// checkText checks a Key, Label, Date, Stamp, Clock or Month without its padding.
func (f *Field) checkText(s string) string {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return "want printable ASCII without spaces"
		}
	}
	switch f.Kind {
	case Key:
		if s == "" {
			return "blank"
		}
	case Date, Stamp, Month:
		return checkCalendar(s, f.Width)
	case Clock:
		return checkCalendar("20000101"+s, len("YYYYMMDD")+f.Width)
	}
	return ""
}

// checkCalendar checks the digits and the ranges of month, day, hour, minute and second.
func checkCalendar(s string, width int) string {
	if len(s) != width {
		return fmt.Sprintf("want %d digits", width)
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return fmt.Sprintf("want %d digits", width)
		}
	}
	for _, part := range [...]struct {
		at   int
		max  byte
		min  byte
		name string
	}{{4, 12, 1, "month"}, {6, 31, 1, "day"}, {8, 23, 0, "hour"}, {10, 59, 0, "minute"}, {12, 59, 0, "second"}} {
		if part.at >= width {
			break
		}
		if n := (s[part.at]-'0')*10 + s[part.at+1] - '0'; n < part.min || n > part.max {
			return "no such " + part.name
		}
	}
	return ""
}
