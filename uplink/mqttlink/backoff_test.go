package mqttlink

import (
	"testing"
	"time"
)

func TestBackoffIsFullJitter(t *testing.T) {
	for _, c := range []struct {
		attempt int
		rng     float64
		want    time.Duration
	}{
		{0, 0, 0},
		{0, 0.5, 500 * time.Millisecond},
		{1, 1, 2 * time.Second},
		{5, 1, 32 * time.Second},
		{6, 1, time.Minute},
		{6, 0.25, 15 * time.Second},
		{1 << 30, 1, time.Minute},
	} {
		if got := backoff(c.attempt, time.Second, time.Minute, c.rng); got != c.want {
			t.Errorf("attempt %d, rng %v: got %s, want %s", c.attempt, c.rng, got, c.want)
		}
	}
}
