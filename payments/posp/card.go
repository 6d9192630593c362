package posp

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Card is what a request needs of a card, in the clear but for the PIN. It is for one
// visit and for memory only: Wipe erases it, and nothing prints it.
type Card struct {
	PAN      []byte // digits
	Expiry   []byte // YYMM; may be empty
	Sequence []byte // 3 digits; may be empty
	Track2   []byte // may be empty
	Track3   []byte // may be empty
	Chip     []byte // TLV of field 55; may be empty
	PINBlock []byte // 8 bytes, encrypted; empty without a PIN
}

// Wipe erases the card. A second Wipe, and one of nil, do nothing.
func (c *Card) Wipe() {
	if c == nil {
		return
	}
	for _, b := range [][]byte{c.PAN, c.Expiry, c.Sequence, c.Track2, c.Track3, c.Chip, c.PINBlock} {
		clear(b)
	}
	*c = Card{}
}

// Masked is the card number with all but the first six and the last four digits
// hidden.
func (c *Card) Masked() string { return Mask(c.PAN) }

// String shows nothing of the card.
func (c Card) String() string { return "card(hidden)" }

// GoString is String.
func (c Card) GoString() string { return c.String() }

// Format prints String for every verb.
func (c Card) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, c.String()) }

// LogValue is String.
func (c Card) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON is String.
func (c Card) MarshalJSON() ([]byte, error) { return []byte(`"` + c.String() + `"`), nil }

// The digits of a card number that may be seen.
const (
	shownFirst = 6
	shownLast  = 4
)

// Mask hides all but the first six and the last four digits of a card number; a
// number of fewer than thirteen digits is hidden whole.
func Mask[T string | []byte](pan T) string {
	if len(pan) < 13 {
		return strings.Repeat("*", len(pan))
	}
	return string(pan[:shownFirst]) + strings.Repeat("*", len(pan)-shownFirst-shownLast) + string(pan[len(pan)-shownLast:])
}
