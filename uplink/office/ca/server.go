package ca

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wattkiosk/boards/ground/durable"
)

const (
	// serverName is not a name that the broker takes for a kiosk or head office.
	serverName = "broker"
	// serverRenew is the rest of life at which ServerTLS makes a new certificate.
	serverRenew = 1 * year

	maxHosts = 64
	maxHost  = 253 // bytes of a DNS name
)

// ServerTLS is the broker's side of mutual TLS 1.3: clients need a certificate of
// this authority. The server's certificate names hosts (IP addresses and DNS
// names, at least one); it is kept in the authority's folder and used again while
// it is for the same hosts and good for another year.
func (a *Authority) ServerTLS(hosts ...string) (*tls.Config, error) {
	hosts, err := checkHosts(hosts)
	if err != nil {
		return nil, fmt.Errorf("cannot issue a server certificate: %w", err)
	}
	path := filepath.Join(a.dir, "server.pem")
	kept, err := a.keptServer(path, hosts, serverRenew)
	if err != nil {
		return nil, fmt.Errorf("cannot issue a server certificate: %w", err)
	}
	if kept == nil {
		if kept, err = a.newServer(path, leaf{serverName, hosts, x509.ExtKeyUsageServerAuth, serverLife}); err != nil {
			return nil, fmt.Errorf("cannot issue a server certificate: %w", err)
		}
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{*kept},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: a.pool(),
	}, nil
}

// WriteServer makes a new key and server certificate for hosts and writes
// cert.pem, key.pem and ca.pem into dir, for a broker that is another program.
func (a *Authority) WriteServer(dir string, hosts ...string) error {
	hosts, err := checkHosts(hosts)
	if err != nil {
		return fmt.Errorf("cannot write a server certificate: %w", err)
	}
	if err := a.write(dir, leaf{serverName, hosts, x509.ExtKeyUsageServerAuth, serverLife}); err != nil {
		return fmt.Errorf("cannot write a server certificate: %w", err)
	}
	return nil
}

func checkHosts(hosts []string) ([]string, error) {
	if len(hosts) == 0 || len(hosts) > maxHosts {
		return nil, fmt.Errorf("%d hosts, want 1 to %d", len(hosts), maxHosts)
	}
	var out []string
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			out = append(out, ip.String())
			continue
		}
		if !isDNSName(h) {
			return nil, fmt.Errorf("host %.80q: not an IP address or DNS name", h)
		}
		out = append(out, strings.ToLower(h))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func isDNSName(h string) bool {
	if h == "" || len(h) > maxHost {
		return false
	}
	for label := range strings.SplitSeq(h, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range label {
			if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return true
}

func (a *Authority) newServer(path string, l leaf) (*tls.Certificate, error) {
	cert, key, err := a.issue(l)
	if err != nil {
		return nil, err
	}
	if err := durable.Replace(path, slices.Concat(cert, key)); err != nil {
		return nil, err
	}
	c, err := pair(cert, key)
	return &c, err
}

// keptServer is the certificate in path, nil if there is none to use again; renew before its
// end there is none.
func (a *Authority) keptServer(path string, hosts []string, renew time.Duration) (*tls.Certificate, error) {
	data, err := readSecret(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	_, key := pem.Decode(data)
	c, err := pair(data[:len(data)-len(key)], bytes.TrimSpace(key))
	if err != nil || c.Leaf == nil {
		return nil, nil // nothing is lost with it: a new one is made
	}
	if !slices.Equal(hosts, hostsOf(c.Leaf)) || a.now().Add(renew).After(c.Leaf.NotAfter) ||
		c.Leaf.CheckSignatureFrom(a.cert) != nil {
		return nil, nil
	}
	return &c, nil
}

func hostsOf(c *x509.Certificate) []string {
	out := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	slices.Sort(out)
	return out
}
