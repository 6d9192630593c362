package ca

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"wattkiosk/boards/ground/durable"
)

// Lives of certificates. Each begins backdate before it is signed, for clocks
// that are slow.
const (
	authorityLife    = 30 * year
	serverLife       = 5 * year
	clientLife       = 5 * year
	DefaultKioskLife = 183 * day // half a year: it is renewed over the line

	day      = 24 * time.Hour
	year     = 365 * day
	backdate = 24 * time.Hour
)

// Names of the key files.
const (
	caKey     = "ca.key"
	policyKey = "policy.key"
	staffKey  = "staff.key"
	spareKey  = "spare.key"
)

// Authority signs certificates. It is safe for concurrent use.
type Authority struct {
	dir       string
	key       *ecdsa.PrivateKey
	cert      *x509.Certificate
	pem       []byte
	kioskLife time.Duration
	now       func() time.Time
	phrase    phrase
	issuer    Issuer // nil: key is here
}

// Option changes an Authority that is being opened.
type Option func(*Authority)

// WithKioskLife says how long the certificates of kiosks are valid; the default is
// DefaultKioskLife.
func WithKioskLife(d time.Duration) Option { return func(a *Authority) { a.kioskLife = d } }

// WithPassphrase says what the keys in the folder are sealed with, and seals those that
// are made.
func WithPassphrase(p []byte) Option { return func(a *Authority) { a.phrase = p } }

// WithClock replaces time.Now.
func WithClock(now func() time.Time) Option { return func(a *Authority) { a.now = now } }

// Open loads the authority in dir, or creates it where there is neither key nor
// certificate. It is an error if the certificate is there without its key, if they
// do not belong together, or if others may read the key.
func Open(dir string, opts ...Option) (*Authority, error) {
	a := folder(dir, opts)
	if a.kioskLife <= 0 {
		return nil, fmt.Errorf("cannot open authority: kiosk life %s", a.kioskLife)
	}
	if err := a.open(); err != nil {
		return nil, fmt.Errorf("cannot open authority: %w", err)
	}
	return a, nil
}

// CAPEM is the authority's certificate, which everybody has to trust.
func (a *Authority) CAPEM() string { return string(a.pem) }

func (a *Authority) open() error {
	if err := durable.MakeFolder(a.dir); err != nil {
		return err
	}
	if err := a.openKey(); err != nil {
		return err
	}
	return a.openCert()
}

func (a *Authority) openKey() error {
	path := filepath.Join(a.dir, caKey)
	data, err := a.secretOr(path, func() ([]byte, error) {
		if _, err := os.Stat(filepath.Join(a.dir, "ca.pem")); err == nil {
			return nil, fmt.Errorf("%s is missing, but its certificate is there", path)
		}
		_, fresh, err := newKey()
		return fresh, err
	})
	if err != nil {
		return err
	}
	if a.key, err = parseKey(data); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (a *Authority) openCert() error {
	path := filepath.Join(a.dir, "ca.pem")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		fresh, err := a.selfSigned()
		if err != nil {
			return err
		}
		if err := createNew(path, fresh); err != nil {
			return err
		}
	}
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	if a.pem, err = readSmall(path, st); err != nil {
		return err
	}
	der, err := oneBlock(a.pem, typeCert)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	switch {
	case !a.key.PublicKey.Equal(a.cert.PublicKey):
		return fmt.Errorf("%s is not for the key in ca.key", path)
	case !a.cert.IsCA:
		return fmt.Errorf("%s is not the certificate of an authority", path)
	case !a.now().Before(a.cert.NotAfter):
		return fmt.Errorf("%s ended on %s", path, a.cert.NotAfter.Format(time.DateOnly))
	}
	return nil
}

func (a *Authority) selfSigned() ([]byte, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	now := a.now()
	tmpl := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Wattkiosk head office CA"},
		NotBefore:    now.Add(-backdate), NotAfter: now.Add(authorityLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, a.key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("cannot sign own certificate: %w", err)
	}
	return encode(typeCert, der), nil
}
