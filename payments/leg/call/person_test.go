package call

import (
	"errors"
	"testing"
	"time"
)

func TestActs(t *testing.T) {
	for _, x := range []struct {
		name string
		c    Call
		act  Act
		want State // 0: refused
	}{
		{"retry, waiting", in(Ordered), ActRetry, Ordered},
		{"retry, asking", in(Asking, waiting), ActRetry, Asking},
		{"retry, in flight", in(Asking), ActRetry, 0},
		{"retry, not done", in(EndNotDone, refused), ActRetry, Asking},
		{"retry, undone", in(EndNotDone, undoneYet), ActRetry, 0},
		{"retry, unknown", in(EndUnknown), ActRetry, Asking},
		{"retry, done", in(EndDone, proven), ActRetry, 0},
		{"undo, done", in(EndDone, proven), ActUndo, Undoing},
		{"undo, unknown", in(EndUnknown), ActUndo, Undoing},
		{"undo, not done", in(EndNotDone), ActUndo, 0},
		{"undo, waiting", in(Ordered), ActUndo, 0},
		{"another act", in(EndUnknown), "burn", 0},
	} {
		x.c.Failures, x.c.Odd, x.c.Undos = 4, 5, 2
		got, err := x.c.Apply(x.act, t0)
		switch {
		case x.want == 0:
			if !errors.Is(err, ErrAct) || got != x.c {
				t.Errorf("%s: %+v, %v", x.name, got, err)
			}
		case err != nil || got.State != x.want || !got.NextAt.Equal(t0) || got.Failures != 0:
			t.Errorf("%s: %+v, %v", x.name, got, err)
		case x.c.State.Final() && (got.Odd != 0 || got.Undos != 0 || got.Why != ""):
			t.Errorf("%s: what was counted before still counts: %+v", x.name, got)
		}
	}
}

// A retry after "answered again and again" can order again.
func TestRetryIsNotBarren(t *testing.T) {
	c, now := New(t0), t0
	step := func(e Event) Effect {
		t.Helper()
		e.Now = now
		var effect Effect
		var err error
		if c, effect, err = Step(c, e); err != nil {
			t.Fatal(err)
		}
		return effect
	}
	orders := 0
	for !c.State.Final() {
		now = c.NextAt
		switch effect := step(Event{Kind: Due}); effect {
		case Order:
			orders++
			step(Event{Kind: Answered, To: Order, Answer: noWord})
		case Ask:
			step(Event{Kind: Answered, To: Ask, Answer: no})
		}
	}
	if orders != 5 || c.State != EndNotDone || c.Why != Exhausted {
		t.Fatalf("%d orders, %s, %s", orders, c.State, c.Why)
	}

	c, err := c.Apply(ActRetry, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	now = c.NextAt
	step(Event{Kind: Due})
	step(Event{Kind: Answered, To: Ask, Answer: no})
	if now = c.NextAt; c.State != Ordered || step(Event{Kind: Due}) != Order {
		t.Errorf("after the retry: %+v", c)
	}
}
