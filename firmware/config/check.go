package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "time/tzdata" // the image has no zone files

	"wattkiosk/firmware/profile"
)

// Limits of the values.
const (
	MaxRetentionDays = 3650
	maxApart         = 7 * 24 * time.Hour
	MaxIncarnation   = 99 // it has two digits in a serial
	MaxTotalYuan     = 50_000
	MinTimeout       = 5 * time.Second
	MaxTimeout       = 30 * time.Minute
	MaxSocketPath    = 107 // bytes that a unix socket's address holds
	MaxPattern       = 500 // bytes of a regular expression
)

// problems gathers errors that name a key.
type problems []error

func (p *problems) add(key, format string, args ...any) {
	*p = append(*p, fmt.Errorf("key %s: %s", key, fmt.Sprintf(format, args...)))
}

// Check reports every value that no kiosk can run with, joined, in the order of
// the file. It looks at nothing outside the configuration.
func (c Config) Check() error {
	var p problems
	if !regexp.MustCompile(`^[0-9]{8}$`).MatchString(c.Kiosk) {
		p.add("kiosk", "%q is not a terminal number of 8 digits", c.Kiosk)
	}
	p.name("board", c.Board, false)
	p.path("board_dir", c.BoardDir, true)
	p.path("state_dir", c.StateDir, false)
	p.path("run_dir", c.RunDir, false)
	p.screenAddr(c.ScreenAddr)
	p.socket("control_socket", c.ControlSocket)
	p.name("profile", c.Profile, false)
	if _, ok := profile.Named(c.Profile); !ok && c.Profile != "" {
		p.add("profile", "%q is none of %s", c.Profile, strings.Join(profile.Names(), ", "))
	}
	if c.Lang != "zh" && c.Lang != "en" {
		p.add("lang", "%q is neither zh nor en", c.Lang)
	}
	if _, err := time.LoadLocation(c.Timezone); err != nil || c.Timezone == "" || c.Timezone == "Local" {
		p.add("timezone", "%q is not the name of a time zone", c.Timezone)
	}
	p.path("policy_key", c.PolicyKey, true)
	p.socket("update_socket", c.UpdateSocket)
	p.billCode(c.BillCode)
	p.site(c.Site)
	p.uplink(c.Uplink)
	if c.Incarnation > MaxIncarnation {
		p.add("incarnation", "%d is not within 0 to %d", c.Incarnation, MaxIncarnation)
	}
	p.path("journal.key_file", c.Journal.KeyFile, true)
	if d := c.Journal.ApartFor; d < time.Minute || d > maxApart {
		p.add("journal.apart_for", "%s is not within 1m to 168h", d)
	}
	p.total("journal.apart_cash", c.Journal.ApartCash)
	if d := c.Journal.RetentionDays; d < 1 || d > MaxRetentionDays {
		p.add("journal.retention_days", "%d is not within 1 to %d", d, MaxRetentionDays)
	}
	p.devices(c.Devices)
	p.cash(c.Cash)
	p.card(c.Card, c.Devices)
	p.total("card.max_total", c.Card.MaxTotal)
	p.total("qr.max_total", c.QR.MaxTotal)
	p.timeout("screen.idle_timeout", c.Screen.IdleTimeout)
	p.timeout("screen.cash_timeout", c.Screen.CashTimeout)
	p.timeout("screen.done_timeout", c.Screen.DoneTimeout)
	p.timeout("screen.staff_timeout", c.Screen.StaffTimeout)
	p.slips(c.Slips)
	p.optionalDevice("keys.tpm", c.Keys.TPM)
	p.watchdog(c.Watchdog)
	p.audio(c.Audio)
	p.camera(c.Camera)
	p.sensor(c.Sensor)
	return errors.Join(p...)
}

func (p *problems) name(key, v string, optional bool) {
	if optional && v == "" {
		return
	}
	if !regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`).MatchString(v) {
		p.add(key, "%q is not a name of small letters, digits and dashes", v)
	}
}

// socket checks the path of a unix socket, which may be missing.
func (p *problems) socket(key, v string) {
	p.path(key, v, true)
	if len(v) > MaxSocketPath {
		p.add(key, "path is longer than %d bytes", MaxSocketPath)
	}
}

// billCode checks the pattern of a bill's bar code.
func (p *problems) billCode(v string) {
	re, err := regexp.Compile(v)
	switch {
	case v == "":
	case len(v) > MaxPattern:
		p.add("bill_code", "is longer than %d bytes", MaxPattern)
	case err != nil:
		p.add("bill_code", "%v", err)
	case re.NumSubexp() == 0:
		p.add("bill_code", "%q has no group that holds the account", v)
	}
}

func (p *problems) path(key, v string, optional bool) {
	if optional && v == "" {
		return
	}
	if !filepath.IsAbs(v) {
		p.add(key, "%q is not an absolute path", v)
	}
}

func (p *problems) screenAddr(v string) {
	host, port, err := net.SplitHostPort(v)
	n, nerr := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || nerr != nil:
		p.add("screen_addr", "%q is not host:port", v)
	case !loopback(host):
		p.add("screen_addr", "host %q is not loopback: the screen is for this box only", host)
	case n == 0 && port != "0":
		p.add("screen_addr", "port %q is not a number", port)
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// hostName is what a certificate may be for, beside addresses.
var hostName = regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z.-]{0,251}[0-9A-Za-z])?$`)

func (p *problems) uplink(u Uplink) {
	if u.Broker != "" {
		p.broker(u)
	}
	if u.ServerName != "" && net.ParseIP(u.ServerName) == nil && !hostName.MatchString(u.ServerName) {
		p.add("uplink.server_name", "is neither a name nor an address")
	}
	p.path("uplink.ca", u.CA, true)
	p.path("uplink.cert", u.Cert, true)
	p.path("uplink.key", u.Key, true)
	if (u.Cert == "") != (u.Key == "") {
		p.add("uplink.cert", "certificate and key are given together or not at all")
	}
	const most = 16
	if len(u.Ports) > most {
		p.add("uplink.ports", "names %d ports, at most %d", len(u.Ports), most)
	}
	for _, n := range u.Ports {
		p.between("uplink.ports", int(n), 1, 65535, "")
	}
}

// broker must not echo the URL: a mistaken one may hold a password.
func (p *problems) broker(u Uplink) {
	const key = "uplink.broker"
	at, err := url.Parse(u.Broker)
	if err != nil || at.Hostname() == "" || at.Port() == "" || at.Path != "" || at.RawQuery != "" {
		p.add(key, "is not tls://host:port")
		return
	}

	switch {
	case at.User != nil:
		p.add(key, "holds a user name: a kiosk is known by its certificate")
	case at.Scheme == "tls":
		if u.CA == "" {
			p.add("uplink.ca", "is needed for a broker over tls")
		}
	case at.Scheme == "tcp" && loopback(at.Hostname()):
	case at.Scheme == "tcp":
		p.add(key, "tcp is for loopback only; use tls")
	default:
		p.add(key, "scheme %q is neither tls nor tcp", at.Scheme)
	}
}

// notes are those that there are, in yuan.
func notes() []int64 { return []int64{1, 5, 10, 20, 50, 100} }

func (p *problems) cash(c Cash) {
	if len(c.Denominations) == 0 {
		p.add("cash.denominations", "names no note")
	}

	for i, yuan := range c.Denominations {
		if !slices.Contains(notes(), yuan) {
			p.add("cash.denominations", "there is no note of %d yuan", yuan)
		} else if slices.Contains(c.Denominations[:i], yuan) {
			p.add("cash.denominations", "%d is there twice", yuan)
		}
	}

	if p.total("cash.max_total", c.MaxTotal) && len(c.Denominations) > 0 && c.MaxTotal < slices.Min(c.Denominations) {
		p.add("cash.max_total", "%d yuan is less than any note taken", c.MaxTotal)
	}
}

// total reports whether the most of one payment is within bounds.
func (p *problems) total(key string, yuan int64) bool {
	ok := yuan >= 1 && yuan <= MaxTotalYuan
	if !ok {
		p.add(key, "%d is not within 1 to %d yuan", yuan, MaxTotalYuan)
	}

	return ok
}

func (p *problems) timeout(key string, d time.Duration) {
	if d < MinTimeout || d > MaxTimeout {
		p.add(key, "%v is not within %v to %v", d, MinTimeout, MaxTimeout)
	}
}
