package store

import (
	"context"
	"time"
)

// User returns a person, or ErrNotFound.
func (s *Store) User(ctx context.Context, name string) (User, error) {
	return view(ctx, s.b, func(tx Tx) (User, error) { return tx.User(ctx, name) })
}

// PutUser adds or replaces a person, and audits it as done by by.
func (s *Store) PutUser(ctx context.Context, u User, by string, now time.Time) error {
	return s.b.Update(ctx, func(tx Tx) error {
		if err := tx.PutUser(ctx, u); err != nil {
			return err
		}
		return tx.AddAudit(ctx, Audit{At: ms(now), User: by, Action: "put user", Object: u.Name, Reason: u.Role})
	})
}

// Session returns a login that has not expired at now, or ErrNotFound.
func (s *Store) Session(ctx context.Context, token string, now time.Time) (Session, error) {
	return view(ctx, s.b, func(tx Tx) (Session, error) {
		row, err := tx.Session(ctx, token)
		if err == nil && row.ExpiresAt <= ms(now) {
			return Session{}, ErrNotFound
		}
		return row, err
	})
}

// PutSession stores a login and drops those that have expired at now.
func (s *Store) PutSession(ctx context.Context, row Session, now time.Time) error {
	return s.b.Update(ctx, func(tx Tx) error {
		if err := tx.DeleteSessionsBefore(ctx, ms(now)); err != nil {
			return err
		}
		return tx.PutSession(ctx, row)
	})
}

// DeleteSession ends a login.
func (s *Store) DeleteSession(ctx context.Context, token string) error {
	return s.b.Update(ctx, func(tx Tx) error { return tx.DeleteSession(ctx, token) })
}

// Audit records one privileged act.
func (s *Store) Audit(ctx context.Context, a Audit) error {
	a.Reason = cleanText(a.Reason)
	return s.b.Update(ctx, func(tx Tx) error { return tx.AddAudit(ctx, a) })
}

// AuditLog is the newest acts first.
func (s *Store) AuditLog(ctx context.Context, limit int) ([]Audit, error) {
	return view(ctx, s.b, func(tx Tx) ([]Audit, error) {
		return tx.ListAudit(ctx, Filter{Limit: limit}.capped().Limit)
	})
}
