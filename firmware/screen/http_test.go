package screen

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/page"
)

func serve(k Kiosk) http.Handler {
	return New(Config{Kiosk: k, Now: func() time.Time { return noon }}).Handler()
}

func ask(h http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const idleState = `{"rev":1,"screen":"idle","lang":"zh","title":"电力自助缴费","fields":{"hotline":"95598","online":true,"terminal":"10000001"},` +
	`"actions":[{"name":"start","label":"开始","enabled":true,"primary":true},{"name":"language","label":"English","enabled":true,"args":{"lang":"en"}}]}` + "\n"

func TestStateIsTheContract(t *testing.T) {
	w := ask(serve(newScripted()), "GET", "/state", "")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" || w.Body.String() != idleState {
		t.Errorf("%d %s\n%s", w.Code, w.Header(), w.Body)
	}
}

func TestStateHasNoNulls(t *testing.T) {
	w := httptest.NewRecorder()
	writeJSON(w, 200, contractual(page.View{Rev: 3, Screen: "write-card"}))
	if want := `{"rev":3,"screen":"write-card","lang":"","title":"","fields":{},"actions":[]}` + "\n"; w.Body.String() != want {
		t.Errorf("%s", w.Body)
	}
}

// stateOf is the part of a state that the tables look at.
func stateOf(t *testing.T, w *httptest.ResponseRecorder) (rev uint64, screen string) {
	t.Helper()
	var s struct {
		Rev    uint64
		Screen string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return s.Rev, s.Screen
}

func TestIntentMovesTheScreen(t *testing.T) {
	h := serve(newScripted())
	for _, c := range []struct {
		body   string
		rev    uint64
		screen string
	}{
		{`{"rev":1,"name":"start"}`, 2, "choose-service"},
		{`{"rev":2,"name":"pay-bill","args":{}}`, 3, "enter-account"},
		{`{"rev":3,"name":"language","args":{"lang":"en"}}`, 4, "enter-account"},
		{`{"rev":4,"name":"account","args":{"number":1000000001}}`, 5, "enter-account"},
		{`{"rev":5,"name":"cancel"}`, 6, "idle"},
	} {
		w := ask(h, "POST", "/intent", c.body)
		if rev, screen := stateOf(t, w); w.Code != 200 || rev != c.rev || screen != c.screen {
			t.Errorf("%s: %d, rev %d, %s; want 200, %d, %s", c.body, w.Code, rev, screen, c.rev, c.screen)
		}
	}
}

func TestFormIntent(t *testing.T) {
	w := ask(serve(newScripted()), "POST", "/intent", "rev=1&name=pay-bill", "Content-Type", "application/x-www-form-urlencoded")
	if rev, screen := stateOf(t, w); w.Code != 200 || rev != 2 || screen != "enter-account" {
		t.Errorf("%d, %d, %s", w.Code, rev, screen)
	}
}

func TestStaleIntentIsAnsweredWithTheState(t *testing.T) {
	k := newScripted()
	h := serve(k)
	for _, rev := range []string{"0", "2", "99"} {
		w := ask(h, "POST", "/intent", `{"rev":`+rev+`,"name":"start"}`)
		if w.Code != http.StatusConflict || w.Body.String() != idleState {
			t.Errorf("rev %s: %d %s", rev, w.Code, w.Body)
		}
	}
	if k.state.Rev != 1 {
		t.Errorf("the screen moved to %d", k.state.Rev)
	}
}

func TestPageGetsFragments(t *testing.T) {
	h := serve(newScripted())
	for rev, want := range map[string]int{"7": http.StatusConflict, "1": http.StatusOK} {
		w := ask(h, "POST", "/intent", `{"rev":`+rev+`,"name":"language","args":{"lang":"zh"}}`, "Accept", "text/html")
		if w.Code != want || !strings.HasPrefix(w.Body.String(), `<div id="screen" class="screen s-idle"`) {
			t.Errorf("rev %s: %d %.60s", rev, w.Code, w.Body)
		}
	}
}

// TestATechniciansVisit goes through the routes as a program would. Neither PIN nor
// code is in an answer or in the log, right or wrong, also where the body is bad.
func TestATechniciansVisit(t *testing.T) {
	const pin, code = "284915", "31415926"
	k := newScripted()
	k.machine.Stick = stick(2)
	var said strings.Builder
	h := New(Config{Kiosk: k, Now: func() time.Time { return noon }, Logger: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))}).Handler()
	login := `"name":"staff-login","args":{"number":"4711","pin":"` + pin + `","code":"` + code + `"`
	for _, c := range []struct {
		kind, body string
		status     int
		has        string
	}{
		{"", `{"rev":1,"name":"staff-login","args":{"pin":"` + pin + `"}}`, 422, `"code":"not-offered"`},
		{"", `{"rev":1,"name":"staff"}`, 200, `"screen":"staff-login"`},
		{"", `{"rev":2,` + login + `,"x":1}}x`, 422, `"code":"bad-json"`},
		{"", `{"rev":2,` + login + `}`, 422, `"code":"bad-json"`},
		{"", `{"rev":2,"name":"staff-login","args":{"number":"4711","pin":"` + pin + `","code":"3141592"}}`, 422, `"code":"bad-code"`},
		{"", `{"rev":2,"name":"staff-login","args":{"number":"4711","pin":"` + pin + pin + `1","code":"` + code + `"}}`, 422, `"code":"bad-pin"`},
		{"", `{"rev":9,` + login + `}}`, 409, `"screen":"staff-login"`},
		{"application/x-www-form-urlencoded", `rev=2&name=staff-login&args.number=4711&args.pin=` + pin + `&args.code=` + code, 200, `"waiting":true`},
		{"", `{"rev":3,` + login + `}}`, 422, `"code":"busy"`},
		{"", `{"rev":3,"name":"staff-install","args":{"file":"` + strings.Repeat("x", 255) + `"}}`, 422, `"code":"not-offered"`},
		{"", `{"rev":3,"name":"staff-leave"}`, 200, `"screen":"idle"`},
	} {
		headers := []string{}
		if c.kind != "" {
			headers = []string{"Content-Type", c.kind}
		}
		w := ask(h, "POST", "/intent", c.body, headers...)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.has) {
			t.Errorf("%s: %d %s, want %d %s", c.body, w.Code, w.Body, c.status, c.has)
		}
		said.WriteString(w.Body.String())
		said.WriteString(ask(h, "GET", "/state", "").Body.String())
		said.WriteString(ask(h, "GET", "/", "").Body.String())
	}
	for _, secret := range []string{pin, code} {
		if strings.Contains(said.String(), secret) {
			t.Errorf("%s came out", secret)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		has                      string
	}{
		{"not offered", "POST", "/intent", `{"rev":1,"name":"finish-cash"}`, nil, 422, `{"error":{"code":"not-offered","message":"\"finish-cash\" is not offered on screen idle"}}`},
		{"malformed", "POST", "/intent", `{"rev":1,`, nil, 422, `{"error":{"code":"bad-json","message":"the body is not a JSON object"}}`},
		{"unknown field", "POST", "/intent", `{"rev":1,"name":"start","x":1}`, nil, 422, `"code":"unknown-field"`},
		{"too large", "POST", "/intent", `{"rev":1,"name":"start"}` + strings.Repeat(" ", 4096), nil, 413, `"code":"too-large"`},
		{"content type", "POST", "/intent", `{"rev":1,"name":"start"}`, []string{"Content-Type", "text/plain"}, 415, `"code":"content-type"`},
		{"get intent", "GET", "/intent", "", nil, 405, ""},
		{"put intent", "PUT", "/intent", `{}`, nil, 405, ""},
		{"post state", "POST", "/state", `{}`, nil, 405, ""},
		{"post page", "POST", "/", `{}`, nil, 405, ""},
		{"post events", "POST", "/events", `{}`, nil, 405, ""},
		{"elsewhere", "GET", "/admin", "", nil, 404, ""},
		{"no such file", "GET", "/static/secret", "", nil, 404, ""},
		{"out of static", "GET", "/static/..%2fserver.go", "", nil, 404, ""},
		{"other origin", "POST", "/intent", `{"rev":1,"name":"start"}`, []string{"Origin", "http://evil.example"}, 403, ""},
		{"cross site", "POST", "/intent", `{"rev":1,"name":"start"}`, []string{"Sec-Fetch-Site", "cross-site"}, 403, ""},
	} {
		k := newScripted()
		w := ask(serve(k), c.method, c.path, c.body, c.headers...)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.has) {
			t.Errorf("%s: %d %s, want %d %s", c.name, w.Code, w.Body, c.status, c.has)
		}
		if k.state.Rev != 1 {
			t.Errorf("%s: the screen moved", c.name)
		}
	}
}

func TestSameOriginAndNoOriginAreServed(t *testing.T) {
	for _, headers := range [][]string{nil, {"Origin", "http://127.0.0.1:8080"}, {"Sec-Fetch-Site", "same-origin"}} {
		if w := ask(serve(newScripted()), "POST", "/intent", `{"rev":1,"name":"start"}`, headers...); w.Code != 200 {
			t.Errorf("%q: %d", headers, w.Code)
		}
	}
}

func TestKioskThatDoesNotAnswer(t *testing.T) {
	k := newScripted()
	k.fail(errors.New("the loop has ended"))
	h := serve(k)
	for _, c := range [][3]string{{"GET", "/", ""}, {"GET", "/state", ""}, {"POST", "/intent", `{"rev":1,"name":"start"}`}} {
		w := ask(h, c[0], c[1], c[2])
		if w.Code != 503 || w.Body.String() != `{"error":{"code":"unavailable","message":"the kiosk does not answer"}}`+"\n" {
			t.Errorf("%s: %d %s", c[1], w.Code, w.Body)
		}
	}
}

// TestAttackFrameAround: only the lab's kiosk may be shown inside another page.
func TestAttackFrameAround(t *testing.T) {
	for framed, want := range map[bool]string{false: "; frame-ancestors 'none'", true: "; frame-ancestors 'self' http://127.0.0.1:* http://localhost:*"} {
		w := ask(New(Config{Kiosk: newScripted(), Framed: framed}).Handler(), "GET", "/", "")
		if csp := w.Header().Get("Content-Security-Policy"); !strings.HasSuffix(csp, want) {
			t.Errorf("framed %v: %q", framed, csp)
		}
	}
}

func TestPageAndFiles(t *testing.T) {
	h := serve(newScripted())
	w := ask(h, "GET", "/", "")
	if csp := w.Header().Get("Content-Security-Policy"); w.Code != 200 || strings.Contains(csp, "unsafe") || !strings.HasPrefix(csp, "default-src 'none'; script-src 'self';") {
		t.Errorf("%d, policy %q", w.Code, csp)
	}
	if w.Header().Get("Content-Type") != "text/html; charset=utf-8" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", w.Header())
	}
	for name, kind := range map[string]string{
		"main.js": "text/javascript; charset=utf-8", "idiomorph.min.js": "text/javascript; charset=utf-8", "base.css": "text/css; charset=utf-8",
		"screens.css": "text/css; charset=utf-8", "logo.svg": "image/svg+xml", "idiomorph.LICENSE": "text/plain; charset=utf-8",
	} {
		w := ask(h, "GET", "/static/"+name, "")
		if w.Code != 200 || w.Header().Get("Content-Type") != kind || w.Body.Len() < 100 {
			t.Errorf("%s: %d, %q, %d bytes", name, w.Code, w.Header().Get("Content-Type"), w.Body.Len())
		}
		if again := ask(h, "GET", "/static/"+name, "", "If-None-Match", w.Header().Get("ETag")); again.Code != 304 || again.Body.Len() != 0 {
			t.Errorf("%s again: %d", name, again.Code)
		}
	}
}
