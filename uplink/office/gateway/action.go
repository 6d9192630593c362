package gateway

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/store"
)

// Action is what a person can order for a posting.
type Action string

// The actions.
const (
	Retry   Action = "retry"
	Reverse Action = "reverse"
)

// ErrAction says that an action is not possible in the posting's state.
var ErrAction = errors.New("not possible now")

// Apply is the posting after a person's action; it is not stored. Retry of one
// that is owed or disputed asks the MIS first, so it posts only what is not
// booked; of an open one it moves the next call to now. Reverse takes back what
// is posted or disputed. A call in flight is never disturbed.
func Apply(p store.Posting, a Action, now time.Time) (store.Posting, error) {
	switch {
	case p.InFlight:
		return p, fmt.Errorf("%w: a call is in flight", ErrAction)
	case a == Retry && !p.State.Final():
	case a == Retry && p.State != posting.Posted:
		p.State = posting.Asking
	case a == Reverse && (p.State == posting.Posted || p.State == posting.Disputed):
		p.State = posting.Reversing
	default:
		return p, fmt.Errorf("%w: %s in state %s", ErrAction, a, p.State)
	}
	p.NextAt, p.Unusable, p.Failures, p.Reason = now, 0, 0, ""
	return p, nil
}
