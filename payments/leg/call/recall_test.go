package call

import (
	"testing"
	"time"
)

// TestRecall: what ended "not done" is never ordered again by a row that lost its
// past, and what did not is asked about before it is ordered.
func TestRecall(t *testing.T) {
	fresh := New(t0)
	sent, _, err := Step(fresh, Event{Kind: Due, Now: t0})
	if err != nil {
		t.Fatal(err)
	}

	now := t0.Add(time.Minute)
	for name, c := range map[string]struct {
		call  Call
		told  Outcome
		state State
		why   Why
	}{
		"not done":              {fresh, NotDone, EndNotDone, Recalled},
		"done":                  {fresh, Done, Asking, ""},
		"unknown":               {fresh, Unknown, Asking, ""},
		"not done, but it left": {sent, NotDone, Calling, ""},
	} {
		if got := c.call.Recall(c.told, now); got.State != c.state || got.Why != c.why {
			t.Errorf("%s: %s, %q", name, got.State, got.Why)
		}
	}
}
