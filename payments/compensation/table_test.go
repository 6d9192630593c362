package compensation

import (
	"maps"
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

		{Route: OfPublic, Money: leg.None}:             "- nobody",
		{Route: OfPublic, Money: leg.Moving}:           "tendering customer take-money",
		{Route: OfPublic, Money: leg.NotDone}:          "cancelled nobody",
		{Route: OfPublic, Money: leg.Done}:             "posted nobody print-slip slip:paid",
		{Route: OfPublic, Money: leg.Done, Back: true}: "posted nobody print-slip slip:paid",
		{Route: OfPublic, Money: leg.Undoing}:          "undoing machine undo-money slip:undoing",
		{Route: OfPublic, Money: leg.Undone}:           "undone nobody print-slip slip:undone",
		{Route: OfPublic, Money: leg.Unknown}:          "disputed head-office print-slip case slip:disputed",
	}

	both := []bool{false, true}
	for m := leg.None; m <= leg.Undone; m++ {
		for p := leg.None; p <= leg.Unknown; p++ {
			for _, doubt := range both {
				for _, back := range both {
					for _, route := range []Route{OfBill, OfPublic} {
						f := Facts{Route: route, Money: m, Doubt: doubt, Back: back, Post: p}
						if back && (m != leg.Done || doubt) || route == OfPublic && doubt {
							continue // what is not done cannot go back, and notes never do
						}
						check(t, f, want[f])
					}
				}
			}
		}
	}
}

// TestPurchaseTable spells out every cell of purchases and re-writes that can be.
func TestPurchaseTable(t *testing.T) {
	type facts struct {
		post, card leg.Fact
	}
	sold := map[facts]string{
		{leg.None, leg.None}:       "posting machine order-post slip:pending",
		{leg.Moving, leg.None}:     "posting machine order-post slip:pending",
		{leg.Unknown, leg.None}:    "disputed head-office print-slip case slip:disputed",
		{leg.Done, leg.None}:       "writing customer write-card slip:pending",
		{leg.Done, leg.Moving}:     "writing customer write-card slip:pending",
		{leg.Done, leg.Done}:       "posted nobody print-slip slip:paid",
		{leg.Done, leg.NotDone}:    "unwritten head-office print-slip case slip:unwritten",
		{leg.Done, leg.Unknown}:    "unwritten head-office print-slip case slip:unwritten",
		{leg.NotDone, leg.None}:    "owed head-office print-slip case slip:owed",
		{leg.NotDone, leg.Moving}:  "writing customer slip:pending",
		{leg.NotDone, leg.Done}:    "disputed head-office print-slip case slip:paid",
		{leg.NotDone, leg.NotDone}: "owed head-office print-slip case slip:owed",
		{leg.NotDone, leg.Unknown}: "disputed head-office print-slip case slip:disputed",
	}
	inDoubt := maps.Clone(sold)
	inDoubt[facts{leg.None, leg.None}] = "posting machine order-post case slip:pending"
	inDoubt[facts{leg.Moving, leg.None}] = "posting machine order-post case slip:pending"
	inDoubt[facts{leg.Done, leg.None}] = "writing customer write-card case slip:pending"
	inDoubt[facts{leg.Done, leg.Moving}] = "writing customer write-card case slip:pending"
	inDoubt[facts{leg.Done, leg.Done}] = "posted head-office print-slip case slip:paid"
	canGoBack := maps.Clone(sold)
	canGoBack[facts{leg.NotDone, leg.None}] = "undoing machine undo-money slip:undoing"
	canGoBack[facts{leg.NotDone, leg.NotDone}] = "undoing machine undo-money slip:undoing"

	for p := leg.None; p <= leg.Unknown; p++ {
		for c := leg.None; c <= leg.Unknown; c++ {
			check(t, Facts{Route: OfPurchase, Money: leg.Done, Post: p, Card: c}, sold[facts{p, c}])
			check(t, Facts{Route: OfPurchase, Money: leg.Done, Doubt: true, Post: p, Card: c}, inDoubt[facts{p, c}])
			check(t, Facts{Route: OfPurchase, Money: leg.Done, Back: true, Post: p, Card: c}, canGoBack[facts{p, c}])
		}
	}

	before := map[Facts]string{
		{}:                                      "- nobody",
		{Money: leg.Moving}:                     "tendering customer take-money",
		{Money: leg.Moving, Doubt: true}:        "tendering customer take-money case",
		{Money: leg.NotDone}:                    "cancelled nobody",
		{Money: leg.NotDone, Doubt: true}:       "disputed head-office print-slip case slip:disputed",
		{Money: leg.Unknown}:                    "disputed head-office print-slip case slip:disputed",
		{Money: leg.Undoing}:                    "undoing machine undo-money slip:undoing",
		{Money: leg.Undone}:                     "undone nobody print-slip slip:undone",
		{Money: leg.Undoing, Post: leg.NotDone}: "undoing machine undo-money slip:undoing",
		{Money: leg.Undone, Post: leg.NotDone}:  "undone nobody print-slip slip:undone",
		{Money: leg.Undoing, Post: leg.NotDone, Card: leg.NotDone}: "undoing machine undo-money slip:undoing",
		{Money: leg.Undone, Post: leg.NotDone, Card: leg.NotDone}:  "undone nobody print-slip slip:undone",
	}
	for _, m := range []leg.Fact{leg.None, leg.Moving, leg.NotDone, leg.Unknown, leg.Undoing, leg.Undone} {
		for _, doubt := range []bool{false, true} {
			for p := leg.None; p <= leg.Unknown; p++ {
				for c := leg.None; c <= leg.Unknown; c++ {
					f := Facts{Money: m, Doubt: doubt, Post: p, Card: c}
					want := before[f]
					f.Route = OfPurchase
					check(t, f, want)
				}
			}
		}
	}

	again := map[leg.Fact]string{
		leg.None: "writing customer write-card", leg.Moving: "writing customer write-card", leg.Done: "posted nobody print-slip slip:rewritten",
		leg.NotDone: "cancelled nobody", leg.Unknown: "unwritten head-office print-slip slip:unwritten",
	}
	for c := leg.None; c <= leg.Unknown; c++ {
		check(t, Facts{Route: OfRewrite, Card: c}, again[c])
		check(t, Facts{Route: OfRewrite, Card: c, Money: leg.Done}, "")
		check(t, Facts{Route: OfRewrite, Card: c, Post: leg.Done}, "")
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
	for _, f := range []Facts{{Money: leg.Undone + 1}, {Money: leg.Done, Post: leg.Undone + 1}, {Money: leg.Moving, Back: true}, {Money: leg.Moving, Doubt: true, Route: OfPublic}} {
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
