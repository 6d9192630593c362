package kiosktest

import (
	"testing"
	"time"

	"wattkiosk/payments/record"
)

// TestAClockThatJumps: its wall clock does, and what is measured from it does not.
func TestAClockThatJumps(t *testing.T) {
	t.Parallel()
	var c clock
	now := time.Date(2026, 11, 23, 15, 59, 30, 5e6, time.UTC)
	before := c.at(now)
	c.set(now, -36*time.Hour, record.RTC)
	after := c.at(now.Add(90 * time.Second))
	if got := before.Format(time.RFC3339Nano); got != "2026-11-23T15:59:30.005Z" {
		t.Errorf("it shows %s", got)
	}
	if got := after.Format(time.RFC3339Nano); got != "2026-11-22T04:01:00.005Z" {
		t.Errorf("after the jump it shows %s", got)
	}
	if d := after.Sub(before); d != 90*time.Second {
		t.Errorf("%s were measured", d)
	}
	if got := c.real(now.Add(90*time.Second), after.Add(time.Minute)); !got.Equal(now.Add(150 * time.Second)) {
		t.Errorf("a minute later is %s", got)
	}
	for _, x := range []struct {
		from, to time.Duration
		want     bool
	}{{-time.Hour, -time.Minute, false}, {-time.Minute, 0, true}, {time.Hour, 2 * time.Hour, true}} {
		if got := c.wrongBetween(now.Add(x.from), now.Add(x.to)); got != x.want {
			t.Errorf("wrong between %s and %s: %v", x.from, x.to, got)
		}
	}
	c.set(now.Add(10*time.Minute), 0, record.Synchronised)
	if c.wrongBetween(now.Add(time.Hour), now.Add(2*time.Hour)) {
		t.Error("it is put right, and wrong")
	}
}
