package metercard

import (
	"slices"
	"testing"

	"wattkiosk/payments"
)

// TestPurchase goes the whole way, and holds what happens in which order.
func TestPurchase(t *testing.T) {
	r := newRig(t)
	r.buys()
	r.honest()

	if want := []string{"begun 1", "written", "eject"}; !slices.Equal(r.did, want) {
		t.Errorf("%q, want %q", r.did, want)
	}
	if want := []string{"waiting", "reading", "ready", "writing", "checking-card", "take-card", ""}; !slices.Equal(r.faces, want) {
		t.Errorf("pages %q, want %q", r.faces, want)
	}
	if s := r.txn().Status(); s != payments.Posted {
		t.Errorf("it is %s", s)
	}
	if n := len(r.office.asked); n != 3 {
		t.Errorf("head office was asked %d times, want 3", n)
	}
	for i, a := range r.office.asked {
		if a.Card != r.facts() || a.Txn != serial || a.Sale != serial || a.Round != i || len(a.Session) != 32 {
			t.Errorf("question %d: %+v", i, a)
		}
	}
}
