package web

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
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

// from is a login as it comes from an address, with cookies.
func (d *desk) from(addr, name, word string, cookies ...*http.Cookie) *http.Response {
	r := httptest.NewRequestWithContext(d.t.Context(), "POST", "/api/v1/login", strings.NewReader(text2(name, word)))
	r.RemoteAddr = net.JoinHostPort(addr, "40000")
	r.Header.Set("Content-Type", "application/json")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	d.srv.Handler().ServeHTTP(w, r)

	return w.Result()
}

func text2(name, word string) string { return `{"user":"` + name + `","password":"` + word + `"}` }

// TestNobodyKeepsAnOwnerOut: somebody hammers a name from one address, and from many, until
// all that strangers may try of it is spent and their comparisons are taken. Who has logged
// in on a browser before is let in on it all the while; who comes with another browser is
// let in while one address hammers; and a mark is good for its name only.
func TestNobodyKeepsAnOwnerOut(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	first := d.from("192.0.2.7", "zhang", password)
	var mark *http.Cookie
	for _, c := range first.Cookies() {
		if c.Name == deviceCookie && c.HttpOnly && c.SameSite == http.SameSiteStrictMode {
			mark = c
		}
	}
	if first.StatusCode != 200 || mark == nil {
		t.Fatalf("the first login: %d, %v", first.StatusCode, first.Cookies())
	}

	hammer := func(addr string) (last int) {
		for range loginBurst + 1 {
			last = d.from(addr, "zhang", "wrong horse and wrong").StatusCode
		}

		return last
	}
	if status := hammer("198.51.100.1"); status != 429 {
		t.Errorf("one address after its burst: %d", status)
	}
	if status := d.from("203.0.113.5", "zhang", password).StatusCode; status != 200 {
		t.Errorf("the owner at another browser, while one address hammers: %d", status)
	}
	for i := range nameBurst / loginBurst {
		hammer("198.51.100." + strconv.Itoa(2+i))
	}
	if status := d.from("203.0.113.6", "zhang", password).StatusCode; status != 429 {
		t.Errorf("all that strangers may try is spent, and one more may: %d", status)
	}
	d.srv.people.strangers.place <- struct{}{} // their comparison is taken, for ever
	begin := time.Now()
	if status := d.from("198.51.100.1", "zhang", password, mark).StatusCode; status != 200 {
		t.Errorf("the owner at the own browser, behind the attacker's address: %d", status)
	}
	t.Log("the owner was let in after", time.Since(begin))

	other := "x" // than the first character, which is drawn
	if mark.Value[0] == 'x' {
		other = "y"
	}
	stolen := *mark
	for value, name := range map[string]string{mark.Value: "wang", other + mark.Value[1:]: "zhang", ".": "zhang", "": "zhang"} {
		stolen.Value = value
		r := httptest.NewRequest("POST", "/", nil)
		r.AddCookie(&stolen)
		if d.srv.people.device(r, name) != "" {
			t.Errorf("mark %q is taken for %s", value, name)
		}
	}
	for range loginBurst {
		d.from("198.51.100.1", "zhang", "wrong horse and wrong", mark)
	}
	if status := d.from("198.51.100.1", "zhang", password, mark).StatusCode; status != 429 {
		t.Errorf("a known browser is not limited: %d", status)
	}
}

// TestFewWait: comparisons and those who wait for one are bounded, so that memory is.
func TestFewWait(t *testing.T) {
	l := newLane()
	l.place <- struct{}{}
	for range maxWaiting {
		l.waiting <- struct{}{}
	}
	if _, err := l.check(t.Context(), "", ""); !errors.Is(err, errBusy) {
		t.Errorf("one more than may wait: %v", err)
	}
}

func TestSource(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.7:1": "192.0.2.7", "[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::/64", "[2001:db8:1:2::9]:1": "2001:db8:1:2::/64",
		"[::ffff:192.0.2.7]:1": "192.0.2.7", "@": "@",
	} {
		if got := source(&http.Request{RemoteAddr: addr}); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}

// TestManyKeys: who comes with more keys than a limiter remembers keeps nobody else out.
func TestManyKeys(t *testing.T) {
	l := newLimiter(1, time.Hour)
	for i := range maxKeys + 100 {
		l.take(strconv.Itoa(i), noon)
	}
	if !l.take("owner", noon) || len(l.free) > maxKeys {
		t.Errorf("%d keys, and no place for the owner", len(l.free))
	}
}

// TestAttackCodesOfAnOwner: who has somebody's password and not the telephone tries codes until no
// more are taken. The owner is let in meanwhile on a browser that knows the name; the attacker is
// given no mark of one, so that the codes tried stay few.
func TestAttackCodesOfAnOwner(t *testing.T) {
	d, wait := strict(t, newTown(t))
	owner, phone, _ := d.setUp(t, "wang")
	attacker := d.client()
	login := func(c *http.Client, code string) (int, string) {
		status, body := d.call(c, "POST", "/api/v1/login", object{"user": "wang", "password": password, "code": code})

		return status, errCode(body)
	}
	for i := range 3 * codeBurst {
		want := map[bool]int{true: 401, false: 429}[i < codeBurst]
		if status, code := login(attacker, "000000"); status != want {
			t.Errorf("try %d: %d %s, want %d", i, status, code, want)
		}
		if i == codeBurst-1 {
			wait(time.Second) // wrong passwords are none of these: their limit stays out of it
		}
	}
	at, err := url.Parse(d.http.URL)
	d.town.check(err)
	for _, c := range attacker.Jar.Cookies(at) {
		if c.Name == deviceCookie {
			t.Error("a browser is marked as known by a password alone")
		}
	}
	if status, _ := d.call(attacker, "GET", "/api/v1/me", nil); status != 401 {
		t.Errorf("halfway in is in: %d", status)
	}
	wait(30 * time.Second) // the code of the set-up is spent
	if status, code := login(owner, phone.code()); status != 200 {
		t.Errorf("the owner: %d %s", status, code)
	}
	if status, code := login(attacker, "000000"); status != 401 {
		t.Errorf("the attacker's next try, half a minute later: %d %s", status, code)
	}
}

// TestAttackPlantedSession: a session that somebody planted in a browser, at the log-in or between
// password and code, is not the one that its person has afterwards.
func TestAttackPlantedSession(t *testing.T) {
	d, wait := strict(t, newTown(t))
	_, phone, _ := d.setUp(t, "wang")
	at, err := url.Parse(d.http.URL)
	d.town.check(err)
	session := func(c *http.Client) string {
		for _, cookie := range c.Jar.Cookies(at) {
			if cookie.Name == "wattkiosk" {
				return cookie.Value
			}
		}

		return ""
	}
	is := func(value string) int {
		c := d.client()
		c.Jar.SetCookies(at, []*http.Cookie{{Name: "wattkiosk", Value: value}})
		status, _ := d.call(c, "GET", "/api/v1/me", nil)

		return status
	}

	wait(time.Minute)
	attacker := d.as("li") // anybody's session, or one halfway in
	planted := session(attacker)
	victim := d.client()
	victim.Jar.SetCookies(at, []*http.Cookie{{Name: "wattkiosk", Value: planted}})
	if status, to := d.form(victim, "/login", "user", "wang", "password", password); status != 303 || to != "/login/code?next=%2F" && to != "/login/code" {
		t.Fatalf("the password: %d %s", status, to)
	}
	halfway := session(victim)
	if status, _ := d.form(victim, "/login/code", "code", phone.code()); status != 303 {
		t.Fatalf("the code: %d", status)
	}
	if now := session(victim); planted == "" || halfway == planted || now == halfway || is(now) != 200 {
		t.Errorf("sessions %q, %q, %q; the last is %d", planted, halfway, now, is(now))
	}
	for name, value := range map[string]string{"planted": planted, "halfway": halfway, "made up": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "empty": ""} {
		if status := is(value); status != 401 {
			t.Errorf("the %s session afterwards: %d", name, status)
		}
	}
}
