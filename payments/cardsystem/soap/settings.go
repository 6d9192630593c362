package soap

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"

	"wattkiosk/payments/soap"
)

// Settings are one service, as a file says.
type Settings struct {
	URL      string `toml:"url"`      // https://, or http://
	Version  string `toml:"version"`  // of SOAP: 1.1 or 1.2; missing = 1.1
	Charset  string `toml:"charset"`  // of requests: UTF-8 or GB18030; missing = UTF-8
	User     string `toml:"user"`     // of the UsernameToken; missing = no token
	Password string `toml:"password"` // the same
	Digest   bool   `toml:"digest"`   // the password does not travel
	Roots    string `toml:"roots"`    // certificates in PEM that the service's is signed by; missing = the machine's
}

// Config is what the settings say, for a client. An error repeats no setting that may be
// secret.
func (s Settings) Config() (Config, error) {
	cfg := Config{URL: s.URL, Charset: soap.Charset(s.Charset)}
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return Config{}, errors.New("url: want https://host/path, or http://host/path, without a password")
	}

	switch s.Version {
	case "", "1.1":
	case "1.2":
		cfg.Version = soap.V12
	default:
		return Config{}, fmt.Errorf("version %.10q: want 1.1 or 1.2", s.Version)
	}

	switch {
	case (s.User == "") != (s.Password == ""):
		return Config{}, errors.New("user and password: want both, or none")
	case s.User == "" && s.Digest:
		return Config{}, errors.New("digest: there is no password")
	case s.User != "" && !s.Digest && u.Scheme == "http" && !loopback(u.Hostname()):
		return Config{}, errors.New("a password as text needs https: the line could be read")
	case s.User != "":
		cfg.User = &soap.User{Name: s.User, Password: s.Password, Digest: s.Digest}
	}
	if s.Roots != "" {
		cfg.Roots = x509.NewCertPool()
		if !cfg.Roots.AppendCertsFromPEM([]byte(s.Roots)) {
			return Config{}, errors.New("roots: no certificate in PEM")
		}
	}

	return cfg, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)

	return host == "localhost" || ip != nil && ip.IsLoopback()
}
