package cash

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// TestTruthTable is the table of the package comment: what each event makes of each
// leg; "illegal" where there is no entry.
func TestTruthTable(t *testing.T) {
	first := NoteAccepted{Note: 0, Value: 10000}
	legs := map[string]Leg{
		"not open":           {},
		"empty":              with(t),
		"pending":            with(t, first),
		"credited":           with(t, first, NoteStacked{Note: 0, Value: 10000}),
		"unresolved":         with(t, first, NoteUnresolved{Note: 0, Value: 10000}),
		"in the path":        with(t, first, NoteUnresolved{Note: 0, Value: 10000, Evidence: "no-report-in-time"}),
		"in the path, next":  with(t, first, NoteUnresolved{Note: 0, Value: 10000, Evidence: "no-report-in-time"}, NoteAccepted{Note: 1, Value: 2000}),
		"closed":             with(t, first, NoteStacked{Note: 0, Value: 10000}, Closed{Total: 10000}),
		"closed, unresolved": with(t, first, NoteUnresolved{Note: 0, Value: 10000}, Closed{}),
	}
	events := map[string]leg.Event{
		"accept":      first,
		"accept next": NoteAccepted{Note: 1, Value: 2000},
		"stacked":     NoteStacked{Note: 0, Value: 10000},
		"other value": NoteStacked{Note: 0, Value: 5000},
		"returned":    NoteReturned{Note: 0, Value: 10000},
		"unresolved":  NoteUnresolved{Note: 0, Value: 10000},
		"given up":    NoteUnresolved{Note: 0, Value: 10000, Evidence: "left-in-path"},
		"close 0":     Closed{},
		"close 100":   Closed{Total: 10000},
		"stray":       StrayNote{Value: 10000},
	}
	want := map[[2]string]string{
		{"empty", "accept"}:  "moving 0.00, doubt 0.00 stack-note",
		{"empty", "close 0"}: "not-done 0.00, doubt 0.00",

		{"pending", "stacked"}:    "moving 100.00, doubt 0.00 confirm-note",
		{"pending", "returned"}:   "moving 0.00, doubt 0.00",
		{"pending", "unresolved"}: "moving 0.00, doubt 100.00",
		{"pending", "given up"}:   "moving 0.00, doubt 100.00",

		{"credited", "accept next"}: "moving 100.00, doubt 0.00 stack-note",
		{"credited", "close 100"}:   "done 100.00, doubt 0.00",

		{"unresolved", "accept next"}: "moving 0.00, doubt 100.00 stack-note",
		{"unresolved", "stacked"}:     "moving 0.00, doubt 100.00 confirm-note",
		{"unresolved", "returned"}:    "moving 0.00, doubt 0.00",
		{"unresolved", "close 0"}:     "not-done 0.00, doubt 100.00",

		{"in the path", "accept next"}: "moving 0.00, doubt 100.00 stack-note",
		{"in the path", "stacked"}:     "moving 0.00, doubt 100.00 confirm-note",
		{"in the path", "returned"}:    "moving 0.00, doubt 0.00",
		{"in the path", "unresolved"}:  "moving 0.00, doubt 100.00",
		{"in the path", "close 0"}:     "not-done 0.00, doubt 100.00",

		{"in the path, next", "stacked"}:  "moving 0.00, doubt 100.00 confirm-note",
		{"in the path, next", "returned"}: "moving 0.00, doubt 0.00",

		{"closed, unresolved", "stacked"}:  "not-done 0.00, doubt 100.00 confirm-note",
		{"closed, unresolved", "returned"}: "not-done 0.00, doubt 0.00",
	}

	for name, l := range legs {
		for event, e := range events {
			next, effects, err := l.Apply(e)
			got := next.Fact().String() + " " + next.Total.String() + ", doubt " + next.Doubt().String()
			for _, f := range effects {
				got += " " + string(f)
			}
			if err != nil {
				if !errors.Is(err, leg.ErrIllegal) {
					t.Errorf("%s/%s: %v does not wrap ErrIllegal", name, event, err)
				}
				if d := cmp.Diff(l, next); d != "" {
					t.Errorf("%s/%s: an illegal event changed the leg: %s", name, event, d)
				}
				got = "illegal"
			}

			w, ok := want[[2]string{name, event}]
			if !ok {
				w = "illegal"
			}
			if got != w {
				t.Errorf("%s/%s: got %q, want %q", name, event, got, w)
			}
		}
	}
}

func TestAFoundNoteIsHeldAndNeverCredited(t *testing.T) {
	l := with(t, NoteAccepted{0, 10000}, NoteUnresolved{Note: 0, Value: 10000}, NoteStacked{Note: 0, Value: 10000, Evidence: "stacked-late"})
	if l.Total != 0 || l.Held() != 10000 || l.Doubt() != 10000 || l.Undo() != leg.Never || l.Notes[0].State != StateFound {
		t.Errorf("total %s, held %s, doubt %s, note %s", l.Total, l.Held(), l.Doubt(), l.Notes[0].State)
	}
}

func TestOpenNeedsALimit(t *testing.T) {
	for _, limit := range []money.Amount{0, -1} {
		if _, err := Open(limit); !errors.Is(err, leg.ErrIllegal) {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

func TestConsider(t *testing.T) {
	full := with(t)
	full.Notes = make([]Note, MaxNotes)
	limited := with(t)
	limited.Total = 15000

	for name, c := range map[string]struct {
		leg   Leg
		value money.Amount
		want  Refusal
	}{
		"fits":           {with(t), 10000, ""},
		"exactly":        {limited, 5000, ""},
		"over the limit": {limited, 10000, RefuseLimit},
		"no sum of it":   {limited, money.Amount(1<<63 - 1), RefuseLimit},
		"too many":       {full, 1000, RefuseTooMany},
		"one is pending": {with(t, NoteAccepted{0, 10000}), 10000, RefusePending},
		"not open":       {Leg{}, 10000, RefuseClosed},
		"closed":         {with(t, Closed{}), 10000, RefuseClosed},
		"no value":       {with(t), 0, RefuseClosed},
	} {
		if _, got := c.leg.Consider(c.value); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// TestTotalIsTheSumOfStackedNotes drives random events: whatever is legal, the
// total is the sum of stacked notes, it never changes once closed, and a leg reads
// back from its JSON as it was.
func TestTotalIsTheSumOfStackedNotes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, err := Open(500000)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			i := rapid.IntRange(-1, len(l.Notes)).Draw(t, "note")
			v := rapid.SampledFrom([]money.Amount{1000, 5000, 10000}).Draw(t, "value")
			e := rapid.SampledFrom([]leg.Event{
				NoteAccepted{len(l.Notes), v},
				NoteStacked{Note: i, Value: v},
				NoteReturned{Note: i, Value: v},
				NoteUnresolved{Note: i, Value: v},
				Closed{Total: l.Total, ClosedAt: 1_764_000_000_000, Reason: "customer"},
			}).Draw(t, "event")

			before := l
			if l, _, err = l.Apply(e); err != nil {
				continue
			}
			var sum money.Amount
			for _, n := range l.Notes {
				if n.State == StateStacked {
					sum += n.Value
				}
			}
			if sum != l.Total || before.Closed && l.Total != before.Total {
				t.Fatalf("total %s, before %s, stacked notes %s", l.Total, before.Total, sum)
			}

			b, err := json.Marshal(l)
			if err != nil {
				t.Fatal(err)
			}
			var back Leg
			if err := json.Unmarshal(b, &back); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(l, back); d != "" {
				t.Fatalf("%s: %s", b, d)
			}
		}
	})
}
