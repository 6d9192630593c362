package bankcard

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

const amount = money.Amount(8640)

func sale(n int) SaleOrdered {
	return SaleOrdered{
		N: n, Terminal: "10000001", Merchant: "123456789012345", Batch: "000001", Trace: fmt.Sprintf("%06d", 100+n),
		Amount: amount, Card: "622588******1234", Entry: Chip,
	}
}

// with is a leg of 86.40 after events that must be legal.
func with(t *testing.T, events ...leg.Event) Leg {
	t.Helper()
	l, err := New(amount)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if l, _, err = l.Apply(e); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
	}

	return l
}

func describe(l Leg, effects []leg.Effect) string {
	s := fmt.Sprintf("%s: %s, held %s, doubt %s", l.State, l.Fact(), l.Held(), l.Doubt())
	for _, e := range effects {
		s += " " + string(e)
	}

	return s
}

// TestTruthTable is the table of the package comment: what each event makes of each
// leg; "illegal" where there is no entry.
func TestTruthTable(t *testing.T) {
	approved := SaleAnswered{N: 1, Approved: true, Response: "00", Reference: "R"}
	reverse := ReversalOrdered{N: 1, Why: NoAnswer}
	legs := map[string]Leg{
		"not open":          {},
		"open":              with(t),
		"selling":           with(t, sale(1)),
		"approved":          with(t, sale(1), approved),
		"declined":          with(t, sale(1), SaleAnswered{N: 1, Response: "51"}),
		"reversing":         with(t, sale(1), reverse),
		"reversed":          with(t, sale(1), reverse, ReversalAnswered{N: 1, Done: true}),
		"kept":              with(t, sale(1), reverse, ReversalAnswered{N: 1}),
		"closed":            with(t, Closed{}),
		"closed, paid":      with(t, sale(1), approved, Closed{Total: amount}),
		"closed, declined":  with(t, sale(1), SaleAnswered{N: 1, Response: "51"}, Closed{}),
		"closed, reversing": with(t, sale(1), reverse, Closed{}),
		"closed, undoing":   with(t, sale(1), approved, Closed{Total: amount}, ReversalOrdered{N: 1, Why: PostingRefused}),
		"closed, undone":    with(t, sale(1), approved, Closed{Total: amount}, ReversalOrdered{N: 1, Why: PostingRefused}, ReversalAnswered{N: 1, Done: true}),
		"closed, kept":      with(t, sale(1), approved, Closed{Total: amount}, ReversalOrdered{N: 1, Why: PostingRefused}, ReversalAnswered{N: 1}),
		"closed, lost":      with(t, sale(1), reverse, ReversalAnswered{N: 1}, Closed{}),
	}
	events := map[string]leg.Event{
		"sale 1":       sale(1),
		"sale 2":       sale(2),
		"approved":     approved,
		"approved 2":   SaleAnswered{N: 2, Approved: true},
		"declined":     SaleAnswered{N: 1, Response: "55"},
		"reverse":      reverse,
		"because":      ReversalOrdered{N: 1, Why: "because"},
		"reversed":     ReversalAnswered{N: 1, Done: true},
		"not reversed": ReversalAnswered{N: 1, Response: "12"},
		"returned":     Returned{N: 1},
		"evidence":     Evidence{N: 1, What: "approved-late"},
		"close 0":      Closed{},
		"close":        Closed{Total: amount},
		"captured":     Captured{},
	}
	want := map[[2]string]string{
		{"open", "sale 1"}:  "selling: moving, held 0.00, doubt 0.00 send-sale",
		{"open", "close 0"}: "open: not-done, held 0.00, doubt 0.00",

		{"selling", "approved"}: "approved: moving, held 86.40, doubt 0.00",
		{"selling", "declined"}: "declined: moving, held 0.00, doubt 0.00",
		{"selling", "reverse"}:  "reversing: moving, held 0.00, doubt 0.00 send-reversal",
		{"selling", "evidence"}: "selling: moving, held 0.00, doubt 0.00",

		{"approved", "reverse"}:  "reversing: moving, held 86.40, doubt 0.00 send-reversal",
		{"approved", "evidence"}: "approved: moving, held 86.40, doubt 0.00",
		{"approved", "close"}:    "approved: done, held 86.40, doubt 0.00",

		{"declined", "sale 2"}:   "selling: moving, held 0.00, doubt 0.00 send-sale",
		{"declined", "evidence"}: "declined: moving, held 0.00, doubt 0.00",
		{"declined", "close 0"}:  "declined: not-done, held 0.00, doubt 0.00",

		{"reversing", "reversed"}:     "reversed: moving, held 0.00, doubt 0.00",
		{"reversing", "not reversed"}: "kept: moving, held 0.00, doubt 0.00",
		{"reversing", "evidence"}:     "reversing: moving, held 0.00, doubt 0.00",
		{"reversing", "close 0"}:      "reversing: undoing, held 0.00, doubt 0.00",

		{"reversed", "sale 2"}:   "selling: moving, held 0.00, doubt 0.00 send-sale",
		{"reversed", "evidence"}: "reversed: moving, held 0.00, doubt 0.00",
		{"reversed", "close 0"}:  "reversed: undone, held 0.00, doubt 0.00",

		{"kept", "returned"}: "reversed: moving, held 0.00, doubt 0.00",
		{"kept", "evidence"}: "kept: moving, held 0.00, doubt 0.00",
		{"kept", "close 0"}:  "kept: unknown, held 0.00, doubt 86.40",

		{"closed, paid", "reverse"}:      "reversing: undoing, held 86.40, doubt 0.00 send-reversal",
		{"closed, paid", "evidence"}:     "approved: done, held 86.40, doubt 0.00",
		{"closed, declined", "evidence"}: "declined: not-done, held 0.00, doubt 0.00",

		{"closed, reversing", "reversed"}:     "reversed: undone, held 0.00, doubt 0.00",
		{"closed, reversing", "not reversed"}: "kept: unknown, held 0.00, doubt 86.40",
		{"closed, reversing", "evidence"}:     "reversing: undoing, held 0.00, doubt 0.00",

		{"closed, undoing", "reversed"}:     "reversed: undone, held 0.00, doubt 0.00",
		{"closed, undoing", "not reversed"}: "kept: done, held 86.40, doubt 0.00",
		{"closed, undoing", "evidence"}:     "reversing: undoing, held 86.40, doubt 0.00",

		{"closed, undone", "evidence"}: "reversed: undone, held 0.00, doubt 0.00",
		{"closed, kept", "returned"}:   "reversed: undone, held 0.00, doubt 0.00",
		{"closed, kept", "evidence"}:   "kept: done, held 86.40, doubt 0.00",
		{"closed, lost", "returned"}:   "reversed: undone, held 0.00, doubt 0.00",
		{"closed, lost", "evidence"}:   "kept: unknown, held 0.00, doubt 86.40",
	}

	for name, l := range legs {
		for event, e := range events {
			next, effects, err := l.Apply(e)
			got := describe(next, effects)
			if err != nil {
				if !errors.Is(err, leg.ErrIllegal) || !cmp.Equal(l, next) {
					t.Errorf("%s, %s: %v, and the leg is %+v", name, event, err, next)
				}
				got = "illegal"
			}

			w, ok := want[[2]string{name, event}]
			if !ok {
				w = "illegal"
			}
			if got != w {
				t.Errorf("%s, %s: got %q, want %q", name, event, got, w)
			}
		}
	}
}

// TestUndo: what the bank has taken, or may have, can be asked back until it refuses.
func TestUndo(t *testing.T) {
	approved := []leg.Event{sale(1), SaleAnswered{N: 1, Approved: true}}
	for _, c := range []struct {
		events []leg.Event
		want   leg.Undo
		clears bool
	}{
		{nil, leg.Free, false},
		{[]leg.Event{sale(1)}, leg.Call, true},
		{approved, leg.Call, false},
		{append(approved[:2:2], ReversalOrdered{N: 1, Why: CardDeclined}), leg.Call, true},
		{append(approved[:2:2], ReversalOrdered{N: 1, Why: CardDeclined}, ReversalAnswered{N: 1, Done: true}), leg.Free, false},
		{append(approved[:2:2], ReversalOrdered{N: 1, Why: CardDeclined}, ReversalAnswered{N: 1}), leg.Never, false},
	} {
		if l := with(t, c.events...); l.Undo() != c.want || l.Clears() != c.clears {
			t.Errorf("%+v: undo %v, clears %v", c.events, l.Undo(), l.Clears())
		}
	}
}

// TestASaleMustBeReversible: a sale without what a reversal needs, of another amount
// or out of its turn is not ordered.
func TestASaleMustBeReversible(t *testing.T) {
	for name, change := range map[string]func(*SaleOrdered){
		"no trace":       func(s *SaleOrdered) { s.Trace = "" },
		"no batch":       func(s *SaleOrdered) { s.Batch = "" },
		"no terminal":    func(s *SaleOrdered) { s.Terminal = "" },
		"another amount": func(s *SaleOrdered) { s.Amount++ },
		"out of turn":    func(s *SaleOrdered) { s.N = 2 },
	} {
		s := sale(1)
		change(&s)
		if _, _, err := with(t).Apply(s); !errors.Is(err, leg.ErrIllegal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := New(0); !errors.Is(err, leg.ErrIllegal) {
		t.Errorf("amount 0: %v", err)
	}
}

// TestNoHistoryDoubles plays any events: at most one sale is open at the bank, none
// follows an approved one, and what went back is never held.
func TestNoHistoryDoubles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, _ := New(amount)
		approvals, taken := 0, 0 // by the bank's own count
		for range rapid.IntRange(0, 30).Draw(t, "events") {
			e := rapid.SampledFrom([]leg.Event{
				sale(l.Sales + 1),
				SaleAnswered{N: l.Sales, Approved: true},
				SaleAnswered{N: l.Sales},
				ReversalOrdered{N: l.Sales, Why: NoAnswer},
				ReversalAnswered{N: l.Sales, Done: true},
				ReversalAnswered{N: l.Sales},
				Returned{N: l.Sales},
				Evidence{N: l.Sales},
				Closed{},
				Closed{Total: amount},
			}).Draw(t, "event")
			before := l
			next, _, err := l.Apply(e)
			if err != nil {
				continue
			}
			l = next

			switch e := e.(type) {
			case SaleOrdered:
				if before.Clears() || before.Held() > 0 || before.Closed || before.State == Kept {
					t.Fatalf("a sale after %+v", before)
				}
			case SaleAnswered:
				if e.Approved {
					approvals++
					taken++
				}
			case ReversalAnswered:
				if e.Done && before.Answer.Approved {
					taken--
				}
			case Returned:
				if before.Answer.Approved {
					taken--
				}
			}
			if taken < 0 || taken > 1 || l.Held() != money.Amount(taken)*amount {
				t.Fatalf("%d approved, %d taken, held %s: %+v", approvals, taken, l.Held(), l)
			}
			if l.Fact() == leg.Done && l.Total != amount {
				t.Fatalf("done with %s: %+v", l.Total, l)
			}
		}
	})
}
