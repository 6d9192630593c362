package scanner

import (
	"fmt"
	"log/slog"

	"wattkiosk/hal"
)

// MaxCode is the longest code in bytes; a longer one is dropped whole.
const MaxCode = 2048

// Engine is a scanner driver without I/O.
type Engine = hal.Engine[Command, Event]

var _ hal.Command[Event] = Command{}

// Op is what a scanner can be ordered to do.
type Op int

// Commands.
const (
	Enable  Op = iota + 1 // codes are reported
	Disable               // codes are dropped
)

// Command is one order to a scanner. A driver starts disabled.
type Command struct{ Op Op }

// Refused implements hal.Command.
func (c Command) Refused(why error) Event { return Event{Kind: Refused, Detail: why.Error()} }

// Code is the text of a code.
type Code string

// String returns the length only.
func (c Code) String() string { return fmt.Sprintf("[code of %d bytes]", len(c)) }

// GoString is String.
func (c Code) GoString() string { return c.String() }

// LogValue is String.
func (c Code) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Kind says what a scanner reported.
type Kind int

// Events.
const (
	// Scanned: a whole code was read.
	Scanned Kind = iota + 1
	// Unreadable: something was read that is no code: too long, or with bytes that
	// no code has. Detail says which.
	Unreadable
	// Refused: the driver did not take a command; Detail says why.
	Refused
)

// Event is one report of a scanner.
type Event struct {
	Kind   Kind
	Code   Code
	Detail string
}

// Accept checks the bytes of a read and makes its event: printable text in UTF-8
// without control characters, not empty, at most MaxCode bytes.
func Accept(b []byte) Event {
	if len(b) > MaxCode {
		return Event{Kind: Unreadable, Detail: "too long"}
	}
	s := string(b)
	for _, r := range s {
		if r < ' ' || r == 0x7F || r == '\uFFFD' {
			return Event{Kind: Unreadable, Detail: "not text"}
		}
	}
	return Event{Kind: Scanned, Code: Code(s)}
}
