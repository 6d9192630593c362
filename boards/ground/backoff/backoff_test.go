package backoff_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/boards/ground/backoff"
)

func TestWait(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		n                    int
		first, longest, want time.Duration
	}{
		{-1, s, time.Minute, s},
		{0, s, time.Minute, s},
		{1, s, time.Minute, 2 * s},
		{5, s, time.Minute, 32 * s},
		{6, s, time.Minute, time.Minute},
		{math.MaxInt, s, time.Minute, time.Minute},
		{62, 1, math.MaxInt64, 1 << 62},
		{63, 1, math.MaxInt64, math.MaxInt64},
		{1000, 3, math.MaxInt64, math.MaxInt64},
		{0, time.Minute, s, s},
		{math.MaxInt, 0, s, 0},
		{math.MaxInt, -s, s, 0},
	} {
		if got := backoff.Wait(c.n, c.first, c.longest); got != c.want {
			t.Errorf("Wait(%d, %v, %v) = %v, want %v", c.n, c.first, c.longest, got, c.want)
		}
	}
}

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		if err := backoff.Pause(t.Context(), time.Minute); err != nil || time.Since(begun) != time.Minute {
			t.Errorf("paused %v: %v", time.Since(begun), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun = time.Now()
		if err := backoff.Pause(ctx, time.Minute); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Second {
			t.Errorf("paused %v: %v", time.Since(begun), err)
		}
		for _, d := range []time.Duration{-1, 0, 1} {
			if err := backoff.Pause(ctx, d); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Second {
				t.Errorf("paused %v after the end: %v", time.Since(begun), err)
			}
		}
	})
}
