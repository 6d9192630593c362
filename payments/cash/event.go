package cash

import (
	"strings"

	"wattkiosk/payments/money"
)

// NoteAccepted is the decision to stack the note in escrow.
type NoteAccepted struct {
	Note  int          `json:"note"` // index, from 0
	Value money.Amount `json:"value"`
}

// NoteStacked is the credit of a note, or the news that an unresolved one is in
// the cassette.
type NoteStacked struct {
	Note     int          `json:"note"`
	Value    money.Amount `json:"value"`
	Inferred bool         `json:"inferred"`
	Evidence string       `json:"evidence"`
}

// NoteReturned says that an accepted note went back to the customer.
type NoteReturned struct {
	Note     int          `json:"note"`
	Value    money.Amount `json:"value"`
	Evidence string       `json:"evidence"`
}

// NoteUnresolved says that nobody can tell where an accepted note is. It opens a
// case of that amount.
type NoteUnresolved struct {
	Note     int          `json:"note"`
	Value    money.Amount `json:"value"`
	Evidence string       `json:"evidence"`
}

// StrayNote is a note in the machine that nobody ordered, or that nobody can
// attribute; Value 0 is unknown. It opens a case. It belongs to no transaction's
// state, even where its record names one.
type StrayNote struct {
	Value    money.Amount `json:"value"`
	Evidence string       `json:"evidence"`
}

// InCassette reports whether the device said that the note is in the cassette.
func (e StrayNote) InCassette() bool {
	return strings.HasPrefix(e.Evidence, "stacked") || strings.HasPrefix(e.Evidence, "value-differs")
}

// Closed fixes the total. With a total it is the order to post.
type Closed struct {
	Total    money.Amount `json:"total"`
	Account  string       `json:"account"`
	Tender   string       `json:"tender"`
	ClosedAt int64        `json:"closed_at"` // Unix ms
	Reason   string       `json:"reason"`    // customer, timeout, limit, power-cut, device
}

// EventType is the record type "note-accepted".
func (NoteAccepted) EventType() string { return "note-accepted" }

// EventType is the record type "note-stacked".
func (NoteStacked) EventType() string { return "note-stacked" }

// EventType is the record type "note-returned".
func (NoteReturned) EventType() string { return "note-returned" }

// EventType is the record type "note-unresolved".
func (NoteUnresolved) EventType() string { return "note-unresolved" }

// EventType is the record type "stray-note".
func (StrayNote) EventType() string { return "stray-note" }

// EventType is the record type "cash-closed".
func (Closed) EventType() string { return "cash-closed" }
