package wire

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"wattkiosk/payments/metercard"
)

// Bounds of what the systems at the other end say, as a terminal keeps it. It goes into
// records, which have little room, and a record that cannot be made would be tried for ever.
const (
	maxSaid   = 512 // bytes of a text, a name or an address; the rest is cut off
	maxNumber = 64  // of a code or a number
)

// clip is the beginning of s, at most most bytes of whole characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}

	return s[:most]
}

// DecodePostState reads the answer about the order with this serial. One about another is
// ErrMessage. What is too long is cut; a settlement by something that has no name is none.
func DecodePostState(body []byte, serial string) (PostState, error) {
	var p PostState
	if err := json.Unmarshal(body, &p); err != nil {
		return PostState{}, fmt.Errorf("%w: state of an order: %w", ErrMessage, err)
	}
	if p.Serial == "" || p.Serial != serial {
		return PostState{}, fmt.Errorf("%w: state of order %.32q, asked for %.32q", ErrMessage, p.Serial, serial)
	}

	p.Code, p.Reference = clip(p.Code, maxNumber), clip(p.Reference, maxNumber)
	p.Text = clip(p.Text, maxSaid)
	if len(p.Settled.By) > maxNumber {
		p.Settled = metercard.Settled{}
	}

	return p, nil
}
