package broker

import (
	"testing"
	"time"
)

// TestAttackFlood: a kiosk that sends states of 20 KB as fast as it can is read at its rate,
// and what one sends another does not wait for.
func TestAttackFlood(t *testing.T) {
	now := time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC)
	var b buckets
	var waited time.Duration
	for range 1000 {
		w := b.take("10000001", 20_000, now)
		waited += w
		now = now.Add(w)
	}
	if waited < 15*time.Second || waited > 17*time.Second { // 800 messages at 50 a second; of bytes it has enough
		t.Errorf("1000 messages waited %s", waited)
	}
	if w := b.take("10000002", 20_000, now); w != 0 {
		t.Errorf("another kiosk waits %s", w)
	}
	if w := b.take("10000001", 1, now.Add(time.Minute)); w != 0 {
		t.Errorf("after a minute of silence it waits %s", w)
	}
	for range 8 {
		now = now.Add(time.Hour)
		for range 3 {
			if w := b.take("10000003", MaxPacket, now); w != 0 {
				t.Errorf("three of the largest messages an hour wait %s", w)
			}
		}
	}
}
