package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/ca"
)

// TestAttackClearTextOutsideLoopback: nothing that people type crosses a line in clear, and
// accounts of the lab are made on no address that others reach.
func TestAttackClearTextOutsideLoopback(t *testing.T) {
	for _, c := range []struct {
		o    options
		want string // in the refusal; "" starts
		tls  bool
	}{
		{options{http: "127.0.0.1:0"}, "", false},
		{options{http: "localhost:0", demo: true}, "", false},
		{options{http: "0.0.0.0:0"}, "", true},
		{options{http: ":0"}, "", true},
		{options{http: "192.0.2.1:443", httpNames: []string{"office.example"}}, "", true},
		{options{http: "0.0.0.0:0", behindProxy: "10.1.2.3"}, "", false},
		{options{http: "0.0.0.0:0", behindProxy: "0.0.0.0/0"}, "everybody", false},
		{options{http: "0.0.0.0:0", behindProxy: "proxy.example"}, "neither an address", false},
		{options{http: "0.0.0.0:0", demo: true}, "published", false},
		{options{http: ":0", demo: true}, "published", false},
		{options{http: "127.0.0.1:0", demo: true, behindProxy: "127.0.0.1"}, "published", false},
		{options{http: "127.0.0.1:0", httpCert: "x"}, "need each other", false},
		{options{http: "8090"}, "want host:port", false},
	} {
		authority, err := ca.Open(filepath.Join(t.TempDir(), "ca"))
		if err != nil {
			t.Fatal(err)
		}
		f, err := openFront(&c.o, authority, slog.New(slog.DiscardHandler))
		if c.want != "" {
			if !errors.Is(err, cmdline.ErrUsage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v: %v, want %q", c.o, err, c.want)
			}
			continue
		}
		if err != nil || (f.tls != nil) != c.tls || f.secure() != (c.tls || c.o.behindProxy != "") {
			t.Errorf("%+v: %v, TLS %v, secure %v", c.o, err, f.tls != nil, f.secure())
		}
	}
	if out, code := exit(t, "serve", "--demo", "--http", "0.0.0.0:0", "--data", t.TempDir()); code != 2 || !strings.Contains(out, "published") {
		t.Errorf("serve --demo on every address: %d %s", code, out)
	}
}

// selfSigned writes a certificate for name into dir, as somebody else's tool does.
func selfSigned(t *testing.T, dir, name string) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{name}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	return cert, key
}

// startSecure runs officed, and returns where its pages are reached over TLS.
func startSecure(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, w, io.Discard)
		ended <- errors.Join(err, w.CloseWithError(io.EOF))
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("officed: %v", err)
		}
	})
	line, err := bufio.NewReader(r).ReadString('\n')
	var addr string
	if _, scan := fmt.Sscanf(line, "ready https=%s ", &addr); err != nil || scan != nil {
		t.Fatalf("officed says %q: %v", line, err)
	}

	return addr
}

// TestAttackPagesOverTLS: with a certificate, cookies are for HTTPS only, clear text is not
// answered, a name that is not the certificate's is refused, a renewed certificate is used
// without a restart, and metrics are nobody's.
func TestAttackPagesOverTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := selfSigned(t, dir, "office.example")
	addr := startSecure(t, "serve", "--data", filepath.Join(dir, "data"), "--http", "127.0.0.1:0", "--http-cert", cert, "--http-key", key,
		"--mqtt-listen", "127.0.0.1:0", "--http-name", "Other.Example")
	dial := func(server string) *http.Client {
		pool := x509.NewCertPool()
		b, err := os.ReadFile(cert)
		if err != nil || !pool.AppendCertsFromPEM(b) {
			t.Fatal(err)
		}
		return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: server}}}
	}
	ask := func(c *http.Client, host, path string) (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), "GET", "https://"+addr+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		a, err := c.Do(req)
		if err == nil {
			_ = a.Body.Close()
		}
		return a, err
	}

	for host, want := range map[string]int{"office.example": 200, "other.example:8443": 200, "127.0.0.1": 200, "evil.example": 421} {
		if a, err := ask(dial("office.example"), host, "/login"); err != nil || a.StatusCode != want {
			t.Errorf("by %s: %v, %v; want %d", host, a, err, want)
		} else if hsts := a.Header.Get("Strict-Transport-Security"); host == "office.example" && hsts == "" {
			t.Error("no HSTS")
		}
	}
	a, err := http.Get("http://" + addr + "/login")
	if err == nil {
		_ = a.Body.Close()
		if a.StatusCode < 400 {
			t.Errorf("clear text is answered: %d", a.StatusCode)
		}
	}

	selfSigned(t, dir, "renewed.example")
	for late := time.Now().Add(10 * time.Second); ; {
		if a, err := ask(dial("renewed.example"), "renewed.example", "/login"); err == nil && a.StatusCode == 200 {
			break
		} else if time.Now().After(late) {
			t.Fatalf("the renewed certificate is not used: %v", err)
		}
	}
}

// TestAttackBesideTheProxy: behind a proxy the limits and the log are the person's, whoever
// says so from elsewhere is not believed, and pages are for HTTPS.
func TestAttackBesideTheProxy(t *testing.T) {
	base := startOffice(t, "serve", "--data", t.TempDir(), "--http", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0", "--behind-proxy", "127.0.0.1", "--http-name", "office.example")
	login := func(hops, proto string) *http.Response {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), "POST", base+"/api/v1/login", strings.NewReader(`{"user":"nobody","password":"wrong horse battery"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "office.example"
		for name, value := range map[string]string{"Content-Type": "application/json", "X-Forwarded-For": hops, "X-Forwarded-Proto": proto} {
			req.Header.Set(name, value)
		}
		a, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		return a
	}
	for i := 0; login("203.0.113.1", "https").StatusCode != 429; i++ {
		if i > 40 {
			t.Fatal("one address is not limited")
		}
	}
	if a := login("1.1.1.1, 203.0.113.1", "https"); a.StatusCode != 429 {
		t.Errorf("who writes himself another address is not limited: %d", a.StatusCode)
	}
	if a := login("203.0.113.2", "https"); a.StatusCode != 401 {
		t.Errorf("another person is limited by the first: %d", a.StatusCode)
	}
	if a := login("203.0.113.3", "http"); a.StatusCode != 403 {
		t.Errorf("clear text before the proxy: %d", a.StatusCode)
	}
	for hops, want := range map[string]int{"203.0.113.4": 401, "127.0.0.1": 401, "": 200} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", base+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		if hops != "" {
			req.Header.Set("X-Forwarded-For", hops)
		}
		a, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		if a.StatusCode != want {
			t.Errorf("metrics for %q: %d, want %d", hops, a.StatusCode, want)
		}
	}
}

// TestAttackFloodOfConnections: an address that opens many connections and says nothing keeps
// nobody else out, and those that read nothing are given up (F15).
func TestAttackFloodOfConnections(t *testing.T) {
	base := startOffice(t, "serve", "--data", t.TempDir(), "--http", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0")
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	for range connsOfSource + 40 {
		c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
		_, _ = io.WriteString(c, strings.Repeat("GET /static/office.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 200)) // it may be given up already
	}
	begun := time.Now()
	if body := fetch(t, base+"/login"); !strings.Contains(body, "<form") {
		t.Errorf("page %.80q", body)
	}
	t.Logf("a page took %v beside %d connections that read nothing", time.Since(begun).Round(time.Millisecond), len(conns))
}
