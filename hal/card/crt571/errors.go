package crt571

import (
	"fmt"

	"wattkiosk/hal/card"
)

// Code is an error code of the reader: its two characters, e1 e0.
type Code string

// Codes that a caller branches on.
const (
	CodeJam      Code = "10"
	CodeMoved    Code = "40" // moved by hand, or taken while it was moved
	CodeBinFull  Code = "A1"
	CodeNotReset Code = "B0"
)

// Text is the code in words.
func (c Code) Text() string {
	switch c {
	case "00":
		return "undefined command"
	case "01":
		return "parameter"
	case "02":
		return "command out of order"
	case "03":
		return "not supported by the hardware"
	case "04":
		return "data"
	case "05":
		return "contacts not released"
	case CodeJam:
		return "jam"
	case "11":
		return "shutter"
	case "12":
		return "sensor"
	case "13":
		return "card too long"
	case "14":
		return "card too short"
	case "16", CodeMoved, "45":
		return "card moved by hand"
	case "41", "42", "43":
		return "contacts"
	case "50":
		return "counter of retained cards overflows"
	case "51":
		return "motor"
	}

	return c.cardText()
}

// cardText is the rest: about the card, and the bins.
func (c Code) cardText() string {
	switch c {
	case "60":
		return "short circuit in the card"
	case "61":
		return "card does not start"
	case "62", "66":
		return "not supported by the card"
	case "65":
		return "card is not active"
	case "67":
		return "transmission to the card"
	case "68":
		return "card does not answer in time"
	case "69":
		return "ATR not as EMV wants it"
	case "A0":
		return "stacker empty"
	case CodeBinFull:
		return "bin full"
	case CodeNotReset:
		return "not initialised"
	}

	return "unknown code"
}

// is is the error of the class that the code means.
func (c Code) is() error {
	switch c {
	case "00", "03", "66":
		return card.ErrUnsupported
	case "01", "04":
		return card.ErrArgument
	case "02", "65", CodeNotReset:
		return card.ErrNotPowered
	case CodeJam, "13", "14":
		return card.ErrJam
	case "16", CodeMoved, "45":
		return card.ErrPulled
	case "50", CodeBinFull:
		return card.ErrBinFull
	case "61", "62", "68", "69":
		return card.ErrMute
	}

	return card.ErrDevice
}

// Err is the code as an error of the kind, in words.
func (c Code) Err() error { return fmt.Errorf("%w: code %q, %s", c.is(), string(c), c.Text()) }

// unseen reports whether the code says that the command was not begun: the card
// cannot have seen it.
func (c Code) unseen() bool {
	switch c {
	case "00", "01", "02", "03", "04", "65", "66", CodeNotReset:
		return true
	}
	return false
}
