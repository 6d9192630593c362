package payments

import (
	"time"

	"wattkiosk/payments/money"
)

// Status is how far a transaction is.
type Status string

// The statuses. Posted, Owed, Disputed and Cancelled are named ends.
const (
	Tendering Status = "tendering" // notes may come in
	Posting   Status = "posting"   // the total is fixed and ordered; the result is not known yet
	Posted    Status = "posted"    // booked in the MIS
	Owed      Status = "owed"      // definitely not booked: the money is owed to the customer, a case is open
	Disputed  Status = "disputed"  // nobody knows yet: a case is open
	Cancelled Status = "cancelled" // no money stayed here
)

// Ended reports whether the transaction has reached its end.
func (s Status) Ended() bool {
	return s == Posted || s == Owed || s == Disputed || s == Cancelled
}

// NoteState is where a note is.
type NoteState string

// The states of an accepted note.
const (
	NotePending    NoteState = "pending"    // accepted; ordered into the cassette; not heard of since
	NoteStacked    NoteState = "stacked"    // in the cassette: credited
	NoteReturned   NoteState = "returned"   // the customer has it back
	NoteUnresolved NoteState = "unresolved" // the device could not say: a case
	NoteFound      NoteState = "found"      // unresolved, and later reported in the cassette: owed by its case
)

// Note is one banknote that was accepted for stacking.
type Note struct {
	Value    money.Amount
	State    NoteState
	Inferred bool // credited from the power-up state and the journal, not from a stacked report
	Evidence string
}

// Transaction is one customer's payment. The zero value is "not opened".
type Transaction struct {
	Serial   string
	Status   Status
	Account  string
	Name     string // masked by head office
	Address  string // masked
	Arrears  money.Amount
	Minimum  money.Amount
	Online   bool // verified with the MIS before the first note
	Tender   string
	Limit    money.Amount // no further note once the total would exceed it
	OpenedAt time.Time
	ClosedAt time.Time
	Notes    []Note
	Total    money.Amount // of stacked notes so far; fixed once Status leaves Tendering
	Result   OutcomeLearned
	Reason   string // why the cash was closed, or cancelled
	Copies   int    // slips attempted; the next copy number is Copies+1
}

// Pending returns the index of the note between accept and stacked, or -1.
func (t Transaction) Pending() int { return t.last(NotePending) }

// LastUnresolved returns the index of the latest unresolved note, or -1.
func (t Transaction) LastUnresolved() int { return t.last(NoteUnresolved) }

func (t Transaction) last(s NoteState) int {
	for i := len(t.Notes) - 1; i >= 0; i-- {
		if t.Notes[i].State == s {
			return i
		}
	}
	return -1
}

// Unresolved is the sum of notes that are cases of their own.
func (t Transaction) Unresolved() money.Amount {
	var sum money.Amount
	for _, n := range t.Notes {
		if n.State == NoteUnresolved || n.State == NoteFound {
			sum += n.Value
		}
	}
	return sum
}

// MaxNotes bounds one transaction.
const MaxNotes = 200

// Refusal says why a note is given back instead of stacked; empty for accept.
type Refusal string

// Reasons to give a note back.
const (
	RefuseLimit   Refusal = "limit"   // the total would pass the limit
	RefuseTooMany Refusal = "count"   // MaxNotes reached
	RefusePending Refusal = "pending" // another note is not settled yet
	RefuseClosed  Refusal = "closed"  // no transaction takes notes now
)

// Consider decides about a note of value v in escrow: accept it (the event to
// make durable before STACK), or a reason to return it.
func (t Transaction) Consider(v money.Amount) (NoteAccepted, Refusal) {
	switch {
	case t.Status != Tendering || v <= 0:
		return NoteAccepted{}, RefuseClosed
	case t.Pending() >= 0:
		return NoteAccepted{}, RefusePending
	case len(t.Notes) >= MaxNotes:
		return NoteAccepted{}, RefuseTooMany
	case t.Total+v > t.Limit:
		return NoteAccepted{}, RefuseLimit
	}
	return NoteAccepted{Note: len(t.Notes), Value: v}, ""
}
