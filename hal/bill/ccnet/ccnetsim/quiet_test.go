package ccnetsim_test

import (
	"testing"
	"time"

	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ccnet/ccnetsim"
)

// quiet passes one poll of an enabled, idle device.
func quiet(tb testing.TB) (pass func()) {
	r, _ := rig(tb, ccnetsim.Config{})
	return billtest.Quiet(r, 100*time.Millisecond)
}

func TestQuietPathDoesNotAllocate(t *testing.T) { billtest.NoGarbage(t, quiet(t)) }

func BenchmarkQuietPoll(b *testing.B) {
	pass := quiet(b)
	b.ReportAllocs()
	for b.Loop() {
		pass()
	}
}
