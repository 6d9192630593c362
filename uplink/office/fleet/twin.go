package fleet

import (
	"context"
	"errors"
	"fmt"

	"wattkiosk/uplink/office/stored"
)

// ErrTwin says that a kiosk's number differs from that of another one in its first digit
// only. Head office's own serials, of reversals (R) and of bookings (B), keep the other
// digits: those of one kiosk would be taken for those of the other.
var ErrTwin = errors.New("another kiosk's number differs in the first digit only")

// enrolments counts the kiosks that were new; who counts is the one that enrols.
const enrolments = "enrolments"

// noTwin is an ErrTwin if the number of a kiosk that is not enrolled yet has a twin.
func noTwin(ctx context.Context, tx Tx, kiosk string) error {
	if kiosk == "" {
		return nil
	}
	for first := '0'; first <= '9'; first++ {
		twin := string(first) + kiosk[1:]
		if twin == kiosk {
			continue
		}
		_, err := tx.Kiosk(ctx, twin)
		if err == nil {
			return fmt.Errorf("%w: kiosk %.20s is enrolled, %.20s cannot be", ErrTwin, twin, kiosk)
		}
		if !errors.Is(err, stored.ErrNotFound) {
			return fmt.Errorf("cannot read kiosk %s: %w", twin, err)
		}
	}

	return nil
}
