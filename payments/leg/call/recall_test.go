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
		"not done, but it left": {sent, NotDone, Asking, Recalled},
		"done, and it left":     {sent, Done, Asking, ""},
	} {
		if got := c.call.Recall(c.told, now); got.State != c.state || got.Why != c.why || got.Proven != (c.told == Done) {
			t.Errorf("%s: %s, %q, proven %v", name, got.State, got.Why, got.Proven)
		}
	}
}

// TestWhatWasDoneIsNeverGivenUp: no number of answers that say nothing reverses what
// the kiosk was told is booked.
func TestWhatWasDoneIsNeverGivenUp(t *testing.T) {
	c, now := New(t0).Recall(Done, t0), t0
	for range 3 * AnswerLimit {
		var err error
		now = now.Add(10 * time.Minute)
		if c, _, err = Step(c, Event{Kind: Due, Now: now}); err != nil {
			t.Fatal(err)
		}
		if c, _, err = Step(c, Event{Kind: Answered, Now: now, To: Ask, Answer: Answer{Code: "1006"}}); err != nil {
			t.Fatal(err)
		}
	}
	if c.State != Asking || c.Undos > 0 {
		t.Errorf("%s after %d undos", c.State, c.Undos)
	}

	c, _, err := Step(c, Event{Kind: Due, Now: now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	c, effect, err := Step(c, Event{Kind: Answered, Now: now.Add(time.Hour), To: Ask, Answer: Answer{Outcome: Done, Code: "1001"}})
	if err != nil || c.State != EndDone || effect != "" || c.Evidence != "" {
		t.Errorf("%s, %q, %q, %v", c.State, effect, c.Evidence, err)
	}
}
