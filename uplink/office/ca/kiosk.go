package ca

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
)

const (
	maxRequest  = 8 << 10 // bytes of a certificate request in PEM
	kioskDigits = 8
)

// SignKiosk answers the certificate request of the kiosk cn with a client
// certificate in PEM. The request is one PEM block of at most 8 KiB, signed with
// its own P-256 or Ed25519 key; its subject is the common name cn, 8 digits, and
// nothing else. Extensions that it asks for are not copied.
func (a *Authority) SignKiosk(csrPEM []byte, cn string) (certPEM string, err error) {
	if !isKiosk(cn) {
		return "", fmt.Errorf("cannot sign for kiosk %.80q: name is not %d digits", cn, kioskDigits)
	}
	req, err := parseRequest(csrPEM)
	if err != nil {
		return "", fmt.Errorf("cannot sign for kiosk %s: certificate request: %w", cn, err)
	}
	if err := checkSubject(req, cn); err != nil {
		return "", fmt.Errorf("cannot sign for kiosk %s: certificate request: %w", cn, err)
	}
	cert, err := a.sign(leaf{name: cn, use: x509.ExtKeyUsageClientAuth, life: a.kioskLife}, req.PublicKey)
	if err != nil {
		return "", err
	}
	return string(cert), nil
}

// Certificate reads a certificate in PEM.
func Certificate(certPEM string) (*x509.Certificate, error) {
	der, err := oneBlock([]byte(certPEM), typeCert)
	if err != nil {
		return nil, fmt.Errorf("cannot read certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("cannot read certificate: %w", err)
	}
	return cert, nil
}

// RequestKey is the public key, PKIX in DER, of a certificate request that SignKiosk would
// answer for the kiosk cn.
func RequestKey(csrPEM []byte, cn string) ([]byte, error) {
	req, err := parseRequest(csrPEM)
	if err == nil {
		err = checkSubject(req, cn)
	}
	if err != nil {
		return nil, fmt.Errorf("certificate request: %w", err)
	}
	return x509.MarshalPKIXPublicKey(req.PublicKey)
}

// parseRequest reads a request and proves that its sender has the key.
func parseRequest(data []byte) (*x509.CertificateRequest, error) {
	if len(data) > maxRequest {
		return nil, fmt.Errorf("%d bytes, at most %d", len(data), maxRequest)
	}
	der, err := oneBlock(data, typeRequest)
	if err != nil {
		return nil, err
	}
	req, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("not readable: %w", err)
	}
	switch k := req.PublicKey.(type) { // before the signature: a huge RSA key costs time
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return nil, fmt.Errorf("key on %s, want P-256", k.Curve.Params().Name)
		}
	case ed25519.PublicKey:
	default:
		return nil, fmt.Errorf("key %s, want ECDSA P-256 or Ed25519", req.PublicKeyAlgorithm)
	}
	if err := req.CheckSignature(); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	return req, nil
}

func checkSubject(req *x509.CertificateRequest, cn string) error {
	commonName := asn1.ObjectIdentifier{2, 5, 4, 3}
	if n := req.Subject.Names; len(n) != 1 || !n[0].Type.Equal(commonName) {
		return errors.New("subject is not one common name")
	}
	if req.Subject.CommonName != cn {
		return fmt.Errorf("common name %.80q", req.Subject.CommonName)
	}
	return nil
}

func isKiosk(cn string) bool {
	if len(cn) != kioskDigits {
		return false
	}
	for _, c := range []byte(cn) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
