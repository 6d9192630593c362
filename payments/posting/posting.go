package posting

import (
	"fmt"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// State is where a posting stands.
type State = call.State

// The states by the names that the books use.
const (
	Ordered   = call.Ordered
	Calling   = call.Calling
	Asking    = call.Asking
	Reversing = call.Undoing
	Posted    = call.EndDone
	Owed      = call.EndNotDone
	Disputed  = call.EndUnknown
)

var words = map[State]string{
	Ordered: "ordered", Calling: "calling", Asking: "asking", Reversing: "reversing",
	Posted: "posted", Owed: "owed", Disputed: "disputed",
}

// Word is a state as the books store it and people read it.
func Word(s State) string { return words[s] }

// ParseWord reads a stored state.
func ParseWord(word string) (State, error) {
	for s, w := range words {
		if w == word {
			return s, nil
		}
	}
	return 0, fmt.Errorf("%.20q is no state of a posting", word)
}

// Posting is one payment on its way into the system that books it: the MIS, or of a
// purchase the card-meter system, whose sale it is then. System says which.
type Posting struct {
	mis.Payment
	call.Call
	Refusal   mis.Reason // why the system refused it last, as far as it did
	Reference string     // the system's number of the posting, once it booked it
	ToArrears money.Amount
	ToAdvance money.Amount
	Sold      metercard.Sold // what the card-meter system sold, once it did
	Heard     Heard          // what the last event was, if it was an answer: for the history, not for the row
	Reason    string         // why it ended as it did, in words; empty while it is open, and when it is simply posted
}

// Heard is an answer of the system in its own words.
type Heard struct{ Code, Text string }

// New is a fresh order, due at once.
func New(p mis.Payment, now time.Time) Posting {
	return Posting{Payment: p, Call: call.New(now)}
}

// Request is the call of an effect, and which system it is for; it has no operation if
// the effect calls nobody.
func (p Posting) Request(e call.Effect) mis.Request {
	r := mis.Request{System: p.System()}
	switch e {
	case call.Order:
		r.Op, r.Payment = mis.OpPost, p.Payment
	case call.Ask:
		r.Op, r.Serial = mis.OpAsk, p.Serial
	case call.Undo:
		r.Op, r.Reversal = mis.OpReverse, mis.Reversal{Serial: ReversalSerial(p.Serial), Original: p.Serial, BusinessDate: p.BusinessDate}
	}
	return r
}

// BookingMark begins the serial of a booking: see BookingSerial.
const BookingMark = "B"

const keptDigits = 19

// ReversalSerial is the serial of the one reversal a posting can have: R and the
// last 19 digits, so that a repeated reversal is the same reversal.
func ReversalSerial(serial string) string { return "R" + last(serial) }

// BookingSerial is the serial under which head office books with the MIS what the
// card-meter system sold under this one: B and the last 19 digits, so that a sale has one
// booking.
func BookingSerial(serial string) string { return BookingMark + last(serial) }

func last(serial string) string { return serial[max(0, len(serial)-keptDigits):] }
