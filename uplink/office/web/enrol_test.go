package web

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/enrolment"
)

func request(t *testing.T, key crypto.Signer, name pkix.Name) string {
	t.Helper()
	b, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: name}, key)
	if err != nil {
		t.Fatal(err)
	}

	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: b}))
}

// proven is a request that was made with a token.
func proven(t *testing.T, token string) object {
	t.Helper()
	q, err := enrolment.Ask(token, csr(t), nil)
	if err != nil {
		t.Fatal(err)
	}

	return object{"id": q.ID, "csr_pem": q.CSR, "proof": q.Proof}
}

// given is a desk whose books have the token "good token", as officed enrol-token puts it.
func given(t *testing.T) *desk {
	t.Helper()
	d := openDesk(t, newTown(t), nil)
	if err := d.town.store.AddToken(t.Context(), "good token", "10000009", false, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}

	return d
}

// TestEnrolBothWays: head office proves itself by the token, without having been told it.
func TestEnrolBothWays(t *testing.T) {
	d := given(t)
	two := uint8(2)
	for had, want := range map[*uint8]uint8{nil: 3, &two: 3} {
		q, err := enrolment.Ask("good token", csr(t), had)
		if err != nil {
			t.Fatal(err)
		}
		status, body := d.call(d.client(), "POST", "/api/v1/enrolments", q)
		var a enrolment.Answer
		if err := json.Unmarshal([]byte(body), &a); status != 200 || err != nil {
			t.Fatalf("%d %s", status, body)
		}
		got, err := q.Read("good token", a)
		var e Enrolment
		if err := errors.Join(err, json.Unmarshal(got, &e)); err != nil || e.Kiosk != "10000009" || e.Incarnation != want || e.CA != "CA" {
			t.Errorf("%s, %v", got, err)
		}
	}
}

// TestAttackEnrolment: a request that was not made with the token is refused alike whether the
// token is known, and one that is wrong is told so in words, before a key of any size is
// worked with.
func TestAttackEnrolment(t *testing.T) {
	d := given(t)
	good := csr(t)
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(token, csr string) enrolment.Request {
		q, err := enrolment.Ask(token, csr, nil)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	swapped := ask("good token", good)
	swapped.CSR = csr(t)
	replayed := ask("good token", good)
	replayed.ID = enrolment.ID(enrolment.Hash("other"))
	high := uint8(100)
	far, err := enrolment.Ask("good token", good, &high)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		q      any
		status int
		told   string
	}{
		"unknown token":       {ask("bad token", good), 403, "token unknown, used or expired"},
		"another's key":       {swapped, 403, "token unknown, used or expired"},
		"another's token":     {replayed, 403, "token unknown, used or expired"},
		"older form":          {object{"token": "good token", "csr_pem": good}, 400, "unknown field"},
		"no ID":               {object{"id": "", "csr_pem": good, "proof": ""}, 400, "id not valid"},
		"a pattern":           {object{"id": strings.Repeat("%", 32), "csr_pem": good, "proof": ""}, 400, "id not valid"},
		"incarnation":         {far, 400, "incarnation not valid"},
		"wrong name":          {ask("good token", request(t, p256, pkix.Name{CommonName: "office"})), 400, "is not a terminal number"},
		"more than a name":    {ask("good token", request(t, p256, pkix.Name{CommonName: "10000009", Country: []string{"CN"}})), 400, "subject is not one common name"},
		"another curve":       {ask("good token", request(t, key, pkix.Name{CommonName: "10000009"})), 400, "want P-256"},
		"RSA":                 {ask("good token", request(t, weak, pkix.Name{CommonName: "10000009"})), 400, "want ECDSA P-256 or Ed25519"},
		"no request":          {ask("good token", "hello"), 400, "csr_pem"},
		"a request too large": {ask("good token", good+strings.Repeat("\n", 9<<10)), 400, "at most 8192"},
	} {
		d.srv.limits.enrol.clear("127.0.0.1")
		status, body := d.call(d.client(), "POST", "/api/v1/enrolments", tt.q)
		if status != tt.status || !strings.Contains(body, tt.told) {
			t.Errorf("%s: %d %s, want %d %q", name, status, body, tt.status, tt.told)
		}
	}
}

// TestAttackTokenInClear: the older form, which has the token in it, is taken over TLS and on
// this machine only.
func TestAttackTokenInClear(t *testing.T) {
	d := given(t)
	for addr, want := range map[string]int{"203.0.113.9:1": 403, "127.0.0.1:1": 200, "[::1]:1": 200} {
		b, err := json.Marshal(object{"token": "good token", "csr_pem": csr(t)})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "/api/v1/enrol", strings.NewReader(string(b)))
		r.RemoteAddr = addr
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		d.srv.Handler().ServeHTTP(w, r)
		if body, _ := io.ReadAll(w.Body); w.Code != want {
			t.Errorf("from %s: %d %s, want %d", addr, w.Code, body, want)
		}
	}
}
