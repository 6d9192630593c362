package call

import "time"

// Recall is the call as somebody remembers its end who was told it before this row
// was written: the row is new because books came out of a backup. A call that has
// left since is returned as it is.
//
// Not done is taken as it was told: the money may have gone another way since, so
// ordering it now could double it. Anything else is asked about first.
func (c Call) Recall(told Outcome, now time.Time) Call {
	switch {
	case c.State != Ordered || c.Calls > 0:
		return c
	case told == NotDone:
		return end(c, EndNotDone, Recalled)
	}

	return to(c, Asking, now)
}
