package qr

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

const amount = money.Amount(8640)

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
	s := fmt.Sprintf("%s: %s %s, held %s, doubt %s, undo %d", l.State, l.Fact(), l.Total(), l.Held(), l.Doubt(), l.Undo())
	if l.Late {
		s += " late"
	}
	for _, e := range effects {
		s += " " + string(e)
	}

	return s
}

// TestTruthTable is the table of the package comment; "illegal" where there is no
// entry.
func TestTruthTable(t *testing.T) {
	placed := Ordered{Mode: Shown, Amount: amount}
	paid := Paid{Amount: amount, Acquirer: "alipay", Reference: "A1"}
	refund := RefundOrdered{Why: "posting-refused"}
	legs := map[string]Leg{
		"not open":  {},
		"open":      with(t),
		"ordered":   with(t, placed),
		"closing":   with(t, placed, Closing{Why: "expired"}),
		"paid":      with(t, placed, paid),
		"not paid":  with(t, placed, NotPaid{}),
		"unknown":   with(t, placed, Unknown{}),
		"refunding": with(t, placed, paid, refund),
		"refunded":  with(t, placed, paid, refund, RefundAnswered{Done: true}),
		"kept":      with(t, placed, paid, refund, RefundAnswered{}),
		"given up":  with(t, Closing{Why: "customer"}),
	}
	events := map[string]leg.Event{
		"ordered":      placed,
		"other amount": Ordered{Mode: Shown, Amount: amount + 1},
		"no mode":      Ordered{Amount: amount},
		"closing":      Closing{Why: "expired"},
		"paid":         paid,
		"paid less":    Paid{Amount: amount - 1},
		"not paid":     NotPaid{Reason: "closed"},
		"unknown":      Unknown{},
		"refund":       refund,
		"refunded":     RefundAnswered{Done: true},
		"refused":      RefundAnswered{},
		"returned":     Returned{By: "zhang"},
	}
	const none = "0.00, held 0.00, doubt 0.00, undo"
	const all = "86.40, held 86.40, doubt 0.00, undo"
	want := map[[2]string]string{
		{"open", "ordered"}: "ordered: moving " + none + " 1 place-order",
		{"open", "closing"}: "not-paid: not-done " + none + " 0",

		{"ordered", "closing"}:  "closing: undoing " + none + " 1 close-order",
		{"ordered", "paid"}:     "paid: done " + all + " 1",
		{"ordered", "not paid"}: "not-paid: not-done " + none + " 0",
		{"ordered", "unknown"}:  "unknown: unknown 0.00, held 0.00, doubt 86.40, undo 0",

		{"closing", "paid"}:     "paid: done " + all + " 1 late",
		{"closing", "not paid"}: "not-paid: not-done " + none + " 0",
		{"closing", "unknown"}:  "unknown: unknown 0.00, held 0.00, doubt 86.40, undo 0",

		{"paid", "refund"}: "refunding: undoing " + all + " 1 order-refund",

		{"not paid", "paid"}: "paid: done " + all + " 1 late",

		{"unknown", "paid"}:     "paid: done " + all + " 1 late",
		{"unknown", "not paid"}: "not-paid: not-done " + none + " 0",
		{"unknown", "returned"}: "refunded: undone 86.40, held 0.00, doubt 0.00, undo 0",

		{"refunding", "refunded"}: "refunded: undone 86.40, held 0.00, doubt 0.00, undo 0",
		{"refunding", "refused"}:  "kept: done " + all + " 2",

		{"kept", "returned"}: "refunded: undone 86.40, held 0.00, doubt 0.00, undo 0",
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
	if _, err := New(0); !errors.Is(err, leg.ErrIllegal) {
		t.Errorf("amount 0: %v", err)
	}
}
