package books

import (
	"context"
	"time"

	"wattkiosk/payments/mis"
)

// SystemAnswers is what the books say of the case of a system that is back.
const SystemAnswers = "it answers again"

// Reach keeps whether a system answers owner, a head office, while postings wait for it, by
// a case that is of no kiosk: see KeepAway.
func (s *Keeper) Reach(ctx context.Context, owner string, system mis.System, away bool, now time.Time) error {
	class, whose := ClassMISAway, "the MIS"
	if system == mis.CardSystem {
		class, whose = ClassCardsAway, "the card-meter system"
	}
	c := newCase("", now.UnixMilli(), class, owner, "", 0, whose+" gives no answer, and postings wait for it")

	return s.b.Update(ctx, func(tx Tx) error { return KeepAway(ctx, tx, c, away, SystemAnswers, now) })
}
