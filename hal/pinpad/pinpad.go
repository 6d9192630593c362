package pinpad

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"wattkiosk/hal"
)

// Engine is a PIN pad driver without I/O.
type Engine = hal.Engine[Command, Event]

var _ hal.Command[Event] = Command{}

// Bounds of commands.
const (
	MinPIN     = 4
	MaxPIN     = 12
	MaxDigits  = 20 // of plain input
	MaxMACData = 1024
	MaxWait    = 2 * time.Minute
)

// Op is what a pad can be ordered to do.
type Op int

// Commands.
const (
	// LoadKey puts a working key, encrypted under the master key Command.Under, into
	// Command.Slot. Done: Data is the key check value, which matched Command.KCV.
	LoadKey Op = iota + 1
	// EnterPIN takes a PIN. Done: Data is the encrypted block of Command.Format.
	EnterPIN
	// EnterDigits takes plain digits, as an account number. Done: Data is the digits.
	EnterDigits
	// Cancel ends EnterPIN or EnterDigits, which is then NotDone with ErrCancelled.
	// Done also when nothing was under way.
	Cancel
	// MAC makes a message authentication code over Command.Data with the key of
	// Command.Slot, by Command.Method. Done: Data is the 8 bytes.
	MAC
)

var opNames = [...]string{"", "load-key", "enter-pin", "enter-digits", "cancel", "mac"}

// String names the command.
func (o Op) String() string {
	if o < 1 || int(o) >= len(opNames) {
		return fmt.Sprintf("Op(%d)", int(o))
	}
	return opNames[o]
}

// Use is what a working key is for.
type Use int

// The uses.
const (
	ForPIN Use = iota + 1
	ForMAC
)

// Format is a PIN block format of ISO 9564-1.
type Format int

// The formats.
const (
	Format0 Format = 0 // 8 bytes, with the account number, under (3)DES
	Format4 Format = 4 // 16 bytes, with the account number and random fill, under AES
)

// Method is a way of making a message authentication code. A key of 16 bytes makes
// triple DES of the DES in it.
type Method int

// The methods.
const (
	X919     Method = iota // ANSI X9.19: CBC by DES of the left half, the end by both; X9.9 under 8 bytes
	X99                    // ANSI X9.9: CBC
	UnionPay               // UnionPay's ECB: the blocks' XOR as 16 hex characters, encrypted half by half; 8 of the result's
)

// Secret prints as its length.
type Secret []byte

// String returns the length only.
func (s Secret) String() string { return fmt.Sprintf("[%d bytes]", len(s)) }

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// MarshalText is String, so that JSON shows no more.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Command is one order to a pad.
type Command struct {
	ID     uint32
	Op     Op
	Slot   byte          // LoadKey, EnterPIN, MAC: working key, 0 to 7
	Under  byte          // LoadKey: master key, 0 to 7
	Use    Use           // LoadKey
	Key    Secret        // LoadKey: the cryptogram, 8, 16 or 24 bytes
	KCV    []byte        // LoadKey: 3 or 4 bytes
	Format Format        // EnterPIN
	PAN    Secret        // EnterPIN: the account number as ASCII digits, 12 to 19
	Max    int           // EnterPIN: most digits (0 = 6); EnterDigits: most digits
	Wait   time.Duration // EnterPIN, EnterDigits: for the whole input; 0 = 30 s
	Data   Secret        // MAC
	Method Method        // MAC
}

// Refused implements hal.Command.
func (c Command) Refused(why error) Event { return Event{Kind: NotDone, ID: c.ID, Err: why} }

// Check reports a command that makes no sense.
func (c Command) Check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %v: %s", ErrArgument, c.Op, fmt.Sprintf(format, args...))
	}

	switch {
	case c.Op < LoadKey || c.Op > MAC:
		return bad("no such command")
	case c.Slot > 7 || c.Under > 7:
		return bad("key slots are 0 to 7")
	case c.Wait < 0 || c.Wait > MaxWait:
		return bad("wait %v, at most %v", c.Wait, MaxWait)
	}

	switch c.Op {
	case LoadKey:
		if n := len(c.Key); n != 8 && n != 16 && n != 24 {
			return bad("key of %d bytes", n)
		}
		if n := len(c.KCV); n != 3 && n != 4 {
			return bad("key check value of %d bytes", n)
		}
		if c.Use != ForPIN && c.Use != ForMAC {
			return bad("use %d", c.Use)
		}
	case EnterPIN:
		if len(c.PAN) < 12 || len(c.PAN) > 19 || !digits(c.PAN) {
			return bad("account number is not 12 to 19 digits")
		}
		if c.Max != 0 && (c.Max < MinPIN || c.Max > MaxPIN) {
			return bad("%d digits", c.Max)
		}
		if c.Format != Format0 && c.Format != Format4 {
			return bad("format %d", c.Format)
		}
	case EnterDigits:
		if c.Max < 1 || c.Max > MaxDigits {
			return bad("%d digits", c.Max)
		}
	case MAC:
		if len(c.Data) == 0 || len(c.Data) > MaxMACData {
			return bad("%d bytes of data", len(c.Data))
		}
		if c.Method < X919 || c.Method > UnionPay {
			return bad("method %d", c.Method)
		}
	}

	return nil
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// Kind says what a pad reported.
type Kind int

// Events.
const (
	StatusChanged Kind = iota + 1
	// KeyPressed: Count digits stand in the input now (a PIN shows so many marks).
	KeyPressed
	Done
	NotDone
)

// String names the event.
func (k Kind) String() string {
	names := [...]string{"", "status-changed", "key-pressed", "done", "not-done"}
	if k < 1 || int(k) >= len(names) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return names[k]
}

// Status is the pad's condition.
type Status struct {
	State  hal.DeviceState
	Keyed  bool // it holds a master key
	Tamper bool // it held one, and says now that it is blank
	Detail string
}

// Event is one report of a pad.
type Event struct {
	Kind   Kind
	ID     uint32 // outcomes
	Status Status // StatusChanged
	Count  int    // KeyPressed
	Data   Secret // Done
	Err    error  // NotDone: one of the Err values, wrapped with the pad's own words
}

// Why a command was not done.
var (
	ErrArgument    = errors.New("invalid command")
	ErrUnsupported = errors.New("pad does not support this")
	ErrNoKey       = errors.New("pad does not hold the key")
	ErrKCV         = errors.New("key check value differs")
	ErrCancelled   = errors.New("input was cancelled")
	ErrTimeout     = errors.New("no input in time")
	ErrAuth        = errors.New("pad wants to be unlocked in the secure room")
	ErrSilent      = errors.New("pad does not answer")
	ErrDevice      = errors.New("pad fault")
)
