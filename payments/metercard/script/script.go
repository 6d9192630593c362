package script

import (
	"encoding/hex"
	"fmt"
	"log/slog"
)

// Version is that of the form of scripts.
const Version = 1

// Bounds of a script and of what is saved.
const (
	MaxSteps  = 32  // of one round
	MaxRounds = 16  // of one visit of a card
	MaxBytes  = 261 // of one step, or of one answer
	MaxSaved  = 16  // answers of one round
	maxName   = 24
)

// Op is what a step does.
type Op string

// The operations. APDU is for processor cards, the others for memory cards.
const (
	APDU   Op = "apdu"
	Read   Op = "read"
	Write  Op = "write"
	Verify Op = "verify" // present the code in Data
)

// Bytes are what a step says to a card, or a card to a step: they print as their length.
type Bytes []byte

// String returns the length only.
func (b Bytes) String() string { return fmt.Sprintf("[%d bytes]", len(b)) }

// GoString is String.
func (b Bytes) GoString() string { return b.String() }

// LogValue is String.
func (b Bytes) LogValue() slog.Value { return slog.StringValue(b.String()) }

// MarshalText is in hexadecimal digits: scripts travel, they are not logged.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(b)), nil }

// UnmarshalText reads hexadecimal digits; what is none is not repeated in the error.
func (b *Bytes) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) > MaxBytes {
		return fmt.Errorf("%d characters are no bytes of a step", len(text))
	}
	*b = raw

	return nil
}

// Step is one order to the card.
type Step struct {
	Op      Op     `json:"op"`
	Data    Bytes  `json:"data,omitempty"` // apdu: the command; write: what to write; verify: the code
	Area    int    `json:"area,omitempty"` // memory cards: 0 main, 1 protection
	Address int    `json:"address,omitempty"`
	Length  int    `json:"length,omitempty"` // read
	Expect  string `json:"expect,omitempty"` // apdu: four characters, x for any digit, such as 9000 or 61xx; empty is 9000
	Save    string `json:"save,omitempty"`   // the answer is kept under this name for the next round
	Changes bool   `json:"changes,omitempty"`
	Purse   bool   `json:"purse,omitempty"` // what makes the purchase count; the last step that changes anything
}

// Script is one round. It travels in wire.Signed.
type Script struct {
	V       int    `json:"v"`
	Txn     string `json:"txn"`  // serial of the transaction
	Card    string `json:"card"` // serial of the chip
	Round   int    `json:"round"`
	Session string `json:"session"` // the kiosk's own number of this stay of the card: 32 hexadecimal digits
	Expires int64  `json:"expires"` // Unix ms
	Steps   []Step `json:"steps"`
	Last    bool   `json:"last"` // no round follows; the card is read back
}
