package appliance

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/config"
	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

// sells waits until cash is offered for a bill.
func (h *home) sells() {
	h.t.Helper()
	h.touch("idle", "start", nil)
	h.touch("choose-service", "pay-bill", nil)
	h.touch("enter-account", "account", map[string]string{"number": "1000000001"})
	h.touch("confirm-account", "confirm", nil)
	h.touch("choose-tender", "tender", map[string]string{"kind": "cash"})
	h.until("notes are asked for", func() bool { return h.view().Screen == "insert-cash" })
	h.touch("insert-cash", "cancel", nil)
}

// alarms are the alarm records of the stopped kiosk.
func (h *home) alarms() (list []string) {
	h.t.Helper()
	j, err := journal.OpenReadOnly(journal.Options{
		Dir: filepath.Join(h.cfg.StateDir, "journal"), Kiosk: h.cfg.Kiosk, Clock: time.Now, Trust: func() record.Trust { return record.RTC },
	})
	if err != nil {
		h.t.Fatal(err)
	}
	defer j.Close()
	if err := j.Each(j.First(), func(r record.Record) error {
		if r.Type == "alarm" {
			list = append(list, string(r.Payload))
		}
		return nil
	}); err != nil {
		h.t.Fatal(err)
	}
	return list
}

// alarmed reports whether one of the alarms has code, comes, and says detail.
func alarmed(list []string, code, detail string) bool {
	for _, a := range list {
		if strings.Contains(a, `"code":"`+code+`"`) && strings.Contains(a, `"on":true`) && strings.Contains(a, detail) {
			return true
		}
	}
	return false
}

// TestLineThatCannotBeUsedIsNoReasonToSellNothing: what would be a condition in
// service keeps nobody from paying at the start either.
func TestLineThatCannotBeUsedIsNoReasonToSellNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil  func(t *testing.T, c config.Config)
		detail string
	}{
		"the certificate is empty":           {func(t *testing.T, c config.Config) { put(t, c.Uplink.Cert, nil) }, "cannot read own certificate"},
		"the key is missing":                 {func(t *testing.T, c config.Config) { remove(t, c.Uplink.Key) }, "no such file"},
		"the authorities are empty":          {func(t *testing.T, c config.Config) { put(t, c.Uplink.CA, nil) }, "no certificate in"},
		"head office's key is empty":         {func(t *testing.T, c config.Config) { put(t, c.PolicyKey, nil) }, "policy_key"},
		"the certificate is another kiosk's": {func(t *testing.T, c config.Config) { identity(t, c, "10000002") }, "the certificate is for"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			c := &h.cfg
			c.Uplink.Broker = "tls://127.0.0.1:1" // nobody is there
			c.Uplink.CA, c.Uplink.Cert, c.Uplink.Key = filepath.Join(h.dir, "ca.pem"), filepath.Join(h.dir, "cert.pem"), filepath.Join(h.dir, "key.pem")
			c.PolicyKey = filepath.Join(h.dir, "policy.pem")
			identity(t, *c, c.Kiosk)
			put(t, c.PolicyKey, []byte("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"))
			tt.spoil(t, *c)
			h.start()
			h.sells()
			h.stop()
			if list := h.alarms(); !alarmed(list, "line-settings", tt.detail) {
				t.Errorf("alarms %v, want line-settings with %q", list, tt.detail)
			}
		})
	}
}

// TestControlSocketThatCannotBeOpened: the kiosk sells without it, says so, and opens
// it when what is in the way has gone.
func TestControlSocketThatCannotBeOpened(t *testing.T) {
	h := newHome(t)
	inTheWay := filepath.Join(h.cfg.ControlSocket, "something")
	if err := os.MkdirAll(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	h.start()
	h.sells()
	if err := os.RemoveAll(h.cfg.ControlSocket); err != nil {
		t.Fatal(err)
	}
	h.until("the socket is open", func() bool {
		status, err := h.get("/status")
		return err == nil && !strings.Contains(status, `"control"`)
	})
	h.stop()
	if list := h.alarms(); !alarmed(list, "control", "cannot remove the old control socket") {
		t.Errorf("alarms %v, want control", list)
	}
}

// TestEmptyKeyFileDoesNotMeanAJournalInTheClear: a power cut may leave the file of the
// key without the key.
func TestEmptyKeyFileDoesNotMeanAJournalInTheClear(t *testing.T) {
	const secret = "CLEARTEXT-OF-A-CUSTOMER"
	dir := t.TempDir()
	var c config.Config
	c.Kiosk, c.StateDir, c.Journal.KeyFile, c.Journal.RetentionDays = "10000001", dir, filepath.Join(dir, "journal.key"), 180
	put(t, c.Journal.KeyFile, nil)
	j, err := opened(c, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(record.Draft{Type: "note-stacked", Payload: []byte(secret)}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Base(path) == "ballast" {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("%s holds the record in the clear", path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}

	put(t, c.Journal.KeyFile, nil)
	if _, err := opened(c, time.Now); err == nil || !strings.Contains(err.Error(), "journal exists") {
		t.Errorf("the key is gone and the journal is there: %v", err)
	}
}

func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// identity writes certificate, key and authority of a kiosk.
func identity(t *testing.T, c config.Config, kiosk string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	like := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: kiosk}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, like, like, key.Public(), key)
	private, keyErr := x509.MarshalPKCS8PrivateKey(key)
	if err := errors.Join(err, keyErr); err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	put(t, c.Uplink.CA, text)
	put(t, c.Uplink.Cert, text)
	put(t, c.Uplink.Key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}
