package mqttlink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"
)

// TLSConfig reads PEM files into a client configuration for mutual TLS 1.3. The
// broker must show a certificate of the authorities in caFile for serverName;
// empty takes the host of the broker URL.
//
// The own certificate and its key are read again for each connection, so that a new
// one in their place needs no restart. Files that cannot be read then, or that are of
// another name, change nothing: the last good certificate is shown.
func TLSConfig(caFile, certFile, keyFile, serverName string) (*tls.Config, error) {
	c, _, err := TLSIdentity(nil, caFile, certFile, keyFile, "", serverName)
	return c, err
}

// TLSIdentity is TLSConfig with the identity that it shows, which Config.Identity takes. A
// renewed certificate is put into keptDir, and read there; "" is where the first one lies. keys
// reads and writes the private keys.
func TLSIdentity(keys KeyFiles, caFile, certFile, keyFile, keptDir, serverName string) (*tls.Config, *Identity, error) {
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read authorities: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, nil, fmt.Errorf("cannot read authorities: no certificate in %s", caFile)
	}

	id, err := openIdentity(keys, certFile, keyFile, keptDir)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read own certificate: %w", err)
	}
	return &tls.Config{
		MinVersion:           tls.VersionTLS13,
		RootCAs:              roots,
		Certificates:         []tls.Certificate{*id.last},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return id.read(), nil },
		ServerName:           serverName,
	}, id, nil
}

// CommonName is the subject's common name of the first own certificate: who the
// broker will take this client for.
func CommonName(c *tls.Config) (string, error) {
	leaf, err := ownCertificate(c)
	if err != nil {
		return "", err
	}
	if leaf.Subject.CommonName == "" {
		return "", errors.New("own certificate has no common name")
	}
	return leaf.Subject.CommonName, nil
}

// CertificateEnds is when the own certificate ends that the next connection would
// show.
func CertificateEnds(c *tls.Config) (time.Time, error) {
	leaf, err := ownCertificate(c)
	if err != nil {
		return time.Time{}, err
	}
	return leaf.NotAfter, nil
}

// ownCertificate is the one that a connection made now would show.
func ownCertificate(c *tls.Config) (*x509.Certificate, error) {
	if c == nil {
		return nil, errors.New("no own certificate")
	}

	var own *tls.Certificate
	if c.GetClientCertificate != nil {
		var err error
		if own, err = c.GetClientCertificate(&tls.CertificateRequestInfo{}); err != nil {
			return nil, fmt.Errorf("cannot read own certificate: %w", err)
		}
	} else if len(c.Certificates) > 0 {
		own = &c.Certificates[0]
	}
	if own == nil || len(own.Certificate) == 0 {
		return nil, errors.New("no own certificate")
	}

	leaf, err := x509.ParseCertificate(own.Certificate[0])
	if err != nil {
		return nil, fmt.Errorf("cannot read own certificate: %w", err)
	}
	return leaf, nil
}
