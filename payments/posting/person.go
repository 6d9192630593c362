package posting

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/leg/call"
)

// Action is what a person can order for a posting.
type Action string

// The actions.
const (
	Retry   Action = "retry"   // asks the MIS, and posts only what it does not hold
	Reverse Action = "reverse" // takes back what is posted or disputed
)

// ErrAction says that an action is not possible as the posting and its case stand.
var ErrAction = errors.New("not possible now")

// Matter is how the case of an owed or disputed posting stands.
type Matter int

// The matters. A case is closed when a person has settled the payment another
// way, for instance by a refund.
const (
	NoCase Matter = iota
	CaseOpen
	CaseClosed
)

// Allowed says whether an action is possible, as nil or an ErrAction with the
// reason. What is owed or disputed is acted on only while its case is open:
// afterwards the money has gone another way. The caller reads posting and case in
// the database transaction in which it stores what Apply returns.
func Allowed(p Posting, m Matter, a Action) error {
	if a != Retry && a != Reverse {
		return fmt.Errorf("%w: %.20q is no action", ErrAction, string(a))
	}
	if err := p.Call.Allowed(a.act()); err != nil {
		return fmt.Errorf("%w: %s, %w", ErrAction, Word(p.State), err)
	}
	if (p.State == Owed || p.State == Disputed) && m != CaseOpen {
		return fmt.Errorf("%w: the case is closed, so the payment was settled another way", ErrAction)
	}
	return nil
}

// Apply is the posting after a person's action, if Allowed; it is not stored.
func Apply(p Posting, m Matter, a Action, now time.Time) (Posting, error) {
	if err := Allowed(p, m, a); err != nil {
		return p, err
	}
	next, err := p.Call.Apply(a.act(), now)
	if err != nil {
		return p, fmt.Errorf("%w: %w", ErrAction, err)
	}
	p.Call, p.Reason = next, ""
	return p, nil
}

// MayClose says whether a person may settle the case of an owed or disputed
// posting another way: not while a retry or a reversal is under way, whose end
// could contradict it.
func MayClose(p Posting) error {
	if !p.State.Final() {
		return fmt.Errorf("%w: the posting is %s, not at its end", ErrAction, Word(p.State))
	}
	return nil
}

func (a Action) act() call.Act {
	if a == Reverse {
		return call.ActUndo
	}
	return call.ActRetry
}
