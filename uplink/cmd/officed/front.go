package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/boards/ground/httpgate"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/door"
)

// Connections to the pages: a browser has up to six, and people of one branch share an
// address.
const (
	connsOfSource = 128
	connsAtAll    = 2048
)

// front is how people reach the pages: by which names, over TLS or in clear. In clear they
// are reached on this machine only, and through proxies that are named.
type front struct {
	tls     *tls.Config              // nil: in clear
	leaf    func() *x509.Certificate // beside tls: the certificate of now
	names   []string
	proxies []netip.Prefix
}

// checkFront refuses what would put passwords onto a line, and what is published onto one.
func (o *options) checkFront() (f front, err error) {
	host, _, err := net.SplitHostPort(o.http)
	if err != nil {
		return f, cmdline.Usage("--http %.80q: want host:port", o.http)
	}
	if (o.httpCert == "") != (o.httpKey == "") {
		return f, cmdline.Usage("--http-cert and --http-key need each other")
	}
	if o.behindProxy != "" {
		if f.proxies, err = httpgate.ParseProxies(o.behindProxy); err != nil {
			return f, cmdline.Usage("--behind-proxy: %w", err)
		}
	}
	if o.demo && (!httpgate.Local(host) || o.behindProxy != "") {
		return f, cmdline.Usage("--demo makes accounts whose passwords are published: only with --http on loopback (127.0.0.1), and without --behind-proxy")
	}
	for _, name := range o.httpNames {
		f.names = append(f.names, httpgate.Name(name))
	}

	return f, nil
}

// openFront adds the certificate: the one that is given, or outside loopback one of head
// office's own authority.
func openFront(o *options, authority *ca.Authority, log *slog.Logger) (front, error) {
	f, err := o.checkFront()
	if err != nil {
		return f, err
	}
	host, _, _ := net.SplitHostPort(o.http) // was checked
	failed := func(err error) { log.Error("certificate of the pages", "error", err) }
	var kept interface {
		Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
		Leaf() *x509.Certificate
	}
	switch {
	case o.httpCert != "":
		kept, err = httpgate.OpenFiles(o.httpCert, o.httpKey, o.now, failed)
	case httpgate.Local(host) || len(f.proxies) > 0:
		return f, nil
	default:
		kept, err = authority.Pages(failed, pageHosts(host, f.names)...)
	}
	if err != nil {
		return f, err
	}
	f.leaf = kept.Leaf
	f.tls = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: kept.Certificate, NextProtos: []string{"http/1.1"}} // one connection, one answer: it is given up alone

	return f, nil
}

// pageHosts are what people may call this machine by.
func pageHosts(listens string, names []string) []string {
	hosts := slices.Concat(localHosts, names)
	if name, err := os.Hostname(); err == nil && isHostName(name) {
		hosts = append(hosts, name)
	}
	if ip, err := netip.ParseAddr(listens); err == nil && !ip.IsUnspecified() {
		return append(hosts, ip.WithZone("").String())
	}
	own, _ := net.InterfaceAddrs() // without them it has its names
	for _, a := range own {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().IsGlobalUnicast() && len(hosts) < mostHosts {
			hosts = append(hosts, p.Addr().String())
		}
	}

	return hosts
}

const mostHosts = 48 // of a certificate that is made here

func isHostName(name string) bool {
	return name != "" && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

// secure reports whether people come over HTTPS.
func (f front) secure() bool { return f.tls != nil || len(f.proxies) > 0 }

// ours reports whether a name is this head office's.
func (f front) ours(name string) bool {
	return httpgate.Local(name) || slices.Contains(f.names, name) || f.leaf != nil && f.leaf().VerifyHostname(name) == nil
}

// scheme is http or https, as it is spoken here.
func (f front) scheme() string {
	if f.tls != nil {
		return "https"
	}

	return "http"
}

// serve serves the pages until ctx ends.
func (f front) serve(ctx context.Context, ln net.Listener, pages http.Handler, log *slog.Logger) error {
	srv := httpgate.New(httpgate.Config{Handler: pages, Ours: f.ours, PerSource: connsOfSource, Total: connsAtAll, Proxies: f.proxies})
	srv.IdleTimeout, srv.ErrorLog = idleTimeout, slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	srv.BaseContext = func(net.Listener) context.Context { return ctx }
	if f.tls == nil {
		return serveHTTP(ctx, srv, ln, "serve pages", srv.Shutdown)
	}
	d := door.Open(ln, door.Config{TLS: f.tls, Log: log})

	return serveHTTP(ctx, srv, d, "serve pages", func(stop context.Context) error { return errors.Join(d.Close(), srv.Shutdown(stop)) })
}
