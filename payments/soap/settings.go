package soap

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
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

// Access is how a service is reached.
type Access struct {
	URL     string
	Version Version
	Charset Charset        // of requests
	User    *User          // nil: without a token
	Roots   *x509.CertPool // nil: the machine's
}

// Access is what the settings say. An error repeats no setting that may be secret.
func (s Settings) Access() (Access, error) {
	to := Access{URL: s.URL, Charset: Charset(s.Charset)}
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return Access{}, errors.New("url: want https://host/path, or http://host/path, without a password")
	}

	switch s.Version {
	case "", "1.1":
	case "1.2":
		to.Version = V12
	default:
		return Access{}, fmt.Errorf("version %.10q: want 1.1 or 1.2", s.Version)
	}

	switch {
	case (s.User == "") != (s.Password == ""):
		return Access{}, errors.New("user and password: want both, or none")
	case s.User == "" && s.Digest:
		return Access{}, errors.New("digest: there is no password")
	case s.User != "" && !s.Digest && u.Scheme == "http" && !loopback(u.Hostname()):
		return Access{}, errors.New("a password as text needs https: the line could be read")
	case s.User != "":
		to.User = &User{Name: s.User, Password: s.Password, Digest: s.Digest}
	}
	if s.Roots != "" {
		to.Roots = x509.NewCertPool()
		if !to.Roots.AppendCertsFromPEM([]byte(s.Roots)) {
			return Access{}, errors.New("roots: no certificate in PEM")
		}
	}

	return to, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)

	return host == "localhost" || ip != nil && ip.IsLoopback()
}
