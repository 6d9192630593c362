// Package backoff spaces what is tried again: the wait doubles from a first one up
// to a longest one, and a wait ends early with its context.
//
// It keeps no state and asks no clock; whoever counts the failures decides when they
// are forgotten. Jitter is the caller's too, as its random numbers are.
package backoff

import (
	"context"
	"time"
)

// Wait is how long to wait after n earlier failures (0, 1, 2 …): first doubled n
// times, at most longest. A negative n counts as 0, and no wait stays none.
func Wait(n int, first, longest time.Duration) time.Duration {
	if first <= 0 {
		return 0
	}

	wait := first
	for ; n > 0 && wait < longest; n-- {
		if wait > longest/2 {
			return longest
		}
		wait *= 2
	}
	return min(wait, longest)
}

// Pause waits for d. It returns ctx's error, at once, where ctx ends before that or
// has ended already.
func Pause(ctx context.Context, d time.Duration) error {
	if d <= 0 || ctx.Err() != nil {
		return ctx.Err()
	}

	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
