package people

import (
	"context"
	"time"

	"wattkiosk/uplink/office/stored"
)

// Directory keeps people. It is safe for concurrent use if its backend is.
type Directory struct{ b stored.Backend[Tx] }

// New is a Directory over b.
func New(b stored.Backend[Tx]) *Directory { return &Directory{b} }

// User returns a person, or stored.ErrNotFound.
func (d *Directory) User(ctx context.Context, name string) (User, error) {
	return stored.View(ctx, d.b, func(tx Tx) (User, error) { return tx.User(ctx, name) })
}

// PutUser adds or replaces a person, and audits it as done by by.
func (d *Directory) PutUser(ctx context.Context, u User, by string, now time.Time) error {
	return d.b.Update(ctx, func(tx Tx) error {
		if err := tx.PutUser(ctx, u); err != nil {
			return err
		}
		return tx.AddAudit(ctx, Audit{At: stored.Millis(now), User: by, Action: "put user", Object: u.Name, Reason: u.Role})
	})
}

// Session returns a login that has not expired at now, or stored.ErrNotFound.
func (d *Directory) Session(ctx context.Context, token string, now time.Time) (Session, error) {
	return stored.View(ctx, d.b, func(tx Tx) (Session, error) {
		login, err := tx.Session(ctx, token)
		if err == nil && login.ExpiresAt <= stored.Millis(now) {
			return Session{}, stored.ErrNotFound
		}
		return login, err
	})
}

// PutSession stores a login and drops those that have expired at now.
func (d *Directory) PutSession(ctx context.Context, login Session, now time.Time) error {
	return d.b.Update(ctx, func(tx Tx) error {
		if err := tx.DeleteSessionsBefore(ctx, stored.Millis(now)); err != nil {
			return err
		}
		return tx.PutSession(ctx, login)
	})
}

// DeleteSession ends a login.
func (d *Directory) DeleteSession(ctx context.Context, token string) error {
	return d.b.Update(ctx, func(tx Tx) error { return tx.DeleteSession(ctx, token) })
}
