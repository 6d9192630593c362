package compensation

import (
	"strings"
	"testing"

	"wattkiosk/payments/leg"
)

// TestTable spells out every cell; a change of policy must change this test.
func TestTable(t *testing.T) {
	want := map[Facts]string{
		{leg.None, false, leg.None}: "- nobody",

		{leg.Moving, false, leg.None}: "tendering customer take-money",
		{leg.Moving, true, leg.None}:  "tendering customer take-money case",

		{leg.NotDone, false, leg.None}: "cancelled nobody",
		{leg.NotDone, true, leg.None}:  "disputed head-office print-slip case slip:disputed",

		{leg.Done, false, leg.None}:    "posting machine order-post slip:pending",
		{leg.Done, false, leg.Moving}:  "posting machine order-post slip:pending",
		{leg.Done, false, leg.Done}:    "posted nobody print-slip slip:paid",
		{leg.Done, false, leg.NotDone}: "owed head-office print-slip case slip:owed",
		{leg.Done, false, leg.Unknown}: "disputed head-office print-slip case slip:disputed",

		{leg.Done, true, leg.None}:    "posting machine order-post case slip:pending",
		{leg.Done, true, leg.Moving}:  "posting machine order-post case slip:pending",
		{leg.Done, true, leg.Done}:    "posted head-office print-slip case slip:paid",
		{leg.Done, true, leg.NotDone}: "owed head-office print-slip case slip:owed",
		{leg.Done, true, leg.Unknown}: "disputed head-office print-slip case slip:disputed",
	}

	facts := []leg.Fact{leg.None, leg.Moving, leg.Done, leg.NotDone, leg.Unknown}
	for _, m := range facts {
		for _, doubt := range []bool{false, true} {
			for _, p := range facts {
				f := Facts{m, doubt, p}
				a := For(f)

				w, possible := want[f]
				if !possible {
					if a.Never == "" || a.Status != "" || len(a.Acts) > 0 || a.Case || a.Slip != "" {
						t.Errorf("%+v: %+v, want Never with a reason and nothing else", f, a)
					}

					continue
				}
				if got := describe(a); got != w {
					t.Errorf("%+v: %q, want %q", f, got, w)
				}
			}
		}
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
	for _, f := range []Facts{{Money: leg.Unknown + 1}, {Money: leg.Done, Post: leg.Unknown + 1}} {
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
