package cash

import (
	"wattkiosk/payments"
	"wattkiosk/payments/money"
)

// Report is what a validator said, reduced to what money depends on.
type Report int

// The reports.
const (
	// Escrowed: a note of Value waits.
	Escrowed Report = iota + 1
	// Stacked: a note of Value is in the cassette.
	Stacked
	// InStacker: the device restarted and says the note on its way is in the
	// cassette.
	InStacker
	// Returned: the note on its way went back to the customer, or the device
	// restarted with it in its path and gives it back by itself.
	Returned
	// NoNote: the device is ready and has no note in its path.
	NoNote
	// GivenUp: the device did not come back within the time allowed.
	GivenUp
)

// Order is what the validator must be told, after Decision's events are durable.
type Order int

// The orders.
const (
	None Order = iota
	Stack
	Return
	Confirm
)

// Situation is what is known besides the report.
type Situation struct {
	// Txn is the transaction that takes notes, or took the last one; its zero
	// value means that there is none.
	Txn payments.Transaction
	// Closing: no further note may be accepted.
	Closing bool
	// Restarted: no note has been accepted since this program or the device
	// started, so a stacked report may repeat one that is already durable.
	Restarted bool
}

// Decision is the answer: Events to make durable, in order, then Order.
// Refusal says why a note is returned.
type Decision struct {
	Events  []payments.Event
	Order   Order
	Refusal payments.Refusal
}

// Decide is the table of the package comment. v is the value for Escrowed and
// Stacked.
func Decide(s Situation, r Report, v money.Amount) Decision {
	p := s.Txn.Pending()
	switch r {
	case Escrowed:
		return escrowed(s, v)
	case Stacked:
		return stacked(s, p, v)
	case InStacker:
		if p < 0 {
			return Decision{Order: Confirm}
		}
		return Decision{Order: Confirm, Events: []payments.Event{payments.NoteStackedEvent{
			Note: p, Value: s.Txn.Notes[p].Value, Inferred: true, Evidence: "power-up-in-stacker",
		}}}
	}
	if p < 0 {
		if r == Returned {
			return Decision{Order: Confirm}
		}
		return Decision{}
	}
	value := s.Txn.Notes[p].Value
	switch r {
	case Returned:
		return Decision{Order: Confirm, Events: []payments.Event{payments.NoteReturnedEvent{Note: p, Value: value, Evidence: "returned"}}}
	case NoNote:
		return Decision{Events: []payments.Event{payments.NoteUnresolvedEvent{Note: p, Value: value, Evidence: "ready-without-report"}}}
	case GivenUp:
		return Decision{Events: []payments.Event{payments.NoteUnresolvedEvent{Note: p, Value: value, Evidence: "no-report-in-time"}}}
	}
	return Decision{}
}

func escrowed(s Situation, v money.Amount) Decision {
	if s.Closing {
		return Decision{Order: Return, Refusal: payments.RefuseClosed}
	}
	e, refusal := s.Txn.Consider(v)
	if refusal != "" {
		return Decision{Order: Return, Refusal: refusal}
	}
	return Decision{Order: Stack, Events: []payments.Event{e}}
}

func stacked(s Situation, p int, v money.Amount) Decision {
	switch {
	case p >= 0 && s.Txn.Notes[p].Value == v:
		return Decision{Order: Confirm, Events: []payments.Event{payments.NoteStackedEvent{Note: p, Value: v, Evidence: "stacked"}}}
	case p >= 0 && v == 0:
		return Decision{Order: Confirm, Events: []payments.Event{payments.NoteStackedEvent{
			Note: p, Value: s.Txn.Notes[p].Value, Inferred: true, Evidence: "stacked-value-not-told",
		}}}
	case p >= 0:
		return Decision{Order: Confirm, Events: []payments.Event{
			payments.NoteUnresolvedEvent{Note: p, Value: s.Txn.Notes[p].Value, Evidence: "another-value-stacked"},
			payments.StrayNote{Value: v, Evidence: "value-differs-from-escrow"},
		}}
	case s.Restarted && repeats(s.Txn, v):
		return Decision{Order: Confirm}
	}
	if u := s.Txn.LastUnresolved(); u >= 0 && s.Txn.Notes[u].Value == v {
		return Decision{Order: Confirm, Events: []payments.Event{payments.NoteStackedEvent{Note: u, Value: v, Evidence: "stacked-late"}}}
	}
	return Decision{Order: Confirm, Events: []payments.Event{payments.StrayNote{Value: v, Evidence: "stacked-without-order"}}}
}

// repeats reports whether a stacked report of v can be the echo of the last
// note that is already credited.
func repeats(t payments.Transaction, v money.Amount) bool {
	if len(t.Notes) == 0 {
		return false
	}
	last := t.Notes[len(t.Notes)-1]
	return (last.Value == v || v == 0) && (last.State == payments.NoteStacked || last.State == payments.NoteFound)
}
