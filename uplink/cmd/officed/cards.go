package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/payments/cardsystem/odbc"
	"wattkiosk/payments/cardsystem/soap"
	"wattkiosk/payments/cardsystem/socket"
	"wattkiosk/payments/cardsystem/socket/dialect"
	"wattkiosk/payments/cardsystem/socket/fixed"
	cardtuxedo "wattkiosk/payments/cardsystem/tuxedo"
	"wattkiosk/payments/tuxedo"
	"wattkiosk/uplink/office/gateway"
)

// Who books with the MIS what the card-meter system sold, as --card-posts names them.
const (
	postsSelf = "self" // the card-meter system by itself
	postsMIS  = "mis"  // head office, once it is sold
)

// cardSettings are what --card-system is told in its query.
var cardSettings = []string{"key-file", "gzip"}

// cardConfig is the client that --card-system names.
func cardConfig(text string, calls int) (socket.Config, error) {
	u, err := url.Parse(text)
	if err != nil || u.Port() == "" || u.Hostname() == "" || u.User != nil || u.Path != "" || u.Fragment != "" {
		return socket.Config{}, errors.New("want DIALECT+tcp://host:port, ?key-file=FILE&gzip=yes")
	}
	name, road, _ := strings.Cut(u.Scheme, "+")
	if road != "tcp" || name == "" {
		return socket.Config{}, errors.New("want DIALECT+tcp://host:port; dialects: " + strings.Join(dialect.Names(), ", "))
	}

	var s dialect.Setting
	for key, values := range u.Query() {
		if !slices.Contains(cardSettings, key) || len(values) != 1 {
			return socket.Config{}, fmt.Errorf("%.20q is no setting: want %s, once each", key, strings.Join(cardSettings, ", "))
		}
		if key == "gzip" {
			if s.Gzip = values[0] == "yes"; !s.Gzip && values[0] != "no" {
				return socket.Config{}, fmt.Errorf("gzip %.10q: want yes or no", values[0])
			}
			continue
		}
		if s.Key, err = hexKey(values[0]); err != nil {
			return socket.Config{}, err
		}
	}
	d, err := dialect.Named(name, s)
	if err != nil {
		return socket.Config{}, err
	}

	return socket.Config{Addr: u.Host, Dialect: d, Timeout: misTimeout, Calls: 2 * calls}, nil
}

// hexKey is the key in a file of hexadecimal digits. An error does not repeat it.
func hexKey(path string) ([]byte, error) {
	text, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	key := make([]byte, hex.DecodedLen(len(bytes.TrimSpace(text))))
	if _, err := hex.Decode(key, bytes.TrimSpace(text)); err != nil || len(key) == 0 {
		return nil, fmt.Errorf("%s: want the key in hexadecimal digits", path)
	}

	return key, nil
}

// cardCaller is a client of the card-meter system that has something to end.
type cardCaller interface {
	gateway.CardCaller
	Close() error
}

// openCards is nil where no card-meter system is configured.
func openCards(o *options, log *slog.Logger) (cardCaller, error) {
	if o.cardSystem == "" {
		return nil, nil
	}
	if path, ok := strings.CutPrefix(o.cardSystem, "odbc://"); ok {
		return openCardDatabase(path, log)
	}
	if path, ok := strings.CutPrefix(o.cardSystem, "soap://"); ok {
		return openCardService(path, o.misCalls)
	}
	if name, path, ok := strings.Cut(o.cardSystem, "://"); ok && (name == "tuxedo" || strings.HasPrefix(name, "tuxedo+")) {
		return openCardDomain(strings.TrimPrefix(strings.TrimPrefix(name, "tuxedo"), "+"), path, log)
	}
	conf, err := cardConfig(o.cardSystem, o.misCalls)
	if err != nil {
		return nil, cmdline.Usage("--card-system %q: %w", scheme(o.cardSystem), err)
	}

	return socket.New(conf, nil)
}

// openCardDatabase reaches the card-meter system by the settings of a file, which have a
// password in them.
func openCardDatabase(path string, log *slog.Logger) (cardCaller, error) {
	set, err := fileSettings[odbc.Settings](path)
	if err != nil {
		return nil, cmdline.Usage("--card-system %q: %w", "odbc", err)
	}
	conf := odbc.Config{Settings: set, Timeout: misTimeout, Trouble: func(err error) { log.Warn("the card-meter system's driver", "error", err) }}
	if conf.Host, err = beside(roadHost); err != nil {
		return nil, err
	}
	c, err := odbc.New(conf)
	if err != nil {
		return nil, cmdline.Usage("--card-system %q: %s: %w", "odbc", path, err)
	}

	return c, nil
}

// openCardDomain reaches the card-meter system as a Tuxedo domain, in a dialect of fixed
// fields, by the settings of a file.
func openCardDomain(name, path string, log *slog.Logger) (cardCaller, error) {
	d, err := domainDialect(name)
	if err != nil {
		return nil, cmdline.Usage("--card-system %q: %w", "tuxedo", err)
	}
	set, err := fileSettings[tuxedo.Settings](path)
	if err != nil {
		return nil, cmdline.Usage("--card-system %q: %w", "tuxedo", err)
	}
	conf := cardtuxedo.Config{
		Settings: set, Dialect: d, Timeout: misTimeout, Trouble: func(err error) { log.Warn("the card-meter system's client library", "error", err) },
	}
	if conf.Host, err = beside(roadHost); err != nil {
		return nil, err
	}
	c, err := cardtuxedo.New(conf)
	if err != nil {
		return nil, cmdline.Usage("--card-system %q: %s: %w", "tuxedo", path, err)
	}

	return c, nil
}

// domainDialect is the dialect of a name, if a domain can carry it: it has to be of fixed
// fields. There is none without a name.
func domainDialect(name string) (*fixed.Dialect, error) {
	if name == "" {
		return nil, errors.New("want tuxedo+DIALECT:///whole/path/of/settings.toml")
	}
	d, err := dialect.Named(name, dialect.Setting{})
	if err != nil {
		return nil, err
	}
	f, ok := d.(*fixed.Dialect)
	if !ok {
		return nil, fmt.Errorf("dialect %s has no fixed fields for a domain to carry", name)
	}

	return f, nil
}

// openCardService reaches the card-meter system as a web service, by the settings of a
// file, which have a password in them.
func openCardService(path string, calls int) (cardCaller, error) {
	set, err := fileSettings[soap.Settings](path)
	if err != nil {
		return nil, cmdline.Usage("--card-system %q: %w", "soap", err)
	}
	conf, err := set.Config()
	if err != nil {
		return nil, cmdline.Usage("--card-system %q: %s: %w", "soap", path, err)
	}
	conf.Now, conf.Timeout = time.Now, misTimeout
	conf.Calls = 2 * calls

	return soap.New(conf, nil)
}

// fileSettings reads a file of settings, strictly. An error does not repeat its text.
func fileSettings[T any](path string) (T, error) {
	var set T
	if !filepath.IsAbs(path) {
		return set, errors.New("want /whole/path/of/settings.toml after ://")
	}
	text, err := readSecret(path)
	if err != nil {
		return set, err
	}

	read, err := toml.Decode(string(text), &set)
	if err != nil {
		var at toml.ParseError
		errors.As(err, &at)
		return set, fmt.Errorf("%s: line %d is no setting", path, at.Position.Line)
	}
	if unknown := read.Undecoded(); len(unknown) > 0 {
		return set, fmt.Errorf("%s: unknown key %s", path, unknown[0])
	}

	return set, nil
}
