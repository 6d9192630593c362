package ca_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/uplink/office/ca"
)

var epoch = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func open(t testing.TB, dir string, opts ...ca.Option) *ca.Authority {
	t.Helper()
	a, err := ca.Open(dir, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func at(now time.Time) ca.Option { return ca.WithClock(func() time.Time { return now }) }

func parse(t testing.TB, text string) *x509.Certificate {
	t.Helper()
	b, rest := pem.Decode([]byte(text))
	if b == nil || b.Type != "CERTIFICATE" || len(rest) != 0 {
		t.Fatalf("not one certificate: %q", text)
	}
	c, err := x509.ParseCertificate(b.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// verify is the opinion of crypto/x509.
func verify(a *ca.Authority, c *x509.Certificate, use x509.ExtKeyUsage, host string, now time.Time) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(a.CAPEM()))
	_, err := c.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{use}, DNSName: host, CurrentTime: now})
	return err
}

func request(t testing.TB, key crypto.Signer, subject pkix.Name) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: subject, DNSNames: []string{"office"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
}

func ecKey(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func named(cn string) pkix.Name { return pkix.Name{CommonName: cn} }

func TestSignKiosk(t *testing.T) {
	a := open(t, t.TempDir(), at(epoch))
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serials := map[string]bool{}
	for name, key := range map[string]crypto.Signer{"P-256": ecKey(t, elliptic.P256()), "Ed25519": ed} {
		text, err := a.SignKiosk(request(t, key, named("10000001")), "10000001")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c := parse(t, text)
		if err := verify(a, c, x509.ExtKeyUsageClientAuth, "", epoch); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if verify(a, c, x509.ExtKeyUsageServerAuth, "", epoch) == nil {
			t.Errorf("%s: good for a server", name)
		}
		if c.Subject.String() != "CN=10000001" || c.IsCA || len(c.DNSNames) != 0 || c.KeyUsage != x509.KeyUsageDigitalSignature {
			t.Errorf("%s: subject %s, CA %v, names %v, usage %b", name, c.Subject, c.IsCA, c.DNSNames, c.KeyUsage)
		}
		if want := time.Date(2027, 5, 25, 8, 0, 0, 0, time.UTC); !c.NotAfter.Equal(want) {
			t.Errorf("%s: ends %s, want %s", name, c.NotAfter, want)
		}
		if !key.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(c.PublicKey) {
			t.Errorf("%s: certificate of another key", name)
		}
		if n := c.SerialNumber.BitLen(); n < 96 || n > 129 || serials[c.SerialNumber.String()] {
			t.Errorf("%s: serial of %d bits", name, n)
		}
		serials[c.SerialNumber.String()] = true
	}
}

func TestSignKioskRefuses(t *testing.T) {
	a := open(t, t.TempDir(), at(epoch))
	key := ecKey(t, elliptic.P256())
	good := request(t, key, named("10000001"))
	if _, err := a.SignKiosk(good, "10000001"); err != nil {
		t.Fatal(err)
	}
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	forged := bytes.Clone(good)
	if b, _ := pem.Decode(good); b != nil {
		b.Bytes[len(b.Bytes)-1] ^= 1
		forged = pem.EncodeToMemory(b)
	}
	for _, c := range []struct{ name, cn, csr, want string }{
		{"another kiosk's name", "10000002", string(good), "common name"},
		{"office", "office", string(request(t, key, named("office"))), "8 digits"},
		{"office by a kiosk", "10000001", string(request(t, key, named("office"))), "common name"},
		{"empty name", "", string(request(t, key, named(""))), "8 digits"},
		{"seven digits", "1000001", string(request(t, key, named("1000001"))), "8 digits"},
		{"nine digits", "100000001", string(request(t, key, named("100000001"))), "8 digits"},
		{"wide digits", "１00001", string(request(t, key, named("１00001"))), "8 digits"},
		{"wildcard", "1000000+", string(request(t, key, named("1000000+"))), "8 digits"},
		{"no subject", "10000001", string(request(t, key, pkix.Name{})), "subject"},
		{"more subject", "10000001", string(request(t, key, pkix.Name{CommonName: "10000001", Organization: []string{"x"}})), "subject"},
		{"RSA", "10000001", string(request(t, weak, named("10000001"))), "RSA"},
		{"P-384", "10000001", string(request(t, ecKey(t, elliptic.P384()), named("10000001"))), "P-384"},
		{"signature", "10000001", string(forged), ""},
		{"nothing", "10000001", "", "PEM"},
		{"garbage", "10000001", "hello", "PEM"},
		{"text before", "10000001", "x\n" + string(good), "PEM"},
		{"text behind", "10000001", string(good) + "x", "after"},
		{"two blocks", "10000001", string(good) + string(good), "after"},
		{"headers", "10000001", strings.Replace(string(good), "REQUEST-----\n", "REQUEST-----\nA: b\n\n", 1), "headers"},
		{"certificate", "10000001", a.CAPEM(), "PEM"},
		{"empty block", "10000001", "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n", "not readable"},
		{"too large", "10000001", string(good) + strings.Repeat("\n", 8<<10), "at most 8192"},
	} {
		got, err := a.SignKiosk([]byte(c.csr), c.cn)
		if err == nil || got != "" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %q, %v; want an error about %q", c.name, got, err, c.want)
		}
	}
}

func TestKioskLife(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, at(epoch))
	csr := request(t, ecKey(t, elliptic.P256()), named("10000001"))
	for _, c := range []struct {
		life time.Duration
		now  time.Time
		want string
	}{
		{48 * time.Hour, epoch, "2026-11-25"},
		{10 * 365 * 24 * time.Hour, epoch.AddDate(25, 0, 0), "2056-11-15"}, // not longer than the authority
	} {
		text, err := open(t, dir, at(c.now), ca.WithKioskLife(c.life)).SignKiosk(csr, "10000001")
		if err != nil {
			t.Fatal(err)
		}
		if got := parse(t, text).NotAfter.Format(time.DateOnly); got != c.want {
			t.Errorf("life %s at %s: ends %s, want %s", c.life, c.now, got, c.want)
		}
	}
	if _, err := ca.Open(dir, at(epoch.AddDate(30, 0, 0))); err == nil {
		t.Error("an authority that has ended opens")
	}
	if _, err := ca.Open(dir, ca.WithKioskLife(0)); err == nil {
		t.Error("a life of 0 is accepted")
	}
}

func read(t *testing.T, elems ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elems...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestReloadKeepsKeys(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "ca")
	first := open(t, dir)
	if _, err := first.ServerTLS("127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	_, public, err := ca.PolicyKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	key := read(t, dir, "ca.key")
	again := open(t, dir)
	key2, public2, err := ca.PolicyKey(dir)
	if err != nil || public2 != public || again.CAPEM() != first.CAPEM() || read(t, dir, "ca.key") != key {
		t.Errorf("keys changed: %v", err)
	}
	b, _ := pem.Decode([]byte(public))
	if b == nil || b.Type != "PUBLIC KEY" {
		t.Fatalf("public policy key is %q", public)
	}
	pub, err := x509.ParsePKIXPublicKey(b.Bytes)
	if err != nil || !ed25519.Verify(pub.(ed25519.PublicKey), []byte("policy"), ed25519.Sign(key2, []byte("policy"))) {
		t.Errorf("public policy key does not fit: %v", err)
	}
	for name, mode := range map[string]os.FileMode{".": 0o700, "ca.key": 0o600, "ca.pem": 0o600, "server.pem": 0o600, "policy.key": 0o600} {
		st, err := os.Stat(filepath.Join(dir, name))
		if err != nil || st.Mode().Perm() != mode {
			t.Errorf("%s: mode %v, %v; want %v", name, st.Mode().Perm(), err, mode)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4 {
		t.Errorf("files left behind: %v, %v", entries, err)
	}
}

func TestOpenHealsAndRefuses(t *testing.T) {
	other := t.TempDir()
	open(t, other)
	for _, c := range []struct {
		name string
		harm func(dir string) error
		want string // in the error; empty opens
	}{
		{"killed before the certificate", func(d string) error { return os.Remove(filepath.Join(d, "ca.pem")) }, ""},
		{"key lost", func(d string) error { return os.Remove(filepath.Join(d, "ca.key")) }, "missing"},
		{"key readable", func(d string) error { return os.Chmod(filepath.Join(d, "ca.key"), 0o644) }, "mode 0644"},
		{"key empty", func(d string) error { return os.Truncate(filepath.Join(d, "ca.key"), 0) }, "PEM"},
		{"certificate empty", func(d string) error { return os.Truncate(filepath.Join(d, "ca.pem"), 0) }, "PEM"},
		{"other certificate", func(d string) error {
			return os.WriteFile(filepath.Join(d, "ca.pem"), []byte(read(t, other, "ca.pem")), 0o600)
		}, "not for the key"},
	} {
		dir := t.TempDir()
		open(t, dir)
		key := read(t, dir, "ca.key")
		if err := c.harm(dir); err != nil {
			t.Fatal(err)
		}
		_, err := ca.Open(dir)
		if c.want == "" && (err != nil || read(t, dir, "ca.key") != key) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), key[40:60]) {
			t.Errorf("%s: the error quotes the key", c.name)
		}
	}
}

// TestOpenTogether: the first processes of a new office make one authority.
func TestOpenTogether(t *testing.T) {
	dir := t.TempDir()
	var got [8]string
	var all sync.WaitGroup
	for i := range got {
		all.Go(func() {
			if a, err := ca.Open(dir); err == nil {
				got[i] = a.CAPEM()
			}
		})
	}
	all.Wait()
	for i, g := range got {
		if g == "" || g != got[0] {
			t.Errorf("authority %d differs", i)
		}
	}
}

func TestServerTLSKeepsItsCertificate(t *testing.T) {
	dir := t.TempDir()
	serial := func(now time.Time, hosts ...string) string {
		t.Helper()
		c, err := open(t, dir, at(now)).ServerTLS(hosts...)
		if err != nil {
			t.Fatal(err)
		}
		return c.Certificates[0].Leaf.SerialNumber.String()
	}
	first := serial(epoch, "127.0.0.1", "Broker.example")
	if got := serial(epoch, "broker.example", "127.0.0.1", "127.0.0.1"); got != first {
		t.Error("same hosts: certificate changed")
	}
	if got := serial(epoch.AddDate(3, 11, 0), "broker.example", "127.0.0.1"); got != first {
		t.Error("13 months left: certificate changed")
	}
	if got := serial(epoch.AddDate(4, 1, 0), "broker.example", "127.0.0.1"); got == first {
		t.Error("11 months left: certificate kept")
	}
	second := serial(epoch, "::1")
	if err := os.Truncate(filepath.Join(dir, "server.pem"), 100); err != nil {
		t.Fatal(err)
	}
	if got := serial(epoch, "::1"); got == second {
		t.Error("torn file: certificate kept")
	}
	for _, bad := range []string{"", "a b", "x/y", "-a", "a..b", "*.example", strings.Repeat("a", 64)} {
		if _, err := open(t, dir).ServerTLS(bad); err == nil {
			t.Errorf("host %q accepted", bad)
		}
	}
	if _, err := open(t, dir).ServerTLS(); err == nil {
		t.Error("no host accepted")
	}
}

// shake lets two configurations talk over a pipe; the errors are of both sides.
func shake(t *testing.T, server, client *tls.Config) (peer string, errServer, errClient error) {
	t.Helper()
	a, b := net.Pipe()
	srv, cl := tls.Server(a, server), tls.Client(b, client)
	done := make(chan error, 1)
	go func() {
		err := srv.Handshake()
		if err == nil {
			_, err = srv.Write([]byte("x"))
		}
		_ = a.Close()
		done <- err
	}()
	_, errClient = io.ReadFull(cl, make([]byte, 1))
	_ = b.Close()
	errServer = <-done
	if errServer == nil {
		peer = srv.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	return peer, errServer, errClient
}

func TestMutualTLS(t *testing.T) {
	a, other := open(t, t.TempDir()), open(t, t.TempDir())
	server, err := a.ServerTLS("broker.example", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	client := func(a *ca.Authority, change func(*tls.Config)) *tls.Config {
		c, err := a.ClientTLS("office")
		if err != nil {
			t.Fatal(err)
		}
		c.ServerName = "broker.example"
		change(c)
		return c
	}
	same := func(*tls.Config) {}
	for _, c := range []struct {
		name   string
		client *tls.Config
		want   bool
	}{
		{"right", client(a, same), true},
		{"by address", client(a, func(c *tls.Config) { c.ServerName = "127.0.0.1" }), true},
		{"another host", client(a, func(c *tls.Config) { c.ServerName = "evil.example" }), false},
		{"no certificate", client(a, func(c *tls.Config) { c.Certificates = nil }), false},
		{"of another authority", client(other, func(c *tls.Config) { c.RootCAs = nil; c.InsecureSkipVerify = true }), false},
		{"trusts another authority", client(a, func(c *tls.Config) { c.RootCAs = client(other, same).RootCAs }), false},
		{"TLS 1.2", client(a, func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12 }), false},
		{"with the server's certificate", client(a, func(c *tls.Config) { c.Certificates = server.Certificates }), false},
	} {
		peer, errServer, errClient := shake(t, server, c.client)
		if c.want && (errServer != nil || errClient != nil || peer != "office") || !c.want && errClient == nil {
			t.Errorf("%s: %v, %v, peer %q", c.name, errServer, errClient, peer)
		}
	}
}

func TestWrittenFiles(t *testing.T) {
	a := open(t, t.TempDir())
	dir := t.TempDir()
	if err := a.WriteServer(filepath.Join(dir, "srv"), "localhost"); err != nil {
		t.Fatal(err)
	}
	if err := a.WriteClient("10000001", filepath.Join(dir, "kiosk")); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"srv", "kiosk"} {
		for _, f := range []string{"cert.pem", "key.pem", "ca.pem"} {
			st, err := os.Stat(filepath.Join(dir, d, f))
			if err != nil || st.Mode().Perm() != 0o600 {
				t.Errorf("%s/%s: %v, %v", d, f, st, err)
			}
		}
		if _, err := tls.LoadX509KeyPair(filepath.Join(dir, d, "cert.pem"), filepath.Join(dir, d, "key.pem")); err != nil {
			t.Errorf("%s: %v", d, err)
		}
	}
	if err := verify(a, parse(t, read(t, dir, "srv", "cert.pem")), x509.ExtKeyUsageServerAuth, "localhost", time.Now()); err != nil {
		t.Error(err)
	}
	kiosk := parse(t, read(t, dir, "kiosk", "cert.pem"))
	if err := verify(a, kiosk, x509.ExtKeyUsageClientAuth, "", time.Now()); err != nil || kiosk.Subject.CommonName != "10000001" {
		t.Errorf("%s: %v", kiosk.Subject, err)
	}
	for _, cn := range []string{"", "broker", "Office", "1234567", "#"} {
		if _, err := a.ClientTLS(cn); err == nil {
			t.Errorf("ClientTLS(%q): no error", cn)
		}
		if err := a.WriteClient(cn, filepath.Join(dir, "bad")); err == nil {
			t.Errorf("WriteClient(%q): no error", cn)
		}
	}
}

func FuzzSignKiosk(f *testing.F) {
	a := open(f, f.TempDir())
	good := request(f, ecKey(f, elliptic.P256()), named("10000001"))
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte(a.CAPEM()))
	b, _ := pem.Decode(good)
	f.Add(b.Bytes)
	f.Fuzz(func(t *testing.T, csr []byte) {
		der := csr
		for _, in := range [][]byte{csr, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})} {
			text, err := a.SignKiosk(in, "10000001")
			if err != nil {
				if text != "" {
					t.Fatal("a certificate and an error")
				}
				continue
			}
			c := parse(t, text)
			if err := verify(a, c, x509.ExtKeyUsageClientAuth, "", time.Now()); err != nil || c.Subject.String() != "CN=10000001" || c.IsCA {
				t.Fatalf("%s: %v", c.Subject, err)
			}
		}
	})
}
