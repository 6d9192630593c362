package people

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/uplink/office/stored"
)

// Session returns a login that has not expired at now, and whose person did something
// within idle before it; else stored.ErrNotFound.
func (d *Directory) Session(ctx context.Context, token string, now time.Time, idle time.Duration) (Session, error) {
	return stored.View(ctx, d.b, func(tx Tx) (Session, error) {
		login, err := tx.Session(ctx, token)
		if err == nil && !login.alive(now, idle) {
			return Session{}, stored.ErrNotFound
		}
		return login, err
	})
}

func (s Session) alive(now time.Time, idle time.Duration) bool {
	return s.ExpiresAt > stored.Millis(now) && s.SeenAt > stored.Millis(now.Add(-idle))
}

// Sessions are the logins of a person, or of everybody if who is empty, that Session
// would return; the newest first.
func (d *Directory) Sessions(ctx context.Context, who string, now time.Time, idle time.Duration) ([]Session, error) {
	return stored.View(ctx, d.b, func(tx Tx) ([]Session, error) {
		all, err := tx.SessionsOf(ctx, who)
		var out []Session
		for _, s := range all {
			if s.Who != "" && s.alive(now, idle) {
				out = append(out, s)
			}
		}

		return out, err
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

// TouchSession says that the person of a login did something at now. It makes no session
// anew that has ended meanwhile.
func (d *Directory) TouchSession(ctx context.Context, token string, now time.Time) error {
	return d.b.Update(ctx, func(tx Tx) error { return tx.TouchSession(ctx, token, stored.Millis(now)) })
}

// DeleteSession ends a login.
func (d *Directory) DeleteSession(ctx context.Context, token string) error {
	return d.b.Update(ctx, func(tx Tx) error { return tx.DeleteSession(ctx, token) })
}

// EndSession ends one login of a person, and audits it; stored.ErrNotFound if there is none.
func (d *Directory) EndSession(ctx context.Context, who, token, by string, now time.Time) error {
	return d.b.Update(ctx, func(tx Tx) error {
		s, err := tx.Session(ctx, token)
		if err == nil && s.Who != who {
			err = stored.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("session of %.64q: %w", who, err)
		}
		if err := tx.DeleteSession(ctx, token); err != nil {
			return err
		}

		return tx.AddAudit(ctx, Audit{At: stored.Millis(now), User: by, Action: "end session", Object: who, Reason: stored.Text(s.Source)})
	})
}

// EndSessions ends all logins of a person, those too that are just beginning, and audits it.
func (d *Directory) EndSessions(ctx context.Context, who, by string, now time.Time) error {
	return d.change(ctx, who, by, "end sessions", func(*User) string { return "" }, now)
}
