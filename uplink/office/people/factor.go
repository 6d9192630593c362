package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/uplink/office/stored"
)

// ErrCode says that a code of a second factor is not right, or was used before.
var ErrCode = errors.New("code not right, or used before")

// Factor is the second factor of a person, confirmed or not; stored.ErrNotFound if there is
// none.
func (d *Directory) Factor(ctx context.Context, who string) (Factor, error) {
	return stored.View(ctx, d.b, func(tx Tx) (Factor, error) { return tx.Factor(ctx, who) })
}

// BeginFactor keeps a fresh secret until it is confirmed, in place of another that was not.
// ErrThere if there is one that was.
func (d *Directory) BeginFactor(ctx context.Context, who, sealed string) error {
	return d.b.Update(ctx, func(tx Tx) error {
		old, err := tx.Factor(ctx, who)
		switch {
		case err == nil && old.ConfirmedAt != 0:
			return fmt.Errorf("second factor of %.64s: %w", who, ErrThere)
		case err != nil && !errors.Is(err, stored.ErrNotFound):
			return fmt.Errorf("cannot read the second factor of %.64q: %w", who, err)
		}

		return tx.PutFactor(ctx, Factor{Who: who, Secret: sealed, Version: old.Version + 1})
	})
}

// UseFactor has spend use a code: it returns the factor as it is then, and the name of the
// act for the audit log (empty for none); or ErrCode. Whoever uses the same code at the same
// time, at whichever head office, comes after that and finds it used.
func (d *Directory) UseFactor(ctx context.Context, who string, now time.Time, spend func(Factor) (Factor, string, error)) error {
	return d.b.Update(ctx, func(tx Tx) error {
		f, err := tx.Factor(ctx, who)
		if err != nil {
			return fmt.Errorf("second factor of %.64q: %w", who, err)
		}
		used, act, err := spend(f)
		if err != nil {
			return err
		}
		if used.Step < f.Step {
			return ErrCode
		}
		used.Who, used.Version = who, f.Version+1
		if err := tx.PutFactor(ctx, used); err != nil || act == "" {
			return err
		}

		return tx.AddAudit(ctx, Audit{At: stored.Millis(now), User: who, Action: act, Object: who})
	})
}

// DropFactor takes the own second factor away from a person who has just given a code of it,
// ends the sessions, and audits it.
func (d *Directory) DropFactor(ctx context.Context, who string, now time.Time) error {
	return d.b.Update(ctx, func(tx Tx) error {
		if err := ResetFactor(ctx, tx, who); err != nil {
			return err
		}

		return tx.AddAudit(ctx, Audit{At: stored.Millis(now), User: who, Action: "drop own second factor", Object: who})
	})
}

// ResetFactor takes a person's second factor away, and ends the sessions; to be called in the
// transaction in which two people agreed to that.
func ResetFactor(ctx context.Context, tx interface {
	UserTx
	FactorTx
	UpdateUser(ctx context.Context, u User) error
	DeleteSessionsOf(ctx context.Context, who string) error
}, who string,
) error {
	u, err := tx.User(ctx, who)
	if err != nil {
		return fmt.Errorf("person %.64q: %w", who, err)
	}
	if err := tx.DeleteFactor(ctx, who); err != nil {
		return fmt.Errorf("cannot take the second factor of %.64q away: %w", who, err)
	}
	u.Version++
	if err := tx.UpdateUser(ctx, u); err != nil {
		return fmt.Errorf("cannot save person %.64q: %w", who, err)
	}

	return tx.DeleteSessionsOf(ctx, who)
}
