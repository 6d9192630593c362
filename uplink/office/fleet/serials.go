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
	err = r.b.Update(ctx, func(tx Tx) error {
		last, err := tx.Counter(ctx, policySerials)
		if err != nil {
			return fmt.Errorf("cannot read a counter: %w", err)
		}
		first = max(last+1, uint64(max(stored.Millis(now), 0)))
		return tx.PutCounter(ctx, policySerials, first+n-1)
	})
	return first, err
}
