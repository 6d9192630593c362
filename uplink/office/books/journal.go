package books

import (
	"context"
	"time"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/stored"
)

// Begin begins the journal of a kiosk's new incarnation inside tx.
func Begin(ctx context.Context, tx Tx, kiosk string, incarnation uint8, now time.Time) (Journal, error) {
	j := Journal{
		Kiosk: kiosk, Incarnation: incarnation, Head: record.Head{Hash: record.Genesis(kiosk, incarnation)},
		BeganAt: stored.Millis(now), UpdatedAt: stored.Millis(now),
	}
	return j, tx.PutJournal(ctx, j)
}
