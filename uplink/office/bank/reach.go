package bank

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// Answers is what the books say of a case that they closed because the bank can be
// reached again.
const Answers = "the bank can be reached again"

// Reach keeps the case of a bank that owner, a head office, cannot reach: there is an
// open one as long as away is the last word. One that a person closed stays closed until
// the bank was reached.
func (l *Register) Reach(ctx context.Context, owner string, away bool, why string, now time.Time) error {
	return l.b.Update(ctx, func(tx Tx) error {
		c := books.NewCase("", now, books.ClassBankAway, owner, "", 0, "no line to the bank: "+why)
		if !away {
			return books.CloseIfOpen(ctx, tx, c.ID, Answers, now)
		}

		before, err := tx.Case(ctx, c.ID)
		switch {
		case errors.Is(err, stored.ErrNotFound) || err == nil && !before.Open && before.Resolution == Answers:
			return tx.PutCase(ctx, c)
		case err != nil:
			return fmt.Errorf("cannot read case %s: %w", c.ID, err)
		}

		return nil
	})
}
