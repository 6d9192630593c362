package call

import (
	"fmt"
	"time"

	"wattkiosk/boards/ground/backoff"
)

// Outcome is what an answer says about money: the call was carried out, was not,
// or nobody can tell. The zero value is Unknown on purpose: an outcome that was
// never set is not known.
type Outcome int

// The three outcomes.
const (
	Unknown Outcome = iota
	Done
	NotDone
)

var outcomeNames = [...]string{"unknown", "done", "not-done"}

// String returns unknown, done or not-done.
func (o Outcome) String() string {
	if o < 0 || int(o) >= len(outcomeNames) {
		return fmt.Sprintf("Outcome(%d)", int(o))
	}
	return outcomeNames[o]
}

// MarshalText writes the name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads a name.
func (o *Outcome) UnmarshalText(b []byte) error {
	for i, n := range outcomeNames {
		if n == string(b) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("unknown outcome %q", b)
}

// State is where a call stands; see the table in the package comment.
type State uint8

// The states. The last three are ends.
const (
	Ordered State = iota + 1
	Calling
	Asking
	Undoing
	EndDone
	EndNotDone
	EndUnknown
)

var stateNames = [...]string{"", "ordered", "calling", "asking", "undoing", "done", "not-done", "unknown"}

// String returns the name that the package comment uses.
func (s State) String() string {
	if int(s) >= len(stateNames) || s == 0 {
		return fmt.Sprintf("State(%d)", int(s))
	}
	return stateNames[s]
}

// Final reports whether the machine has come to an end.
func (s State) Final() bool { return s >= EndDone }

// Why says what an end rests on. In an open call it is the reason for which a
// question answered "not done" ends it.
type Why string

// The reasons. An end without one is simply done.
const (
	Refused     Why = "refused"      // refused, and nothing stands under the serial
	Exhausted   Why = "exhausted"    // answered again and again without being done
	Reverted    Why = "reverted"     // the other end says that it was undone
	Undone      Why = "undone"       // undone by our own call
	NeverDone   Why = "never-done"   // there was nothing to undo
	Unsettled   Why = "unsettled"    // could neither be confirmed nor undone
	Misfit      Why = "misfit"       // done, but not as it was ordered
	UndoRefused Why = "undo-refused" // done; the undo was refused
	Vanished    Why = "vanished"     // done; later the other end knew nothing of it
	Recalled    Why = "recalled"     // not done, as was told before this row was written: see Recall
)

// Call is one order at another system. It is a value; the zero Call is not valid.
type Call struct {
	State    State
	Proven   bool      // a positive answer came: it was done, whatever happened afterwards
	Undone   bool      // a positive answer says that it was undone
	InFlight bool      // a call of this state has left, or may have
	NextAt   time.Time // when Due makes sense: the next call, or the end of the lease; zero at an end

	Calls     int       // orders sent
	Undos     int       // undo calls sent since the order or the last retry
	Odd       int       // orders that were answered with nothing usable
	Unusable  int       // answers in this state that said nothing; a wait and silence do not count
	Since     time.Time // of the first of them
	Failures  int       // calls in a row that brought nothing, for the back-off
	Stray     time.Time // when the last order left that was never answered: it may still arrive
	OrderedAt time.Time

	Why  Why
	Code string // of the answer that the state stands on, as the other end gave it
	Text string // the same in its own words

	// Evidence is the last answer that the state does not stand on: see Testimony.
	Evidence string
}

// New is a fresh order, due at once.
func New(now time.Time) Call { return Call{State: Ordered, NextAt: now, OrderedAt: now} }

// Bounds of the machine.
const (
	AnswerLimit   = 5                // answers that say nothing before something else is tried …
	Patience      = 30 * time.Minute // … and not before this time has passed since the first
	Lease         = 2 * time.Minute  // a call in flight for longer is taken as lost
	EscalateAfter = 24 * time.Hour   // an open call older than this is a matter for a person

	askDelay     = 2 * time.Second
	straySettle  = 5 * time.Minute // for an unanswered order to arrive, before a refusal of its repeat is believed
	backoffFirst = 1 * time.Second
	backoffMax   = 5 * time.Minute

	// Horizon is the farthest NextAt that the machine ever sets. A row that waits
	// for longer was written under a wrong clock, and is due.
	Horizon = straySettle + Lease
)

// Due reports whether the call has something to do at now.
func (c Call) Due(now time.Time) bool {
	return !c.State.Final() && (!c.NextAt.After(now) || c.NextAt.After(now.Add(Horizon)))
}

// Late reports whether a person should know that the call is still open: it was
// ordered long ago, or by a clock that was far ahead.
func (c Call) Late(now time.Time) bool {
	age := now.Sub(c.OrderedAt)
	return !c.State.Final() && (age > EscalateAfter || age < -EscalateAfter)
}

// Backoff is the wait after n failures: 1 s, 2 s, 4 s … 5 min.
func Backoff(n int) time.Duration {
	return backoff.Wait(n, backoffFirst, backoffMax)
}
