package fleet

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/uplink/office/stored"
)

// policySerials counts the serials of policies that were set aside.
const policySerials = "policy-serials"

// PolicySerials sets n serials of policies aside and returns the first. None is ever
// set aside twice, and each is above all before it: a kiosk takes no policy whose serial
// is not above the last one. They begin at now, in Unix milliseconds, unless the clock
// was ahead of that before.
func (r *Registry) PolicySerials(ctx context.Context, n uint64, now time.Time) (first uint64, err error) {
	err = r.b.Update(ctx, func(tx Tx) (err error) {
		first, err = tx.Count(ctx, policySerials, n, uint64(max(stored.Millis(now), 0)))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("cannot set serials of policies aside: %w", err)
	}
	return first, nil
}
