package call

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func anyAnswer(t *rapid.T) Answer {
	return rapid.SampledFrom([]Answer{yes, other, no, notNow, undoneA, later, noWord, silence}).Draw(t, "answer")
}

// walk drives random events and acts, right and wrong ones, and shows each step.
func walk(t *rapid.T, see func(before, after Call, e Event, effect Effect)) {
	c, now := New(t0), t0
	for range rapid.IntRange(1, 120).Draw(t, "steps") {
		now = now.Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "seconds")) * time.Second)
		if rapid.IntRange(0, 9).Draw(t, "person") == 0 {
			act := rapid.SampledFrom([]Act{ActRetry, ActUndo}).Draw(t, "act")
			if next, err := c.Apply(act, now); err == nil {
				see(c, next, Event{Now: now}, "")
				c = next
			}
			continue
		}
		e := Event{
			Kind: rapid.SampledFrom([]Kind{Due, Due, Answered, Answered, Late, Lost}).Draw(t, "kind"), Now: now,
			To: rapid.SampledFrom([]Effect{Order, Ask, Undo}).Draw(t, "to"), Answer: anyAnswer(t),
		}
		if e.Kind == Answered {
			e.To = c.awaits()
		}
		if next, effect, err := Step(c, e); err == nil {
			see(c, next, e, effect)
			c = next
		}
	}
}

// Between two orders of one serial there is always an answer that says that the
// first was not carried out.
func TestNeverOrdersTwiceWithoutANegativeAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		free := true
		walk(t, func(_, _ Call, e Event, effect Effect) {
			if effect == Order {
				if !free {
					t.Fatal("ordered again without a negative answer in between")
				}
				free = false
			}
			if e.Kind == Answered && e.Answer.Outcome == NotDone {
				free = true
			}
		})
	})
}

// An end is reached only by an answer, and never forgets how: done needs a
// positive answer, and after one the call is done or was undone by another.
func TestAnEndNeverForgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var wasDone, wasUndone bool
		walk(t, func(before, after Call, e Event, _ Effect) {
			a := e.Answer
			answer := e.Kind == Answered || e.Kind == Late
			if answer && a.Outcome == Done && !a.Misfit && e.To != Undo {
				wasDone = true
			}
			if answer && (e.To == Undo && a.Outcome == Done || e.To == Ask && a.Undone) {
				wasUndone = true
			}
			if after.State.Final() && !before.State.Final() && !answer {
				t.Fatalf("%s by event %d", after.State, e.Kind)
			}
			switch {
			case after.State == EndDone && !wasDone:
				t.Fatal("done without a positive answer")
			case after.Proven && !wasDone, after.Undone && !wasUndone:
				t.Fatalf("%+v is made up", after)
			case before.Proven && !after.Proven, before.Undone && !after.Undone:
				t.Fatalf("%+v has forgotten %+v", after, before)
			case after.Proven && after.State == EndNotDone && !after.Undone:
				t.Fatal("what was done is not done any more, and nothing undid it")
			case after.Proven && after.State == EndUnknown && before.State != EndUnknown:
				t.Fatal("what was done is unknown")
			case before.State == EndDone && after.State != EndDone && answer:
				t.Fatalf("done became %s by an answer that nobody waited for", after.State)
			}
		})
	})
}

// Whatever happens, an open call has something to do within the horizon.
func TestAnOpenCallIsAlwaysDueSoon(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		walk(t, func(_, after Call, e Event, _ Effect) {
			if after.State.Final() {
				return
			}
			if after.NextAt.IsZero() || after.NextAt.After(e.Now.Add(Horizon)) && !after.Due(e.Now) {
				t.Fatalf("due at %s, now %s", after.NextAt, e.Now)
			}
		})
	})
}
