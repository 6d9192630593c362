package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/payments/cardsystem/socket"
	"wattkiosk/payments/cardsystem/socket/dialect"
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

// openCards is nil where no card-meter system is configured.
func openCards(o *options) (*socket.Client, error) {
	if o.cardSystem == "" {
		return nil, nil
	}
	conf, err := cardConfig(o.cardSystem, o.misCalls)
	if err != nil {
		return nil, cmdline.Usage("--card-system %q: %w", scheme(o.cardSystem), err)
	}

	return socket.New(conf, nil)
}
