package acquirer

import (
	"wattkiosk/payments/leg/call"
)

// Verdict is what an answer means for one operation. The zero Verdict is unknown.
type Verdict struct {
	Outcome  call.Outcome
	Retry    bool   // NotDone: about the moment
	Wait     bool   // Unknown: the acquirer will know later
	Undone   bool   // NotDone, Ask: it was paid and given back
	Refunded bool   // Done, Close: it was paid and given back
	Reason   Reason // NotDone only
}

// The verdicts that tables are made of, beside Refuse. They are read-only.
var (
	Carried  = Verdict{Outcome: call.Done}
	Open     = Verdict{}
	Waiting  = Verdict{Wait: true}
	Busy     = Verdict{Outcome: call.NotDone, Retry: true, Reason: NotNow}
	None     = Verdict{Outcome: call.NotDone, Retry: true, Reason: NoOrder}
	Short    = Verdict{Outcome: call.NotDone, Retry: true, Reason: ShortOfFunds}
	Reverted = Verdict{Outcome: call.NotDone, Undone: true}
	GaveBack = Verdict{Outcome: call.Done, Refunded: true}
)

// Refuse is the verdict of a refusal.
func Refuse(r Reason) Verdict { return Verdict{Outcome: call.NotDone, Reason: r} }

// Said is what an answer is decided by: the acquirer's return code and the state
// or the code of detail beside it, either of which may be empty.
type Said struct{ Code, State string }

// Table is the decision table of one operation, and read-only. It holds no "else":
// what is not in it is unknown.
type Table map[Said]Verdict

// Judge is the verdict on an answer.
func (t Table) Judge(code, state string) Verdict { return t[Said{code, state}] }

// Answer is the verdict in the words of a call, with the acquirer's own code and
// text.
func (v Verdict) Answer(code Code, text string) call.Answer {
	return call.Answer{Outcome: v.Outcome, Retry: v.Retry, Wait: v.Wait, Undone: v.Undone, Code: Clip(code), Text: Clip(text)}
}
