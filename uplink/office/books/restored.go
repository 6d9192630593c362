package books

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// Books that come out of a backup do not know whom they handed a sale to since, nor what
// kiosks said of its card: it may be written. They know that they are out of one because a
// backup says so of itself, because an administrator does, or because a kiosk goes on
// behind what they hold; and each journal is marked until its kiosk has told its end.
// Meanwhile no sale is taken back, by a person or by the machine.

// Past is what the books know of having been restored. It is safe for concurrent use if its
// backend is.
type Past struct{ b stored.Backend[Tx] }

// NewPast is the Past of the books in b.
func NewPast(b stored.Backend[Tx]) *Past { return &Past{b} }

// ErrUnreported refuses to take a sale back while books out of a backup lack the word of a
// kiosk.
var ErrUnreported = fmt.Errorf("%w: these books are out of a backup, and a kiosk has not reported since: the card may be written", posting.ErrAction)

// askHeld is how long a question waits whose answer would have had the sale taken back.
const askHeld = 5 * time.Minute

// Restored is a person's word that these books are out of a backup: it marks all journals,
// as the books may lack the end of each. It is audited.
func (s *Past) Restored(ctx context.Context, user, reason string, now time.Time) error {
	return s.b.Update(ctx, func(tx Tx) error {
		if err := restored(ctx, tx, now); err != nil {
			return err
		}
		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: user, Action: "books are out of a backup", Reason: stored.Text(reason)})
	})
}

func restored(ctx context.Context, tx Tx, now time.Time) error {
	all, err := tx.Journals(ctx)
	if err != nil {
		return fmt.Errorf("cannot read journals: %w", err)
	}
	for _, j := range all {
		if j.RestoredAt != 0 {
			continue
		}
		j.RestoredAt = stored.Millis(now)
		if err := tx.PutJournal(ctx, j); err != nil {
			return fmt.Errorf("cannot mark the journal of kiosk %s: %w", j.Kiosk, err)
		}
	}

	return nil
}

// Unreported are the journals whose kiosks have not told their end since these books came
// out of a backup.
func (s *Past) Unreported(ctx context.Context) ([]Journal, error) {
	return stored.View(ctx, s.b, func(tx Tx) ([]Journal, error) { return unreported(ctx, tx) })
}

func unreported(ctx context.Context, tx Tx) ([]Journal, error) {
	all, err := tx.Journals(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read journals: %w", err)
	}
	var out []Journal
	for _, j := range all {
		if j.RestoredAt != 0 {
			out = append(out, j)
		}
	}

	return out, nil
}

// CaughtUp takes a kiosk's word that its journal ends at end. If these books have it that
// far, they lack nothing of it any more.
func (s *Past) CaughtUp(ctx context.Context, kiosk string, end uint64, now time.Time) error {
	return s.b.Update(ctx, func(tx Tx) error {
		j, err := tx.Journal(ctx, kiosk)
		if err != nil {
			return fmt.Errorf("cannot read the journal of kiosk %.64q: %w", kiosk, err)
		}
		if j.RestoredAt == 0 || j.Head.Seq < end {
			return nil
		}
		j.RestoredAt, j.UpdatedAt = 0, stored.Millis(now)

		return tx.PutJournal(ctx, j)
	})
}

// GiveUp is a person's word that a kiosk is gone for good and tells nothing more: books out
// of a backup do not wait for it, nor does who settles a sale whose card it may have written.
// It is audited. posting.ErrAction says that the kiosk has reported just now.
func (s *Past) GiveUp(ctx context.Context, kiosk, user, reason string, now time.Time) error {
	return s.b.Update(ctx, func(tx Tx) error {
		j, err := tx.Journal(ctx, kiosk)
		if errors.Is(err, stored.ErrNotFound) {
			return fmt.Errorf("%w: %.64q", ErrUnknown, kiosk)
		}
		if err != nil {
			return fmt.Errorf("cannot read the journal of kiosk %s: %w", kiosk, err)
		}
		if j.RestoredAt == 0 && now.Sub(time.UnixMilli(j.UpdatedAt)) < writeLasts {
			return fmt.Errorf("%w: nothing is missing of kiosk %s", posting.ErrAction, kiosk)
		}

		j.RestoredAt, j.UpdatedAt = 0, stored.Millis(now)
		if err := tx.PutJournal(ctx, j); err != nil {
			return fmt.Errorf("cannot store the journal of kiosk %s: %w", kiosk, err)
		}
		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: user, Action: "give kiosk up", Object: kiosk, Reason: stored.Text(reason)})
	})
}

// allReported refuses with the kiosks that have not reported.
func allReported(ctx context.Context, tx Tx) error {
	missing, err := unreported(ctx, tx)
	if err != nil || len(missing) == 0 {
		return err
	}

	return fmt.Errorf("%w (%s and %d more)", ErrUnreported, missing[0].Kiosk, len(missing)-1)
}

// asksOn has a sale that the machine is about to take back asked for instead, while these
// books do not know whether it is written.
func asksOn(ctx context.Context, tx Tx, p Posting, now time.Time) (Posting, error) {
	fresh := p.State == posting.Reversing && !p.InFlight && p.Undos == 0
	if !fresh || p.System() != mis.CardSystem {
		return p, nil
	}
	switch err := allReported(ctx, tx); {
	case errors.Is(err, ErrUnreported):
		p.State, p.NextAt = posting.Asking, now.Add(askHeld)
		p.Unusable, p.Since = 0, time.Time{}
		return p, nil
	case err != nil:
		return p, err
	}

	return p, nil
}
