package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
)

const password = "correct horse"

// desk is a running server with people in it.
type desk struct {
	t    testing.TB
	town *town
	srv  *Server
	http *httptest.Server

	kicks int // what brings postings to their end was woken
}

func openDesk(t testing.TB, w *town, change func(*Config)) *desk {
	t.Helper()
	hash, err := passwd.Hash(password)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []people.User{
		{Name: "zhang", Hash: hash, Role: people.RoleAccountant},
		{Name: "wang", Hash: hash, Role: people.RoleOperator},
		{Name: "li", Hash: hash, Role: people.RoleOperator},
		{Name: "root", Hash: hash, Role: people.RoleAdmin},
		{Name: "gone", Hash: hash, Role: people.RoleAdmin, Disabled: true},
	} {
		if err := w.store.PutUser(t.Context(), u, "test", noon); err != nil {
			t.Fatal(err)
		}
	}
	d := &desk{t: t, town: w}
	cfg := Config{
		Store: w.store, Kick: func() { d.kicks++ }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now: func() time.Time { return noon }, Version: "test", Lab: true,
		Enrol: func(_ context.Context, c fleet.Claim, _ []byte) (Enrolment, error) {
			e := Enrolment{"CERT", "CA", "10000009", 3, "KEY", "tls://broker.example:8883", false}
			switch {
			case c.Token == "keeping token" && *c.Had == 3:
				e.Kept = true
			case c.Token == "keeping token":
				return Enrolment{}, fmt.Errorf("%w: other", fleet.ErrIncarnation)
			case c.Token != "good token":
				return Enrolment{}, fleet.ErrToken
			case c.Had != nil:
				e.Incarnation = *c.Had + 1
			}
			return e, nil
		},
	}
	if change != nil {
		change(&cfg)
	}
	if d.srv, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	d.http = httptest.NewServer(d.srv.Handler())
	t.Cleanup(func() {
		d.srv.Close()
		d.http.Close()
	})
	return d
}

// client is a browser that follows no redirects.
func (d *desk) client() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// as is a client of someone who has logged in; nobody if name is empty.
func (d *desk) as(name string) *http.Client {
	d.t.Helper()
	c := d.client()
	if name == "" {
		return c
	}
	status, body := d.call(c, "POST", "/api/v1/login", object{"user": name, "password": password})
	if status != 200 {
		d.t.Fatalf("login of %s: %d %s", name, status, body)
	}
	return c
}

// call sends JSON, or nothing if v is nil, and returns status and body.
func (d *desk) call(c *http.Client, method, path string, v any) (int, string) {
	d.t.Helper()
	var body io.Reader
	if v != nil {
		b, err := json.Marshal(v)
		if err != nil {
			d.t.Fatal(err)
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.http.URL+path, body)
	if err != nil {
		d.t.Fatal(err)
	}
	if v != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return d.do(c, r)
}

func (d *desk) do(c *http.Client, r *http.Request) (int, string) {
	d.t.Helper()
	a, err := c.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return a.StatusCode, string(b)
}

// waiting is the plan that waits for a second person, as c gets it.
func (d *desk) waiting(c *http.Client) planView {
	d.t.Helper()
	var v struct{ Plans []planView }
	d.get(c, "/api/v1/plans?open=1", &v)
	if len(v.Plans) != 1 {
		d.t.Fatalf("%d plans wait", len(v.Plans))
	}
	return v.Plans[0]
}

// approve has c approve the plan that waits for a second person.
func (d *desk) approve(c *http.Client) {
	d.t.Helper()
	p := d.waiting(c)
	if status, body := d.call(c, "POST", "/api/v1/plans/"+p.ID+"/approve", object{"hash": p.Hash, "reason": "核实过"}); status != 200 {
		d.t.Fatalf("approve: %d %s", status, body)
	}
}

// form posts a form and returns status and where it sends to.
func (d *desk) form(c *http.Client, path string, pairs ...string) (int, string) {
	d.t.Helper()
	a, err := c.PostForm(d.http.URL+path, values(pairs...))
	if err != nil {
		d.t.Fatal(err)
	}
	defer a.Body.Close()
	return a.StatusCode, a.Header.Get("Location")
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func readAll(t testing.TB, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func errCode(body string) string {
	var e apiError
	if json.Unmarshal([]byte(body), &e) != nil {
		return ""
	}
	return e.Error.Code
}
