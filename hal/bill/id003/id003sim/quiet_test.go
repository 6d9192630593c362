package id003sim_test

import (
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/id003/id003sim"
)

// quietly runs one poll of an enabled, idle device by hand.
func quietly(r *billtest.Rig) {
	end := r.Now.Add(200 * time.Millisecond)
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

func idle(tb testing.TB) *billtest.Rig {
	r, _ := rig(tb, id003sim.Config{})
	r.Do(bill.Enable)
	r.Await(bill.Idling)
	return r
}

func TestQuietPathDoesNotAllocate(t *testing.T) {
	r := idle(t)
	if n := testing.AllocsPerRun(1000, func() { quietly(r) }); n != 0 {
		t.Errorf("%v allocations a poll, want 0", n)
	}
}

func BenchmarkQuietPoll(b *testing.B) {
	r := idle(b)
	b.ReportAllocs()
	for b.Loop() {
		quietly(r)
	}
}
