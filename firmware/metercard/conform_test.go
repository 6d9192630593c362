package metercard

import (
	"maps"
	"slices"
	"testing"

	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
)

// ways are the ways to work a card, each with each form of card.
func ways() map[string]func(testing.TB) *rig {
	all := map[string]func(testing.TB) *rig{}
	for _, form := range []metercard.Form{metercard.CPU, metercard.SLE4442, metercard.AT88SC102} {
		all["steps "+string(form)] = func(t testing.TB) *rig { t.Helper(); return newRigOf(t, form) }
		all["library "+string(form)] = func(t testing.TB) *rig { t.Helper(); return newLibraryRig(t, form) }
	}

	return all
}

// TestWorkConforms lets each trouble happen at each order to the reader, be it the desk's
// or its library's, from the sale on. What the leg says at the end is what the card holds,
// which never goes back; who puts the card back leaves with what they bought; and what was
// not written is written at a later visit.
func TestWorkConforms(t *testing.T) {
	all := ways()
	for _, way := range slices.Sorted(maps.Keys(all)) {
		if testing.Short() && way != "steps cpu" && way != "library sle4442" {
			continue
		}
		t.Run(way, func(t *testing.T) {
			for _, name := range slices.Sorted(maps.Keys(troubles)) {
				t.Run(name, func(t *testing.T) {
					trouble := troubles[name]
					if trouble.library && all[way](t).maker == nil {
						t.Skip("there is no library")
					}
					t.Parallel()
					conforms(t, all[way], trouble)
				})
			}
		})
	}
}

func conforms(t *testing.T, newRig func(testing.TB) *rig, trouble trouble) {
	t.Helper()
	written := 0
	for k := 1; ; k++ {
		r := newRig(t)
		r.wants = true
		r.until(Ready)
		r.pays()
		happened := false
		first := r.orders
		r.at[first+k] = func() { happened = true; trouble.do(r) }
		if r.cut(func() { r.sells(); r.ends() }) {
			r.slot.PowerCut(r.now)
			r.slot.PowerOn(r.now)
			r.start()
			r.ends()
		}
		if !happened {
			if k < 15 {
				t.Errorf("only %d orders", k-1)
			}

			break
		}

		r.honest()
		switch {
		case r.txn().Status() == payments.Posted:
			written++
		case !trouble.unsound:
			t.Errorf("at order %d: %+v, %q, %q", k, r.txn().Write, r.did, r.faces)
		default:
			r.rewritten(newRig)
		}
	}
	if written == 0 {
		t.Error("it is never written")
	}
}

// rewritten has a later visit, at a machine that works, write what was left.
func (r *rig) rewritten(newRig func(testing.TB) *rig) {
	r.t.Helper()
	later := newRig(r.t)
	later.mine = r.mine
	later.rewrites()
	if c := truth(r.t, r.mine); later.txn().Status() != payments.Posted || c.Count != 5 || c.Purse != bought {
		r.t.Errorf("the re-write ends %s with purchase %d of %s on the card: %q", later.txn().Status(), c.Count, c.Purse, later.did)
	}
}
