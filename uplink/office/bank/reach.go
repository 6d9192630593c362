package bank

import (
	"context"
	"time"

	"wattkiosk/uplink/office/books"
)

// Answers is what the books say of a case that they closed because the bank can be
// reached again.
const Answers = "the bank can be reached again"

// Reach keeps the case of a bank that owner, a head office, cannot reach: see
// books.KeepAway.
func (l *Register) Reach(ctx context.Context, owner string, away bool, why string, now time.Time) error {
	return l.b.Update(ctx, func(tx Tx) error {
		return books.KeepAway(ctx, tx, books.NewCase("", now, books.ClassBankAway, owner, "", 0, "no line to the bank: "+why), away, Answers, now)
	})
}
