package card

import (
	"fmt"
	"log/slog"

	"wattkiosk/hal"
)

// Engine is a card-reader driver without I/O.
type Engine = hal.Engine[Command, Event]

var _ hal.Command[Event] = Command{}

// Limits of one command.
const (
	// MaxAPDU is the longest command or response APDU in bytes: short APDUs only,
	// as meter cards use (5 header bytes, 255 data, 1 Le; response 256 + 2).
	MaxAPDU = 261
	// MaxMemory is the most bytes that one Read or Write moves.
	MaxMemory = 1024
)

// Op is what a reader can be ordered to do.
type Op int

// Commands. Those marked * can change a card.
const (
	// Accept lets a card in (opens the gate of a motor reader); a contact or dip
	// reader, which cannot refuse, answers Done at once.
	Accept Op = iota + 1
	// Refuse lets no further card in.
	Refuse
	// PowerOn presses the contacts and resets the processor card. Done: Data is
	// the ATR. On a card that is powered it is a warm reset.
	PowerOn
	// PowerOff takes the power from the card's contacts.
	PowerOff
	// Transmit* sends one APDU (Command.Data). Done: Data is the response with its
	// two status bytes. GET RESPONSE and the repeat with the right Le (61xx, 6Cxx)
	// are the driver's work on T=0; their outcome is the command's.
	Transmit
	// Select powers a memory card of Command.Chip. Done: Data is the chip's answer
	// to reset, empty where it has none.
	Select
	// Read reads Command.Length bytes at Command.Address of Command.Area.
	Read
	// Write* writes Command.Data at Command.Address of Command.Area. NotDone with
	// ErrProtected also when the code was not presented.
	Write
	// Tries reads how many presentations of the PSC are left. Done: Data is one
	// byte, the count, decoded (3 for a fresh SLE4442, 8 for an SLE4428).
	Tries
	// Verify* presents the PSC in Command.Data. The driver reads the count first
	// and answers NotDone with ErrLastTry, without touching it, when only one try
	// is left and Command.LastTry is not set. NotDone with ErrWrongPSC after a
	// wrong code; Data is then the one byte of tries left.
	Verify
	// ReadTracks reads the magnetic tracks of the card that came in. Done: Tracks
	// holds them (empty = unreadable or blank).
	ReadTracks
	// Eject offers the card to the customer. Done when it is in the gate.
	Eject
	// Capture moves the card to the bin of retained cards.
	Capture
	// Reset initialises the reader; a card inside is kept where it is.
	Reset
	// Work* has the library of the reader's maker do a whole piece of work on the card,
	// Command.Name, with Command.Fields; nobody here knows what it says to the card. Done:
	// Event.Fields are what it tells. Only drivers that are a [Worker] take it.
	Work
)

var opNames = [...]string{
	"", "accept", "refuse", "power-on", "power-off", "transmit", "select", "read", "write", "tries", "verify",
	"read-tracks", "eject", "capture", "reset", "work",
}

// String names the command.
func (o Op) String() string {
	if o < 1 || int(o) >= len(opNames) {
		return fmt.Sprintf("Op(%d)", int(o))
	}
	return opNames[o]
}

// Changes reports whether the command can change a card.
func (o Op) Changes() bool { return o == Transmit || o == Write || o == Verify || o == Work }

// Worker is a driver whose reader's library does whole pieces of work.
type Worker interface {
	// Works are those it does, by name; none where the library has none.
	Works() map[string]Piece
}

// Piece is a piece of work, by the names of its fields.
type Piece struct {
	Needs []string // of its Command
	Tells []string // in its Event
	Last  []string // of Needs, what its last call takes
}

// Chip is a kind of memory card.
type Chip int

// The memory cards.
const (
	SLE4442   Chip = iota + 1 // 256 bytes, PSC of 3 bytes, 3 tries
	SLE4428                   // 1024 bytes, PSC of 2 bytes, 8 tries
	AT24C                     // I2C EEPROM without a code: AT24C01 to AT24C64
	AT88SC102                 // two zones of 64 bytes, code of 2 bytes, 4 tries
)

// Area is a part of a memory card.
type Area int

// The areas.
const (
	// Main is user memory; for AT88SC102 the whole card by byte address.
	Main Area = iota
	// Protection is the protection bits as the chips hold them: bit 0 of byte 0 for
	// byte 0 of main memory, 0 = protected. An SLE4442 has 4 bytes (main bytes 0 to
	// 31), an SLE4428 128. A write burns each bit that is 0 in the data, for good;
	// bits that are 1 stay as they are.
	Protection
)

// Secret is bytes that must not be seen in a log: an APDU, a PSC, a track.
type Secret []byte

// String returns the length only.
func (s Secret) String() string { return fmt.Sprintf("[%d bytes]", len(s)) }

// GoString is String, so that %#v shows no more.
func (s Secret) GoString() string { return s.String() }

// MarshalText is String, so that JSON shows no more.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue keeps slog from looking inside; it is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Fields are what a library is told, or tells, by names that its owner understands.
type Fields map[string]Secret

// Wipe overwrites what the fields hold.
func (f Fields) Wipe() {
	for _, b := range f {
		clear(b)
	}
}

// Command is one order to a reader.
type Command struct {
	ID      uint32 // chosen by the owner; names the command in its outcome
	Op      Op
	Data    Secret // Transmit: APDU; Write: bytes; Verify: PSC
	Chip    Chip   // Select
	Area    Area   // Read, Write
	Address int    // Read, Write: first byte
	Length  int    // Read: bytes wanted, 1 to MaxMemory
	LastTry bool   // Verify: present the PSC although only one try is left
	Name    string // Work: which
	Fields  Fields // Work: what it is told
}

// Refused implements hal.Command.
func (c Command) Refused(why error) Event { return Event{Kind: NotDone, ID: c.ID, Err: why} }

// Kind says what a reader reported.
type Kind int

// Events.
const (
	// StatusChanged carries the new Status; sent once when the reader was first
	// heard, and on each change.
	StatusChanged Kind = iota + 1
	// Done, NotDone and Unknown are the outcome of the command with ID.
	Done
	NotDone
	Unknown
)

// String names the event.
func (k Kind) String() string {
	names := [...]string{"", "status-changed", "done", "not-done", "unknown"}
	if k < 1 || int(k) >= len(names) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return names[k]
}

// Media is where the card is.
type Media int

// The places of a card.
const (
	MediaUnknown Media = iota
	NotPresent         // no card
	Entering           // in the gate, not held: arriving, or offered after Eject
	Present            // inside and held
	Latched            // inside and on the contacts
	Jammed             // stuck
)

var mediaNames = [...]string{"unknown", "not-present", "in-gate", "present", "latched", "jammed"}

// String names the place.
func (m Media) String() string {
	if m < 0 || int(m) >= len(mediaNames) {
		return fmt.Sprintf("Media(%d)", int(m))
	}
	return mediaNames[m]
}

// MarshalText lets a place stand in JSON by name.
func (m Media) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// Status is the reader's condition.
type Status struct {
	State   hal.DeviceState
	Media   Media
	BinFull bool // the bin of retained cards
	Detail  string
}

// Event is one report of a reader.
type Event struct {
	Kind   Kind
	ID     uint32    // outcomes: of the command
	Status Status    // StatusChanged
	Data   Secret    // Done
	Tracks [3]Secret // Done of ReadTracks: tracks 1 to 3 without sentinels and LRC
	Fields Fields    // Done of Work
	Err    error     // NotDone, Unknown: one of the Err values below, wrapped with the device's code in words
}
