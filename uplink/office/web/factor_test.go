package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/prometheus/client_golang/prometheus"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/people"
)

// telephone makes codes, as an app does.
type telephone struct {
	t      *testing.T
	secret string
	now    func() time.Time
}

func (p telephone) code() string {
	p.t.Helper()
	code, err := totp.GenerateCode(p.secret, p.now())
	if err != nil {
		p.t.Fatal(err)
	}

	return code
}

// strict is a head office outside the lab, with a clock.
func strict(t *testing.T, w *town) (d *desk, wait func(time.Duration)) {
	t.Helper()
	var past atomic.Int64
	d = openDesk(t, w, func(c *Config) {
		c.Lab, c.Secret = false, []byte(strings.Repeat("s", 32))
		c.Now = func() time.Time { return noon.Add(time.Duration(past.Load())) }
	})

	return d, func(more time.Duration) { past.Add(int64(more)) }
}

func (d *desk) visit(c *http.Client, method, path string, pairs ...string) (int, string) {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.http.URL+path, strings.NewReader(values(pairs...).Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")

	return d.do(c, r)
}

// setUp logs a person in who has no second factor yet, and sets one up.
func (d *desk) setUp(t *testing.T, name string) (*http.Client, telephone, []string) {
	t.Helper()
	c := d.as(name)
	_, body := d.visit(c, "GET", "/factor")
	found := regexp.MustCompile(`<code>([A-Z2-7 ]+)</code>`).FindStringSubmatch(body)
	if found == nil || !strings.Contains(body, `<svg class="qr"`) {
		t.Fatalf("no secret on the page: %.2000s", body)
	}
	phone := telephone{t, strings.ReplaceAll(found[1], " ", ""), d.srv.now}
	status, body := d.visit(c, "POST", "/factor", "code", phone.code())
	recovery := regexp.MustCompile(`[a-z2-7]{4}(-[a-z2-7]{4}){3}`).FindAllString(body, -1)
	if status != 200 || len(recovery) != 10 {
		t.Fatalf("set up: %d, %d recovery codes: %.2000s", status, len(recovery), body)
	}

	return c, phone, recovery
}

// TestFirstLoginLeadsToASecondFactor: outside the lab nobody does anything before having one.
func TestFirstLoginLeadsToASecondFactor(t *testing.T) {
	d, _ := strict(t, newTown(t))
	c := d.as("wang")
	if status, body := d.call(c, "GET", "/api/v1/transactions", nil); status != 403 || errCode(body) != "second-factor" {
		t.Errorf("without a second factor: %d %s", status, body)
	}
	if status, to := d.form(c, "/language"); status != 303 || to != "/" {
		t.Errorf("what is open: %d %s", status, to)
	}
	r, err := c.Get(d.http.URL + "/cases")
	d.town.check(err)
	r.Body.Close()
	if r.StatusCode != 303 || r.Header.Get("Location") != "/factor" {
		t.Errorf("a page: %d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	if status, _ := d.visit(c, "POST", "/factor", "code", "000000"); status != 403 {
		t.Errorf("a wrong first code: %d", status)
	}
	c, _, _ = d.setUp(t, "li")
	if status, _ := d.call(c, "GET", "/api/v1/transactions", nil); status != 200 {
		t.Errorf("with one: %d", status)
	}
}

// TestCodeAtLogin: the password alone opens nothing; a code is good once, at each head office
// over the same rows; a recovery code too.
func TestCodeAtLogin(t *testing.T) {
	w := newTown(t)
	d, wait := strict(t, w)
	_, phone, recovery := d.setUp(t, "wang")
	wait(time.Minute)
	login := func(h http.Handler, code string) (int, string) {
		b, err := json.Marshal(object{"user": "wang", "password": password, "code": code})
		w.check(err)
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/login", strings.NewReader(string(b)))
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)

		return rec.Code, errCode(rec.Body.String())
	}
	cfg := d.srv.cfg
	cfg.Registry = prometheus.NewRegistry()
	other, err := New(cfg)
	w.check(err)
	t.Cleanup(other.Close)

	good := phone.code()
	for i, c := range []struct {
		at     *Server
		code   string
		status int
		why    string
	}{
		{d.srv, "", 401, "second-factor"},
		{d.srv, "123456", 401, "second-factor"},
		{d.srv, good, 200, ""},
		{d.srv, good, 401, "second-factor"},
		{other, good, 401, "second-factor"},
		{other, recovery[3], 200, ""},
		{d.srv, recovery[3], 401, "second-factor"},
		{d.srv, recovery[4], 200, ""},
	} {
		if status, why := login(c.at.Handler(), c.code); status != c.status || why != c.why {
			t.Errorf("%d: %d %s, want %d %s", i, status, why, c.status, c.why)
		}
	}

	half := d.client()
	if status, to := d.form(half, "/login", "user", "wang", "password", password, "next", "/cases"); status != 303 || to != "/login/code?next=%2Fcases" {
		t.Fatalf("the form: %d to %s", status, to)
	}
	if status, _ := d.call(half, "GET", "/api/v1/me", nil); status != 401 {
		t.Errorf("half way in: %d", status)
	}
	wait(time.Minute)
	if status, to := d.form(half, "/login/code", "code", phone.code(), "next", "/cases"); status != 303 || to != "/cases" {
		t.Errorf("the code: %d to %s", status, to)
	}
	if status, _ := d.call(half, "GET", "/api/v1/me", nil); status != 200 {
		t.Errorf("all the way in: %d", status)
	}
	if status, _ := d.form(d.client(), "/login/code", "code", recovery[5]); status != 303 {
		t.Errorf("a code without a password: %d", status)
	}
}

// TestFewCodes: codes cannot be tried through, also by whoever knows the password.
func TestFewCodes(t *testing.T) {
	d, wait := strict(t, newTown(t))
	d.setUp(t, "wang")
	wait(time.Hour)
	for range codeBurst {
		if status, body := d.call(d.client(), "POST", "/api/v1/login", object{"user": "wang", "password": password, "code": "000000"}); status != 401 {
			t.Errorf("%d %s", status, body)
		}
	}
	if status, body := d.call(d.client(), "POST", "/api/v1/login", object{"user": "wang", "password": password, "code": "000000"}); status != 429 {
		t.Errorf("after the burst: %d %s", status, body)
	}
}

// TestMoneyTakesARecentCode: five minutes after the last code, an approval is held until one
// more is given; and nothing happens to the plan by that.
func TestMoneyTakesARecentCode(t *testing.T) {
	w, serials := morning(t)
	d, wait := strict(t, w)
	wang, _, _ := d.setUp(t, "wang")
	li, phone, _ := d.setUp(t, "li")
	if status, body := d.call(wang, "POST", api+"/postings/"+serials["posted"]+"/reverse", object{"reason": "误缴"}); status != 202 {
		t.Fatalf("propose: %d %s", status, body)
	}
	plan := d.waiting(li)
	path, body := api+"/plans/"+plan.ID+"/approve", object{"hash": plan.Hash, "reason": "核实过"}
	state := func() approval.State {
		p, err := w.store.Plans.Plan(t.Context(), plan.ID, d.srv.now())
		w.check(err)

		return p.State
	}
	wait(5 * time.Minute)
	if status, answer := d.call(li, "POST", path, body); status != 403 || errCode(answer) != "second-factor" || state() != approval.Pending {
		t.Errorf("without a recent code: %d %s, the plan is %s", status, answer, state())
	}
	status, page := d.visit(li, "POST", "/plans/"+plan.ID+"/approve", "hash", plan.Hash, "reason", "核实过")
	if status != 403 || !strings.Contains(page, `name="hash" value="`+plan.Hash+`"`) || !strings.Contains(page, `name="factor_code"`) || state() != approval.Pending {
		t.Errorf("the page: %d, the plan is %s: %.1500s", status, state(), page)
	}
	if status, _ := d.visit(li, "POST", "/plans/"+plan.ID+"/approve", "hash", plan.Hash, "factor_code", "000000"); status != 403 || state() != approval.Pending {
		t.Errorf("a wrong code: %d, the plan is %s", status, state())
	}
	if status, _ := d.visit(li, "POST", "/plans/"+plan.ID+"/approve", "hash", plan.Hash, "reason", "核实过", "factor_code", phone.code()); status != 303 || state() != approval.Done {
		t.Errorf("with a code: %d, the plan is %s", status, state())
	}
}

// lightRoutes do at once what one person may without a recent code: they write down, ask, hold
// something up, or bring what others check. Each other route that changes something takes one,
// or makes a plan whose second person gives it.
var lightRoutes = []string{
	"POST /language", "POST /api/v1/login", "POST /login", "POST /login/code", "POST /api/v1/enrol", "POST /api/v1/enrolments",
	"POST /api/v1/plans", "POST /api/v1/plans/{id}/refuse",
	"POST /api/v1/cases/{id}/assign", "POST /api/v1/cases/{id}/comment", "POST /api/v1/cases/{id}/close",
	"POST /cases/{id}/assign", "POST /cases/{id}/comment", "POST /cases/{id}/close",
	"POST /api/v1/postings/{serial}/retry", "POST /postings/{serial}/{act}",
	"POST /api/v1/dates/{date}/run", "POST /dates/{date}/run",
	"POST /api/v1/dates/{date}/books/{book}", "POST /dates/{date}/books", "POST /api/v1/statements", "POST /statements",
	"POST /api/v1/cash/{kiosk}/capacity", "POST /cash/{kiosk}/capacity",
	"POST /api/v1/cash-rules", "POST /api/v1/cash-rules/drop", "POST /cash-rules", "POST /cash-rules/drop",
	"POST /api/v1/escalations", "POST /api/v1/escalations/drop", "POST /escalations", "POST /escalations/drop",
	"POST /api/v1/counterfeits", "POST /api/v1/counterfeits/{id}/tell", "POST /api/v1/counterfeits/{id}/visit", "POST /api/v1/counterfeits/{id}/claim",
	"POST /api/v1/counterfeits/{id}/refused", "POST /api/v1/counterfeits/{id}/photos", "POST /counterfeits", "POST /counterfeits/{id}/{act}",
	"PUT /api/v1/kiosks/{id}/place", "POST /kiosks/{id}/place", "POST /api/v1/kiosks/{id}/suspend", "POST /kiosks/{id}/suspend",
	"POST /api/v1/bundles", "POST /bundles", "PUT /api/v1/groups/{name}", "POST /groups",
	"POST /api/v1/rollouts", "POST /rollouts", "POST /api/v1/rollouts/{id}/pause", "POST /api/v1/rollouts/{id}/stop", "POST /rollouts/{id}/{act}",
}

// TestEveryActIsWeighed: each route that changes something is one that takes a recent code, one
// that makes a plan, one about the own account, or is known to need none.
func TestEveryActIsWeighed(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	all := map[string]bool{}
	for _, rt := range d.srv.routes() {
		key := rt.method + " " + rt.path
		all[key] = true
		duty, _ := people.DutyOf(rt.act)
		known := slices.Contains(freshRoutes(), key) || slices.Contains(lightRoutes, key)
		if rt.method != http.MethodGet && !known && duty.Second == nil && rt.act != people.OwnAccount {
			t.Errorf("%s changes something: does it take a recent code?", key)
		}
	}
	for _, key := range lightRoutes {
		if !all[key] || slices.Contains(freshRoutes(), key) {
			t.Errorf("%s is no route, or takes a recent code", key)
		}
	}
	for _, path := range ownPaths() {
		if !all["GET "+path] && !all["POST "+path] {
			t.Errorf("no path %s", path)
		}
	}
}

// TestAttackOpenDesk: who finds a page open, some minutes after its person gave a code, does
// nothing that takes a recent one, on no page and by no program.
func TestAttackOpenDesk(t *testing.T) {
	w, _ := morning(t)
	d, wait := strict(t, w)
	d.staffed()
	of := map[string]*http.Client{}
	for role, name := range map[string]string{people.RoleAccountant: "zhang", people.RoleCashier: "chen", people.RoleOperator: "wang", people.RoleAdmin: "root", people.RoleAuditor: "shen"} {
		of[role], _, _ = d.setUp(t, name)
	}
	wait(freshFor)
	acts := regexp.MustCompile(`/[a-z-]+$`)
	for _, key := range freshRoutes() {
		method, path, _ := strings.Cut(key, " ")
		i := slices.IndexFunc(d.srv.routes(), func(rt route) bool {
			return rt.method == method && (rt.path == path || rt.path == acts.ReplaceAllString(path, "/{act}"))
		})
		if i < 0 {
			t.Errorf("no route %s", key)
			continue
		}
		rt := d.srv.routes()[i]
		duty, _ := people.DutyOf(rt.act)
		c, to := of[duty.Roles[0]], strings.NewReplacer("{act}", "approve", "{date}", "2026-11-23").Replace(path)
		to = regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(to, "1")
		var status int
		var body string
		if rt.page {
			status, body = d.visit(c, method, to, "reason", "没有人看着")
		} else {
			status, body = d.call(c, method, to, object{})
		}
		if status != 403 || rt.page && !strings.Contains(body, `name="factor_code"`) || !rt.page && errCode(body) != codeFactor {
			t.Errorf("%s: %d %.300s", key, status, body)
		}
	}
}

// TestAccount: one sees and ends the own sessions, and changes the own password.
func TestAccount(t *testing.T) {
	w := newTown(t)
	d := openDesk(t, w, nil)
	one, other, wang := d.as("li"), d.as("li"), d.as("wang")
	_, page := d.visit(one, "GET", "/account")
	end := regexp.MustCompile(`name="session" value="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(end) != 1 {
		t.Fatalf("%d other sessions: %.3000s", len(end), page)
	}
	if status, _ := d.form(wang, "/account/end", "session", end[0][1]); status != 404 {
		t.Errorf("another person ends it: %d", status)
	}
	if status, _ := d.form(one, "/account/end", "session", end[0][1]); status != 303 {
		t.Errorf("end: %d", status)
	}
	if status, _ := d.call(other, "GET", "/api/v1/me", nil); status != 401 {
		t.Errorf("the session that was ended: %d", status)
	}
	for _, c := range []struct {
		old, fresh string
		status     int
	}{
		{"wrong horse battery", "tortoises walk at dawn", 403},
		{password, "password1234", 400},
		{password, "short", 400},
		{password, "tortoises walk at dawn", 303},
	} {
		if status, _ := d.form(one, "/account/password", "old", c.old, "new", c.fresh); status != c.status {
			t.Errorf("%q to %q: %d", c.old, c.fresh, status)
		}
	}
	if status, _ := d.call(one, "GET", "/api/v1/me", nil); status != 401 {
		t.Errorf("after another password: %d", status)
	}
	if status, _ := d.call(d.client(), "POST", "/api/v1/login", object{"user": "li", "password": "tortoises walk at dawn"}); status != 200 {
		t.Errorf("with it: %d", status)
	}
}

// TestResetTakesTwo: an administrator proposes to take a second factor away, another person
// agrees who is not whose it is, and its person sets up another one.
func TestResetTakesTwo(t *testing.T) {
	w := newTown(t)
	d, _ := strict(t, w)
	wang, _, _ := d.setUp(t, "wang")
	li, _, _ := d.setUp(t, "li")
	root, _, _ := d.setUp(t, "root")
	ask := object{"kind": "reset-factor", "object": "wang", "reason": "手机丢失，已当面核实"}
	if status, body := d.call(li, "POST", api+"/plans", ask); status != 403 {
		t.Errorf("an operator proposes it: %d %s", status, body)
	}
	if status, body := d.call(root, "POST", api+"/plans", ask); status != 202 {
		t.Fatalf("an administrator proposes it: %d %s", status, body)
	}
	p := d.waiting(li)
	yes := object{"hash": p.Hash, "reason": "核实过"}
	if status, body := d.call(root, "POST", api+"/plans/"+p.ID+"/approve", yes); status != 403 {
		t.Errorf("the same person approves it: %d %s", status, body)
	}
	if status, body := d.call(li, "POST", api+"/plans/"+p.ID+"/approve", yes); status != 200 {
		t.Fatalf("another person approves it: %d %s", status, body)
	}
	if status, _ := d.call(wang, "GET", "/api/v1/me", nil); status != 401 {
		t.Errorf("the session goes on: %d", status)
	}
	d.setUp(t, "wang")
}
