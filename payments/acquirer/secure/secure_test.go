package secure_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/secure"
)

var made = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	k, err := made()
	if err != nil {
		t.Fatal(err)
	}

	return k
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestKeysSignAndVerify(t *testing.T) {
	k := rsaKey(t)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	pkix, err := x509.MarshalPKIXPublicKey(&k.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public, err := secure.ParsePublic(encode("PUBLIC KEY", pkix))
	if err != nil {
		t.Fatal(err)
	}

	for _, text := range [][]byte{encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(k)), encode("PRIVATE KEY", pkcs8)} {
		key, err := secure.ParseKey(text)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := key.Sign([]byte("message"))
		if err != nil {
			t.Fatal(err)
		}
		if err := public.Verify([]byte("message"), sig); err != nil {
			t.Error(err)
		}
		if err := public.Verify([]byte("massage"), sig); !errors.Is(err, acquirer.ErrSignature) {
			t.Errorf("another message: %v", err)
		}
		sig[10] ^= 1
		if err := public.Verify([]byte("message"), sig); !errors.Is(err, acquirer.ErrSignature) {
			t.Errorf("another signature: %v", err)
		}
	}
	if err := public.Verify([]byte("message"), nil); !errors.Is(err, acquirer.ErrSignature) {
		t.Errorf("no signature: %v", err)
	}
	if err := (secure.Public{}).Verify(nil, nil); !errors.Is(err, acquirer.ErrSignature) {
		t.Errorf("no key: %v", err)
	}
	if _, err := (secure.Key{}).Sign(nil); !errors.Is(err, secure.ErrKey) {
		t.Errorf("no key: %v", err)
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	otherPublic, err := x509.MarshalPKIXPublicKey(&curve.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}

	for name, text := range map[string][]byte{
		"no PEM": []byte("key"), "no key": encode("PRIVATE KEY", []byte("x")), "a curve": encode("PRIVATE KEY", other),
		"too small": encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small)),
	} {
		if k, err := secure.ParseKey(text); !errors.Is(err, secure.ErrKey) || k != (secure.Key{}) {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
	for name, text := range map[string][]byte{"no PEM": nil, "no key": encode("PUBLIC KEY", []byte("x")), "a curve": encode("PUBLIC KEY", otherPublic)} {
		if k, err := secure.ParsePublic(text); !errors.Is(err, secure.ErrKey) || k != (secure.Public{}) {
			t.Errorf("%s: %v, %v", name, k, err)
		}
	}
}

func TestKeyDoesNotPrint(t *testing.T) {
	k := rsaKey(t)
	key, err := secure.NewKey(k)
	if err != nil {
		t.Fatal(err)
	}
	config := struct{ Key secure.Key }{key}
	hidden := struct{ key secure.Key }{key}
	j, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{
		fmt.Sprint(key), fmt.Sprintf("%v %+v %#v %s %d %x", key, key, key, key, key, key),
		fmt.Sprintf("%v %+v %#v", config, config, config), fmt.Sprintf("%v %+v %#v", &hidden, hidden, hidden), string(j),
	} {
		for _, part := range []string{k.D.String(), k.Primes[0].String(), k.D.Text(16), k.N.String()} {
			if strings.Contains(s, part[:20]) {
				t.Errorf("the key shows in %.200s", s)
			}
		}
	}
	if want := `{"Key":"[RSA key of 2048 bits]"}`; string(j) != want {
		t.Errorf("JSON %s, want %s", j, want)
	}
}

type road func(*http.Request) (*http.Response, error)

func (f road) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestClientIsBounded(t *testing.T) {
	for size, fits := range map[int]bool{secure.MaxBody: true, secure.MaxBody + 1: false, 10 * secure.MaxBody: false} {
		c := secure.Client(road(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(strings.Repeat("x", size))), Request: r}, nil
		}), 0)
		resp, err := c.Get("http://acquirer.test/")
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		if fits && (err != nil || len(b) != size) || !fits && (!errors.Is(err, acquirer.ErrAnswer) || len(b) > secure.MaxBody) {
			t.Errorf("%d bytes: read %d, %v", size, len(b), err)
		}
	}
}

func TestClientFollowsNoRedirect(t *testing.T) {
	asked := 0
	c := secure.Client(road(func(r *http.Request) (*http.Response, error) {
		asked++

		return &http.Response{StatusCode: 307, Header: http.Header{"Location": {"http://elsewhere.test/"}}, Body: http.NoBody, Request: r}, nil
	}), 0)
	_, err := c.Post("http://acquirer.test/", "text/plain", strings.NewReader("secret"))
	if err = secure.Silence(err); !errors.Is(err, acquirer.ErrAnswer) || asked != 1 {
		t.Errorf("%v after %d requests", err, asked)
	}
}

// TestWrongCertificate: to who has not proven to be the acquirer nothing is sent, and the
// error says why.
func TestWrongCertificate(t *testing.T) {
	asked := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	known := server.Client().Transport.(*http.Transport).Clone()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}

	for name, c := range map[string]struct {
		transport http.RoundTripper
		url       string
		says      string
	}{
		"an authority that nobody knows": {nil, server.URL, "unknown authority"},
		"another host's":                 {known, "https://localhost:" + port, "localhost"},
	} {
		_, err := secure.Client(c.transport, 0).Post(c.url, "text/plain", strings.NewReader("secret"))
		if err = secure.Silence(err); !errors.Is(err, acquirer.ErrCertificate) || !strings.Contains(err.Error(), c.says) || asked != 0 {
			t.Errorf("%s: %v, after %d requests", name, err, asked)
		}
		if again := secure.Silence(err); !errors.Is(again, acquirer.ErrCertificate) || again.Error() != err.Error() {
			t.Errorf("%s: named twice: %v", name, again)
		}
	}
	if _, err := secure.Client(known, 0).Get(server.URL); err != nil || asked != 1 {
		t.Errorf("the right one: %v", err)
	}
}

func TestFresh(t *testing.T) {
	now := time.Date(2026, 11, 29, 2, 30, 0, 0, time.UTC)
	for off, fresh := range map[time.Duration]bool{
		0: true, 5 * time.Minute: true, -5 * time.Minute: true, 5*time.Minute + 1: false, -5*time.Minute - 1: false, 24 * time.Hour: false,
	} {
		if err := secure.Fresh(now, now.Add(off)); (err == nil) != fresh || err != nil && !errors.Is(err, acquirer.ErrClock) {
			t.Errorf("%s off: %v", off, err)
		}
	}
}
