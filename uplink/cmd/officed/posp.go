package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/bank/line"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store"
)

// pospSettings are what --posp is told in its query.
var pospSettings = []string{"lines", "ca-file"}

// pospConfig are the lines that --posp names.
func pospConfig(text string, log *slog.Logger) (line.Config, error) {
	u, err := url.Parse(text)
	if err != nil || u.Port() == "" || u.Hostname() == "" || u.Scheme != "tcp" && u.Scheme != "tls" || u.User != nil || u.Path != "" || u.Fragment != "" {
		return line.Config{}, errors.New("want tcp://host:port or tls://host:port, ?lines=2&ca-file=FILE")
	}
	with := map[string]string{}
	for key, values := range u.Query() {
		if !slices.Contains(pospSettings, key) || len(values) != 1 {
			return line.Config{}, fmt.Errorf("%.20q is no setting: want %s, once each", key, strings.Join(pospSettings, ", "))
		}
		with[key] = values[0]
	}

	conf := line.Config{Lines: line.DefaultLines, Now: time.Now, Log: log}
	if n, given := with["lines"]; given {
		if conf.Lines, err = strconv.Atoi(n); err != nil || conf.Lines < 1 || conf.Lines > line.MaxLines {
			return line.Config{}, fmt.Errorf("lines %.10q: want 1 to %d", n, line.MaxLines)
		}
	}
	if u.Scheme == "tcp" {
		if with["ca-file"] != "" {
			return line.Config{}, errors.New("ca-file is for tls://")
		}
		var d net.Dialer
		conf.Dial = func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", u.Host) }

		return conf, nil
	}
	secure := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()}
	if with["ca-file"] != "" {
		pem, err := readSecret(with["ca-file"])
		if err != nil {
			return line.Config{}, err
		}
		if secure.RootCAs = x509.NewCertPool(); !secure.RootCAs.AppendCertsFromPEM(pem) {
			return line.Config{}, fmt.Errorf("no certificate in %s", with["ca-file"])
		}
	}
	d := tls.Dialer{Config: secure}
	conf.Dial = func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "tcp", u.Host) }

	return conf, nil
}

// openBank is nil where no POSP is configured.
func openBank(o *options, books *store.Store, log *slog.Logger) (*gateway.Bank, error) {
	if o.posp == "" {
		return nil, nil
	}
	conf, err := pospConfig(o.posp, log)
	if err != nil {
		return nil, cmdline.Usage("--posp: %w", err)
	}

	return gateway.NewBank(books.Bank, o.owner, line.New(conf), log, o.now), nil
}
