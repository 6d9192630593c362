package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"wattkiosk/boards/ground/cmdline"
	missoap "wattkiosk/payments/mis/soap"
	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/mis/socket/dialect"
	mistuxedo "wattkiosk/payments/mis/tuxedo"
	"wattkiosk/payments/tuxedo"
	"wattkiosk/uplink/office/gateway"
)

const roadHost = "roadhost" // the program, which lies beside this one

// misCaller is the client of --mis: socket://host:port, tuxedo:///whole/path/of/settings.toml
// or soap:///whole/path/of/settings.toml in the example dialect, socket+NAME, tuxedo+NAME and
// soap+NAME in another; the query names the units that collect and account.
func misCaller(addr string, calls int, log *slog.Logger) (gateway.Caller, error) {
	if addr == "" {
		return gateway.NoMIS(), nil
	}
	to, err := misAddress(addr)
	if err != nil {
		return nil, cmdline.Usage("--mis %q: %w", scheme(addr), err)
	}
	switch to.road {
	case "socket":
		return socket.New(socket.Config{Addr: to.at, Calls: 2 * calls, Timeout: misTimeout, Dialect: to.dialect, Unit: to.unit}, nil)
	case "soap":
		return misService(to, calls, scheme(addr))
	}

	conf := mistuxedo.Config{Dialect: to.dialect, Unit: to.unit, Timeout: misTimeout}
	conf.Trouble = func(err error) { log.Warn("the MIS's client library", "error", err) }
	if conf.Host, err = beside(roadHost); err != nil {
		return nil, err
	}
	if conf.Settings, err = fileSettings[tuxedo.Settings](to.at); err != nil {
		return nil, cmdline.Usage("--mis %q: %w", scheme(addr), err)
	}
	caller, err := mistuxedo.New(conf)
	if err != nil {
		return nil, cmdline.Usage("--mis %q: %s: %w", scheme(addr), to.at, err)
	}
	return caller, nil
}

// closer ends a caller that has something to end: its client library's processes.
func closer(c gateway.Caller) func() error {
	if c, ok := c.(interface{ Close() error }); ok {
		return c.Close
	}

	return func() error { return nil }
}

// beside is the path of a program that lies in the folder of this one.
func beside(name string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("cannot tell where %s is: %w", name, err)
	}

	return filepath.Join(filepath.Dir(self), name), nil
}

// address is what --mis says.
type address struct {
	road    string // socket, tuxedo or soap
	at      string // host:port, or the file of settings
	dialect socket.Dialect
	unit    socket.Unit
}

var errAddress = errors.New("want socket[+DIALECT]://host:port, tuxedo[+DIALECT]:///whole/path/of/settings.toml or soap[+DIALECT]:///whole/path/of/settings.toml; dialects: " + strings.Join(dialect.Names(), ", "))

func misAddress(addr string) (address, error) {
	u, err := url.Parse(addr)
	if err != nil || u.User != nil || u.Fragment != "" {
		return address{}, errAddress
	}
	road, name, _ := strings.Cut(u.Scheme, "+")
	a := address{road: road}
	switch {
	case road == "socket" && u.Host != "" && u.Path == "":
		a.at = u.Host
	case (road == "tuxedo" || road == "soap") && u.Host == "" && filepath.IsAbs(u.Path):
		a.at = u.Path
	default:
		return address{}, errAddress
	}
	if a.dialect, err = dialect.Named(name); err != nil {
		return address{}, err
	}

	for key, values := range u.Query() {
		switch {
		case key == "collecting" && len(values) == 1:
			a.unit.Collecting = values[0]
		case key == "accounting" && len(values) == 1:
			a.unit.Accounting = values[0]
		default:
			return address{}, fmt.Errorf("%.20q is no setting: want collecting and accounting, once each", key)
		}
	}
	return a, nil
}

// misService is the client of a web service, by the settings of a file, which may have a
// password in them.
func misService(to address, calls int, road string) (gateway.Caller, error) {
	set, err := fileSettings[missoap.Settings](to.at)
	if err != nil {
		return nil, cmdline.Usage("--mis %q: %w", road, err)
	}
	conf, err := set.Config()
	if err != nil {
		return nil, cmdline.Usage("--mis %q: %s: %w", road, to.at, err)
	}
	conf.Dialect, conf.Unit = to.dialect, to.unit
	conf.Now, conf.Timeout = time.Now, misTimeout
	conf.Calls = 2 * calls

	return missoap.New(conf)
}
