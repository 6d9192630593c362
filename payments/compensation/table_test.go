package compensation

import (
	"strings"
	"testing"

	"wattkiosk/payments/leg"
)

// TestTable spells out every cell; a change of policy must change this test.
func TestTable(t *testing.T) {
	want := map[Facts]string{
		{Money: leg.None}: "- nobody",

		{Money: leg.Moving}:              "tendering customer take-money",
		{Money: leg.Moving, Doubt: true}: "tendering customer take-money case",

		{Money: leg.NotDone}:              "cancelled nobody",
		{Money: leg.NotDone, Doubt: true}: "disputed head-office print-slip case slip:disputed",

		{Money: leg.Done}:                    "posting machine order-post slip:pending",
		{Money: leg.Done, Post: leg.Moving}:  "posting machine order-post slip:pending",
		{Money: leg.Done, Post: leg.Done}:    "posted nobody print-slip slip:paid",
		{Money: leg.Done, Post: leg.NotDone}: "owed head-office print-slip case slip:owed",
		{Money: leg.Done, Post: leg.Unknown}: "disputed head-office print-slip case slip:disputed",

		{Money: leg.Done, Doubt: true}:                    "posting machine order-post case slip:pending",
		{Money: leg.Done, Doubt: true, Post: leg.Moving}:  "posting machine order-post case slip:pending",
		{Money: leg.Done, Doubt: true, Post: leg.Done}:    "posted head-office print-slip case slip:paid",
		{Money: leg.Done, Doubt: true, Post: leg.NotDone}: "owed head-office print-slip case slip:owed",
		{Money: leg.Done, Doubt: true, Post: leg.Unknown}: "disputed head-office print-slip case slip:disputed",

		{Money: leg.Done, Back: true}:                    "posting machine order-post slip:pending",
		{Money: leg.Done, Back: true, Post: leg.Moving}:  "posting machine order-post slip:pending",
		{Money: leg.Done, Back: true, Post: leg.Done}:    "posted nobody print-slip slip:paid",
		{Money: leg.Done, Back: true, Post: leg.NotDone}: "undoing machine undo-money slip:undoing",
		{Money: leg.Done, Back: true, Post: leg.Unknown}: "disputed head-office print-slip case slip:disputed",

		{Money: leg.Undoing}:                    "undoing machine undo-money slip:undoing",
		{Money: leg.Undoing, Post: leg.NotDone}: "undoing machine undo-money slip:undoing",
		{Money: leg.Undone}:                     "undone nobody print-slip slip:undone",
		{Money: leg.Undone, Post: leg.NotDone}:  "undone nobody print-slip slip:undone",
		{Money: leg.Unknown}:                    "disputed head-office print-slip case slip:disputed",

		{ByBank: true, Money: leg.None}:             "- nobody",
		{ByBank: true, Money: leg.Moving}:           "tendering customer take-money",
		{ByBank: true, Money: leg.NotDone}:          "cancelled nobody",
		{ByBank: true, Money: leg.Done}:             "posted nobody print-slip slip:paid",
		{ByBank: true, Money: leg.Done, Back: true}: "posted nobody print-slip slip:paid",
		{ByBank: true, Money: leg.Undoing}:          "undoing machine undo-money slip:undoing",
		{ByBank: true, Money: leg.Undone}:           "undone nobody print-slip slip:undone",
		{ByBank: true, Money: leg.Unknown}:          "disputed head-office print-slip case slip:disputed",
	}

	both := []bool{false, true}
	for m := leg.None; m <= leg.Undone; m++ {
		for p := leg.None; p <= leg.Unknown; p++ {
			for _, doubt := range both {
				for _, back := range both {
					for _, byBank := range both {
						f := Facts{Money: m, Doubt: doubt, Back: back, ByBank: byBank, Post: p}
						if back && (m != leg.Done || doubt) || byBank && doubt {
							continue // what is not done cannot go back, and notes never do
						}
						check(t, f, want[f])
					}
				}
			}
		}
	}
}

func check(t *testing.T, f Facts, want string) {
	t.Helper()
	a := For(f)
	if want == "" {
		if a.Never == "" || a.Status != "" || len(a.Acts) > 0 || a.Case || a.Slip != "" {
			t.Errorf("%+v: %+v, want Never with a reason and nothing else", f, a)
		}

		return
	}
	if got := describe(a); got != want {
		t.Errorf("%+v: %q, want %q", f, got, want)
	}
}

func describe(a Action) string {
	if a.Never != "" {
		return "never: " + a.Never
	}

	words := []string{string(a.Status), string(a.Who)}
	if a.Status == "" {
		words[0] = "-"
	}
	for _, act := range a.Acts {
		words = append(words, string(act))
	}
	if a.Case {
		words = append(words, "case")
	}
	if a.Slip != "" {
		words = append(words, "slip:"+string(a.Slip))
	}

	return strings.Join(words, " ")
}

func TestOutsideTheTablePanics(t *testing.T) {
	for _, f := range []Facts{{Money: leg.Undone + 1}, {Money: leg.Done, Post: leg.Undone + 1}, {Money: leg.Moving, Back: true}, {Money: leg.Moving, Doubt: true, ByBank: true}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v: no panic", f)
				}
			}()
			For(f)
		}()
	}
}
