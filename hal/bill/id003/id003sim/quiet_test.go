package id003sim_test

import (
	"testing"
	"time"

	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/id003/id003sim"
)

// quiet passes one poll of an enabled, idle device.
func quiet(tb testing.TB) (pass func()) {
	r, _ := rig(tb, id003sim.Config{})
	return billtest.Quiet(r, 200*time.Millisecond)
}

func TestQuietPathDoesNotAllocate(t *testing.T) { billtest.NoGarbage(t, quiet(t)) }

func BenchmarkQuietPoll(b *testing.B) {
	pass := quiet(b)
	b.ReportAllocs()
	for b.Loop() {
		pass()
	}
}
