package leg

import (
	"errors"

	"wattkiosk/payments/money"
)

// ErrIllegal is returned for an event that a leg's state does not allow. It means
// a broken invariant: whoever sees it stops taking money.
var ErrIllegal = errors.New("illegal event")

// Fact is what is known of a leg's main deed.
type Fact uint8

// The facts. The zero value is None.
const (
	None    Fact = iota // nothing was begun
	Moving              // begun, and not at its end
	Done                // it happened
	NotDone             // it definitely did not happen
	Unknown             // it cannot be found out by machine
	Undoing             // nobody wants it any more: it is being taken back, or kept from happening
	Undone              // it happened, or may have, and was taken back
)

var factNames = [...]string{"none", "moving", "done", "not-done", "unknown", "undoing", "undone"}

// String returns none, moving, done, not-done, unknown, undoing or undone.
func (f Fact) String() string {
	if int(f) < len(factNames) {
		return factNames[f]
	}

	return "invalid"
}

// Undo says how a leg can be taken back.
type Undo uint8

// The ways. The pivot of a transaction is the leg whose Undo becomes Never:
// before it a transaction goes back in reverse order, after it only forward, or
// it owes.
const (
	Free  Undo = iota // costs nothing and cannot fail: a note in escrow, an authorisation not used
	Call              // takes a remote call that may fail: a reversal, a refund
	Never             // cannot be taken back: a stacked note, a written card
)

// Slot is a leg's place in a transaction.
type Slot string

// The slots, in the order in which a transaction fills them.
const (
	Money Slot = "money" // what the customer gives
	Post  Slot = "post"  // the booking in the MIS; of a purchase the sale at the card-meter system
	Card  Slot = "card"  // the writing of the meter card
)

// Event is something that happened to a leg. Each is one journal record.
type Event interface {
	// EventType is the record type, such as "note-stacked".
	EventType() string
}

// Effect is something that is due after an event became durable. Each may be
// carried out any number of times.
type Effect string

// Reporter is a leg as the compensation table sees it: facts only.
type Reporter interface {
	// Fact is what is known of the leg's main deed.
	Fact() Fact
	// Held is what we hold because of the leg: stacked notes, an authorisation.
	Held() money.Amount
	// Doubt is what nobody can place, or what was placed too late to count: always
	// the matter of a case.
	Doubt() money.Amount
	// Undo says how the leg can be taken back now.
	Undo() Undo
}
