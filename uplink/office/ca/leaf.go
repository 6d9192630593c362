package ca

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"time"
)

// serialBits is the size of the random serial numbers.
const serialBits = 128

func newSerial() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialBits))
	if err != nil {
		return nil, fmt.Errorf("cannot make a serial number: %w", err)
	}
	return n.Add(n, big.NewInt(1)), nil // RFC 5280 wants it positive
}

// leaf is what a certificate is to say.
type leaf struct {
	name  string
	hosts []string // IP addresses and DNS names
	use   x509.ExtKeyUsage
	life  time.Duration
}

// sign makes a certificate in PEM. It never outlives the authority.
func (a *Authority) sign(l leaf, pub crypto.PublicKey) ([]byte, error) {
	if a.issuer != nil {
		return a.ask(l, pub)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	now := a.now()
	end := now.Add(l.life)
	if end.After(a.cert.NotAfter) {
		end = a.cert.NotAfter
	}
	tmpl := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: l.name},
		NotBefore:    now.Add(-backdate), NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{l.use},
		BasicConstraintsValid: true,
	}
	for _, h := range l.hosts {
		if ip := net.ParseIP(h); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, pub, a.key)
	if err != nil {
		return nil, fmt.Errorf("cannot sign the certificate of %s: %w", l.name, err)
	}
	return encode(typeCert, der), nil
}

// issue makes a key and its certificate, both in PEM.
func (a *Authority) issue(l leaf) (cert, key []byte, err error) {
	k, key, err := newKey()
	if err != nil {
		return nil, nil, err
	}
	cert, err = a.sign(l, k.Public())
	return cert, key, err
}

func (a *Authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

func pair(cert, key []byte) (tls.Certificate, error) {
	c, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("cannot use certificate: %w", err)
	}
	return c, nil
}
