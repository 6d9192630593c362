package acquiring

import (
	"context"
	"time"

	"wattkiosk/uplink/office/books"
)

// Answers is what the books say of the case of an acquirer that is back.
const Answers = "it answers again"

// Reach keeps whether an acquirer answers, by a case that is of no kiosk: see
// books.KeepAway.
func (l *Ledger) Reach(ctx context.Context, name string, away bool, why string, now time.Time) error {
	return l.b.Update(ctx, func(tx Tx) error {
		return books.KeepAway(ctx, tx, books.NewCase("", now, books.ClassAway, name, "", 0, name+": "+why), away, Answers, now)
	})
}
