package appliance

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/hal/clock"
	"wattkiosk/payments/record"
)

// TestTheCoreIsToldOfTheClock at the start and at each change, not more.
func TestTheCoreIsToldOfTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		trust := func() clock.Trust {
			if time.Since(start) >= 2*time.Minute {
				return clock.Synchronised
			}
			return clock.Untrusted
		}
		var told []kiosk.Event
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := watchClock(ctx, trust, func(_ context.Context, e kiosk.Event) { told = append(told, e) }); err != nil {
			t.Fatal(err)
		}
		if want := []kiosk.Event{kiosk.Clock{Trust: record.Untrusted}, kiosk.Clock{Trust: record.Synchronised}}; !slices.Equal(told, want) {
			t.Errorf("told %v, want %v", told, want)
		}
	})
}
