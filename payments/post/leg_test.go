package post

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/leg"
)

// TestTruthTable is the table of the package comment; "illegal" where there is no
// entry.
func TestTruthTable(t *testing.T) {
	ordered, err := Leg{}.Order(10000)
	if err != nil {
		t.Fatal(err)
	}
	after := func(s State) Leg {
		o := Outcome{Status: s}
		if s == Posted {
			o.ToArrears = 10000
		}
		l, _, err := ordered.Apply(OutcomeLearned(o))
		if err != nil {
			t.Fatal(err)
		}

		return l
	}
	posted := Outcome{Status: Posted, Reference: "M1", ToArrears: 9000, ToAdvance: 1000}
	resolved := func(n int, from State, o Outcome) Resolved {
		return Resolved{N: n, Resolves: from, By: "head office", Outcome: o}
	}

	legs := map[string]Leg{"none": {}, "ordered": ordered, "posted": after(Posted), "owed": after(Owed), "disputed": after(Disputed)}
	events := map[string]leg.Event{
		"posted":             OutcomeLearned(posted),
		"posted less":        OutcomeLearned{Status: Posted, ToArrears: 9000},
		"posted negative":    OutcomeLearned{Status: Posted, ToArrears: 11000, ToAdvance: -1000},
		"owed":               OutcomeLearned{Status: Owed},
		"disputed":           OutcomeLearned{Status: Disputed},
		"pending":            OutcomeLearned{Status: Ordered},
		"owed -> posted":     resolved(1, Owed, posted),
		"owed -> less":       resolved(1, Owed, Outcome{Status: Posted, ToArrears: 1}),
		"second time":        resolved(2, Owed, posted),
		"disputed -> posted": resolved(1, Disputed, posted),
		"disputed -> owed":   resolved(1, Disputed, Outcome{Status: Owed}),
		"owed -> disputed":   resolved(1, Owed, Outcome{Status: Disputed}),
		"posted -> owed":     resolved(1, Posted, Outcome{Status: Owed}),
		"posted -> posted":   resolved(1, Posted, posted),
	}
	want := map[[2]string]leg.Fact{
		{"ordered", "posted"}:              leg.Done,
		{"ordered", "owed"}:                leg.NotDone,
		{"ordered", "disputed"}:            leg.Unknown,
		{"owed", "owed -> posted"}:         leg.Done,
		{"disputed", "disputed -> posted"}: leg.Done,
		{"disputed", "disputed -> owed"}:   leg.NotDone,
		{"posted", "posted -> owed"}:       leg.NotDone,
	}

	for name, l := range legs {
		for event, e := range events {
			next, effects, err := l.Apply(e)
			w, legal := want[[2]string{name, event}]
			switch {
			case legal && (err != nil || next.Fact() != w || len(effects) > 0):
				t.Errorf("%s/%s: %s, %v, %v; want %s", name, event, next.Fact(), effects, err, w)
			case !legal && (!errors.Is(err, leg.ErrIllegal) || cmp.Diff(l, next) != ""):
				t.Errorf("%s/%s: %+v, %v; want ErrIllegal and no change", name, event, next, err)
			}
		}
	}
}

func TestAnOrderIsGivenOnceAndForMoney(t *testing.T) {
	l, err := Leg{}.Order(10000)
	if err != nil || l.Fact() != leg.Moving || l.Amount != 10000 {
		t.Errorf("%+v, %v", l, err)
	}
	if _, err := l.Order(10000); !errors.Is(err, leg.ErrIllegal) {
		t.Errorf("twice: %v", err)
	}
	if _, err := (Leg{}).Order(0); !errors.Is(err, leg.ErrIllegal) {
		t.Errorf("nothing: %v", err)
	}
}

func TestDoubtIsWhatNobodyKnows(t *testing.T) {
	l, _ := Leg{}.Order(10000)
	for _, s := range []State{Owed, Disputed} {
		next, _, err := l.Apply(OutcomeLearned{Status: s})
		if err != nil {
			t.Fatal(err)
		}
		if want := map[State]int64{Owed: 0, Disputed: 10000}[s]; int64(next.Doubt()) != want {
			t.Errorf("%s: doubt %s", s, next.Doubt())
		}
	}
}
