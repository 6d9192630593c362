package ca

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"wattkiosk/boards/ground/durable"
)

// Wish is a certificate that somebody asks an authority for.
type Wish struct {
	Name   string        `json:"name"`
	Hosts  []string      `json:"hosts,omitempty"` // IP addresses and DNS names, of a server
	Server bool          `json:"server,omitempty"`
	Life   time.Duration `json:"life"`
	Public []byte        `json:"public"` // PKIX in DER
}

// Issuer signs certificates somewhere else.
type Issuer interface {
	// Issue returns the certificate in PEM.
	Issue(w Wish) (certPEM []byte, err error)
}

// Elsewhere is an authority whose key another process keeps. dir is where the server's
// certificate and key lie.
func Elsewhere(dir, caPEM string, by Issuer, opts ...Option) (*Authority, error) {
	a := folder(dir, opts)
	if err := durable.MakeFolder(dir); err != nil {
		return nil, err
	}
	a.issuer = by
	a.pem = []byte(caPEM)
	der, err := oneBlock(a.pem, typeCert)
	if err == nil {
		a.cert, err = x509.ParseCertificate(der)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the authority's certificate: %w", err)
	}

	return a, nil
}

// Issue signs a certificate that another process asks for: of the server, of head office's
// own connection, or of a kiosk, and no longer than such a one lives.
func (a *Authority) Issue(w Wish) (certPEM []byte, err error) {
	if err := a.checkWish(w); err != nil {
		return nil, fmt.Errorf("cannot issue a certificate: %w", err)
	}
	public, err := x509.ParsePKIXPublicKey(w.Public)
	if err != nil {
		return nil, fmt.Errorf("cannot issue a certificate: public key: %w", err)
	}
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return nil, fmt.Errorf("cannot issue a certificate: key on %s, want P-256", k.Curve.Params().Name)
		}
	case ed25519.PublicKey:
	default:
		return nil, fmt.Errorf("cannot issue a certificate: key %T, want ECDSA P-256 or Ed25519", public)
	}

	return a.sign(leaf{name: w.Name, hosts: w.Hosts, use: use(w.Server), life: w.Life}, public)
}

func (a *Authority) checkWish(w Wish) error {
	longest := serverLife
	switch hosts, err := checkHosts(w.Hosts); {
	case w.Server && err != nil:
		return err
	case w.Server && !slices.Equal(hosts, w.Hosts):
		return fmt.Errorf("hosts are not in order")
	case w.Server && w.Name != serverName:
		return fmt.Errorf("name %.80q of a server", w.Name)
	case w.Server:
	case len(w.Hosts) > 0:
		return fmt.Errorf("%d hosts of a client", len(w.Hosts))
	case w.Name == Office:
		longest = clientLife
	case isKiosk(w.Name):
		longest = a.kioskLife
	default:
		return fmt.Errorf("name %.80q: neither %q nor 8 digits", w.Name, Office)
	}
	if w.Life <= 0 || w.Life > longest {
		return fmt.Errorf("life of %s, want at most %s", w.Life, longest)
	}

	return nil
}

// ask has the issuer sign what sign would.
func (a *Authority) ask(l leaf, public crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("cannot encode a public key: %w", err)
	}
	cert, err := a.issuer.Issue(Wish{Name: l.name, Hosts: l.hosts, Server: l.use == x509.ExtKeyUsageServerAuth, Life: l.life, Public: der})
	if err != nil {
		return nil, fmt.Errorf("cannot sign the certificate of %s: %w", l.name, err)
	}

	return cert, nil
}

func use(server bool) x509.ExtKeyUsage {
	if server {
		return x509.ExtKeyUsageServerAuth
	}
	return x509.ExtKeyUsageClientAuth
}

// folder is an authority that has not been opened.
func folder(dir string, opts []Option) *Authority {
	a := &Authority{dir: dir, kioskLife: DefaultKioskLife, now: time.Now}
	for _, o := range opts {
		o(a)
	}
	return a
}
