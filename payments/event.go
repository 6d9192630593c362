package payments

import (
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
)

// Opened begins a transaction: the account was verified (or the offline policy
// allows it) and money may be taken.
type Opened struct {
	Account  string       `json:"account"`
	Name     string       `json:"name"`
	Address  string       `json:"address"`
	Arrears  money.Amount `json:"arrears"` // means nothing unless Online
	Minimum  money.Amount `json:"minimum"`
	Online   bool         `json:"online"`
	Tender   string       `json:"tender"`
	Limit    money.Amount `json:"limit"`
	OpenedAt int64        `json:"opened_at"` // Unix ms
}

// SlipAttempt is one attempt to print, with its outcome.
type SlipAttempt struct {
	Copy    int    `json:"copy"`
	Kind    string `json:"kind"`
	Outcome string `json:"outcome"` // started, then printed, not-printed, unsure, …
}

// EventType is the record type "opened".
func (Opened) EventType() string { return "opened" }

// EventType is the record type "slip".
func (SlipAttempt) EventType() string { return "slip" }

// kind is one row of the table of event types.
type kind struct {
	// decode reads a payload of the present version, strictly.
	decode func(payload []byte) (Event, error)
	// upgrades bring a payload of version i+1 to version i+2; their number + 1 is
	// the present version.
	upgrades []func(payload []byte) ([]byte, error)
	// apply gives the event to the part of the transaction that it concerns; nil for
	// an event that belongs to no transaction's state.
	apply func(*Transaction, Event) ([]Effect, error)
}

func (k kind) version() uint16 { return uint16(len(k.upgrades) + 1) }

// kinds is the one table of event types, by record type. Versions:
//
//	1 (2026-11-23) every type but outcome-resolved
//	1 (2026-11-29) outcome-resolved
var kinds = map[string]kind{
	Opened{}.EventType():              {decode: strict[Opened], apply: (*Transaction).open},
	cash.NoteAccepted{}.EventType():   {decode: strict[cash.NoteAccepted], apply: (*Transaction).cash},
	cash.NoteStacked{}.EventType():    {decode: strict[cash.NoteStacked], apply: (*Transaction).cash},
	cash.NoteReturned{}.EventType():   {decode: strict[cash.NoteReturned], apply: (*Transaction).cash},
	cash.NoteUnresolved{}.EventType(): {decode: strict[cash.NoteUnresolved], apply: (*Transaction).cash},
	cash.StrayNote{}.EventType():      {decode: strict[cash.StrayNote]},
	cash.Closed{}.EventType():         {decode: strict[cash.Closed], apply: (*Transaction).closeCash},
	post.OutcomeLearned{}.EventType(): {decode: strict[post.OutcomeLearned], apply: (*Transaction).outcome},
	post.Resolved{}.EventType():       {decode: strict[post.Resolved], apply: (*Transaction).outcome},
	SlipAttempt{}.EventType():         {decode: strict[SlipAttempt], apply: (*Transaction).slip},
}
