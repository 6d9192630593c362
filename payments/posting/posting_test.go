package posting

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wattkiosk/payments/mis"
)

var (
	t0    = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	order = mis.Payment{Serial: "10000001000000000005", Account: "1000000001", Amount: 13000, BusinessDate: "20261123"}
)

func in(s State, flight bool) Posting {
	p := New(order, t0)
	p.State, p.InFlight = s, flight
	return p
}

func repeated(p Posting) Posting    { p.Calls = 2; return p }
func refused(p Posting) Posting     { p.Calls, p.Refused = 2, true; return p }
func odds(p Posting, n int) Posting { p.Odd = n; return p }

// TestTable is the table of the package comment, row by row.
func TestTable(t *testing.T) {
	done := mis.PostResult{Outcome: mis.Done, Code: "1001", Amount: 13000, ToArrears: 12850, ToAdvance: 150, Reference: "M1"}
	other := done
	other.Amount, other.ToAdvance = 12900, 50
	no := mis.PostResult{Outcome: mis.NotDone, Code: "1035"}
	busy := mis.PostResult{Outcome: mis.NotDone, Code: "1043", Retry: true}
	never := mis.PostResult{Outcome: mis.NotDone, Code: "1003", Retry: true}
	undone := mis.PostResult{Outcome: mis.NotDone, Code: "11007", Reversed: true}
	odd := mis.PostResult{Code: "1002"}
	worn := func(s State) Posting { p := in(s, true); p.Unusable = AnswerLimit - 1; return p }
	for _, c := range []struct {
		name   string
		p      Posting
		e      Event
		state  State
		effect mis.Op
		wait   time.Duration // NextAt after t0; -1 = none
	}{
		{"ordered, due", in(Ordered, false), Event{Kind: Due}, Calling, mis.OpPost, CallLease},
		{"post done", in(Calling, true), Event{Kind: PostAnswered, Post: done}, Posted, "", -1},
		{"post done for another amount", in(Calling, true), Event{Kind: PostAnswered, Post: other}, Disputed, "", -1},
		{"post refused for the moment", in(Calling, true), Event{Kind: PostAnswered, Post: busy}, Ordered, "", time.Second},
		{"post refused", in(Calling, true), Event{Kind: PostAnswered, Post: no}, Owed, "", -1},
		{"repeated post refused", repeated(in(Calling, true)), Event{Kind: PostAnswered, Post: no}, Asking, "", askDelay},
		{"repeated post refused, and none booked", refused(in(Asking, true)), Event{Kind: AskAnswered, Post: never}, Owed, "", -1},
		{"repeated post refused, but booked", refused(in(Asking, true)), Event{Kind: AskAnswered, Post: done}, Posted, "", -1},
		{"odd answer, never received", odds(in(Asking, true), 1), Event{Kind: AskAnswered, Post: never}, Ordered, "", 2 * time.Second},
		{"odd answers, never received", odds(in(Asking, true), AnswerLimit), Event{Kind: AskAnswered, Post: never}, Owed, "", -1},
		{"post unknown", in(Calling, true), Event{Kind: PostAnswered}, Asking, "", askDelay},
		{"post odd code", in(Calling, true), Event{Kind: PostAnswered, Post: odd}, Asking, "", askDelay},
		{"restart while calling", in(Calling, true), Event{Kind: Restarted}, Asking, "", askDelay},
		{"asking, due", in(Asking, false), Event{Kind: Due}, Asking, mis.OpAsk, CallLease},
		{"ask done", in(Asking, true), Event{Kind: AskAnswered, Post: done}, Posted, "", -1},
		{"ask done for another amount", in(Asking, true), Event{Kind: AskAnswered, Post: other}, Disputed, "", -1},
		{"ask: never received", in(Asking, true), Event{Kind: AskAnswered, Post: never}, Ordered, "", 0},
		{"ask: reversed", in(Asking, true), Event{Kind: AskAnswered, Post: undone}, Owed, "", -1},
		{"ask: no answer", worn(Asking), Event{Kind: AskAnswered}, Asking, "", time.Second},
		{"ask: answered nothing", in(Asking, true), Event{Kind: AskAnswered, Post: odd}, Asking, "", time.Second},
		{"ask: answered nothing too often", worn(Asking), Event{Kind: AskAnswered, Post: odd}, Reversing, "", 0},
		{"restart while asking", in(Asking, true), Event{Kind: Restarted}, Asking, "", time.Second},
		{"reversing, due", in(Reversing, false), Event{Kind: Due}, Reversing, mis.OpReverse, CallLease},
		{"reversed", in(Reversing, true), Event{Kind: ReverseAnswered, Reverse: mis.ReverseResult{Outcome: mis.Done, Code: "1001"}}, Owed, "", -1},
		{"nothing to reverse", in(Reversing, true), Event{Kind: ReverseAnswered, Reverse: mis.ReverseResult{Outcome: mis.NotDone, Code: "1005"}}, Owed, "", -1},
		{"reversal refused", in(Reversing, true), Event{Kind: ReverseAnswered, Reverse: mis.ReverseResult{Outcome: mis.NotDone, Code: "1015"}}, Disputed, "", -1},
		{"reversal unanswered", worn(Reversing), Event{Kind: ReverseAnswered}, Reversing, "", time.Second},
		{"reversal answered nothing too often", worn(Reversing), Event{Kind: ReverseAnswered, Reverse: mis.ReverseResult{Code: "1002"}}, Disputed, "", -1},
	} {
		c.e.Now = t0
		got, effect, err := Step(c.p, c.e)
		if err != nil || got.State != c.state || effect != Effect(c.effect) {
			t.Errorf("%s: %s, %q, %v; want %s, %q", c.name, got.State, effect, err, c.state, c.effect)
		}
		if got.State.Final() {
			if !got.NextAt.IsZero() || got.InFlight {
				t.Errorf("%s: a final posting is due at %v", c.name, got.NextAt)
			}
			if got.State != Posted && got.Reason == "" {
				t.Errorf("%s: no reason for the case", c.name)
			}
		} else if w := got.NextAt.Sub(t0); w != c.wait {
			t.Errorf("%s: waits %v, want %v", c.name, w, c.wait)
		}
	}
}

func TestIllegalEventsChangeNothing(t *testing.T) {
	for name, c := range map[string]struct {
		p Posting
		k EventKind
	}{
		"final":              {in(Posted, false), Due},
		"answer not awaited": {in(Asking, false), AskAnswered},
		"wrong answer":       {in(Calling, true), AskAnswered},
		"too early":          {in(Ordered, false), Due},
	} {
		now := t0
		if name == "too early" {
			now = t0.Add(-time.Second)
		}
		got, _, err := Step(c.p, Event{Kind: c.k, Now: now})
		if !errors.Is(err, ErrIllegal) || got != c.p {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
}

func TestAnExpiredLeaseIsALostCall(t *testing.T) {
	p, _, err := Step(in(Ordered, false), Event{Kind: Due, Now: t0})
	if err != nil {
		t.Fatal(err)
	}
	p, effect, err := Step(p, Event{Kind: Due, Now: t0.Add(CallLease)})
	if err != nil || p.State != Asking || effect != "" {
		t.Errorf("%s, %q, %v", p.State, effect, err)
	}
}

func TestReversalSerialIsStable(t *testing.T) {
	if got := ReversalSerial(order.Serial); got != "R0000001000000000005" || len(got) != 20 {
		t.Error(got)
	}
}

// TestNeverPostsTwiceWithoutAsking drives random answers and losses: between two
// posts of one serial there is always an answer that says "not done".
func TestNeverPostsTwiceWithoutAsking(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, now, clear := New(order, t0), t0, true
		outcome := rapid.SampledFrom([]mis.Outcome{mis.Unknown, mis.Done, mis.NotDone})
		code := rapid.SampledFrom([]mis.Code{"", "1002", "1001", "1005"})
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			e := Event{
				Kind: rapid.SampledFrom([]EventKind{Due, PostAnswered, AskAnswered, ReverseAnswered, Restarted}).Draw(t, "kind"), Now: now,
				Post:    mis.PostResult{Outcome: outcome.Draw(t, "post"), Code: code.Draw(t, "code"), Retry: rapid.Bool().Draw(t, "retry"), Amount: 13000, ToArrears: 13000},
				Reverse: mis.ReverseResult{Outcome: outcome.Draw(t, "reverse"), Code: code.Draw(t, "rcode")},
			}
			next, effect, err := Step(p, e)
			if err != nil {
				now = now.Add(10 * time.Second)
				continue
			}
			if effect == Effect(mis.OpPost) {
				if !clear {
					t.Fatal("posted again without a negative answer in between")
				}
				clear = false
			}
			if (e.Kind == PostAnswered || e.Kind == AskAnswered) && e.Post.Outcome == mis.NotDone {
				clear = true
			}
			if next.State.Final() && next.State != p.State && next.State == Posted && e.Post.Outcome != mis.Done {
				t.Fatal("posted without a positive answer")
			}
			p = next
		}
	})
}
