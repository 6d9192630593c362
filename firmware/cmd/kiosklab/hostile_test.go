package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestLabHostile(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	huge := `{"value":1,"outcome":"` + strings.Repeat("x", 70<<10) + `"}`
	bench, screen := r.places.Bench, r.places.Screen
	for _, c := range []struct {
		method, url, body string
		want              int
	}{
		{"POST", screen + "intent", ``, 422},
		{"POST", screen + "intent", `{`, 422},
		{"POST", screen + "intent", `[]`, 422},
		{"POST", screen + "intent", `{"rev":-1,"name":"start"}`, 422},
		{"POST", screen + "intent", `{"rev":1e99,"name":"start"}`, 422},
		{"POST", screen + "intent", `{"rev":1,"name":"start","name":"start"}`, 422},
		{"POST", screen + "intent", `{"rev":1,"name":"start","pan":"6222020000000000000"}`, 422},
		{"POST", screen + "intent", `{"rev":1,"name":"../../etc/passwd"}`, 422},
		{"POST", screen + "intent", `{"rev":1,"name":"start","args":{"a":{"b":[]}}}`, 422},
		{"POST", screen + "intent", `{"rev":1,"name":"start","args":{"a":"` + strings.Repeat("x", 256) + `"}}`, 422},
		{"POST", screen + "intent", strings.Repeat(" ", 1<<20), 413},
		{"POST", screen + "intent", "\xff\xfe{}", 422},
		{"POST", screen + "intent", strings.Repeat("[", 4000), 422},
		{"GET", screen + "../../../etc/passwd", ``, 404},
		{"POST", bench + "api/bill/insert", huge, 413},
		{"POST", bench + "api/bill/insert", ``, 400},
		{"POST", bench + "api/bill/insert", `{"value":10000,"colour":"red"}`, 400},
		{"POST", bench + "api/bill/insert", `{"value":10000}{}`, 400},
		{"POST", bench + "api/bill/insert", `{"value":"10000"}`, 400},
		{"POST", bench + "api/bill/insert", `{"value":-1}`, 422},
		{"POST", bench + "api/bill/insert", `{"value":10000,"outcome":"forged"}`, 422},
		{"POST", bench + "api/bill/insert", `{"value":10000}`, 409}, // idle: it comes back out
		{"POST", bench + "api/bill/fault", `{"kind":"gremlin"}`, 422},
		{"POST", bench + "api/printer/fault", `{"kind":"gremlin"}`, 422},
		{"POST", bench + "api/power", `{}`, 400},
		{"POST", bench + "api/line", `{"up":true,"loss":101}`, 422},
		{"POST", bench + "api/outside", `{"system":"mis","fault":"tired"}`, 422},
		{"POST", bench + "api/outside", `{"system":"moon","fault":"down"}`, 422},
		{"POST", bench + "api/outside", `{"system":"posp","fault":"tired"}`, 422},
		{"POST", bench + "api/outside", `{"system":"cardsystem","fault":"tired"}`, 422},
		{"POST", bench + "api/outside", `{"system":"collect","fault":"tired"}`, 422},
		{"POST", bench + "api/outside", `{"system":"mis","fault":"mistotal-book"}`, 422}, // its form has no totals
		{"POST", bench + "api/outside/collect/entry", `{"serial":"1","amount":-1}`, 422},
		{"POST", bench + "api/meter/1", `{"card":"meter-1"}`, 404},
		{"POST", bench + "api/meter/000000000103", `{}`, 422},
		{"POST", bench + "api/meter/000000000103", `{"use":-5}`, 422},
		{"POST", bench + "api/meter/000000000103", `{"card":"meter-9"}`, 422},
		{"POST", bench + "api/meter/000000000103", `{"card":"meter-1","use":5}`, 422},
		{"GET", bench + "api/meter/1", ``, 404},
		{"POST", bench + "api/card/insert", `{"card":"meter-1","slot":"coins"}`, 422},
		{"POST", bench + "api/card/insert", `{"card":"meter-1","pull_at":-1}`, 422},
		{"POST", bench + "api/card/insert", `{"card":"meter-4442","pull_at":1}`, 422},
		{"POST", bench + "api/card/fault", `{"slot":"coins","kind":"silent"}`, 422},
		{"POST", bench + "api/card/insert", `{"card":"1"}`, 422},
		{"POST", bench + "api/card/insert", `{"card":"bank-1"}`, 409}, // idle: the gate is shut
		{"POST", bench + "api/card/remove", ``, 409},
		{"POST", bench + "api/card/remove", `{"card":"1"}`, 422},
		{"POST", bench + "api/card/remove", `{"card":"bank-1","pull":true}`, 409},
		{"POST", bench + "api/card/fault", `{"kind":"gremlin"}`, 422},
		{"POST", bench + "api/pinpad/fault", `{"kind":"gremlin"}`, 422},
		{"POST", bench + "api/pinpad", `{"keys":"6222020000000000000X"}`, 422},
		{"GET", bench + "api/cards/1", ``, 404},
		{"GET", bench + "api/outside/moon/ledger", ``, 422},
		{"GET", bench + "api/slips/1.png", ``, 404},
		{"GET", bench + "api/slips/..%2f..%2fetc%2fpasswd", ``, 404},
		{"GET", bench + "api/nothing", ``, 404},
	} {
		status, b, err := exchange(http.DefaultClient, c.method, c.url, "application/json", []byte(c.body))
		short := c.body[:min(len(c.body), 60)]
		if err != nil || status != c.want {
			t.Errorf("%s %s %q: %d %s, %v; want %d", c.method, c.url, short, status, b, err, c.want)
			continue
		}
		var e struct {
			Error struct{ Code, Message string }
		}
		if c.method == "POST" && (json.Unmarshal(b, &e) != nil || e.Error.Code == "" || e.Error.Message == "") {
			t.Errorf("%s %q: the answer names no error: %s", c.url, short, b)
		}
		if bytes.Contains(b, []byte("6222020000000000000")) {
			t.Errorf("%s: a card number is echoed", c.url)
		}
	}
	r.foreignPages()
	r.serving() // as if nothing had been
	if s := r.mustState(); s.Kioskd.Starts != 1 || s.kiosk.Cash.Notes != 0 {
		t.Errorf("the kiosk was started %d times, cash %+v", s.Kioskd.Starts, s.kiosk.Cash)
	}
}

// foreignPages: neither a page of another origin nor another name of this machine
// is served.
func (r *rig) foreignPages() {
	r.t.Helper()
	for _, url := range []string{r.places.Bench + "api/power", r.places.Screen + "intent"} {
		req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(`{"on":false}`))
		if err != nil {
			r.t.Fatal(err)
		}
		req.Header.Set("Origin", "http://evil.example")
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			r.t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusForbidden {
			r.t.Errorf("%s from another origin: %d, %v", url, resp.StatusCode, err)
		}
	}
	req, err := http.NewRequest(http.MethodGet, r.places.Bench+"api/state", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Host = "evil.example"
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusMisdirectedRequest {
		r.t.Errorf("state by another name: %d, %v", resp.StatusCode, err)
	}
}
