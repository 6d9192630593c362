package web

import (
	"bytes"
	"context"
	"errors"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
)

// TestSessionsDieWithWhatTheyStandFor: whatever changes about a person ends the sessions,
// at each head office over the same rows, and the next request of an open page finds out.
func TestSessionsDieWithWhatTheyStandFor(t *testing.T) {
	w := newTown(t)
	one := openDesk(t, w, nil)
	cfg := one.srv.cfg
	cfg.Registry = prometheus.NewRegistry()
	other, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	hash, err := passwd.Hash("quite another phrase")
	w.check(err)

	for name, do := range map[string]func(ctx context.Context) error{
		"password": func(ctx context.Context) error { return w.store.SetPassword(ctx, "li", hash, "root", noon) },
		"role": func(ctx context.Context) error {
			return w.store.SetRole(ctx, "li", people.RoleAccountant, "root", noon)
		},
		"disabled": func(ctx context.Context) error { return w.store.SetDisabled(ctx, "li", true, "root", noon) },
		"ended":    func(ctx context.Context) error { return w.store.EndSessions(ctx, "li", "root", noon) },
	} {
		fresh, err := passwd.Hash(password)
		w.check(err)
		w.check(w.store.PutUser(t.Context(), people.User{Name: "li", Hash: fresh, Role: people.RoleOperator}, "test", noon))
		one.srv.limits = newLimits()
		c, wang := one.as("li"), one.as("wang")
		w.check(do(t.Context()))
		for desk, handler := range map[string]*Server{"its own": one.srv, "another": other} {
			one.http.Config.Handler = handler.Handler()
			if status, _ := one.call(c, "GET", "/api/v1/me", nil); status != 401 {
				t.Errorf("%s: a session of li at %s head office: %d", name, desk, status)
			}
			if status, _ := one.call(wang, "GET", "/api/v1/me", nil); status != 200 {
				t.Errorf("%s: a session of wang at %s head office: %d", name, desk, status)
			}
		}
		one.http.Config.Handler = one.srv.Handler()
	}
}

// TestSessionBegunAcrossAChange: a login that was checked against the old password is no
// session of the new one, even if its row comes after the change.
func TestSessionBegunAcrossAChange(t *testing.T) {
	w := newTown(t)
	d := openDesk(t, w, nil)
	c := d.as("li")
	rows, err := w.store.Sessions(t.Context(), "li", noon, SessionIdle)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d sessions, %v", len(rows), err)
	}
	w.check(w.store.SetDisabled(t.Context(), "li", false, "root", noon)) // any change
	w.check(w.store.PutSession(t.Context(), rows[0], noon))
	if status, _ := d.call(c, "GET", "/api/v1/me", nil); status != 401 {
		t.Errorf("a session of the old version: %d", status)
	}
}

// TestIdleSession: who does nothing for 15 minutes is out, also with a page that fetches by
// itself; who does something goes on until the end of the shift.
func TestIdleSession(t *testing.T) {
	var past atomic.Int64
	w := newTown(t)
	d := openDesk(t, w, func(c *Config) { c.Now = func() time.Time { return noon.Add(time.Duration(past.Load())) } })
	at := func(after time.Duration) { past.Store(int64(after)) }
	sleeps := d.as("wang")
	for m := 5 * time.Minute; m < 15*time.Minute; m += 5 * time.Minute {
		at(m)
		if status, _ := d.call(sleeps, "GET", "/cases?live=1", nil); status != 200 {
			t.Errorf("an open page after %v: %d", m, status)
		}
	}
	at(15 * time.Minute)
	if status, _ := d.call(sleeps, "GET", "/cases?live=1", nil); status != 303 {
		t.Errorf("an open page after 15 minutes: %d", status)
	}

	works := d.as("zhang")
	for m := 15 * time.Minute; m < 15*time.Minute+sessionLife; m += 14 * time.Minute {
		at(m)
		if status, _ := d.call(works, "GET", "/api/v1/me", nil); status != 200 {
			t.Fatalf("who works, after %v: %d", m, status)
		}
	}
	at(15*time.Minute + sessionLife)
	if status, _ := d.call(works, "GET", "/api/v1/me", nil); status != 401 {
		t.Errorf("at the end of the shift: %d", status)
	}
}

// TestSessionSaysWhere: a session is listed with where it began.
func TestSessionSaysWhere(t *testing.T) {
	w := newTown(t)
	d := openDesk(t, w, nil)
	d.as("li")
	rows, err := w.store.Sessions(t.Context(), "li", noon, SessionIdle)
	if err != nil || len(rows) != 1 || !strings.HasPrefix(rows[0].Source, "127.0.0.1 Go-http-client") || rows[0].BeganAt != noon.UnixMilli() {
		t.Errorf("%+v, %v", rows, err)
	}
}

// fullBooks are sessions that cannot be stored.
type fullBooks struct{ sessionStore }

func (fullBooks) CommitCtx(context.Context, string, []byte, time.Time) error {
	return errors.New("no space")
}

// TestASessionThatCannotBeStoredIsOneAnswer: a login that the books cannot keep is refused, and
// nothing is answered after that.
func TestASessionThatCannotBeStoredIsOneAnswer(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	d.srv.sessions.Store = fullBooks{sessionStore{d.town.store, d.srv.now}}
	var log bytes.Buffer
	srv := httptest.NewUnstartedServer(d.srv.Handler())
	srv.Config.ErrorLog = stdlog.New(&log, "", 0)
	srv.Start()
	for _, path := range []string{"/api/v1/login", "/login"} {
		ask := strings.NewReader(`{"user":"li","password":"` + password + `"}`)
		kind := "application/json"
		if path == "/login" {
			ask, kind = strings.NewReader(values("user", "li", "password", password).Encode()), "application/x-www-form-urlencoded"
		}
		r, err := http.Post(srv.URL+path, kind, ask)
		d.town.check(err)
		body := readAll(t, r.Body)
		r.Body.Close()
		if want := `{"error":{"code":"internal","message":"sessions cannot be read"}}`; r.StatusCode != http.StatusInternalServerError || strings.TrimSpace(body) != want {
			t.Errorf("%s: %d %q", path, r.StatusCode, body)
		}
	}
	srv.Close() // nobody writes the log any more
	if log.Len() > 0 {
		t.Errorf("log %q", log.String())
	}
}
