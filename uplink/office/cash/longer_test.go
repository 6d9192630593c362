package cash

import (
	"testing"
	"time"
)

// TestWhatLiesTooLong: also what a clock dated that was years ahead, or nobody would hear of it
// until then.
func TestWhatLiesTooLong(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for at, want := range map[time.Duration]bool{
		-time.Minute: false, -24 * time.Hour: false, -25 * time.Hour: true, -400 * 24 * time.Hour: true,
		time.Minute: false, 23 * time.Hour: false, 25 * time.Hour: true, 13 * 365 * 24 * time.Hour: true,
	} {
		if got := longer(now.Add(at).UnixMilli(), now, mayBeInTransit); got != want {
			t.Errorf("dated %s from now: %v, want %v", at, got, want)
		}
	}
}
