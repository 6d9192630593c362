package main

import (
	"fmt"
	"net/url"
	"strings"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/mis/socket/dialect"
	"wattkiosk/uplink/office/gateway"
)

// misCaller is the client of --mis: socket://host:port in the example dialect,
// socket+NAME://host:port in another; the query names the units that collect and
// account.
func misCaller(addr string, calls int) (gateway.Caller, error) {
	if addr == "" {
		return gateway.NoMIS(), nil
	}
	cfg, err := misConfig(addr, calls)
	if err != nil {
		return nil, cmdline.Usage("--mis %q: %w", scheme(addr), err)
	}
	return socket.New(cfg, nil)
}

func misConfig(addr string, calls int) (socket.Config, error) {
	u, err := url.Parse(addr)
	if err != nil || u.Host == "" || u.Path != "" || u.User != nil || u.Fragment != "" {
		return socket.Config{}, fmt.Errorf("want socket://host:port")
	}
	road, name, _ := strings.Cut(u.Scheme, "+")
	if road != "socket" {
		return socket.Config{}, fmt.Errorf("want socket://host:port")
	}
	d, err := dialect.Named(name)
	if err != nil {
		return socket.Config{}, err
	}

	cfg := socket.Config{Addr: u.Host, Calls: 2 * calls, Timeout: misTimeout, Dialect: d}
	for key, values := range u.Query() {
		switch {
		case key == "collecting" && len(values) == 1:
			cfg.Unit.Collecting = values[0]
		case key == "accounting" && len(values) == 1:
			cfg.Unit.Accounting = values[0]
		default:
			return socket.Config{}, fmt.Errorf("%.20q is no setting: want collecting and accounting, once each", key)
		}
	}
	return cfg, nil
}
