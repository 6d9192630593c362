package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// A login lasts one shift, and ends before that when its person does nothing. Pages that
// are open fetch by themselves all the time: that is no act of a person.
const (
	sessionLife = 10 * time.Hour
	SessionIdle = 15 * time.Minute
	touchEvery  = time.Minute // so often it is written down that a person does something
)

// What a session holds, by key.
const (
	sessionUser    = "user"
	sessionVersion = "version" // of the person, who was let in
	sessionSource  = "source"  // address and browser
	sessionBegan   = "began"   // Unix ms
)

// visit is what the rows have of the session of one request.
type visit struct {
	token  string // hashed; empty is no session
	seenAt int64
}

type visitKey struct{}

// visited has the session store leave the row's facts with the request, and lets one answer out.
func visited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&oneAnswer{ResponseWriter: w}, r.WithContext(context.WithValue(r.Context(), visitKey{}, &visit{})))
	})
}

// oneAnswer is an answer that a failing session may end. scs stores what the handler put into
// the session when that begins to answer, and where it cannot it tells so itself, and passes the
// handler's answer on after that: that is dropped.
type oneAnswer struct {
	http.ResponseWriter
	ended bool
}

// WriteHeader implements http.ResponseWriter.
func (a *oneAnswer) WriteHeader(status int) {
	if !a.ended {
		a.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (a *oneAnswer) Write(b []byte) (int, error) {
	if a.ended {
		return len(b), nil
	}

	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a *oneAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// touch writes down that a person does something, unless the page asks by itself.
func (s *hall) touch(r *http.Request) error {
	v, _ := r.Context().Value(visitKey{}).(*visit)
	now := s.now()
	if v == nil || v.token == "" || r.URL.Path == api+"/events" || itself(r) || v.seenAt > now.Add(-touchEvery).UnixMilli() {
		return nil
	}

	return s.cfg.Store.TouchSession(r.Context(), v.token, now)
}

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
		if a, is := w.(*oneAnswer); is {
			a.ended = true
		}
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
	row, err := s.books.Session(ctx, token, s.now(), SessionIdle)
	if errors.Is(err, stored.ErrNotFound) {
		return nil, false, nil
	}
	if v, ok := ctx.Value(visitKey{}).(*visit); ok && err == nil {
		v.token, v.seenAt = token, row.SeenAt
	}

	return row.Data, err == nil, err
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	_, values, err := scs.GobCodec{}.Decode(b)
	if err != nil {
		return fmt.Errorf("cannot read what the session holds: %w", err)
	}
	now := s.now()
	row := people.Session{Token: token, Data: b, ExpiresAt: now.Add(time.Until(expiry)).UnixMilli(), SeenAt: now.UnixMilli()}
	row.Who, _ = values[sessionUser].(string)
	row.Source, _ = values[sessionSource].(string)
	row.BeganAt, _ = values[sessionBegan].(int64)

	return s.books.PutSession(ctx, row, now)
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
