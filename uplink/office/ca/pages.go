package ca

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"path/filepath"
	"sync"
	"time"
)

// Browsers take no certificate of a server for longer than this; a third of it before its
// end another one is made.
const (
	pagesLife  = 397 * 24 * time.Hour
	pagesRenew = pagesLife / 3
	pagesRetry = time.Minute // after another one could not be made
)

// Pages keeps the certificate of head office's pages. It is safe for concurrent use.
type Pages struct {
	a      *Authority
	path   string
	hosts  []string
	failed func(error)

	mu    sync.Mutex
	cert  *tls.Certificate
	tryAt time.Time // not before, after a failure
}

// Pages opens the certificate of head office's pages, for hosts (IP addresses and DNS names,
// at least one). It is kept in the authority's folder, and made anew while it is in use when
// its end comes near; failed is told where that was not possible.
func (a *Authority) Pages(failed func(error), hosts ...string) (*Pages, error) {
	hosts, err := checkHosts(hosts)
	if err != nil {
		return nil, fmt.Errorf("cannot issue the certificate of the pages: %w", err)
	}
	p := &Pages{a: a, path: filepath.Join(a.dir, "pages.pem"), hosts: hosts, failed: failed}
	if p.cert, err = a.keptServer(p.path, hosts, pagesRenew); err == nil && p.cert == nil {
		p.cert, err = p.renewed()
	}
	if err != nil {
		return nil, fmt.Errorf("cannot issue the certificate of the pages: %w", err)
	}

	return p, nil
}

func (p *Pages) renewed() (*tls.Certificate, error) {
	return p.a.newServer(p.path, leaf{serverName, p.hosts, x509.ExtKeyUsageServerAuth, pagesLife})
}

// Certificate is a tls.Config's GetCertificate.
func (p *Pages) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.current(), nil }

// Leaf is the certificate of now.
func (p *Pages) Leaf() *x509.Certificate { return p.current().Leaf }

func (p *Pages) current() *tls.Certificate {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.a.now()
	if now.Add(pagesRenew).Before(p.cert.Leaf.NotAfter) || now.Before(p.tryAt) {
		return p.cert
	}
	fresh, err := p.renewed()
	if err != nil {
		p.tryAt = now.Add(pagesRetry)
		p.failed(fmt.Errorf("cannot renew the certificate of the pages, which ends on %s: %w", p.cert.Leaf.NotAfter.Format(time.DateOnly), err))
		return p.cert
	}
	p.cert = fresh

	return p.cert
}
