package acquiring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// Answers is what the books say of the case of an acquirer that is back.
const Answers = "it answers again"

// Reach keeps whether an acquirer answers: while it does not, a case is open, which is of
// no kiosk, and which closes itself. Who says the same again changes nothing, and a
// person who closed the case does not have it back before the acquirer answered once.
func (l *Ledger) Reach(ctx context.Context, name string, away bool, why string, now time.Time) error {
	return l.b.Update(ctx, func(tx Tx) error {
		c := books.NewCase("", now, books.ClassAway, name, "", 0, name+": "+why)
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
