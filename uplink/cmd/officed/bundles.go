package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"aead.dev/minisign"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/admission"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/depot"
	"wattkiosk/uplink/office/door"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/stored"
)

const (
	// depotFolder, in the data folder, holds the bundles.
	depotFolder = "bundles"
	maxRootKey  = 4 << 10 // bytes of a key file
)

// openDepot opens the bundles in the data folder, with the root keys of
// --bundle-root.
func openDepot(o *options) (*depot.Depot, error) {
	var roots []minisign.PublicKey
	for _, path := range o.roots {
		text, err := os.ReadFile(path)
		if err == nil && len(text) > maxRootKey {
			err = fmt.Errorf("%d bytes", len(text))
		}
		if err != nil {
			return nil, fmt.Errorf("--bundle-root %s: %w", path, err)
		}
		key, err := depot.ParseRoot(text)
		if err != nil {
			return nil, fmt.Errorf("--bundle-root %s: %w", path, err)
		}
		roots = append(roots, key)
	}
	return depot.Open(filepath.Join(o.data, depotFolder), roots, time.Now)
}

// bundleSite is where kiosks fetch bundles: mutual TLS with the authority's
// certificates, as at the broker.
type bundleSite struct {
	ln      net.Listener
	handler http.Handler
	base    string // https://host:port, as kiosks reach it
}

func openBundles(o *options, authority *ca.Authority, d *depot.Depot, kiosks *admission.Desk, log *slog.Logger) (*bundleSite, error) {
	conf, err := authority.ServerTLS(o.hosts()...)
	if err != nil {
		return nil, err
	}
	conf.Time = o.now
	conf.NextProtos = []string{"http/1.1"} // HTTP/2 would not let one answer stall alone
	ln, err := net.Listen("tcp", o.bundles)
	if err != nil {
		return nil, fmt.Errorf("cannot serve bundles: %w", err)
	}
	known := func(_ context.Context, kiosk string, leaf *x509.Certificate) error {
		if v := kiosks.Judge(kiosk, leaf); v != identity.Admitted {
			return fmt.Errorf("kiosk %s: %w", kiosk, stored.ErrNotFound)
		}
		return nil
	}
	s := &bundleSite{ln: door.Open(ln, door.Config{TLS: conf, Log: log}), handler: d.Handler(known, log), base: strings.TrimRight(o.bundlesURL, "/")}
	if s.base == "" {
		s.base = "https://" + ln.Addr().String()
		if host, port, err := net.SplitHostPort(ln.Addr().String()); err == nil && net.ParseIP(host).IsUnspecified() {
			s.base = "https://" + net.JoinHostPort("127.0.0.1", port)
			log.Warn("kiosks cannot fetch bundles from elsewhere: name the address with --bundles-url")
		}
	}
	return s, nil
}

// url is where kiosks fetch a bundle.
func (s *bundleSite) url(sha256 string) string { return s.base + depot.Path(sha256) }

// serve answers kiosks until ctx ends; answers under way are cut, since kiosks go
// on where they were.
func (s *bundleSite) serve(ctx context.Context, log *slog.Logger) error {
	// WriteTimeout stays 0: a slow line may take hours. The handler bounds a stall.
	srv := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		BaseContext: func(net.Listener) context.Context { return ctx }, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}

	return serveHTTP(ctx, srv, s.ln, "serve bundles", func(context.Context) error { return srv.Close() })
}

// close ends what serve does not: a listener that was never served.
func (s *bundleSite) close() error {
	if err := s.ln.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// hosts are the names and addresses that head office's server certificate is for:
// those that it listens on, and those that kiosks are told.
func (o *options) hosts() []string {
	hosts := slices.Clone(localHosts)
	for _, addr := range []string{o.listen, o.bundles} {
		host, _, err := net.SplitHostPort(addr)
		if ip := net.ParseIP(host); err == nil && ip != nil && !ip.IsLoopback() && !ip.IsUnspecified() {
			hosts = append(hosts, host)
		}
	}
	for _, told := range []string{o.bundlesURL, o.brokerURL} {
		if u, err := url.Parse(told); err == nil && u.Hostname() != "" {
			hosts = append(hosts, u.Hostname())
		}
	}
	return hosts
}

// checkBundlesURL refuses an address that kiosks cannot use.
func checkBundlesURL(text string) error {
	u, err := url.Parse(text)
	if text != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "") {
		return cmdline.Usage("--bundles-url %q: want https://host:port", scheme(text))
	}
	return nil
}
