package payments

import (
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/qr"
)

// Opened begins a transaction: the account was verified (or the offline policy
// allows it) and money may be taken. A re-write takes none.
type Opened struct {
	Purpose  Purpose      `json:"purpose,omitempty"` // empty is Bill
	Account  string       `json:"account"`
	Name     string       `json:"name"`
	Address  string       `json:"address"`
	Arrears  money.Amount `json:"arrears"` // means nothing unless Online
	Minimum  money.Amount `json:"minimum"`
	Online   bool         `json:"online"`
	Tender   string       `json:"tender"`
	Limit    money.Amount `json:"limit"`             // of the notes; by card or code the amount itself
	ByBank   bool         `json:"by_bank,omitempty"` // the bank posts (公共支付)
	OpenedAt int64        `json:"opened_at"`         // Unix ms

	// MeterCard is what the card said of itself before the purchase or the re-write.
	MeterCard metercard.Facts `json:"meter_card,omitzero"`
	// Original and Sold are of a re-write: the serial of the purchase that did not reach
	// its card, and what was sold by it.
	Original string         `json:"original,omitempty"`
	Sold     metercard.Sold `json:"sold,omitzero"`
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
//	1 (2026-11-29) outcome-resolved, and every card-… and qr-… type
//	1 (2026-11-30) every meter-… type, every collection-… type, and cassette-moved
//	1 (2026-12-01) card-sale-ordered may have an aid, and card-closed a certificate
var kinds = map[string]kind{
	Opened{}.EventType():              {decode: strict[Opened], apply: (*Transaction).open},
	cash.NoteAccepted{}.EventType():   {decode: strict[cash.NoteAccepted], apply: (*Transaction).cash},
	cash.NoteStacked{}.EventType():    {decode: strict[cash.NoteStacked], apply: (*Transaction).cash},
	cash.NoteReturned{}.EventType():   {decode: strict[cash.NoteReturned], apply: (*Transaction).cash},
	cash.NoteUnresolved{}.EventType(): {decode: strict[cash.NoteUnresolved], apply: (*Transaction).cash},
	cash.StrayNote{}.EventType():      {decode: strict[cash.StrayNote]},
	cash.Closed{}.EventType():         {decode: strict[cash.Closed], apply: (*Transaction).closeCash},

	bankcard.SaleOrdered{}.EventType():      {decode: strict[bankcard.SaleOrdered], apply: (*Transaction).card},
	bankcard.SaleAnswered{}.EventType():     {decode: strict[bankcard.SaleAnswered], apply: (*Transaction).card},
	bankcard.ReversalOrdered{}.EventType():  {decode: strict[bankcard.ReversalOrdered], apply: (*Transaction).card},
	bankcard.ReversalAnswered{}.EventType(): {decode: strict[bankcard.ReversalAnswered], apply: (*Transaction).card},
	bankcard.Returned{}.EventType():         {decode: strict[bankcard.Returned], apply: (*Transaction).card},
	bankcard.Evidence{}.EventType():         {decode: strict[bankcard.Evidence], apply: (*Transaction).card},
	bankcard.Closed{}.EventType():           {decode: strict[bankcard.Closed], apply: (*Transaction).closeCard},
	bankcard.Captured{}.EventType():         {decode: strict[bankcard.Captured]},

	qr.Ordered{}.EventType():        {decode: strict[qr.Ordered], apply: (*Transaction).qr},
	qr.Closing{}.EventType():        {decode: strict[qr.Closing], apply: (*Transaction).qr},
	qr.Paid{}.EventType():           {decode: strict[qr.Paid], apply: (*Transaction).qr},
	qr.NotPaid{}.EventType():        {decode: strict[qr.NotPaid], apply: (*Transaction).qr},
	qr.Unknown{}.EventType():        {decode: strict[qr.Unknown], apply: (*Transaction).qr},
	qr.RefundOrdered{}.EventType():  {decode: strict[qr.RefundOrdered], apply: (*Transaction).qr},
	qr.RefundAnswered{}.EventType(): {decode: strict[qr.RefundAnswered], apply: (*Transaction).qr},
	qr.Returned{}.EventType():       {decode: strict[qr.Returned], apply: (*Transaction).qr},

	post.OutcomeLearned{}.EventType(): {decode: strict[post.OutcomeLearned], apply: (*Transaction).outcome},
	post.Resolved{}.EventType():       {decode: strict[post.Resolved], apply: (*Transaction).outcome},

	metercard.WriteBegun{}.EventType(): {decode: strict[metercard.WriteBegun], apply: (*Transaction).write},
	metercard.WriteEnded{}.EventType(): {decode: strict[metercard.WriteEnded], apply: (*Transaction).write},
	metercard.GaveUp{}.EventType():     {decode: strict[metercard.GaveUp], apply: (*Transaction).write},
	metercard.Settled{}.EventType():    {decode: strict[metercard.Settled], apply: (*Transaction).write},

	SlipAttempt{}.EventType(): {decode: strict[SlipAttempt], apply: (*Transaction).slip},

	// A collection has a serial of its own, and is no transaction: payments/cassette folds it.
	collection.Opened{}.EventType():    {decode: strict[collection.Opened]},
	collection.Exchanged{}.EventType(): {decode: strict[collection.Exchanged]},
	collection.Counted{}.EventType():   {decode: strict[collection.Counted]},
	collection.Explained{}.EventType(): {decode: strict[collection.Explained]},
	collection.Signed{}.EventType():    {decode: strict[collection.Signed]},
	collection.Closed{}.EventType():    {decode: strict[collection.Closed]},
	collection.Abandoned{}.EventType(): {decode: strict[collection.Abandoned]},
	collection.Slip{}.EventType():      {decode: strict[collection.Slip]},
	collection.Moved{}.EventType():     {decode: strict[collection.Moved]},
}
