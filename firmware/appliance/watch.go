package appliance

import (
	"context"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/hal/clock"
	"wattkiosk/payments/record"
)

// clockEvery is how often the trust in the clock is looked at.
const clockEvery = 30 * time.Second

// watchClock has the core know how far the time is to be trusted: now, and each time
// that changes, until ctx ends.
func watchClock(ctx context.Context, trust func() clock.Trust, send func(context.Context, kiosk.Event)) error {
	t := time.NewTicker(clockEvery)
	defer t.Stop()

	last := record.Trust(trust())
	send(ctx, kiosk.Clock{Trust: last})
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		if now := record.Trust(trust()); now != last {
			last = now
			send(ctx, kiosk.Clock{Trust: now})
		}
	}
}
