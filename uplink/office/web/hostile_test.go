package web

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/uplink/office/approval"
)

func TestHostileBodies(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	c := d.as("wang")
	for _, tc := range []struct {
		name, kind, body string
		status           int
		code             string
	}{
		{"huge", "application/json", `{"reason":"` + strings.Repeat("a", MaxBody) + `"}`, 413, "too-large"},
		{"broken", "application/json", `{"reason":`, 400, "bad-request"},
		{"empty", "application/json", ``, 400, "bad-request"},
		{"unknown field", "application/json", `{"reason":"because","amount":1}`, 400, "bad-request"},
		{"two values", "application/json", `{"reason":"because"}{}`, 400, "bad-request"},
		{"wrong type", "application/json", `{"reason":7}`, 400, "bad-request"},
		{"not UTF-8", "application/json", "{\"reason\":\"\xff\xfe\"}", 400, "bad-request"},
		{"deep", "application/json", strings.Repeat(`{"reason":`, 20_000), 413, "too-large"},
		{"deep, but short", "application/json", strings.Repeat(`[`, 20_000), 400, "bad-request"},
		{"form", "application/x-www-form-urlencoded", `reason=because`, 415, "bad-request"},
		{"too long", "application/json", `{"reason":"` + strings.Repeat("因", maxReason+1) + `"}`, 400, "bad-request"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", d.http.URL+"/api/v1/postings/"+serials["owed"]+"/retry", strings.NewReader(tc.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", tc.kind)
		if status, body := d.do(c, r); status != tc.status || errCode(body) != tc.code {
			t.Errorf("%s: %d %.200s, want %d %s", tc.name, status, body, tc.status, tc.code)
		}
	}
	if plans, err := d.town.store.Plans.Plans(t.Context(), approval.Filter{}, noon); err != nil || len(plans) != 0 || d.kicks != 0 {
		t.Errorf("taken: %v, %v", plans, err)
	}
}

func TestWrongMethod(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	c := d.as("root")
	for key, want := range map[string]int{
		"POST /api/v1/stats": 405, "DELETE /api/v1/kiosks": 405, "GET /api/v1/login": 405, "PUT /api/v1/cases/x/close": 405, "POST /": 405,
	} {
		method, path, _ := strings.Cut(key, " ")
		status, body := d.call(c, method, path, nil)
		if status != want || (strings.HasPrefix(path, "/api/") && errCode(body) != "method-not-allowed") {
			t.Errorf("%s: %d %s", key, status, body)
		}
	}
}

// TestAttackFromAnotherOrigin: nothing that changes something is taken from a page of another
// site, of another port or name of this one (a browser sends the cookies along), or of none.
func TestAttackFromAnotherOrigin(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	c := d.as("root")
	before, err := w.store.AuditLog(t.Context(), 1)
	w.check(err)
	fill := strings.NewReplacer("{id}", "10000001", "{serial}", serials["posted"], "{act}", "reverse", "{date}", "2026-11-23", "{book}", "mis", "{kiosk}", "10000001", "{name}", "wang", "{number}", "2001")
	for _, rt := range d.srv.routes() {
		if rt.method == http.MethodGet {
			continue
		}
		for _, header := range []string{"Origin: https://evil.example", "Origin: null", "Origin: http://127.0.0.1:1", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"} {
			r, err := http.NewRequestWithContext(t.Context(), rt.method, d.http.URL+fill.Replace(rt.path), strings.NewReader("reason=because"))
			w.check(err)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded") // what a form of another page can send
			name, value, _ := strings.Cut(header, ": ")
			r.Header.Set(name, value)
			if status, body := d.do(c, r); status != 403 || errCode(body) != "cross-origin" {
				t.Errorf("%s %s, %s: %d %.200s", rt.method, rt.path, header, status, body)
			}
		}
	}
	if status, _ := d.call(c, "GET", "/api/v1/me", nil); status != 200 {
		t.Errorf("logged out by another origin: %d", status)
	}
	after, err := w.store.AuditLog(t.Context(), 1)
	w.check(err)
	if before[0].Seq != after[0].Seq {
		t.Errorf("the log ends with %+v", after[0])
	}
}

// TestAttackByALink: what a link or a picture of another page can fetch changes nothing.
func TestAttackByALink(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	c := d.as("root")
	before, err := w.store.AuditLog(t.Context(), 1)
	w.check(err)
	fill := strings.NewReplacer("{id}", "10000001", "{serial}", serials["posted"], "{date}", "2026-11-23", "{book}", "mis", "{kiosk}", "10000001", "{name}", "wang", "{number}", "2001", "{hash}", "0", "{$}", "")
	for _, rt := range d.srv.routes() {
		if rt.method != http.MethodGet || rt.path == api+"/events" {
			continue
		}
		if status, body := d.call(c, "GET", fill.Replace(rt.path)+"?act=approve&reason=because", nil); status == 500 {
			t.Errorf("%s: %d %.200s", rt.path, status, body)
		}
	}
	after, err := w.store.AuditLog(t.Context(), 1)
	w.check(err)
	if status, _ := d.call(c, "GET", "/api/v1/me", nil); status != 200 || before[0].Seq != after[0].Seq || d.kicks != 0 {
		t.Errorf("%d; the log ends with %+v", status, after[0])
	}
}

// TestAttackTrickle: a file that comes byte by byte gives its place up; one on a slow line comes in.
func TestAttackTrickle(t *testing.T) {
	for _, c := range []struct {
		piece int
		each  time.Duration
		want  error
	}{{1, 50 * time.Second, errSlow}, {20 << 10, 10 * time.Second, errSlow}, {64 << 10, 10 * time.Second, nil}, {1 << 20, 50 * time.Second, nil}} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			left := 200
			m := newMoving(readerOf(func(b []byte) (int, error) {
				if left == 0 {
					return 0, io.EOF
				}
				left--
				time.Sleep(c.each)

				return min(c.piece, len(b)), nil
			}), httptest.NewRecorder())
			_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{m}, make([]byte, 1<<20))
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("%d bytes each %v: %v", c.piece, c.each, err)
			}
			if took := time.Since(began); err != nil && took > 2*uploadStall {
				t.Errorf("%d bytes each %v: given up after %v", c.piece, c.each, took)
			}
		})
	}
}

type readerOf func([]byte) (int, error)

func (r readerOf) Read(b []byte) (int, error) { return r(b) }

func TestHeaders(t *testing.T) {
	d := openDesk(t, newTown(t), func(c *Config) { c.SecureCookies = true })
	r, err := http.NewRequestWithContext(t.Context(), "GET", d.http.URL+"/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "office.example"
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	for name, want := range map[string]string{
		"Content-Security-Policy":   csp,
		"X-Content-Type-Options":    "nosniff",
		"Cache-Control":             "no-store",
		"Strict-Transport-Security": "max-age=31536000",
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	b, err := http.Post(d.http.URL+"/api/v1/login", "application/json", strings.NewReader(`{"user":"root","password":"`+password+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	b.Body.Close()
	at := slices.IndexFunc(b.Header.Values("Set-Cookie"), func(c string) bool { return strings.HasPrefix(c, "__Host-wattkiosk=") })
	if at < 0 {
		t.Fatalf("no cookie of a session: %v", b.Header.Values("Set-Cookie"))
	}
	cookie := b.Header.Values("Set-Cookie")[at]
	for _, part := range []string{"; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie %q lacks %q", cookie, part)
		}
	}
}

func TestLocal(t *testing.T) {
	for in, want := range map[string]string{
		"/cases?open=0": "/cases?open=0", "": "/", "//evil.example": "/", "https://evil.example/": "/", "/\\evil.example": "/",
		"javascript:alert(1)": "/", "/a\r\nSet-Cookie: x": "/", "cases": "/",
	} {
		if got := local(in); got != want {
			t.Errorf("local(%q) = %q, want %q", in, got, want)
		}
	}
}

func csr(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "10000009"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: b}))
}

func TestEnrol(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	good := csr(t)
	forged := strings.Replace(good, "\n-----END", "AAAA\n-----END", 1)
	for _, tc := range []struct {
		token, csr string
		had        any // nil: not said, as by older boards
		status     int
		code       string
		as         string // what it gets
	}{
		{"good token", "nothing", nil, 400, "bad-request", ""},
		{"good token", forged, nil, 400, "bad-request", ""},
		{"bad token", good, nil, 403, "token-refused", ""},
		{"keeping token", good, 2, 409, "conflict", ""},
		{"good token", good, nil, 200, "", `"incarnation":3,"kept":false`},
		{"good token", good, 0, 200, "", `"incarnation":1,"kept":false`},
		{"good token", good, 100, 400, "bad-request", ""},
		{"good token", good, -1, 400, "bad-request", ""},
		{"good token", good, "3", 400, "bad-request", ""},
		{"keeping token", good, 3, 200, "", `"incarnation":3,"kept":true`},
	} {
		in := object{"token": tc.token, "csr_pem": tc.csr}
		if tc.had != nil {
			in["incarnation"] = tc.had
		}
		status, body := d.call(d.client(), "POST", "/api/v1/enrol", in)
		if status != tc.status || errCode(body) != tc.code {
			t.Errorf("%s, %v: %d %s", tc.token, tc.had, status, body)
		}
		incarnation, kept, _ := strings.Cut(tc.as, ",")
		want := `{"cert_pem":"CERT","ca_pem":"CA","kiosk":"10000009",` + incarnation + `,"policy_key":"KEY","broker":"tls://broker.example:8883",` + kept + `}`
		if status == 200 && strings.TrimSpace(body) != want {
			t.Errorf("enrolment %s, want %s", body, want)
		}
	}
	for i := range enrolBurst + 1 {
		status, _ := d.call(d.client(), "POST", "/api/v1/enrol", object{"token": "guess", "csr_pem": good})
		if want := map[bool]int{true: 403, false: 429}[i < enrolBurst]; status != want {
			t.Errorf("try %d: %d, want %d", i, status, want)
		}
	}
}

// FuzzDecode holds that decode never panics, takes only whole objects, and
// nothing that is too long.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"reason":"x"}`, `{"reason":"x"} `, `{"reason":"x"}1`, `{}`, `null`, `{"Reason":"x"}`, `{"x":1}`, `[`, "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var v struct {
			Reason string `json:"reason"`
		}
		if err := decode(strings.NewReader(s), &v); err != nil {
			return
		}
		if len(s) > MaxBody || len(v.Reason) > len(s) {
			t.Errorf("took %d bytes as %d", len(s), len(v.Reason))
		}
		if trimmed := strings.Trim(s, " \t\r\n"); trimmed != "null" && (!strings.HasPrefix(trimmed, "{") || !strings.HasSuffix(trimmed, "}")) {
			t.Errorf("took %q", s)
		}
	})
}
