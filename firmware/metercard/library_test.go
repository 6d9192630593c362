package metercard

import (
	"slices"
	"testing"

	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
)

// TestLibraryWrites: the library of the reader's maker reads and writes each form of card.
func TestLibraryWrites(t *testing.T) {
	for _, form := range []metercard.Form{metercard.CPU, metercard.SLE4442, metercard.AT88SC102} {
		t.Run(string(form), func(t *testing.T) {
			r := newLibraryRig(t, form)
			r.wants = true
			r.until(Ready)
			if f := r.d.Face().Facts; f != r.facts() {
				t.Fatalf("read %+v", f)
			}
			r.buys()
			r.honest()
			if r.txn().Status() != payments.Posted || !slices.Equal(r.did, []string{"begun 1", "written", "eject"}) {
				t.Errorf("%s, %q, %q", r.txn().Status(), r.did, r.faces)
			}
		})
	}
}
