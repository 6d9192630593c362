package call

import (
	"errors"
	"fmt"
	"time"
)

// Act is what a person can order for a call.
type Act string

// The acts.
const (
	ActRetry Act = "retry" // ask, and order again what is not there; an open call: now
	ActUndo  Act = "undo"  // take back what is done
)

// ErrAct says that an act is not possible as the call stands.
var ErrAct = errors.New("not possible now")

// Allowed says whether the act is possible as the call stands, as nil or an
// ErrAct with the reason.
func (c Call) Allowed(a Act) error {
	refuse := func(why string) error { return fmt.Errorf("%w: %s", ErrAct, why) }
	switch {
	case a != ActRetry && a != ActUndo:
		return refuse(fmt.Sprintf("%.20q is no act", a))
	case c.InFlight:
		return refuse("a call is in flight")
	case a == ActRetry && c.State == EndDone:
		return refuse("it is done")
	case a == ActRetry && c.Undone:
		return refuse("it was undone, and its serial is used up")
	case a == ActUndo && c.State != EndDone && c.State != EndUnknown:
		return refuse("there is nothing to undo in state " + c.State.String())
	}
	return nil
}

// Apply is the call after a person's act. It begins afresh: nothing that was
// counted before keeps it from being carried out.
func (c Call) Apply(a Act, now time.Time) (Call, error) {
	if err := c.Allowed(a); err != nil {
		return c, err
	}
	if !c.State.Final() { // sooner, and nothing else
		c.NextAt, c.Failures = now, 0
		return c, nil
	}

	c.Odd, c.Undos, c.Failures, c.Why = 0, 0, 0, ""
	if a == ActUndo {
		return to(c, Undoing, now), nil
	}
	return to(c, Asking, now), nil
}
