package call

import "time"

// Recall is the call as somebody remembers its end who was told it before this row
// was written: the row is new because books came out of a backup. A call that has
// left since is returned as it is.
//
// Not done is taken as it was told: the money may have gone another way since, so
// ordering it now could double it. Done is a positive answer that came once: it is
// asked about, and never given up. Unknown is asked about before it is ordered.
func (c Call) Recall(told Outcome, now time.Time) Call {
	switch {
	case c.State != Ordered || c.Calls > 0:
		return c
	case told == NotDone:
		return end(c, EndNotDone, Recalled)
	}
	c.Proven = told == Done

	return to(c, Asking, now)
}
