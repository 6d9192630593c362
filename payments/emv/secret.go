package emv

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is bytes that must not be seen in a log: an APDU, a card number, a track.
// It prints as its length.
type Secret []byte

// Wipe overwrites the bytes with zeros.
func (s Secret) Wipe() { clear(s) }

// String returns the length only.
func (s Secret) String() string { return fmt.Sprintf("[%d bytes]", len(s)) }

// Format is String for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText is String, so that JSON shows no more.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue keeps slog from looking inside; it is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// shown is how many digits of a PAN a slip and a record may have.
const (
	shownFront = 6
	shownBack  = 4
	minPAN     = 12 // digits; ISO/IEC 7812 allows 19 at most
	maxPAN     = 19
)

// Card is what a card says of itself, from the chip or from the stripe. All of it is
// for the message to the bank and for the PIN block, and is wiped after that.
type Card struct {
	PAN      Secret // 12 to 19 ASCII digits
	Track2   Secret // ASCII digits and one '=', without sentinels; at most 37
	Expiry   Secret // YYMM, ASCII digits
	Sequence Secret // three ASCII digits (field 23); empty when the card has none
}

// Masked is the PAN as it may be stored and printed: the first six and the last four
// digits, a star for each between them.
func (c Card) Masked() string {
	if len(c.PAN) < minPAN {
		return ""
	}
	b := make([]byte, len(c.PAN))
	for i := range b {
		b[i] = '*'
		if i < shownFront || i >= len(b)-shownBack {
			b[i] = c.PAN[i]
		}
	}

	return string(b)
}

// Wipe overwrites all of it with zeros.
func (c Card) Wipe() {
	for _, s := range []Secret{c.PAN, c.Track2, c.Expiry, c.Sequence} {
		s.Wipe()
	}
}
