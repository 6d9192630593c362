package billtest

import (
	"fmt"
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

const (
	secondStep = 7 * time.Millisecond    // at least, between the moments at which the line dies
	secondLast = 1700 * time.Millisecond // of them, after the note is in escrow
	secondAway = 20 * time.Second        // the line is dead, and a second note is pushed at the slot
)

// SecondNote checks that no second note is taken for the first. The line dies at moments
// after the order to stack, somebody pushes a note of the same value in as soon as
// the slot takes it, and the kiosk starts again: after a kill, or after a power cut of
// both. A note that is in the cassette then is credited, or still open in the owner's
// journal: what shows in escrow, or comes out, has not closed it.
func SecondNote(t *testing.T, name string, newRig func(t *testing.T) *Rig) {
	for _, cut := range []bool{false, true} {
		what := "a kill"
		if cut {
			what = "a power cut"
		}
		t.Run(fmt.Sprintf("%s/second note after %s", name, what), func(t *testing.T) {
			for at := time.Duration(0); at < secondLast && !t.Failed(); at += max(secondStep, at/8) {
				secondNote(t, newRig(t), at, cut)
			}
		})
	}
}

func secondNote(t *testing.T, r *Rig, at time.Duration, cut bool) {
	t.Helper()
	begin(t, r)
	o := NewOwner(r, 0)
	insert(t, r, note100, Genuine)
	r.Await(bill.Escrowed)
	r.RunFor(at)

	dead := func([]byte) []byte { return nil }
	r.ToHost, r.ToDevice = dead, dead
	second := false
	r.RunUntil(secondAway, func() bool {
		second = second || r.Device.Insert(r.Now, note100, Genuine) == nil
		return second
	})
	r.HostOff()
	r.RunFor(time.Second) // for a second note to reach escrow
	if cut {
		power(r, time.Second)
	}

	r.ToHost, r.ToDevice = nil, nil
	r.HostOn()
	r.Await(bill.Disabled)
	r.RunFor(3 * time.Second)
	unheard := len(r.Device.Cassette()) - len(o.Credits)
	if unheard != 0 && (unheard != 1 || o.Open != note100) {
		t.Errorf("line dead after %v, second note %v: credits %v, open %d, cassette %v, returned %v: %v",
			at, second, o.Credits, o.Open, r.Device.Cassette(), r.Device.Returned(), r.Events)
	}
}
