package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"testing"
	"time"

	"wattkiosk/uplink/office/admission"
	"wattkiosk/uplink/office/ca"
)

// TestLifeOfCertificates: certificates of minutes are a lab's, and refused outside it.
func TestLifeOfCertificates(t *testing.T) {
	for _, tt := range []struct {
		life     time.Duration
		demo, ok bool
	}{
		{time.Minute, false, false},
		{59 * time.Minute, false, false},
		{time.Hour, false, true},
		{time.Minute, true, true},
		{59 * time.Second, true, false},
		{5*365*24*time.Hour + 1, true, false},
	} {
		o := options{kioskLife: tt.life, demo: tt.demo, renewGrace: admission.DefaultGrace}
		if err := o.checkIdentity(); (err == nil) != tt.ok {
			t.Errorf("%s, demo %t: %v", tt.life, tt.demo, err)
		}
	}
}

// TestCertificatesGoByTheOfficesClock: in a lab, whose clock is shifted, a kiosk's certificate
// lasts from then.
func TestCertificatesGoByTheOfficesClock(t *testing.T) {
	at := time.Date(2031, 3, 4, 5, 6, 7, 0, time.UTC)
	head, err := openKeys(t.Context(), &options{data: t.TempDir(), kioskLife: 60 * 24 * time.Hour, clock: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "10000001"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := head.Authority().SignKiosk(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr}), "10000001")
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := ca.Certificate(text)
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2031, 5, 3, 5, 6, 7, 0, time.UTC); !leaf.NotAfter.Equal(want) {
		t.Errorf("it ends %s, want %s", leaf.NotAfter, want)
	}
}
