package httpgate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// write puts a new certificate for name, and its key, into dir.
func write(t *testing.T, dir, name string, at time.Time) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "cert"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), at)
	put(t, filepath.Join(dir, "key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs}), at)
}

func put(t *testing.T, path string, b []byte, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreReadAgain(t *testing.T) {
	dir, now := t.TempDir(), time.Unix(1e9, 0)
	cert, key := filepath.Join(dir, "cert"), filepath.Join(dir, "key")
	if _, err := OpenFiles(cert, key, func() time.Time { return now }, nil); err == nil {
		t.Error("opened without files")
	}
	write(t, dir, "one", now)
	failures := 0
	f, err := OpenFiles(cert, key, func() time.Time { return now }, func(error) { failures++ })
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change   func()
		want     string
		failures int
	}{
		{func() {}, "one", 0},
		{func() { write(t, dir, "two", now) }, "two", 0},
		{func() { put(t, key, []byte("half a file"), now) }, "two", 1},
		{func() {}, "two", 1},
		{func() { _ = os.Remove(cert) }, "two", 2},
		{func() { write(t, dir, "three", now) }, "three", 2},
	} {
		now = now.Add(lookEvery)
		c.change()
		if got := f.Leaf().DNSNames[0]; got != c.want || failures != c.failures {
			t.Errorf("%s after %d failures, want %s and %d", got, failures, c.want, c.failures)
		}
	}
}
