package source

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path"
	"slices"
	"strings"

	"wattkiosk/payments/reconcile/form"
)

// Book is a source by the name of its system.
type Book struct {
	Name   string // mis, posp, acquirer, cardsystem or bank
	Part   string // which of several acquirers; empty where there is one
	Source Source
}

// kinds are the forms of the books, by the names of their systems.
var kinds = map[string]form.Kind{
	"mis": form.Ledger104, "cardsystem": form.Ledger104, "posp": form.POSPDetail, "acquirer": form.Acquirer, "bank": form.BankCSV,
}

// Names are the systems that may have a book, in order.
func Names() []string { return []string{"mis", "posp", "acquirer", "cardsystem", "bank"} }

// Kind is the form of a system's book; false for no system.
func Kind(name string) (form.Kind, bool) {
	k, ok := kinds[name]

	return k, ok
}

// ParseAll reads NAME=URL, or acquirer:PART=URL, for each of the flags, each name once. Files that they name are
// read now; nothing is dialled.
func ParseAll(flags []string) ([]Book, error) {
	var all []Book
	for _, text := range flags {
		b, err := Parse(text)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(a Book) bool { return a.Name == b.Name && (a.Part == b.Part || a.Part == "" || b.Part == "") }) {
			return nil, fmt.Errorf("%s: given twice", b.Name)
		}
		all = append(all, b)
	}

	return all, nil
}

// partOf is the book that has parts.
const partOf = "acquirer"

// Parse reads NAME=URL, or acquirer:PART=URL.
func Parse(text string) (Book, error) {
	named, address, _ := strings.Cut(text, "=")
	name, part, isPart := strings.Cut(named, ":")
	kind, known := kinds[name]
	if isPart && (name != partOf || part == "") {
		return Book{}, fmt.Errorf("%.40q: want %s:NAME of one of several", named, partOf)
	}
	if !known {
		return Book{}, fmt.Errorf("%.20q: want %s, = and a URL", name, strings.Join(Names(), ", "))
	}
	s, err := open(kind, address)
	if err != nil {
		return Book{}, fmt.Errorf("%s: %w", name, err)
	}

	return Book{name, part, s}, nil
}

// open makes a source of a URL, whose text is in no error: it may hold a password.
func open(kind form.Kind, text string) (Source, error) {
	u, err := url.Parse(text)
	if err != nil || u.Fragment != "" {
		return nil, errors.New("want file:///dir, sftp://user@host:port/dir?key-file=…&host-key-file=… or tcp://host:port")
	}
	if _, has := u.User.Password(); has {
		return nil, errors.New("no password belongs into the URL: SFTP goes by a key")
	}

	switch u.Scheme {
	case "file":
		return openFolder(kind, u)
	case "sftp":
		return openSFTP(kind, u)
	case "tcp":
		return openService(kind, u)
	}

	return nil, fmt.Errorf("%.20q is none of file, sftp, tcp", u.Scheme)
}

// settings are the query of a URL, of which these keys may be there, each once.
func settings(u *url.URL, keys ...string) (map[string]string, error) {
	with := map[string]string{}
	for key, values := range u.Query() {
		if !slices.Contains(keys, key) || len(values) != 1 || values[0] == "" {
			return nil, fmt.Errorf("%.20q is no setting: want %s, once each", key, strings.Join(keys, ", "))
		}
		with[key] = values[0]
	}

	return with, nil
}

// place is the folder and the names of a URL.
func place(kind form.Kind, u *url.URL, with map[string]string) (dir string, n names, err error) {
	if !path.IsAbs(u.Path) {
		return "", names{}, errors.New("want a whole path of a folder")
	}
	n, err = namesOf(kind, with["pattern"])

	return path.Clean(u.Path), n, err
}

// address is the host and port of a URL; without a port it is the usual one.
func address(u *url.URL, usual string) (string, error) {
	port := u.Port()
	if port == "" {
		port = usual
	}
	if u.Hostname() == "" || port == "" {
		return "", errors.New("want host:port")
	}

	return net.JoinHostPort(u.Hostname(), port), nil
}
