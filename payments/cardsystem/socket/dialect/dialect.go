// Package dialect names the dialects of the card-meter system's socket.
package dialect

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wattkiosk/payments/cardsystem/socket"
	"wattkiosk/payments/cardsystem/socket/fixed"
	"wattkiosk/payments/cardsystem/socket/hn"
	"wattkiosk/payments/cardsystem/socket/s2"
	"wattkiosk/payments/cardsystem/socket/s2fields"
)

// Setting is what an installation adds to a dialect.
type Setting struct {
	Key  []byte // AES key of the line, where the dialect has one; empty for none
	Gzip bool   // compress what is sent, where the dialect can
}

// table is read-only: every dialect by its name.
var table = map[string]func(Setting) (socket.Dialect, error){
	"s2":          func(s Setting) (socket.Dialect, error) { return s2.New(s2.Config{Key: s.Key, Gzip: s.Gzip}) },
	"hn":          fields(hn.Table),
	s2fields.Name: fields(s2fields.Table),
}

// fields is a dialect of fixed fields, which has no key.
func fields(table func() fixed.Table) func(Setting) (socket.Dialect, error) {
	return func(s Setting) (socket.Dialect, error) {
		if len(s.Key) > 0 {
			return nil, errors.New("it has no key: what is sent would not be sealed")
		}

		return fixed.New(table())
	}
}

// Names are the dialects, sorted.
func Names() []string { return slices.Sorted(maps.Keys(table)) }

// Named is the dialect of a name; the empty name is s2.
func Named(name string, s Setting) (socket.Dialect, error) {
	if name == "" {
		name = "s2"
	}
	make, ok := table[name]
	if !ok {
		return nil, fmt.Errorf("card-meter dialect %.32q is not known: there are %s", name, strings.Join(Names(), ", "))
	}

	d, err := make(s)
	if err != nil {
		return nil, fmt.Errorf("card-meter dialect %s: %w", name, err)
	}

	return d, nil
}
