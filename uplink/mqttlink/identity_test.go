package mqttlink_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/mqttlink"
)

// TestNewCertificateNeedsNoRestart: one that is put in the folder is shown at the next
// connection; one of another name, or half a file, is not.
func TestNewCertificateNeedsNoRestart(t *testing.T) {
	b := newBroker(t)
	b.pki.until = time.Now().Add(time.Minute).Truncate(time.Second)
	first := b.pki.until
	b.pki.issue(t, "10000001", b.pki.cert, b.pki.key)
	conf, err := mqttlink.TLSConfig(b.pki.file("ca.crt"), b.pki.file("10000001.crt"), b.pki.file("10000001.key"), "")
	if err != nil {
		t.Fatal(err)
	}
	ends := func(want time.Time) {
		t.Helper()
		if got, err := mqttlink.CertificateEnds(conf); err != nil || !got.Equal(want) {
			t.Errorf("certificate ends %s, want %s, %v", got, want, err)
		}
	}
	ends(first)

	b.pki.until = first.Add(time.Hour)
	b.pki.issue(t, "10000001", b.pki.cert, b.pki.key)
	ends(first.Add(time.Hour))
	if err := os.WriteFile(b.pki.file("10000001.crt"), []byte("-----BEGIN CERT"), 0o600); err != nil {
		t.Fatal(err)
	}
	ends(first.Add(time.Hour))
	b.pki.issue(t, "10000002", b.pki.cert, b.pki.key)
	for _, ext := range []string{".crt", ".key"} {
		if err := os.Rename(b.pki.file("10000002"+ext), b.pki.file("10000001"+ext)); err != nil {
			t.Fatal(err)
		}
	}
	ends(first.Add(time.Hour))
}

// TestRenewedBetweenTwoConnections: with an expired certificate there is no link, and
// the reason is known; the new one brings it up without any other act.
func TestRenewedBetweenTwoConnections(t *testing.T) {
	b := newBroker(t)
	b.pki.until = time.Now().Add(-time.Minute)
	failed := make(chan error, 1000)
	c := dial(t, b, "10000001", func(c *mqttlink.Config) { c.OnFail = func(err error) { failed <- err } })
	if err := within(t, failed); mqttlink.ReasonOf(err) != mqttlink.OwnExpiry {
		t.Errorf("reason %d of %v", mqttlink.ReasonOf(err), err)
	}
	b.pki.until = time.Time{}
	b.pki.issue(t, "10000001", b.pki.cert, b.pki.key)
	c.wantUp()
}

// TestWrongClockIsToldFromNoLine: by the certificate of the broker.
func TestWrongClockIsToldFromNoLine(t *testing.T) {
	for name, c := range map[string]struct {
		from, until time.Duration
	}{
		"clock ahead":  {-2 * time.Hour, -time.Hour},
		"clock behind": {time.Hour, 2 * time.Hour},
	} {
		b := newBroker(t)
		b.kill()
		b.pki.from, b.pki.until = time.Now().Add(c.from), time.Now().Add(c.until)
		b.start()
		b.pki.from, b.pki.until = time.Time{}, time.Time{}
		failed := make(chan error, 1000)
		dial(t, b, "10000001", func(c *mqttlink.Config) { c.OnFail = func(err error) { failed <- err } })
		if err := within(t, failed); mqttlink.ReasonOf(err) != mqttlink.Clock {
			t.Errorf("%s: reason %d of %v", name, mqttlink.ReasonOf(err), err)
		}
	}
	if r := mqttlink.ReasonOf(errors.New("connection refused")); r != mqttlink.Other {
		t.Errorf("reason %d of no broker", r)
	}
}

// TestRetainedIsToldFromLive: what the broker had kept says nothing about now.
func TestRetainedIsToldFromLive(t *testing.T) {
	b := newBroker(t)
	kiosk := dial(t, b, "10000001", nil)
	kiosk.wantUp()
	first := dial(t, b, "depot", subscribe("wk/v1/up/+/state"))
	first.wantUp()
	kiosk.publish("wk/v1/up/10000001/state", "kept", true)
	if m := first.message(); string(m.Payload) != "kept" { // from here on the broker has it: it keeps before it passes on
		t.Fatalf("live %q", m.Payload)
	}

	kept := make(chan string, 10)
	office := dial(t, b, "office", func(c *mqttlink.Config) {
		subscribe("wk/v1/up/+/state")(c)
		c.OnRetained = func(_ string, p []byte) { kept <- string(p) }
	})
	office.wantUp()
	if got := within(t, kept); got != "kept" {
		t.Errorf("retained %q", got)
	}
	kiosk.publish("wk/v1/up/10000001/state", "live", true)
	if m := office.message(); string(m.Payload) != "live" {
		t.Errorf("live %q", m.Payload)
	}
}

// sealedFiles open every key but one.
type sealedFiles struct{ shut string }

func (f *sealedFiles) ReadKey(path string) ([]byte, error) {
	if path == f.shut {
		return nil, errors.New("sealed on another board")
	}
	return os.ReadFile(path)
}

func (f *sealedFiles) WriteKey(path string, key []byte) error { return os.WriteFile(path, key, 0o600) }
func (f *sealedFiles) SealKey(string) error                   { return nil }
func (f *sealedFiles) Exposed(string) bool                    { return false }

// TestAReplacedKeyIsNotShownForOneThatIsShut: the key of the enrolment was replaced by the
// renewed one; who shows it is taken for a copy of the kiosk.
func TestAReplacedKeyIsNotShownForOneThatIsShut(t *testing.T) {
	b := newBroker(t)
	b.pki.issue(t, "10000001", b.pki.cert, b.pki.key)
	enrolled := [2]string{b.pki.file("10000001.crt"), b.pki.file("10000001.key")}
	kept := t.TempDir()
	renewed := [2]string{filepath.Join(kept, "cert.pem"), filepath.Join(kept, "key.pem")}
	for n := range enrolled {
		text, err := os.ReadFile(enrolled[n])
		if err == nil {
			err = os.WriteFile(renewed[n], text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, id, err := mqttlink.TLSIdentity(&sealedFiles{}, b.pki.file("ca.crt"), enrolled[0], enrolled[1], kept, ""); err != nil || id.KeyFile() != renewed[1] {
		t.Errorf("%v; the renewed one is not in use", err)
	}
	if _, _, err := mqttlink.TLSIdentity(&sealedFiles{renewed[1]}, b.pki.file("ca.crt"), enrolled[0], enrolled[1], kept, ""); err == nil || !strings.Contains(err.Error(), "sealed on another board") {
		t.Errorf("the renewed key is shut: %v", err)
	}
	if err := os.Remove(renewed[0]); err != nil { // then there is no certificate that was renewed
		t.Fatal(err)
	}
	if _, id, err := mqttlink.TLSIdentity(&sealedFiles{renewed[1]}, b.pki.file("ca.crt"), enrolled[0], enrolled[1], kept, ""); err != nil || id.KeyFile() != enrolled[1] {
		t.Errorf("%v; that of the enrolment is not in use", err)
	}
}
