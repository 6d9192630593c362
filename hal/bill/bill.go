package bill

import (
	"fmt"

	"wattkiosk/hal"
)

// Engine is a note-validator driver without I/O.
type Engine = hal.Engine[Command, Event]

var _ hal.Command[Event] = Command{}

// Op is what a validator can be told to do.
type Op int

// Commands. Stack and Return name no note: there is at most one in escrow.
const (
	// Enable accepts notes of Command.Values (fen); each goes to escrow.
	Enable Op = iota + 1
	// Disable refuses further notes. The driver reports Disabled once the device
	// itself says so; a note already in the path may still reach escrow or the
	// cassette before that.
	Disable
	// Stack moves the escrowed note into the cassette.
	Stack
	// Return gives the escrowed note back.
	Return
	// Hold keeps the note in escrow longer (where the protocol needs telling).
	Hold
	// Reset restarts the device; a note in its path is returned.
	Reset
	// Confirm says that the oldest report that was not confirmed yet (Stacked,
	// PoweredUpInStacker, Returned, PoweredUpInValidator) is durable, so that the
	// driver may acknowledge it to the device.
	Confirm
)

var opNames = [...]string{"", "enable", "disable", "stack", "return", "hold", "reset", "confirm"}

// String names the command.
func (o Op) String() string {
	if o < 1 || int(o) >= len(opNames) {
		return fmt.Sprintf("Op(%d)", int(o))
	}
	return opNames[o]
}

// Command is one order to a validator.
type Command struct {
	Op     Op
	Values []int64 // Enable only: accepted denominations in fen; empty = all the device knows
}

// Refused implements hal.Command.
func (c Command) Refused(why error) Event {
	return Event{Kind: Refused, Op: c.Op, Detail: why.Error()}
}

// Kind says what a validator reported.
type Kind int

// Events. A driver reports each change once; it repeats Stacked and
// PoweredUpInStacker only after a restart of the driver itself before the device
// heard the acknowledgement. Enable and Disable are each answered by one Idling
// or Disabled once in force, even if nothing changed; a device that does not obey
// an Enable is Unusable. After Silent the state is reported again, so Escrowed may
// come again for the same note: an order given before the silence is void. What a
// silence hides is not guessed: a note whose Stack order the device had taken before
// it is Lost before another note is reported.
const (
	// Starting: powering up or initialising.
	Starting Kind = iota + 1
	// Disabled: ready, and refuses notes. No note is in its path.
	Disabled
	// Idling: ready, enabled, waiting for a note.
	Idling
	// Accepting: a note is moving towards escrow.
	Accepting
	// Escrowed: a note of Value waits for Stack or Return.
	Escrowed
	// Stacking: the note is on its way into the cassette.
	Stacking
	// Stacked: the note of Value is in the cassette. The instant of credit.
	Stacked
	// Returning: the note is on its way out.
	Returning
	// Returned: the customer has the note back (Value 0 where the device does
	// not say which).
	Returned
	// Rejected: a note was refused before escrow; Detail says why.
	Rejected
	// PoweredUp: the device restarted with no note in its path.
	PoweredUp
	// PoweredUpInValidator: the device restarted with a note in its path, which
	// its reset is to give back. Returned follows once it did; until then the note
	// may still jam. Value 0 after a silence: which note it is nobody can know.
	PoweredUpInValidator
	// PoweredUpInStacker: the device restarted and says that the note that was
	// on its way is in the cassette. Value is 0: the device does not know it.
	PoweredUpInStacker
	// CassetteRemoved and CassetteFull stop the device until a person acts.
	CassetteRemoved
	CassetteFull
	// Jammed: a note is stuck (Detail: "validator" or "cassette").
	Jammed
	// Cheated: the device saw an attempt to pull a note back.
	Cheated
	// Failed: a device fault, in Detail.
	Failed
	// Lost: the device no longer mentions a note that was on its way into the cassette, or
	// that a silence, a restart or a fault hid while it was in escrow or on its way out: not
	// credited, not known to be returned, for a person to settle. Value is 0 where it
	// was never in escrow, so that nobody ordered it and nothing tells what it is worth. A
	// late Stacked may still settle it.
	Lost
	// Silent: the device does not answer. Any other event ends it.
	Silent
	// Unusable: the device answers and takes no notes, though no fault that it
	// reports keeps it from it; Detail says why. It has none of our values, or an
	// Enable was refused or had no effect, or it accepts no command. It answers an
	// Enable in place of Idling, and follows each Disabled as long as it stands.
	// Idling, Starting and Silent end it.
	Unusable
	// Refused: the driver did not take the order of Op; Detail says why (it knows none
	// of the values of Enable; there is no note to Stack or Return; its queue is full).
	// Nothing was sent and nothing changed: a refused Enable leaves the device as it was,
	// and is answered by Unusable. It is no state of the device.
	Refused
)

var kindNames = [...]string{
	"", "starting", "disabled", "idling", "accepting", "escrowed", "stacking", "stacked", "returning",
	"returned", "rejected", "powered-up", "powered-up-in-validator", "powered-up-in-stacker",
	"cassette-removed", "cassette-full", "jammed", "cheated", "failed", "lost", "silent", "unusable", "refused",
}

// String names the event.
func (k Kind) String() string {
	if k < 1 || int(k) >= len(kindNames) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return kindNames[k]
}

// Event is one report of a validator.
type Event struct {
	Kind   Kind
	Op     Op     // Refused only: the order
	Value  int64  // fen, 0 = unknown; Escrowed always, Stacking, Stacked, Returning, Returned, Lost where known
	Detail string // reason or fault code in words; never for parsing
}

// State maps an event to the device status it implies. Refused implies none, and is
// Unknown.
func (e Event) State() hal.DeviceState {
	switch e.Kind {
	case Starting, PoweredUp, PoweredUpInValidator, PoweredUpInStacker:
		return hal.DeviceStarting
	case Silent:
		return hal.DeviceOffline
	case CassetteRemoved, CassetteFull, Jammed, Failed, Lost, Unusable:
		return hal.DeviceFault
	case Refused:
		return hal.DeviceUnknown
	}
	return hal.DeviceOnline
}
