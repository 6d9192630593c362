package posting

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// State is where a posting stands.
type State string

// The states; see the table in the package comment.
const (
	Ordered   State = "ordered"
	Calling   State = "calling"
	Asking    State = "asking"
	Reversing State = "reversing"
	Posted    State = "posted"
	Owed      State = "owed"
	Disputed  State = "disputed"
)

// Final reports whether the machine is done with it.
func (s State) Final() bool { return s == Posted || s == Owed || s == Disputed }

// Bounds of the machine.
const (
	AnswerLimit   = 5 // unusable answers before ask becomes reverse, and reverse a dispute
	askDelay      = 2 * time.Second
	backoffFirst  = 1 * time.Second
	backoffMax    = 5 * time.Minute
	CallLease     = 2 * time.Minute // a call in flight longer than this is taken as lost
	EscalateAfter = 24 * time.Hour
)

// ErrIllegal is returned for an event that the state does not allow.
var ErrIllegal = errors.New("illegal posting event")

// Posting is one payment on its way into the MIS.
type Posting struct {
	mis.Payment
	State     State
	InFlight  bool      // a call of this state has left, or may have
	NextAt    time.Time // when Due makes sense: the next call, or the end of the lease
	Calls     int       // posts sent
	Odd       int       // posts that were answered with a code that says nothing
	Refused   bool      // a repeated post was refused; asking whether an earlier one was booked
	Unusable  int       // answers in this state that said nothing
	Failures  int       // calls since the last usable answer, for the back-off
	Code      mis.Code
	Text      string
	Reference string
	ToArrears money.Amount
	ToAdvance money.Amount
	Reason    string // why owed or disputed, in words
	OrderedAt time.Time
}

// New is a fresh order, due at once.
func New(p mis.Payment, now time.Time) Posting {
	return Posting{Payment: p, State: Ordered, NextAt: now, OrderedAt: now}
}

// EventKind is what happened.
type EventKind int

// The events.
const (
	Due             EventKind = iota + 1 // NextAt has come
	PostAnswered                         // Post holds what is known, unknown included
	AskAnswered                          // Post
	ReverseAnswered                      // Reverse
	Restarted                            // the process that made the call is gone
)

// Event is one thing that happened to a posting, at a time.
type Event struct {
	Kind    EventKind
	Now     time.Time
	Post    mis.PostResult
	Reverse mis.ReverseResult
}

// Effect is the call to make once the new state is durable; empty for none.
type Effect mis.Op

// Request is the MIS call of an effect.
func (p Posting) Request(e Effect) mis.Request {
	r := mis.Request{Op: mis.Op(e)}
	switch r.Op {
	case mis.OpPost:
		r.Payment = p.Payment
	case mis.OpAsk:
		r.Serial = p.Serial
	case mis.OpReverse:
		r.Reversal = mis.Reversal{Serial: ReversalSerial(p.Serial), Original: p.Serial, BusinessDate: p.BusinessDate}
	}
	return r
}

// ReversalSerial is the serial of the one reversal a posting can have: R and the
// last 19 digits, so that a repeated reversal is the same reversal.
func ReversalSerial(serial string) string {
	if len(serial) > 19 {
		serial = serial[len(serial)-19:]
	}
	return "R" + serial
}

// Step applies one event. On an error p is returned unchanged.
func Step(p Posting, e Event) (Posting, Effect, error) {
	switch {
	case p.State.Final():
	case e.Kind == Due && !e.Now.Before(p.NextAt):
		return due(p, e.Now)
	case e.Kind == Restarted:
		return lost(p, e.Now), "", nil
	case e.Kind == PostAnswered && p.State == Calling:
		return posted(p, e), "", nil
	case e.Kind == AskAnswered && p.State == Asking && p.InFlight:
		return asked(p, e), "", nil
	case e.Kind == ReverseAnswered && p.State == Reversing && p.InFlight:
		return reversed(p, e), "", nil
	}
	return p, "", fmt.Errorf("%w: %d in state %s", ErrIllegal, e.Kind, p.State)
}

func due(p Posting, now time.Time) (Posting, Effect, error) {
	if p.InFlight { // the lease ran out: whoever called is gone
		return lost(p, now), "", nil
	}
	p.InFlight, p.NextAt = true, now.Add(CallLease)
	switch p.State {
	case Ordered:
		p.State, p.Calls = Calling, p.Calls+1
		return p, Effect(mis.OpPost), nil
	case Asking:
		return p, Effect(mis.OpAsk), nil
	default:
		return p, Effect(mis.OpReverse), nil
	}
}

// lost forgets a call that may have left: a post becomes a question.
func lost(p Posting, now time.Time) Posting {
	if !p.InFlight {
		return p
	}
	if p.State == Calling {
		return to(p, Asking, now.Add(askDelay))
	}
	return again(p, now)
}

func posted(p Posting, e Event) Posting {
	p.Code, p.Text = e.Post.Code, e.Post.Text
	switch {
	case e.Post.Outcome == mis.Done:
		return booked(p, e.Post)
	case e.Post.Outcome == mis.NotDone && e.Post.Retry:
		p.State = Ordered
		return again(p, e.Now)
	case e.Post.Outcome == mis.NotDone && p.Calls > 1:
		// The refusal may be the echo of our own earlier post, booked late.
		p.Refused = true
		return to(p, Asking, e.Now.Add(askDelay))
	case e.Post.Outcome == mis.NotDone:
		return final(p, Owed, "the MIS refused the posting")
	}
	if e.Post.Code != "" {
		p.Odd++
	}
	return to(p, Asking, e.Now.Add(askDelay))
}

func asked(p Posting, e Event) Posting {
	switch {
	case e.Post.Outcome == mis.Done:
		p.Code, p.Text = e.Post.Code, e.Post.Text
		return booked(p, e.Post)
	case e.Post.Outcome == mis.NotDone && e.Post.Reversed:
		p.Code, p.Text = e.Post.Code, e.Post.Text
		return final(p, Owed, "the posting was reversed in the MIS")
	case e.Post.Outcome == mis.NotDone && p.Refused:
		return final(p, Owed, "the MIS refused the posting, and holds no earlier one")
	case e.Post.Outcome == mis.NotDone && p.Odd >= AnswerLimit:
		return final(p, Owed, "the MIS keeps answering the posting without booking it")
	case e.Post.Outcome == mis.NotDone && p.Odd > 0:
		return to(p, Ordered, e.Now.Add(Backoff(p.Odd)))
	case e.Post.Outcome == mis.NotDone:
		return to(p, Ordered, e.Now)
	}
	return unusable(p, e.Now, e.Post.Code != "", Reversing)
}

func reversed(p Posting, e Event) Posting {
	if e.Reverse.Code != "" {
		p.Code, p.Text = e.Reverse.Code, e.Reverse.Text
	}
	switch {
	case e.Reverse.Outcome == mis.Done:
		return final(p, Owed, "reversed, because the MIS could not say whether it was posted")
	case e.Reverse.Outcome == mis.NotDone && (e.Reverse.Code == mis.CodeInvalidReversal || e.Reverse.Code == mis.CodeNone || e.Reverse.Code == mis.CodeNoRecordHN):
		return final(p, Owed, "never posted: the MIS had nothing to reverse")
	case e.Reverse.Outcome == mis.NotDone:
		return final(p, Disputed, "the MIS refused the reversal of a posting it could not confirm")
	}
	return unusable(p, e.Now, e.Reverse.Code != "", Disputed)
}

// booked takes a positive answer, if it is about this payment's amount.
func booked(p Posting, r mis.PostResult) Posting {
	p.Reference, p.ToArrears, p.ToAdvance = r.Reference, r.ToArrears, r.ToAdvance
	split, err := r.ToArrears.Add(r.ToAdvance)
	if r.Amount != p.Amount || err != nil || split != p.Amount {
		return final(p, Disputed, fmt.Sprintf("the MIS booked %s, the order is %s", r.Amount, p.Amount))
	}
	return final(p, Posted, "")
}

// unusable counts an answer that said nothing; silence is not counted.
func unusable(p Posting, now time.Time, answered bool, giveUp State) Posting {
	if answered {
		p.Unusable++
	}
	if p.Unusable < AnswerLimit {
		return again(p, now)
	}
	if giveUp.Final() {
		return final(p, giveUp, "the MIS could neither confirm nor reverse the posting")
	}
	return to(p, giveUp, now)
}

func again(p Posting, now time.Time) Posting {
	p.InFlight = false
	p.NextAt = now.Add(Backoff(p.Failures))
	p.Failures++
	return p
}

func to(p Posting, s State, at time.Time) Posting {
	if s != Ordered || p.State == Calling {
		p.Failures = 0
	}
	p.State, p.InFlight, p.Unusable, p.NextAt = s, false, 0, at
	return p
}

func final(p Posting, s State, reason string) Posting {
	p.State, p.InFlight, p.Reason, p.NextAt = s, false, reason, time.Time{}
	return p
}

// Backoff is the wait after n failures: 1 s, 2 s, 4 s … 5 min.
func Backoff(n int) time.Duration {
	return backoff.Wait(n, backoffFirst, backoffMax)
}
