package call

import "time"

// Recall is the call as somebody remembers its end whom these books told it, before
// they came out of a backup and forgot. An end is returned as it is.
//
// Not done is taken as it was told: the money may have gone another way since, so
// ordering it again could double it. Done is a positive answer that came once: it is
// asked about, and never given up. Unknown is asked about before it is ordered.
func (c Call) Recall(told Outcome, now time.Time) Call {
	switch {
	case c.State.Final():
		return c
	case told == NotDone && c.State == Ordered && c.Calls == 0:
		return end(c, EndNotDone, Recalled)
	case told == NotDone:
		c.Why = Recalled
	case told == Done:
		c.Proven = true
	}
	if c.State == Calling {
		c.Stray = now
	}

	return to(c, Asking, c.askAt(now))
}
