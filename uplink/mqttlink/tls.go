package mqttlink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// TLSConfig reads PEM files into a client configuration for mutual TLS 1.3. The
// broker must show a certificate of the authorities in caFile for serverName;
// empty takes the host of the broker URL.
func TLSConfig(caFile, certFile, keyFile, serverName string) (*tls.Config, error) {
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("cannot read authorities: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("cannot read authorities: no certificate in %s", caFile)
	}
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("cannot read own certificate: %w", err)
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		RootCAs:      roots,
		Certificates: []tls.Certificate{cert},
		ServerName:   serverName,
	}, nil
}

// CommonName is the subject's common name of the first own certificate: who the
// broker will take this client for.
func CommonName(c *tls.Config) (string, error) {
	if c == nil || len(c.Certificates) == 0 || len(c.Certificates[0].Certificate) == 0 {
		return "", errors.New("no own certificate")
	}
	leaf, err := x509.ParseCertificate(c.Certificates[0].Certificate[0])
	if err != nil {
		return "", fmt.Errorf("cannot read own certificate: %w", err)
	}
	if leaf.Subject.CommonName == "" {
		return "", errors.New("own certificate has no common name")
	}
	return leaf.Subject.CommonName, nil
}
