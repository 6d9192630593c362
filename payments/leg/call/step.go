package call

import (
	"errors"
	"fmt"
	"time"
)

// ErrIllegal is returned for an event that the state does not allow.
var ErrIllegal = errors.New("illegal event of a call")

// Effect is what to do once the new state is durable; empty for nothing.
type Effect string

// The effects. Raise asks the owner to open a case about the call's Evidence.
const (
	Order Effect = "order"
	Ask   Effect = "ask"
	Undo  Effect = "undo"
	Raise Effect = "raise"
)

// Answer is what the other end said to one call, in our words. The zero Answer is
// silence. Which fields make sense depends on the call.
type Answer struct {
	Outcome Outcome
	Retry   bool   // NotDone: the refusal is about the moment, so the same call may be repeated
	Undone  bool   // NotDone, to a question: it was done and then undone
	Wait    bool   // Unknown: the other end is busy and will know later
	Misfit  bool   // Done: what was done is not what was ordered
	Code    string // the other end's own; empty for silence
	Text    string
}

// Kind is what happened.
type Kind int

// The events.
const (
	Due      Kind = iota + 1 // NextAt has come
	Answered                 // the call in flight was answered; silence included
	Late                     // an answer came to a call that is in flight no more
	Lost                     // the process that made the call is gone
)

// Event is one thing that happened to a call.
type Event struct {
	Kind   Kind
	Now    time.Time
	To     Effect // Answered and Late: the call that was answered
	Answer Answer
}

// Step applies one event. On an error the call is returned unchanged.
func Step(c Call, e Event) (Call, Effect, error) {
	switch {
	case e.Kind == Late && (e.To == Order || e.To == Ask || e.To == Undo):
		next, effect := late(c, e)
		return next, effect, nil
	case c.State.Final() || c.State < Ordered:
	case e.Kind == Due && c.Due(e.Now):
		next, effect := due(c, e.Now)
		return next, effect, nil
	case e.Kind == Lost:
		return lost(c, e.Now), "", nil
	case e.Kind == Answered && c.InFlight && e.To == c.awaits():
		next, effect := answered(c, e)
		return next, effect, nil
	}
	return c, "", fmt.Errorf("%w: event %d (%s) in state %s", ErrIllegal, e.Kind, e.To, c.State)
}

// awaits is the call whose answer the state waits for.
func (c Call) awaits() Effect {
	return map[State]Effect{Calling: Order, Asking: Ask, Undoing: Undo}[c.State]
}

func due(c Call, now time.Time) (Call, Effect) {
	if c.InFlight { // the lease ran out: whoever called is gone
		return lost(c, now), ""
	}

	c.InFlight, c.NextAt = true, now.Add(Lease)
	switch c.State {
	case Ordered:
		c.State = Calling
		c.Calls++
	case Undoing:
		c.Undos++
	}
	return c, c.awaits()
}

// lost forgets a call that may have left: an order becomes a question.
func lost(c Call, now time.Time) Call {
	switch {
	case !c.InFlight:
		return c
	case c.State == Calling:
		c.Stray = now
		return to(c, Asking, now.Add(askDelay))
	}

	// What was counted before may be the past of books that came out of a backup.
	c.Unusable, c.Since = 0, time.Time{}
	return again(c, now)
}

func answered(c Call, e Event) (Call, Effect) {
	switch c.State {
	case Calling:
		return ordered(c, e), ""
	case Asking:
		return asked(c, e)
	}
	return undone(c, e)
}

// ordered takes the answer to an order.
func ordered(c Call, e Event) Call {
	a := e.Answer
	if a.Code != "" || a.Outcome != Unknown {
		c.Code, c.Text = a.Code, a.Text
	}

	switch {
	case a.Outcome == Done:
		return done(c, a)
	case a.Outcome == NotDone && a.Retry:
		c.State = Ordered
		return again(c, e.Now)
	case a.Outcome == NotDone:
		// The refusal may be the echo of an order of ours that was done already,
		// even one that this row knows nothing of: one question decides.
		c.Why = Refused
		return to(c, Asking, c.askAt(e.Now))
	case a.Code == "":
		c.Stray = e.Now
	default:
		c.Odd++
		if c.Odd >= AnswerLimit {
			c.Why = Exhausted
		}
	}
	return to(c, Asking, e.Now.Add(askDelay))
}

// askAt is when the question after a refusal goes out: once an unanswered order
// that left before can be expected to have arrived.
func (c Call) askAt(now time.Time) time.Time {
	at := now.Add(askDelay)
	if settled := c.Stray.Add(straySettle); !c.Stray.After(now) && settled.After(at) {
		return settled
	}
	return at
}

// asked takes the answer to a question.
func asked(c Call, e Event) (Call, Effect) {
	a := e.Answer
	switch {
	case a.Outcome == Done && c.Proven && c.Undos > 0: // the undo that was tried did not take
		if c.Why != UndoRefused {
			c.Evidence = testimony(UndoUnclear, a)
		}
		return end(c, EndDone, UndoRefused), Raise
	case a.Outcome == Done:
		c.Code, c.Text = a.Code, a.Text
		return done(c, a), ""
	case a.Outcome == NotDone && a.Undone:
		c.Code, c.Text, c.Undone = a.Code, a.Text, true
		return end(c, EndNotDone, Reverted), ""
	case a.Outcome == NotDone && c.Proven:
		c.Evidence = testimony(Forgotten, a)
		return end(c, EndDone, Vanished), Raise
	case a.Outcome == NotDone && c.Why != "":
		return end(c, EndNotDone, c.Why), ""
	case a.Outcome == NotDone && c.Odd > 0:
		return to(c, Ordered, e.Now.Add(Backoff(c.Odd))), ""
	case a.Outcome == NotDone:
		return to(c, Ordered, e.Now), ""
	}

	c, worn := unusable(c, e)
	switch {
	case !worn || c.Proven: // what was done once is never given up
		return c, ""
	case c.Undos > 0:
		return end(c, EndUnknown, Unsettled), ""
	}
	return to(c, Undoing, e.Now), ""
}

// undone takes the answer to an undo.
func undone(c Call, e Event) (Call, Effect) {
	a := e.Answer
	switch {
	case a.Outcome == Done:
		c.Code, c.Text, c.Undone = a.Code, a.Text, true
		return end(c, EndNotDone, Undone), ""
	case a.Outcome == NotDone && a.Retry: // it never left, or not now
		return again(c, e.Now), ""
	case a.Outcome == NotDone && c.Proven && c.Undos > 1:
		// The refusal may be the echo of an undo of ours that was carried out and
		// never answered: one question decides.
		c.Evidence = testimony(UndoDenied, a)
		c.Why = UndoRefused
		return to(c, Asking, e.Now.Add(askDelay)), ""
	case a.Outcome == NotDone && c.Proven:
		c.Evidence = testimony(UndoDenied, a)
		return end(c, EndDone, UndoRefused), Raise
	case a.Outcome == NotDone:
		c.Code, c.Text, c.Why = a.Code, a.Text, NeverDone
		return to(c, Asking, e.Now.Add(askDelay)), ""
	}

	c, worn := unusable(c, e)
	switch {
	case !worn:
		return c, ""
	case c.Proven:
		return to(c, Asking, e.Now), ""
	}
	return end(c, EndUnknown, Unsettled), ""
}

// done takes a positive answer.
func done(c Call, a Answer) Call {
	if a.Misfit {
		return end(c, EndUnknown, Misfit)
	}
	c.Proven = true
	return end(c, EndDone, "")
}

// unusable plans the same call again after an answer that said nothing, and
// reports whether enough of them came over enough time. Silence and "later" are
// not counted: neither may decide where money is.
func unusable(c Call, e Event) (_ Call, worn bool) {
	counts := e.Answer.Code != "" && !e.Answer.Wait
	if counts {
		c.Unusable++
		if c.Since.IsZero() || c.Since.After(e.Now) {
			c.Since = e.Now
		}
	}
	worn = counts && c.Unusable >= AnswerLimit && e.Now.Sub(c.Since) >= Patience
	return again(c, e.Now), worn
}

func again(c Call, now time.Time) Call {
	c.InFlight = false
	c.NextAt = now.Add(Backoff(c.Failures))
	c.Failures++
	return c
}

func to(c Call, s State, at time.Time) Call {
	if s != Ordered || c.State == Calling {
		c.Failures = 0
	}
	c.State, c.InFlight, c.NextAt = s, false, at
	c.Unusable, c.Since = 0, time.Time{}
	return c
}

func end(c Call, s State, why Why) Call {
	c.State, c.InFlight, c.NextAt, c.Why = s, false, time.Time{}, why
	return c
}
