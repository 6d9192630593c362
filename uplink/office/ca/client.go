package ca

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"path/filepath"

	"wattkiosk/boards/ground/durable"
)

// Office is the common name of head office's own connection to the broker.
const Office = "office"

// ClientTLS is a client's side of mutual TLS with a new key that exists in memory
// only. The common name is Office or a kiosk's name; the server name is left to
// the dialler.
func (a *Authority) ClientTLS(cn string) (*tls.Config, error) {
	if err := checkClient(cn); err != nil {
		return nil, fmt.Errorf("cannot issue a client certificate: %w", err)
	}
	cert, key, err := a.issue(a.clientLeaf(cn))
	if err != nil {
		return nil, fmt.Errorf("cannot issue a client certificate: %w", err)
	}
	c, err := pair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("cannot issue a client certificate: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: a.pool(), Certificates: []tls.Certificate{c}}, nil
}

// WriteClient makes a new key and client certificate and writes cert.pem, key.pem
// and ca.pem into dir, for other programs. Kiosks in service make their own keys:
// see SignKiosk.
func (a *Authority) WriteClient(cn, dir string) error {
	err := checkClient(cn)
	if err == nil {
		err = a.write(dir, a.clientLeaf(cn))
	}
	if err != nil {
		return fmt.Errorf("cannot write a client certificate: %w", err)
	}
	return nil
}

func (a *Authority) clientLeaf(cn string) leaf {
	life := clientLife
	if isKiosk(cn) {
		life = a.kioskLife
	}
	return leaf{name: cn, use: x509.ExtKeyUsageClientAuth, life: life}
}

func checkClient(cn string) error {
	if cn != Office && !isKiosk(cn) {
		return fmt.Errorf("name %.80q: neither %q nor 8 digits", cn, Office)
	}
	return nil
}

func (a *Authority) write(dir string, l leaf) error {
	cert, key, err := a.issue(l)
	if err != nil {
		return err
	}
	if err := durable.MakeFolder(dir); err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{"ca.pem", a.pem}, {"key.pem", key}, {"cert.pem", cert}} {
		if err := durable.Replace(filepath.Join(dir, f.name), f.data); err != nil {
			return err
		}
	}
	return nil
}
