package ca_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/uplink/office/ca"
)

// TestPagesAreRenewedWhileInUse: the certificate of the pages is kept, is made anew in time
// without a restart, and is never worse for a renewal that failed.
func TestPagesAreRenewedWhileInUse(t *testing.T) {
	now := epoch
	dir := t.TempDir()
	a := open(t, dir, ca.WithClock(func() time.Time { return now }))
	var failures []error
	pages := func() *ca.Pages {
		t.Helper()
		p, err := a.Pages(func(err error) { failures = append(failures, err) }, "office.example", "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := pages()
	first := p.Leaf()
	if got := first.NotAfter.Sub(epoch); got != 397*24*time.Hour {
		t.Errorf("lives for %v", got)
	}
	for _, host := range []string{"office.example", "192.0.2.1"} {
		if err := first.VerifyHostname(host); err != nil {
			t.Error(err)
		}
	}
	if pages().Leaf().SerialNumber.Cmp(first.SerialNumber) != 0 {
		t.Error("it was not kept")
	}
	now = epoch.Add(264 * 24 * time.Hour)
	if p.Leaf() != first {
		t.Error("renewed too early")
	}

	now = epoch.Add(265 * 24 * time.Hour)
	path := filepath.Join(dir, "pages.pem")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "x"), 0o700); err != nil { // nothing can take its place
		t.Fatal(err)
	}
	for range 3 {
		if p.Leaf() != first {
			t.Error("a certificate that could not be kept is used")
		}
	}
	if len(failures) != 1 {
		t.Errorf("told %d times: %v", len(failures), failures)
	}
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	second, err := p.Certificate(nil)
	if err != nil || second.Leaf.SerialNumber.Cmp(first.SerialNumber) == 0 || second.Leaf.NotAfter.Sub(now) != 397*24*time.Hour {
		t.Errorf("not renewed: until %v, %v", second.Leaf.NotAfter, err)
	}
}
