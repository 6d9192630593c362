package call

import (
	"errors"
	"testing"
	"time"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func in(s State, change ...func(*Call)) Call {
	c := New(t0)
	c.State, c.InFlight = s, s == Calling || s == Asking || s == Undoing
	for _, f := range change {
		f(&c)
	}
	return c
}

func waiting(c *Call)   { c.InFlight = false }
func proven(c *Call)    { c.Proven = true }
func undoTried(c *Call) { c.Undos = 1 }

func undoneTwice(c *Call) { c.Undos = 2 }

func undoRefused(c *Call) { c.Why, c.Evidence = UndoRefused, "undo-denied 15" }
func refused(c *Call)     { c.Why = Refused }
func undoneYet(c *Call)   { c.Proven, c.Undone = true, true }

// worn is one usable answer short of the limit, with the first half an hour ago.
func worn(c *Call) { c.Unusable, c.Since = 4, t0.Add(-30*time.Minute) }

// hasty has the count but not the time.
func hasty(c *Call) { c.Unusable, c.Since = 40, t0.Add(-29*time.Minute) }

func odd(n int) func(*Call) { return func(c *Call) { c.Odd = n } }

func strayed(ago time.Duration) func(*Call) { return func(c *Call) { c.Stray = t0.Add(-ago) } }

var (
	yes     = Answer{Outcome: Done, Code: "00"}
	other   = Answer{Outcome: Done, Misfit: true, Code: "00"}
	no      = Answer{Outcome: NotDone, Code: "51"}
	notNow  = Answer{Outcome: NotDone, Retry: true, Code: "91"}
	undoneA = Answer{Outcome: NotDone, Undone: true, Code: "07"}
	later   = Answer{Wait: true, Code: "09"}
	noWord  = Answer{Code: "96"}
	silence = Answer{}
)

// TestTable is the table of the package comment, row by row.
func TestTable(t *testing.T) {
	for _, x := range []struct {
		name   string
		c      Call
		kind   Kind
		to     Effect
		answer Answer
		state  State
		effect Effect
		wait   time.Duration // NextAt after t0; of an end: none
		why    Why
	}{
		{"ordered, due", in(Ordered), Due, "", silence, Calling, Order, Lease, ""},
		{"calling, done", in(Calling), Answered, Order, yes, EndDone, "", 0, ""},
		{"calling, done otherwise", in(Calling), Answered, Order, other, EndUnknown, "", 0, Misfit},
		{"calling, not now", in(Calling), Answered, Order, notNow, Ordered, "", time.Second, ""},
		{"calling, refused", in(Calling), Answered, Order, no, Asking, "", 2 * time.Second, Refused},
		{"calling, refused while an older order may arrive", in(Calling, strayed(time.Minute)), Answered, Order, no, Asking, "", 4 * time.Minute, Refused},
		{"calling, refused, the older order is long gone", in(Calling, strayed(time.Hour)), Answered, Order, no, Asking, "", 2 * time.Second, Refused},
		{"calling, refused, the older order is of the future", in(Calling, strayed(-time.Hour)), Answered, Order, no, Asking, "", 2 * time.Second, Refused},
		{"calling, silence", in(Calling), Answered, Order, silence, Asking, "", 2 * time.Second, ""},
		{"calling, no word", in(Calling), Answered, Order, noWord, Asking, "", 2 * time.Second, ""},
		{"calling, no word the fifth time", in(Calling, odd(4)), Answered, Order, noWord, Asking, "", 2 * time.Second, Exhausted},
		{"calling, lost", in(Calling), Lost, "", silence, Asking, "", 2 * time.Second, ""},
		{"calling, lease over", in(Calling), Due, "", silence, Asking, "", 2 * time.Second, ""},

		{"asking, due", in(Asking, waiting), Due, "", silence, Asking, Ask, Lease, ""},
		{"asking, done", in(Asking), Answered, Ask, yes, EndDone, "", 0, ""},
		{"asking, done after a refusal", in(Asking, refused), Answered, Ask, yes, EndDone, "", 0, ""},
		{"asking, done otherwise", in(Asking), Answered, Ask, other, EndUnknown, "", 0, Misfit},
		{"asking, undone", in(Asking), Answered, Ask, undoneA, EndNotDone, "", 0, Reverted},
		{"asking, none after a refusal", in(Asking, refused), Answered, Ask, no, EndNotDone, "", 0, Refused},
		{"asking, none", in(Asking), Answered, Ask, no, Ordered, "", 0, ""},
		{"asking, none after an odd answer", in(Asking, odd(1)), Answered, Ask, no, Ordered, "", 2 * time.Second, ""},
		{"asking, none of what was done", in(Asking, proven, undoTried), Answered, Ask, no, EndDone, Raise, 0, Vanished},
		{"asking, still done after an undo", in(Asking, proven, undoTried), Answered, Ask, yes, EndDone, Raise, 0, UndoRefused},
		{"asking, undone after an undo", in(Asking, proven, undoTried), Answered, Ask, undoneA, EndNotDone, "", 0, Reverted},
		{"asking, silence for ever", in(Asking, worn), Answered, Ask, silence, Asking, "", time.Second, ""},
		{"asking, later for ever", in(Asking, worn), Answered, Ask, later, Asking, "", time.Second, ""},
		{"asking, no word", in(Asking), Answered, Ask, noWord, Asking, "", time.Second, ""},
		{"asking, no word too often but too soon", in(Asking, hasty), Answered, Ask, noWord, Asking, "", time.Second, ""},
		{"asking, no word too often", in(Asking, worn), Answered, Ask, noWord, Undoing, "", 0, ""},
		{"asking, no word too often, an undo was tried", in(Asking, worn, undoTried), Answered, Ask, noWord, EndUnknown, "", 0, Unsettled},
		{"asking, no word too often, but it was done", in(Asking, worn, proven, undoTried), Answered, Ask, noWord, Asking, "", time.Second, ""},
		{"asking, lost", in(Asking), Lost, "", silence, Asking, "", time.Second, ""},
		{"asking, lease over", in(Asking), Due, "", silence, Asking, "", time.Second, ""},

		{"undoing, due", in(Undoing, waiting), Due, "", silence, Undoing, Undo, Lease, ""},
		{"undoing, done", in(Undoing), Answered, Undo, yes, EndNotDone, "", 0, Undone},
		{"undoing, refused", in(Undoing), Answered, Undo, no, Asking, "", 2 * time.Second, NeverDone},
		{"undoing, refused, it was done", in(Undoing, proven), Answered, Undo, no, EndDone, Raise, 0, UndoRefused},
		{"undoing, refused after an earlier undo", in(Undoing, proven, undoneTwice), Answered, Undo, no, Asking, "", 2 * time.Second, UndoRefused},
		{"asking, still done after a refused undo", in(Asking, proven, undoneTwice, undoRefused), Answered, Ask, yes, EndDone, Raise, 0, UndoRefused},
		{"asking, undone after a refused undo", in(Asking, proven, undoneTwice, undoRefused), Answered, Ask, undoneA, EndNotDone, "", 0, Reverted},
		{"undoing, not now", in(Undoing, proven), Answered, Undo, notNow, Undoing, "", time.Second, ""},
		{"undoing, later", in(Undoing, worn), Answered, Undo, later, Undoing, "", time.Second, ""},
		{"undoing, silence", in(Undoing, worn), Answered, Undo, silence, Undoing, "", time.Second, ""},
		{"undoing, no word too often", in(Undoing, worn), Answered, Undo, noWord, EndUnknown, "", 0, Unsettled},
		{"undoing, no word too often, but it was done", in(Undoing, worn, proven), Answered, Undo, noWord, Asking, "", 0, ""},
		{"undoing, lost", in(Undoing), Lost, "", silence, Undoing, "", time.Second, ""},

		{"late done, asking", in(Asking), Late, Order, yes, EndDone, "", 0, ""},
		{"late done, ordered again", in(Ordered), Late, Ask, yes, EndDone, "", 0, ""},
		{"late done, not undone yet", in(Undoing, waiting), Late, Order, yes, EndDone, "", 0, ""},
		{"late done otherwise", in(Asking), Late, Order, other, EndUnknown, "", 0, Misfit},
		{"late undone, asking", in(Asking), Late, Ask, undoneA, EndNotDone, "", 0, Reverted},
		{"late undone, undoing", in(Undoing, proven, undoTried), Late, Undo, yes, EndNotDone, "", 0, Undone},
		{"late done again", in(EndDone, proven), Late, Order, yes, EndDone, "", 0, ""},
		{"late done, otherwise than known", in(EndDone, proven), Late, Order, other, EndDone, Raise, 0, ""},
		{"late undone of what is done", in(EndDone, proven), Late, Undo, yes, EndDone, Raise, 0, ""},
		{"late done of what is not", in(EndNotDone, refused), Late, Order, yes, EndNotDone, Raise, 0, Refused},
		{"late done of what was undone", in(EndNotDone, undoneYet), Late, Order, yes, EndNotDone, "", 0, ""},
		{"late undone of what is not done", in(EndNotDone), Late, Undo, yes, EndNotDone, "", 0, ""},
		{"late done of what is unknown", in(EndUnknown), Late, Order, yes, EndUnknown, Raise, 0, ""},
		{"late undone of what is unknown", in(EndUnknown), Late, Undo, yes, EndUnknown, Raise, 0, ""},
		{"late refusal of what is done", in(EndDone, proven), Late, Order, no, EndDone, "", 0, ""},
		{"late silence", in(EndDone, proven), Late, Order, silence, EndDone, "", 0, ""},
	} {
		if x.c.State == Ordered || !x.c.InFlight || x.kind == Due {
			x.c.NextAt = t0
		}
		got, effect, err := Step(x.c, Event{Kind: x.kind, Now: t0, To: x.to, Answer: x.answer})
		if err != nil || got.State != x.state || effect != x.effect || got.Why != x.why {
			t.Errorf("%s: %s, %q, %q, %v; want %s, %q, %q", x.name, got.State, effect, got.Why, err, x.state, x.effect, x.why)
		}
		if wait := got.NextAt.Sub(t0); !got.State.Final() && wait != x.wait {
			t.Errorf("%s: waits %s, want %s", x.name, wait, x.wait)
		}
		if got.State.Final() && x.kind != Late && (got.InFlight || !got.NextAt.IsZero()) {
			t.Errorf("%s: an end is due at %s, in flight %v", x.name, got.NextAt, got.InFlight)
		}
		if effect == Raise && got.Evidence == "" {
			t.Errorf("%s: a case without evidence", x.name)
		}
	}
}

// An undo may have been carried out when the late word comes that the order was:
// only the undo's own answer decides.
func TestLateDoneWhileUndoing(t *testing.T) {
	c, effect, err := Step(in(Undoing, undoTried), Event{Kind: Late, Now: t0, To: Order, Answer: yes})
	if err != nil || effect != "" || c.State != Undoing || !c.Proven || !c.InFlight {
		t.Fatalf("%+v, %q, %v", c, effect, err)
	}
	if kept, _, _ := Step(c, Event{Kind: Answered, Now: t0, To: Undo, Answer: no}); kept.State != EndDone {
		t.Errorf("the undo is refused: %s", kept.State)
	}
	if gone, _, _ := Step(c, Event{Kind: Answered, Now: t0, To: Undo, Answer: yes}); gone.State != EndNotDone || !gone.Proven || !gone.Undone {
		t.Errorf("the undo is carried out: %+v", gone)
	}
}

func TestIllegalEventsChangeNothing(t *testing.T) {
	for name, x := range map[string]struct {
		c Call
		e Event
	}{
		"at its end":          {in(EndDone), Event{Kind: Due}},
		"answer not awaited":  {in(Asking, waiting), Event{Kind: Answered, To: Ask}},
		"answer to another":   {in(Calling), Event{Kind: Answered, To: Ask, Answer: yes}},
		"too early":           {in(Ordered, func(c *Call) { c.NextAt = t0.Add(time.Second) }), Event{Kind: Due}},
		"late answer to what": {in(EndDone), Event{Kind: Late, Answer: yes}},
		"no call":             {Call{}, Event{Kind: Due}},
	} {
		x.e.Now = t0
		got, effect, err := Step(x.c, x.e)
		if !errors.Is(err, ErrIllegal) || got != x.c || effect != "" {
			t.Errorf("%s: %v, %q, %+v", name, err, effect, got)
		}
	}
}

// A clock that was years ahead when a row was written must not keep it waiting.
func TestWaitOfAWrongClock(t *testing.T) {
	for _, c := range []Call{in(Ordered), in(Calling), in(Asking, waiting), in(Undoing)} {
		c.NextAt = t0.AddDate(13, 0, 0)
		got, _, err := Step(c, Event{Kind: Due, Now: t0})
		if err != nil || got.NextAt.After(t0.Add(Horizon)) {
			t.Errorf("%s: %s, %v", c.State, got.NextAt, err)
		}
		c.NextAt = t0.Add(Horizon)
		if c.Due(t0) {
			t.Errorf("%s: a wait of %s is not honoured", c.State, Horizon)
		}
	}
	ahead := New(t0.AddDate(13, 0, 0))
	if !ahead.Late(t0) || New(t0).Late(t0.Add(24*time.Hour)) || !New(t0).Late(t0.Add(24*time.Hour+1)) {
		t.Error("lateness")
	}
}

func TestBackoff(t *testing.T) {
	for n, want := range map[int]time.Duration{-1: time.Second, 0: time.Second, 1: 2 * time.Second, 7: 128 * time.Second, 8: 256 * time.Second, 9: 5 * time.Minute, 1 << 30: 5 * time.Minute} {
		if got := Backoff(n); got != want {
			t.Errorf("after %d: %s, want %s", n, got, want)
		}
	}
}

func TestEvidenceIsBounded(t *testing.T) {
	long := make([]byte, 4000)
	for i := range long {
		long[i] = "拒"[i%3]
	}
	c, _, err := Step(in(Undoing, proven), Event{Kind: Answered, Now: t0, To: Undo, Answer: Answer{Outcome: NotDone, Code: "51", Text: string(long)}})
	if kind, said := c.Testimony(); err != nil || kind != UndoDenied || len(said) != 3+120 || said[:6] != "51 拒" {
		t.Errorf("%q %q, %v", kind, said, err)
	}
}
