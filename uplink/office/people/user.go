package people

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"wattkiosk/uplink/office/stored"
)

// MaxName is the longest name of a person, in bytes.
const MaxName = 64

// Why a person is not added, or not changed.
var (
	ErrUser  = errors.New("person not valid")
	ErrThere = errors.New("there is a person of this name")
)

func (u User) check() error {
	switch {
	case u.Name == "" || len(u.Name) > MaxName || strings.ContainsFunc(u.Name, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return fmt.Errorf("%w: name %.64q: want 1 to %d bytes without spaces", ErrUser, u.Name, MaxName)
	case strings.Contains(u.Name, ":"): // "os:" and a name is a person at a command line
		return fmt.Errorf("%w: name %.64q has a colon", ErrUser, u.Name)
	case !IsRole(u.Role):
		return fmt.Errorf("%w: role %.20q", ErrUser, u.Role)
	}

	return nil
}

// AddUser adds a person; ErrThere if there is one of this name, disabled ones included.
func (d *Directory) AddUser(ctx context.Context, u User, by string, now time.Time) error {
	if err := u.check(); err != nil {
		return err
	}
	u.Version, u.CreatedAt = 1, stored.Millis(now)

	return d.b.Update(ctx, func(tx Tx) error {
		_, err := tx.User(ctx, u.Name)
		switch {
		case err == nil:
			return fmt.Errorf("%.64s: %w", u.Name, ErrThere)
		case !errors.Is(err, stored.ErrNotFound):
			return fmt.Errorf("cannot read person %.64q: %w", u.Name, err)
		}
		if err := tx.PutUser(ctx, u); err != nil {
			return fmt.Errorf("cannot add person %.64q: %w", u.Name, err)
		}

		return tx.AddAudit(ctx, Audit{At: stored.Millis(now), User: by, Action: "add user", Object: u.Name, Reason: u.Role})
	})
}

// PutUser adds a person, or replaces one and ends the sessions.
func (d *Directory) PutUser(ctx context.Context, u User, by string, now time.Time) error {
	return d.b.Update(ctx, func(tx Tx) error {
		old, err := tx.User(ctx, u.Name)
		if err != nil && !errors.Is(err, stored.ErrNotFound) {
			return fmt.Errorf("cannot read person %.64q: %w", u.Name, err)
		}
		u.Version = old.Version + 1
		if err := tx.PutUser(ctx, u); err != nil {
			return err
		}
		if err := tx.DeleteSessionsOf(ctx, u.Name); err != nil {
			return err
		}

		return tx.AddAudit(ctx, Audit{At: stored.Millis(now), User: by, Action: "put user", Object: u.Name, Reason: u.Role})
	})
}

// SetPassword, SetRole and SetDisabled change one thing of a person. Each makes a new
// version: the sessions that there are end, at every head office over the same rows.

// SetPassword gives a person another password hash.
func (d *Directory) SetPassword(ctx context.Context, name, hash, by string, now time.Time) error {
	return d.change(ctx, name, by, "set password", func(u *User) string { u.Hash = hash; return "" }, now)
}

// SetRole gives a person another role, and takes the one there was.
func (d *Directory) SetRole(ctx context.Context, name, role, by string, now time.Time) error {
	return d.change(ctx, name, by, "set role", func(u *User) string {
		was := u.Role
		u.Role = role
		return was + " to " + role
	}, now)
}

// SetDisabled keeps a person out, or lets the person in again.
func (d *Directory) SetDisabled(ctx context.Context, name string, disabled bool, by string, now time.Time) error {
	act := "enable user"
	if disabled {
		act = "disable user"
	}

	return d.change(ctx, name, by, act, func(u *User) string { u.Disabled = disabled; return u.Role }, now)
}

func (d *Directory) change(ctx context.Context, name, by, act string, what func(*User) (why string), now time.Time) error {
	return d.b.Update(ctx, func(tx Tx) error {
		u, err := tx.User(ctx, name)
		if err != nil {
			return fmt.Errorf("person %.64q: %w", name, err)
		}
		why := what(&u)
		if err := u.check(); err != nil {
			return err
		}
		if err := newVersion(ctx, tx, u); err != nil {
			return err
		}

		return tx.AddAudit(ctx, Audit{At: stored.Millis(now), User: by, Action: act, Object: name, Reason: why})
	})
}

// newVersion saves a person, and ends the sessions.
func newVersion(ctx context.Context, tx Tx, u User) error {
	u.Version++
	if err := tx.UpdateUser(ctx, u); err != nil {
		return fmt.Errorf("cannot save person %.64q: %w", u.Name, err)
	}
	if err := tx.DeleteSessionsOf(ctx, u.Name); err != nil {
		return fmt.Errorf("cannot end the sessions of %.64q: %w", u.Name, err)
	}

	return nil
}
