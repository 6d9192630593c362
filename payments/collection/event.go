package collection

import (
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// Pile is the notes of one denomination.
type Pile struct {
	Value money.Amount `json:"value"`
	Notes int64        `json:"notes"`
}

// How is how it is known that the cassette was exchanged.
type How string

// The ways.
const (
	BySensor How = "sensor" // the validator said that it was out, and is in
	ByPower  How = "power"  // the validator came back with a cassette after the power was off
	ByPeople How = "stated" // the validator cannot tell: the two people say so
)

func (h How) known() bool { return h == BySensor || h == ByPower || h == ByPeople }

// Opened begins a collection.
type Opened struct {
	By   string `json:"by"`   // staff number of the one
	With string `json:"with"` // and of the other
	At   int64  `json:"at"`   // Unix ms, by the kiosk's clock, as all times here
}

// Exchanged divides the notes: those inside were in the cassette that is out.
type Exchanged struct {
	Out    string       `json:"out"` // number of the cassette that is out; empty where it never had one
	In     string       `json:"in"`  // of the one that is in
	How    How          `json:"how"`
	Inside []Pile       `json:"inside"` // by the records, since the last exchange
	Doubt  money.Amount `json:"doubt"`  // of notes since then that nobody can place
	Doubts int64        `json:"doubts"` // how many these are; one of an unknown value adds nothing to Doubt
	Prior  bool         `json:"prior"`  // the records do not reach back to the last exchange: Inside is by the account kept beside them
	// Of Prior: notes inside whose denomination that account does not tell, and their sum.
	Older      money.Amount `json:"older,omitempty"`
	OlderNotes int64        `json:"older_notes,omitempty"`
	Moved      int64        `json:"moved,omitempty"` // how often that cassette had been taken out of its place unasked
	At         int64        `json:"at"`
}

// Counted is one blind count.
type Counted struct {
	Piles []Pile `json:"piles"`
	At    int64  `json:"at"`
}

// Explained is why the last count differs.
type Explained struct {
	Reason string `json:"reason"`
	At     int64  `json:"at"`
}

// Signed is the word of one of the two, given with the PIN.
type Signed struct {
	By string `json:"by"`
	At int64  `json:"at"`
}

// Closed ends a collection that both signed.
type Closed struct {
	Head string `json:"head"` // hash of the record before this one, hex
	At   int64  `json:"at"`
}

// PutBack is the Reason of an Abandoned in which the cassette left its place, and the two say
// that the same one is in it again, with its notes.
const PutBack = "put-back"

// Abandoned ends one without an exchange: the notes are still those of the cassette that is in.
type Abandoned struct {
	Reason string `json:"reason"`
	At     int64  `json:"at"`
}

// Slip is one attempt to print the collection's slip, with its outcome.
type Slip struct {
	Copy    int    `json:"copy"`
	Outcome string `json:"outcome"` // started, then printed, not-printed, unsure, …
	At      int64  `json:"at"`
}

// Moved is evidence that belongs to no collection: the cassette left its place with none
// open, or one is in that place again. It changes no sum: nobody knows what was taken.
type Moved struct {
	Out bool  `json:"out"` // else there is one again, be it the same or another
	At  int64 `json:"at"`
}

// Is reports whether an event is one of this package's: it is of no transaction.
func Is(e leg.Event) bool {
	switch e.(type) {
	case Opened, Exchanged, Counted, Explained, Signed, Closed, Abandoned, Slip, Moved:
		return true
	}

	return false
}

// EventType is the record type "collection-opened".
func (Opened) EventType() string { return "collection-opened" }

// EventType is the record type "collection-exchanged".
func (Exchanged) EventType() string { return "collection-exchanged" }

// EventType is the record type "collection-counted".
func (Counted) EventType() string { return "collection-counted" }

// EventType is the record type "collection-explained".
func (Explained) EventType() string { return "collection-explained" }

// EventType is the record type "collection-signed".
func (Signed) EventType() string { return "collection-signed" }

// EventType is the record type "collection-closed".
func (Closed) EventType() string { return "collection-closed" }

// EventType is the record type "collection-abandoned".
func (Abandoned) EventType() string { return "collection-abandoned" }

// EventType is the record type "collection-slip".
func (Slip) EventType() string { return "collection-slip" }

// EventType is the record type "cassette-moved".
func (Moved) EventType() string { return "cassette-moved" }
