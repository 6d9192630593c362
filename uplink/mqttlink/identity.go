package mqttlink

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"wattkiosk/boards/ground/durable"
)

// Files of a renewed key and its certificate where they are kept apart, and of the next ones.
const (
	keptKeyFile  = "key.pem"
	keptCertFile = "cert.pem"
	nextKeyFile  = "next-key.pem"
	nextCertFile = "next-cert.pem"
)

// KeyFiles reads and writes files of private keys, which may be sealed; what it writes is
// durable. SealKey seals one that lies in clear, if it is there; Exposed reports whether one
// does, and could be sealed. nil has them in clear.
type KeyFiles interface {
	ReadKey(path string) ([]byte, error)
	WriteKey(path string, key []byte) error
	SealKey(path string) error
	Exposed(path string) bool
}

// clearKeys lie as they are.
type clearKeys struct{}

func (clearKeys) ReadKey(path string) ([]byte, error)    { return os.ReadFile(path) }
func (clearKeys) WriteKey(path string, key []byte) error { return durable.Replace(path, key) }
func (clearKeys) SealKey(string) error                   { return nil }
func (clearKeys) Exposed(string) bool                    { return false }

// Identity is the own certificate as its files hold it now, and the next one while it takes
// the present one's place. It is safe for concurrent use.
//
// A next key goes this way, and a power cut between any two steps, or within one, leaves a
// pair that works:
//
//	next-key.pem is written           the present pair is shown
//	head office certifies it
//	next-cert.pem is written          the next pair is shown; the present one if that is refused
//	a connection stands with it, and head office confirms
//	cert.pem, then key.pem are put    the next pair is shown: it is whole until both are
//	next-cert.pem, then next-key.pem are removed
//
// Of two whole pairs the one whose certificate was issued later is shown, so that a next pair
// that was left behind by an enrolment counts for nothing.
//
// Where the program may only read the files of its enrolment, cert.pem and key.pem are put
// into a folder of its own, and are the present pair while they were issued later.
type Identity struct {
	keys              KeyFiles
	cert, key         string // files
	keptCert, keptKey string // where a renewed pair is put: the same, unless that is a folder of its own
	nextCert, nextKey string

	mu     sync.Mutex
	last   *tls.Certificate // that was good, of the name that never changes
	skip   bool             // the next pair was refused: the present one is tried
	shown  bool             // the next pair was shown last
	byDate bool             // the last connection went by the certificate's date, not by the clock
}

func newIdentity(keys KeyFiles, certFile, keyFile, keptDir string, last *tls.Certificate) *Identity {
	if keys == nil {
		keys = clearKeys{}
	}
	i := &Identity{keys: keys, cert: certFile, key: keyFile, keptCert: certFile, keptKey: keyFile, last: last}
	if keptDir != "" {
		i.keptCert, i.keptKey = filepath.Join(keptDir, keptCertFile), filepath.Join(keptDir, keptKeyFile)
	}
	i.nextCert, i.nextKey = filepath.Join(filepath.Dir(i.keptCert), nextCertFile), filepath.Join(filepath.Dir(i.keptKey), nextKeyFile)

	return i
}

// present is the pair of the enrolment, or the renewed one that is kept apart if that was
// issued later; mu is held.
func (i *Identity) present() (tls.Certificate, error) {
	enrolled, err := i.load(i.cert, i.key)
	if i.keptCert == i.cert {
		return enrolled, err
	}
	kept, keptErr := i.load(i.keptCert, i.keptKey)
	if keptErr == nil && (err != nil || !issued(kept).Before(issued(enrolled))) {
		return kept, nil
	}
	if _, shut := errors.AsType[*shutError](keptErr); shut && err == nil && !i.keptBefore(enrolled) {
		return tls.Certificate{}, keptErr // the enrolment's was replaced: who shows it is taken for a copy
	}

	return enrolled, err
}

// keptBefore reports whether the renewed certificate was issued before another one.
func (i *Identity) keptBefore(c tls.Certificate) bool {
	text, err := os.ReadFile(i.keptCert)
	if err != nil {
		return true
	}
	block, _ := pem.Decode(text)

	return block == nil || issued(tls.Certificate{Certificate: [][]byte{block.Bytes}}).Before(issued(c))
}

// shutError says that a key is there, and does not open.
type shutError struct{ err error }

func (e *shutError) Error() string { return e.err.Error() }
func (e *shutError) Unwrap() error { return e.err }

// load reads a pair of the name that never changes.
func (i *Identity) load(certFile, keyFile string) (tls.Certificate, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := i.keys.ReadKey(keyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		err = &shutError{err}
	}
	if err != nil {
		return tls.Certificate{}, err
	}
	c, err := tls.X509KeyPair(cert, key)
	if err == nil && i.last != nil && !sameName(c, *i.last) {
		err = errors.New("of another name")
	}

	return c, err
}

// openIdentity reads the own certificate: the present pair, or the next one where a power cut
// left that alone whole.
func openIdentity(keys KeyFiles, certFile, keyFile, keptDir string) (*Identity, error) {
	i := newIdentity(keys, certFile, keyFile, keptDir, nil)
	if enrolled, err := i.load(certFile, keyFile); err == nil {
		i.last = &enrolled // whose name counts
	}
	present, err := i.present()
	if err == nil {
		i.last = &present
		return i, nil
	}
	next, nextErr := i.next()
	if nextErr != nil {
		return nil, err
	}
	i.last = &next

	return i, nil
}

// read is the certificate to show now.
func (i *Identity) read() *tls.Certificate {
	i.mu.Lock()
	defer i.mu.Unlock()

	present, err := i.present()
	next, nextErr := i.next()
	i.shown = nextErr == nil && (err != nil || !i.skip && !issued(next).Before(issued(present)))
	switch {
	case i.shown:
		i.last = &next
	case err == nil:
		i.last = &present
	}

	return i.last
}

// next is the next pair, where it is whole; mu is held.
func (i *Identity) next() (tls.Certificate, error) { return i.load(i.nextCert, i.nextKey) }

func issued(c tls.Certificate) time.Time {
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		return time.Time{}
	}

	return leaf.NotBefore
}

// ShowsNext reports whether the next pair was shown last.
func (i *Identity) ShowsNext() bool {
	i.mu.Lock()
	defer i.mu.Unlock()

	return i.shown
}

// Refused has the other pair shown next, if there are two: head office did not take the one
// that was shown last.
func (i *Identity) Refused() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.skip = i.shown
}

// Request makes the next key, durably, unless a cut attempt has left one, and a request for
// its certificate in PEM.
func (i *Identity) Request() (csrPEM string, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()

	name, err := CommonName(&tls.Config{Certificates: []tls.Certificate{*i.last}})
	if err != nil {
		return "", err
	}
	key, err := i.nextPrivate()
	if err != nil {
		return "", fmt.Errorf("cannot make the next key: %w", err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: name}}, key)
	if err != nil {
		return "", fmt.Errorf("cannot make a certificate request: %w", err)
	}

	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr})), nil
}

// nextPrivate is the next key: what is there, unless it is the present one or has been
// certified and refused.
func (i *Identity) nextPrivate() (crypto.Signer, error) {
	text, err := i.keys.ReadKey(i.nextKey)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err // one that does not open now may be the newest: none is made over it
	}
	if key, err := ParseKey(i.nextKey, text); err == nil && !samePublic(key, i.last.PrivateKey) {
		return key, nil
	}
	if err := i.drop(); err != nil {
		return nil, err
	}
	if err := durable.MakeFolder(filepath.Dir(i.nextKey)); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}

	return key, i.keys.WriteKey(i.nextKey, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// ReadKey reads the ECDSA key of a certificate from a file (PKCS #8 in PEM). An error does not
// quote it.
func ReadKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}

	return ParseKey(path, text)
}

// ParseKey is ReadKey of a file's content.
func ParseKey(path string, text []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no key", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s holds no key", path) // the cause could quote it
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds no ECDSA key", path)
	}

	return key, nil
}

func samePublic(a crypto.Signer, b crypto.PrivateKey) bool {
	other, ok := b.(crypto.Signer)
	mine, comparable := a.Public().(interface{ Equal(crypto.PublicKey) bool })

	return ok && comparable && mine.Equal(other.Public())
}

// Certified keeps the certificate of the next key, durably; the next connection shows it. One
// that is not of that key, or of another name, is refused.
func (i *Identity) Certified(certPEM string) error {
	i.mu.Lock()
	defer i.mu.Unlock()

	key, err := i.keys.ReadKey(i.nextKey)
	if err != nil {
		return fmt.Errorf("cannot keep a certificate: %w", err)
	}
	pair, err := tls.X509KeyPair([]byte(certPEM), key)
	if err != nil {
		return fmt.Errorf("cannot keep a certificate: %w", err)
	}
	if !sameName(pair, *i.last) {
		return errors.New("cannot keep a certificate: it is of another name")
	}
	if err := durable.Replace(i.nextCert, []byte(certPEM)); err != nil {
		return fmt.Errorf("cannot keep a certificate: %w", err)
	}
	i.skip = false

	return nil
}

// Sign signs with the key that was shown last, and returns its public part.
func (i *Identity) Sign(text func(publicKey []byte) []byte) ([]byte, error) {
	i.mu.Lock()
	key, ok := i.last.PrivateKey.(crypto.Signer)
	i.mu.Unlock()
	if !ok {
		return nil, errors.New("cannot sign: no key")
	}

	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("cannot sign: %w", err)
	}
	said := text(public)
	if _, plain := key.Public().(*ecdsa.PublicKey); !plain {
		return key.Sign(rand.Reader, said, crypto.Hash(0))
	}
	h := crypto.SHA256.New()
	_, _ = h.Write(said) // never fails

	return key.Sign(rand.Reader, h.Sum(nil), crypto.SHA256)
}

// Private is the private key that was shown last.
func (i *Identity) Private() crypto.PrivateKey {
	i.mu.Lock()
	defer i.mu.Unlock()

	return i.last.PrivateKey
}

// Promote puts the next pair in the present one's place. It may be called again.
func (i *Identity) Promote() error {
	i.mu.Lock()
	defer i.mu.Unlock()

	if _, err := i.next(); err != nil {
		return nil // it was done before
	}
	for _, f := range []struct{ from, to string }{{i.nextCert, i.keptCert}, {i.nextKey, i.keptKey}} { // a sealed one as it is
		b, err := os.ReadFile(f.from)
		if err == nil {
			err = durable.Replace(f.to, b)
		}
		if err != nil {
			return fmt.Errorf("cannot put the next key in the present one's place: %w", err)
		}
	}

	return i.drop()
}

// Discard gives the next pair up: head office takes the present one, and not that.
func (i *Identity) Discard() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.skip = false

	return i.drop()
}

// HasNext reports whether there is a next pair.
func (i *Identity) HasNext() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	_, err := i.next()

	return err == nil
}

// KeyFile is the file of the key that was shown last.
func (i *Identity) KeyFile() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, f := range []struct{ cert, key string }{{i.nextCert, i.nextKey}, {i.keptCert, i.keptKey}} {
		if c, err := i.load(f.cert, f.key); err == nil && bytes.Equal(c.Certificate[0], i.last.Certificate[0]) {
			return f.key
		}
	}

	return i.key
}

// Exposed reports whether the key that was shown last lies in clear where it could be sealed,
// or has once: in a folder that is not ours, as that of an enrolment by an older version. What
// was read there may be anywhere: another key has to take its place.
func (i *Identity) Exposed() bool { return i.keys.Exposed(i.KeyFile()) }

// Seal seals the renewed key and the next one, where they lie in clear.
func (i *Identity) Seal() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	var errs []error
	for _, path := range []string{i.keptKey, i.nextKey} {
		if path != i.key { // that is the enrolment's, whose folder is not ours
			errs = append(errs, i.keys.SealKey(path))
		}
	}

	return errors.Join(errs...)
}

// drop removes the next pair; mu is held.
func (i *Identity) drop() error {
	for _, path := range []string{i.nextCert, i.nextKey} {
		if err := durable.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cannot remove %s: %w", path, err)
		}
	}

	return nil
}

func sameName(a, b tls.Certificate) bool {
	x, errX := CommonName(&tls.Config{Certificates: []tls.Certificate{a}})
	y, errY := CommonName(&tls.Config{Certificates: []tls.Certificate{b}})
	return errX == nil && errY == nil && x == y
}

// ByDate reports whether the last connection was made although this machine's clock says that
// the broker's certificate is not valid: see verify.
func (i *Identity) ByDate() bool {
	i.mu.Lock()
	defer i.mu.Unlock()

	return i.byDate
}

// verify has a connection verify the broker's certificate as crypto/tls does, but for the
// time. A clock that is wrong must not keep a kiosk from its head office for ever: where the
// certificate is not valid by the clock alone, it must not have ended when the own certificate
// was issued, as that date is head office's word. So what a wrong clock gives away is bounded
// by the own certificate's life, and the authority is head office's own in any case.
func (i *Identity) verify(c *tls.Config, host string) *tls.Config {
	c = c.Clone()
	if c.ServerName == "" {
		c.ServerName = host
	}
	name, roots := c.ServerName, c.RootCAs
	c.InsecureSkipVerify = true // VerifyConnection verifies
	c.VerifyConnection = func(s tls.ConnectionState) error {
		leaf := s.PeerCertificates[0]
		opts := x509.VerifyOptions{Roots: roots, DNSName: name, Intermediates: x509.NewCertPool()}
		for _, between := range s.PeerCertificates[1:] {
			opts.Intermediates.AddCert(between)
		}
		_, err := leaf.Verify(opts)
		var invalid x509.CertificateInvalidError
		wrong := errors.As(err, &invalid) && invalid.Reason == x509.Expired
		if wrong {
			opts.CurrentTime = i.since(leaf)
			_, err = leaf.Verify(opts)
		}
		i.mu.Lock()
		i.byDate = wrong && err == nil
		i.mu.Unlock()

		return err
	}

	return c
}

// since is the date by which a server's certificate is verified that is not valid by the
// clock: that of issue of the own certificate, or its own where that is later.
func (i *Identity) since(server *x509.Certificate) time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	at := issued(*i.last)
	if server.NotBefore.After(at) {
		return server.NotBefore
	}

	return at
}
