package metercard

import (
	"slices"
	"testing"

	"wattkiosk/hal/card"
	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
)

// TestPurchase goes the whole way on every form of card, and holds what happens in which
// order.
func TestPurchase(t *testing.T) {
	for form, rounds := range map[metercard.Form]int{metercard.CPU: 5, metercard.SLE4442: 2, metercard.AT88SC102: 2} {
		r := newRigOf(t, form)
		var gate []string
		r.seen = func(c card.Command) {
			if c.Op == card.Accept || c.Op == card.Refuse {
				gate = append(gate, c.Op.String())
			}
		}
		r.buys()
		r.honest()

		if want := []string{"begun 1", "written", "eject"}; !slices.Equal(r.did, want) {
			t.Errorf("%s: %q, want %q", form, r.did, want)
		}
		if want := []string{"waiting", "reading", "ready", "writing", "checking-card", "take-card", ""}; !slices.Equal(r.faces, want) {
			t.Errorf("%s: pages %q, want %q", form, r.faces, want)
		}
		if want := []string{"accept", "refuse"}; !slices.Equal(gate, want) {
			t.Errorf("%s: the gate %q, want %q", form, gate, want)
		}
		if s := r.txn().Status(); s != payments.Posted {
			t.Errorf("%s: it is %s", form, s)
		}
		if n := len(r.office.asked); n != rounds {
			t.Errorf("%s: head office was asked %d times, want %d", form, n, rounds)
		}
		for i, a := range r.office.asked {
			if a.Card != r.facts() || a.Txn != serial || a.Sale != serial || a.Round != i || len(a.Session) != 32 || a.Session != r.office.asked[0].Session {
				t.Errorf("%s: question %d: %+v", form, i, a)
			}
		}
	}
}
