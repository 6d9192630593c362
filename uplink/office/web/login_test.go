package web

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"wattkiosk/uplink/office/people/passwd"
)

func TestLoginAndLogout(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	c := d.as("zhang")
	if status, body := d.call(c, "GET", "/api/v1/me", nil); status != 200 || strings.TrimSpace(body) != `{"user":"zhang","role":"accountant","version":"test","business_date":"20261123"}` {
		t.Errorf("me: %d %s", status, body)
	}
	if status, _ := d.call(c, "POST", "/api/v1/logout", nil); status != 200 {
		t.Errorf("logout: %d", status)
	}
	if status, _ := d.call(c, "GET", "/api/v1/me", nil); status != 401 {
		t.Errorf("me after logout: %d", status)
	}
	for _, in := range []object{
		{"user": "zhang", "password": "wrong horse"},
		{"user": "nobody", "password": password},
		{"user": "gone", "password": password},
		{"user": "", "password": password},
		{"user": "zhang", "password": strings.Repeat("x", passwd.Max+1)},
	} {
		if status, body := d.call(d.client(), "POST", "/api/v1/login", in); status != 401 || errCode(body) != "login-refused" {
			t.Errorf("login of %v: %d %s", in["user"], status, body)
		}
	}
}

func TestLoginForm(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	c := d.client()
	if status, _ := d.form(c, "/login", "user", "zhang", "password", "wrong horse"); status != 401 {
		t.Errorf("wrong password: %d", status)
	}
	if status, to := d.form(c, "/login", "user", "zhang", "password", password, "next", "//evil.example"); status != 303 || to != "/" {
		t.Errorf("login: %d to %q", status, to)
	}
	if status, to := d.form(c, "/login", "user", "zhang", "password", password, "next", "/cases"); status != 303 || to != "/cases" {
		t.Errorf("login: %d to %q", status, to)
	}
	if status, to := d.form(c, "/logout"); status != 303 || to != "/login" {
		t.Errorf("logout: %d to %q", status, to)
	}
}

func TestSessionEnds(t *testing.T) {
	var past atomic.Int64
	d := openDesk(t, newTown(t), func(c *Config) { c.Now = func() time.Time { return noon.Add(time.Duration(past.Load())) } })
	c := d.as("zhang")
	for past.Load() < int64(sessionLife-SessionIdle) {
		past.Add(int64(SessionIdle - time.Minute))
		d.call(c, "GET", "/api/v1/me", nil)
	}
	past.Store(int64(sessionLife - time.Minute))
	if status, _ := d.call(c, "GET", "/api/v1/me", nil); status != 200 {
		t.Errorf("before its end: %d", status)
	}
	past.Store(int64(sessionLife + time.Minute))
	if status, _ := d.call(c, "GET", "/api/v1/me", nil); status != 401 {
		t.Errorf("after its end: %d", status)
	}
}

func TestLoginLimit(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	in := object{"user": "zhang", "password": "wrong horse"}
	for i := range loginBurst {
		if status, _ := d.call(d.client(), "POST", "/api/v1/login", in); status != 401 {
			t.Fatalf("try %d: %d", i, status)
		}
	}
	in["password"] = password
	if status, body := d.call(d.client(), "POST", "/api/v1/login", in); status != 429 || errCode(body) != "too-many-requests" {
		t.Errorf("after the burst: %d %s", status, body)
	}
	in["user"] = "wang"
	if status, _ := d.call(d.client(), "POST", "/api/v1/login", in); status != 200 {
		t.Errorf("another name: %d", status)
	}
}

func TestLimiter(t *testing.T) {
	l := newLimiter(3, time.Second)
	for i, c := range []struct {
		after time.Duration
		want  bool
	}{{0, true}, {0, true}, {0, true}, {0, false}, {900 * time.Millisecond, false}, {time.Second, true}, {time.Second, false}, {time.Hour, true}} {
		if got := l.take("a", noon.Add(c.after)); got != c.want {
			t.Errorf("%d: %t, want %t", i, got, c.want)
		}
	}
}
