package server

import (
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
)

// TestAttackEnquiries: of 400 look-ups in 0.2 s a kiosk gets its burst, later what its budget
// says a minute, and in a day no more than that has.
func TestAttackEnquiries(t *testing.T) {
	now := time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC)
	b := &budget{bounds: books.Bounds{Lookups: 60, Burst: 30, Daily: 100}}
	asks := func(n int) (got int) {
		for range n {
			if b.spend(now) {
				got++
			}
			now = now.Add(500 * time.Microsecond)
		}
		return got
	}
	for _, c := range []struct {
		after time.Duration
		asks  int
		want  int
	}{{0, 400, 30}, {10 * time.Second, 400, 10}, {time.Hour, 400, 30}, {time.Hour, 400, 30}, {time.Hour, 400, 0}, {24 * time.Hour, 400, 30}} {
		now = now.Add(c.after)
		if got := asks(c.asks); got != c.want {
			t.Errorf("after %s: %d of %d are answered, want %d", c.after, got, c.asks, c.want)
		}
	}
	now = now.Add(-time.Hour) // the clock is set back
	if asks(1) != 0 {
		t.Error("a clock that is set back brings more")
	}
}
