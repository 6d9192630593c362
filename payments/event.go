package payments

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
)

// EventVersion is the schema version of every event payload.
//
//	1 (2026-11-23) first version
const EventVersion = 1

// ErrEvent is wrapped by decoding errors.
var ErrEvent = errors.New("malformed event")

// Event is something that happened to a transaction. The set is closed.
type Event interface {
	// EventType is the record type, such as "note-stacked".
	EventType() string
}

// Opened begins a transaction: the account was verified (or the offline policy
// allows it) and the validator may be opened.
type Opened struct {
	Account  string       `json:"account"`
	Name     string       `json:"name"`
	Address  string       `json:"address"`
	Arrears  money.Amount `json:"arrears"`
	Minimum  money.Amount `json:"minimum"`
	Online   bool         `json:"online"`
	Tender   string       `json:"tender"`
	Limit    money.Amount `json:"limit"`
	OpenedAt int64        `json:"opened_at"` // Unix ms
}

// NoteAccepted is the decision to stack the note in escrow.
type NoteAccepted struct {
	Note  int          `json:"note"` // index, from 0
	Value money.Amount `json:"value"`
}

// NoteStackedEvent is the credit of a note.
type NoteStackedEvent struct {
	Note     int          `json:"note"`
	Value    money.Amount `json:"value"`
	Inferred bool         `json:"inferred"`
	Evidence string       `json:"evidence"`
}

// NoteReturnedEvent says that an accepted note went back to the customer.
type NoteReturnedEvent struct {
	Note     int          `json:"note"`
	Value    money.Amount `json:"value"`
	Evidence string       `json:"evidence"`
}

// NoteUnresolvedEvent says that nobody can tell where an accepted note is. It
// opens a case of that amount.
type NoteUnresolvedEvent struct {
	Note     int          `json:"note"`
	Value    money.Amount `json:"value"`
	Evidence string       `json:"evidence"`
}

// StrayNote is a note that the device stacked though nobody ordered it, or that
// nobody can attribute. It opens a case. It belongs to no transaction's state.
type StrayNote struct {
	Value    money.Amount `json:"value"`
	Evidence string       `json:"evidence"`
}

// CashClosed fixes the total. With a total it is the order to post.
type CashClosed struct {
	Total    money.Amount `json:"total"`
	Account  string       `json:"account"`
	Tender   string       `json:"tender"`
	ClosedAt int64        `json:"closed_at"` // Unix ms
	Reason   string       `json:"reason"`    // customer, timeout, limit, power-cut, device
}

// OutcomeLearned is head office's final word on the posting.
type OutcomeLearned struct {
	Status    Status       `json:"status"` // posted, owed or disputed
	Code      string       `json:"code"`
	Text      string       `json:"text"`
	Reference string       `json:"reference"`
	ToArrears money.Amount `json:"to_arrears"`
	ToAdvance money.Amount `json:"to_advance"`
}

// SlipAttempt is one attempt to print, with its outcome.
type SlipAttempt struct {
	Copy    int    `json:"copy"`
	Kind    string `json:"kind"`
	Outcome string `json:"outcome"` // printed, not-printed, unsure
}

// Record types of the events.
func (Opened) EventType() string              { return "opened" }
func (NoteAccepted) EventType() string        { return "note-accepted" }
func (NoteStackedEvent) EventType() string    { return "note-stacked" }
func (NoteReturnedEvent) EventType() string   { return "note-returned" }
func (NoteUnresolvedEvent) EventType() string { return "note-unresolved" }
func (StrayNote) EventType() string           { return "stray-note" }
func (CashClosed) EventType() string          { return "cash-closed" }
func (OutcomeLearned) EventType() string      { return "outcome-learned" }
func (SlipAttempt) EventType() string         { return "slip" }

// Draft is the journal draft of an event of transaction serial.
func Draft(serial string, e Event) (record.Draft, error) {
	b, err := json.Marshal(e)
	if err != nil {
		return record.Draft{}, fmt.Errorf("cannot encode %s: %w", e.EventType(), err)
	}
	return record.Draft{Type: e.EventType(), Txn: serial, Version: EventVersion, Payload: b}, nil
}

// DecodeEvent reads the event in a record. It returns nil without error for a
// record that is no payment event. Unknown fields are refused.
func DecodeEvent(r record.Record) (Event, error) {
	switch r.Type {
	case Opened{}.EventType():
		return decode[Opened](r)
	case NoteAccepted{}.EventType():
		return decode[NoteAccepted](r)
	case NoteStackedEvent{}.EventType():
		return decode[NoteStackedEvent](r)
	case NoteReturnedEvent{}.EventType():
		return decode[NoteReturnedEvent](r)
	case NoteUnresolvedEvent{}.EventType():
		return decode[NoteUnresolvedEvent](r)
	case StrayNote{}.EventType():
		return decode[StrayNote](r)
	case CashClosed{}.EventType():
		return decode[CashClosed](r)
	case OutcomeLearned{}.EventType():
		return decode[OutcomeLearned](r)
	case SlipAttempt{}.EventType():
		return decode[SlipAttempt](r)
	}
	return nil, nil
}

func decode[E Event](r record.Record) (Event, error) {
	var e E
	if r.Version != EventVersion {
		return nil, fmt.Errorf("%w: %s version %d", ErrEvent, r.Type, r.Version)
	}
	d := json.NewDecoder(bytes.NewReader(r.Payload))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrEvent, r.Type, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %s: trailing data", ErrEvent, r.Type)
	}
	return e, nil
}
