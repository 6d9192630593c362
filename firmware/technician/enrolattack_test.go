package technician

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/uplink/enrolment"
)

const falseEnrolment = `{"cert_pem":"CERT","ca_pem":"EVIL CA","kiosk":"10000001","incarnation":3,"policy_key":"EVIL","broker":"tls://evil.example:8883"}`

// TestAttackFalseHeadOffice: who only answers at head office's address is believed nothing,
// learns nothing that can be spent, and cannot have the board ask in the older form.
func TestAttackFalseHeadOffice(t *testing.T) {
	prove := func(key string) func(http.ResponseWriter, []byte) {
		return func(w http.ResponseWriter, asked []byte) {
			var q enrolment.Request
			if err := json.Unmarshal(asked, &q); err != nil {
				t.Error(err)
			}
			a, err := q.Answer(enrolment.Hash(key), []byte(falseEnrolment))
			if err == nil {
				err = json.NewEncoder(w).Encode(a)
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
	status := func(code int, body string) func(http.ResponseWriter, []byte) {
		return func(w http.ResponseWriter, _ []byte) {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, tt := range map[string]struct {
		answer func(http.ResponseWriter, []byte)
		told   string
	}{
		"the older answer":   {status(200, falseEnrolment), "somebody else answers"},
		"another token":      {prove("guess"), "somebody else answers"},
		"an empty answer":    {status(200, `{}`), "somebody else answers"},
		"no JSON":            {status(200, "<html>"), "no enrolment"},
		"asks for the token": {status(400, `{"error":{"message":"unknown field id, want token"}}`), "refuses (400)"},
		"knows no proof":     {status(404, ""), "the token was not told"},
		"leads elsewhere":    {status(302, ""), "refuses (302)"},
		"writes the screen":  {status(403, "\x1b[2J\r\nkiosk 10000001 is enrolled"+strings.Repeat("x", 1<<20)), `\x1b[2J\r\nkiosk`},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				b, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				if strings.Contains(string(b)+r.URL.String(), "M4XKZWQ2N7") || r.URL.Path != "/api/v1/enrolments" {
					t.Errorf("asked %s %s", r.URL, b)
				}
				w.Header().Set("Location", "/api/v1/enrol")
				tt.answer(w, b)
			}))
			defer srv.Close()
			out := filepath.Join(t.TempDir(), "kiosk.d")
			said := run(t, 1, "enrol", "--office", srv.URL, "--token", "M4XKZWQ2N7T5RJHGYBD3VCLPAE", "--kiosk", "10000001", "--out", out)
			if !strings.Contains(said, tt.told) || strings.Contains(said, "M4XKZ") || len(said) > 800 {
				t.Errorf("said %.900q", said)
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("something was kept")
			}
			if asked != 1 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

// TestAttackEnrolmentInClear: a board asks in clear on its own machine only, and needs no
// certificate that is known to it elsewhere.
func TestAttackEnrolmentInClear(t *testing.T) {
	for _, office := range []string{
		"http://office.example", "http://192.0.2.1:8090", "http://127.0.0.1.evil.example", "http://localhost.evil.example:80", "ftp://127.0.0.1", "office.example:8090", "https://", "https://user:pw@office.example", "",
	} {
		out := filepath.Join(t.TempDir(), "kiosk.d")
		run(t, 2, "enrol", "--office", office, "--token", "secret", "--kiosk", "10000001", "--out", out)
		if _, err := os.Stat(out + ".new"); err == nil {
			t.Errorf("%s: a key was made", office)
		}
	}
	for office, want := range map[string]string{
		"https://office.example/": "https://office.example/api/v1/enrolments", "http://127.0.0.1:8090": "http://127.0.0.1:8090/api/v1/enrolments",
		"http://[::1]:8090": "http://[::1]:8090/api/v1/enrolments", "http://localhost:1": "http://localhost:1/api/v1/enrolments",
	} {
		if got, err := officeURL(office); err != nil || got != want {
			t.Errorf("%s: %s, %v", office, got, err)
		}
	}
}
