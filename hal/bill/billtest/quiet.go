package billtest

import (
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

// Quiet brings a rig to idling, and returns what passes one poll of it by hand: nothing
// but the driver and the device may allocate in it.
func Quiet(r *Rig, poll time.Duration) (pass func()) {
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	return func() {
		end := r.Now.Add(poll)
		for {
			at := r.Engine.Wake()
			if w := r.Device.Wake(); !w.IsZero() && w.Before(at) {
				at = w
			}
			if at.After(end) {
				r.Now = end
				return
			}
			r.Now = at
			tx, _ := r.Engine.Advance(at, r.Device.Advance(at))
			if len(tx) > 0 {
				r.Device.Receive(at, tx)
			}
		}
	}
}

// NoGarbage checks that pass allocates nothing.
func NoGarbage(t *testing.T, pass func()) {
	t.Helper()
	if n := testing.AllocsPerRun(1000, pass); n != 0 {
		t.Errorf("%v allocations a time, want 0", n)
	}
}
