package signer_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/uplink/credential"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/signer"
	"wattkiosk/uplink/wire"
)

// book is a log that is written to by several.
type book struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *book) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// apart are keys in one process, served, and the other end in another folder.
func apart(t *testing.T, now func() time.Time) (*signer.Keys, *signer.Remote, *book) {
	t.Helper()
	keys, err := signer.Open(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	log := &book{}
	srv := &http.Server{Handler: signer.Handler(keys, now, slog.New(slog.NewTextHandler(log, nil))), ReadHeaderTimeout: time.Second}
	served := make(chan struct{})
	go func() {
		_ = srv.Serve(ln)
		close(served)
	}()
	r, err := signer.Dial(t.Context(), socket, filepath.Join(t.TempDir(), "office"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		_ = srv.Close()
		<-served
	})

	return keys, r, log
}

func request(t *testing.T, name string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	req := &x509.CertificateRequest{}
	req.Subject.CommonName = name
	der, err := x509.CreateCertificateRequest(rand.Reader, req, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
}

// TestKeysElsewhereDoTheSame: certificates, signatures, codes and secrets are those of the
// keys, and no key is where the pages are.
func TestKeysElsewhereDoTheSame(t *testing.T) {
	keys, r, _ := apart(t, time.Now)

	cert, err := r.Authority().SignKiosk(request(t, "10000001"), "10000001")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(keys.Authority().CAPEM()))
	block, _ := pem.Decode([]byte(cert))
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Error(err)
	}
	for range 2 { // made, and read again
		if _, err := r.Authority().ServerTLS("127.0.0.1"); err != nil {
			t.Error(err)
		}
	}
	if _, err := r.Authority().ClientTLS(ca.Office); err != nil {
		t.Error(err)
	}
	if _, err := r.Authority().Pages(func(err error) { t.Error(err) }, "office.example.cn"); err != nil {
		t.Error(err)
	}

	public, ok := keys.Policy().Public().(ed25519.PublicKey)
	if !ok {
		t.Fatal("no Ed25519 key")
	}
	order := wire.Settle{V: wire.Version, Kiosk: "10000001", Terminal: "T0000001", Batch: 7, Issued: 1}
	signed, err := wire.SignSettle(r.Policy(), order)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := wire.OpenSettle(public, signed); err != nil || got != order {
		t.Errorf("%+v, %v", got, err)
	}

	kiosk, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(kiosk.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	code, err := r.Code(der, "10000001", "1001", "123456")
	if err != nil {
		t.Fatal(err)
	}
	half, err := credential.ParseHalf(r.Half())
	if err != nil {
		t.Fatal(err)
	}
	common, err := credential.Agree(kiosk, half)
	if err != nil || !common.Match("10000001", "1001", "123456", code) {
		t.Errorf("the kiosk does not take %s: %v", code, err)
	}
	if _, err := r.Code([]byte("no key"), "10000001", "1001", "123456"); err != signer.ErrKioskKey {
		t.Errorf("a key of another kind: %v", err)
	}

	ours, err := keys.PageSecret()
	theirs, err2 := r.PageSecret()
	if err != nil || err2 != nil || !bytes.Equal(ours, theirs) {
		t.Errorf("the pages' secrets differ, %v, %v", err, err2)
	}
}

// TestAttackTheSignerFromThePages: who owns the pages' process gets no certificate of an
// authority, none that never ends, no signature for what is no message, and no more than
// the budget of an hour; and all of it is in the signer's log.
func TestAttackTheSignerFromThePages(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	keys, r, log := apart(t, func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	})
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	weak, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weakDER, err := x509.MarshalPKIXPublicKey(weak.Public())
	if err != nil {
		t.Fatal(err)
	}

	const year = 365 * 24 * time.Hour
	for name, w := range map[string]ca.Wish{
		"an authority's name":          {Name: "wattkiosk head office", Life: year, Public: der},
		"a kiosk's name that is none":  {Name: "100000010", Life: year, Public: der},
		"a kiosk with hosts":           {Name: "10000001", Hosts: []string{"127.0.0.1"}, Life: year, Public: der},
		"a kiosk for ever":             {Name: "10000001", Life: 100 * year, Public: der},
		"a server for ever":            {Name: "broker", Hosts: []string{"127.0.0.1"}, Server: true, Life: 100 * year, Public: der},
		"a server with a kiosk's name": {Name: "10000001", Hosts: []string{"127.0.0.1"}, Server: true, Life: year, Public: der},
		"a weak key":                   {Name: "10000001", Life: year, Public: weakDER},
		"no key":                       {Name: "10000001", Life: year},
		"no life":                      {Name: "10000001", Public: der},
	} {
		if cert, err := r.Issue(w); err == nil {
			t.Errorf("%s: signed:\n%s", name, cert)
		}
	}

	for purpose, body := range map[string]string{
		"wattkiosk settle v1": `{"v":1,"kiosk":"x y","terminal":"T0000001","batch":7,"issued":1}`,
		"wattkiosk policy v1": `{}`,
		"wattkiosk job v1":    `{"v":1,"kiosk":"10000001","terminal":"T0000001","batch":7,"issued":1}`,
		"something else":      `{}`,
		"":                    `{}`,
	} {
		if _, err := r.Policy().Sign(nil, []byte(body), &ed25519.Options{Hash: crypto.Hash(0), Context: purpose}); err == nil {
			t.Errorf("%s for %q: signed", body, purpose)
		}
	}
	if _, err := r.Policy().Sign(nil, make([]byte, 64), crypto.SHA512); err == nil {
		t.Error("signed a digest")
	}

	code := func() error {
		_, err := r.Code(der, "10000001", "1001", "123456")
		return err
	}
	made := 0
	for ; code() == nil && made < 10_000; made++ {
	}
	if made != 200 {
		t.Errorf("%d codes in an hour, want 200", made)
	}
	mu.Lock()
	now = now.Add(time.Hour)
	mu.Unlock()
	if err := code(); err != nil {
		t.Errorf("an hour later: %v", err)
	}

	for _, want := range []string{`"not signed" what=certificate of="\"wattkiosk head office\""`, `what=signature of="\"something else\""`, `"code made" kiosk=10000001 number=1001`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %s", want)
		}
	}
	if s := log.String(); strings.Contains(s, "123456") || strings.Contains(s, "PRIVATE") {
		t.Error("a secret is in the log")
	}
	_ = keys
}

// TestSealedKeys: sealed keys are the same keys, open by their passphrase alone, and a
// second sealing changes nothing.
func TestSealedKeys(t *testing.T) {
	dir := t.TempDir()
	plain, err := signer.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	right, wrong := []byte("correct horse battery"), []byte("wrong horse battery!")
	if err := ca.Seal(dir, []byte("short")); err == nil {
		t.Error("a short passphrase is taken")
	}
	for range 2 {
		if err := ca.Seal(dir, right); err != nil {
			t.Fatal(err)
		}
	}
	if err := ca.Seal(dir, wrong); err == nil {
		t.Error("sealed again under another passphrase")
	}

	for name, p := range map[string][]byte{"none": nil, "wrong": wrong} {
		if _, err := signer.Open(dir, ca.WithPassphrase(p)); err == nil {
			t.Errorf("opened with passphrase %s", name)
		}
	}
	sealed, err := signer.Open(dir, ca.WithPassphrase(right))
	if err != nil {
		t.Fatal(err)
	}
	public, ok := plain.Policy().Public().(ed25519.PublicKey)
	if !ok || !public.Equal(sealed.Policy().Public()) || !bytes.Equal(plain.Half(), sealed.Half()) {
		t.Error("the keys differ")
	}

	fresh := t.TempDir()
	if _, err := signer.Open(fresh, ca.WithPassphrase(right)); err != nil {
		t.Fatal(err)
	}
	if _, err := signer.Open(fresh); err == nil {
		t.Error("keys made under a passphrase open without it")
	}
}

// TestTheSignerIsAway: what is asked meanwhile fails in words, and nothing is signed.
func TestTheSignerIsAway(t *testing.T) {
	if _, err := signer.Dial(context.Background(), filepath.Join(t.TempDir(), "none"), t.TempDir()); !errors.Is(err, signer.ErrAway) {
		t.Error(err)
	}
	socket := filepath.Join(t.TempDir(), "s")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := signer.Open(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: signer.Handler(keys, time.Now, slog.New(slog.DiscardHandler)), ReadHeaderTimeout: time.Second}
	served := make(chan struct{})
	go func() {
		_ = srv.Serve(ln)
		close(served)
	}()
	r, err := signer.Dial(t.Context(), socket, filepath.Join(t.TempDir(), "office"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_ = srv.Close()
	<-served
	if code, err := r.Code(nil, "10000001", "1001", "482913"); !errors.Is(err, signer.ErrAway) || code != "" {
		t.Errorf("a code %q, %v", code, err)
	}
	if sum, err := r.Policy().Sign(nil, []byte("a policy"), &ed25519.Options{Context: "wattkiosk policy"}); !errors.Is(err, signer.ErrAway) || sum != nil {
		t.Errorf("a signature %x, %v", sum, err)
	}
	if _, err := r.Authority().SignKiosk(request(t, "10000001"), "10000001"); !errors.Is(err, signer.ErrAway) {
		t.Errorf("a certificate: %v", err)
	}
}
