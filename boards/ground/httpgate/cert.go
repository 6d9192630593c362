package httpgate

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync"
	"time"
)

// lookEvery is how often the files of a certificate are looked at.
const lookEvery = time.Second

// Files is a certificate and its key in PEM, in files that somebody else renews. It is safe
// for concurrent use.
type Files struct {
	certPath, keyPath string
	failed            func(error)
	now               func() time.Time

	mu     sync.Mutex
	cert   *tls.Certificate
	seen   string
	lookAt time.Time
}

// OpenFiles reads them. When they change they are read again; failed is told, once for each
// change, where they then do not belong together, and the certificate of before stays.
func OpenFiles(certPath, keyPath string, now func() time.Time, failed func(error)) (*Files, error) {
	f := &Files{certPath: certPath, keyPath: keyPath, failed: failed, now: now}
	f.seen = f.stamp()
	cert, err := tls.LoadX509KeyPair(certPath, keyPath)
	if err != nil {
		return nil, fmt.Errorf("cannot use certificate %s with key %s: %w", certPath, keyPath, err)
	}
	f.cert = &cert

	return f, nil
}

// Certificate is a tls.Config's GetCertificate.
func (f *Files) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.current(), nil }

// Leaf is the certificate of now.
func (f *Files) Leaf() *x509.Certificate { return f.current().Leaf }

func (f *Files) current() *tls.Certificate {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if now.Before(f.lookAt) {
		return f.cert
	}
	f.lookAt = now.Add(lookEvery)
	stamp := f.stamp()
	if stamp == f.seen {
		return f.cert
	}
	f.seen = stamp
	cert, err := tls.LoadX509KeyPair(f.certPath, f.keyPath)
	if err != nil {
		f.failed(fmt.Errorf("the certificate changed, the one of before stays: %w", err))
		return f.cert
	}
	f.cert = &cert

	return f.cert
}

// stamp changes with the files.
func (f *Files) stamp() string {
	out := ""
	for _, path := range []string{f.certPath, f.keyPath} {
		if st, err := os.Stat(path); err == nil {
			out += fmt.Sprintln(st.ModTime().UnixNano(), st.Size())
		}
	}

	return out
}
