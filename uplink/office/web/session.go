package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// A login lasts one shift. There is no idle time-out: open pages fetch all the
// time, and would keep it alive anyway.
const (
	sessionLife = 10 * time.Hour
	sessionUser = "user"
)

func newSessions(cfg Config) *scs.SessionManager {
	m := scs.New()
	m.Store = sessionStore{cfg.Store, cfg.Now}
	m.HashTokenInStore = true
	m.Lifetime = sessionLife
	m.Cookie.Name, m.Cookie.Secure, m.Cookie.Persist = "wattkiosk", cfg.SecureCookies, false
	if cfg.SecureCookies {
		m.Cookie.Name = "__Host-wattkiosk"
	}
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		if r.Context().Err() == nil {
			cfg.Log.Error("cannot use session", "error", err)
		}
		writeError(w, http.StatusInternalServerError, codeInternal, "sessions cannot be read")
	}
	return m
}

// sessionStore keeps sessions in the books. scs counts by its own clock, so that
// what crosses is how long a session still has, and not until when.
type sessionStore struct {
	books *store.Store
	now   func() time.Time
}

var _ scs.CtxStore = sessionStore{}

func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	row, err := s.books.Session(ctx, token, s.now())
	if errors.Is(err, stored.ErrNotFound) {
		return nil, false, nil
	}
	return row.Data, err == nil, err
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	now := s.now()
	return s.books.PutSession(ctx, people.Session{Token: token, Data: b, ExpiresAt: now.Add(time.Until(expiry)).UnixMilli()}, now)
}

func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.books.DeleteSession(ctx, token)
}

func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s sessionStore) Commit(token string, b []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expiry)
}

func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }
