package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/boards/ground/httpgate"
	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/alipay"
	"wattkiosk/payments/acquirer/secure"
	"wattkiosk/payments/acquirer/signed"
	"wattkiosk/payments/acquirer/wechat"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store"
)

// maxSecret is the most that the file of a key may hold.
const maxSecret = 16 << 10

// acquirerSettings are what each protocol is told, all of it in the query of --acquirer.
// Those that end in -file name files.
var acquirerSettings = map[string][]string{
	"signed": {"merchant", "key-name", "key-file", "public-file"},
	"alipay": {"app", "seller", "key-file", "public-file"},
	"wechat": {"app", "merchant", "key-serial", "key-file", "public-file", "public-id", "api-key-file"},
}

// payCodes are whose codes a wallet takes, by their first two digits. An acquirer of ours
// takes them all.
var payCodes = map[string][2]string{"alipay": {"25", "30"}, "wechat": {"10", "15"}}

// acquirers are those of --acquirer, in order. notify is where they send notices; empty
// for nowhere.
func acquirers(flags []string, notify string, now func() time.Time) ([]gateway.Acquirer, error) {
	var out []gateway.Acquirer
	for _, text := range flags {
		name, rest, _ := strings.Cut(text, "=")
		settings, known := acquirerSettings[name]
		if !known {
			return nil, cmdline.Usage("--acquirer %.20q: want signed, alipay or wechat, = and a URL", name)
		}
		if slices.ContainsFunc(out, func(a gateway.Acquirer) bool { return a.Name == name }) {
			return nil, cmdline.Usage("--acquirer %s: given twice", name)
		}
		base, with, err := acquirerURL(rest, settings)
		if err != nil {
			return nil, cmdline.Usage("--acquirer %s: %w", name, err)
		}
		to := notify
		if to != "" {
			to = strings.TrimSuffix(to, "/") + gateway.NoticePath(name)
		}
		a, err := newAcquirer(name, base, with, to, now)
		if err != nil {
			return nil, fmt.Errorf("--acquirer %s: %w", name, err)
		}
		out = append(out, gateway.Acquirer{Name: name, Acquirer: a, Takes: takes(name)})
	}

	return out, nil
}

func takes(name string) func(whose string) bool {
	bounds, ok := payCodes[name]
	if !ok {
		return nil
	}

	return func(whose string) bool { return whose >= bounds[0] && whose <= bounds[1] }
}

// acquirerURL splits a URL into what is called and the settings in its query.
func acquirerURL(text string, settings []string) (base string, with map[string]string, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Fragment != "" {
		return "", nil, errors.New("want https://host…?" + strings.Join(settings, "=…&") + "=…")
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return "", nil, errors.New("want https://: only an acquirer on this machine is reached without")
	}
	with = map[string]string{}
	for key, values := range u.Query() {
		if !slices.Contains(settings, key) || len(values) != 1 {
			return "", nil, fmt.Errorf("%.20q is no setting: want %s, once each", key, strings.Join(settings, ", "))
		}
		with[key] = values[0]
	}
	u.RawQuery = ""

	return u.String(), with, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)

	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func newAcquirer(name, base string, with map[string]string, notify string, now func() time.Time) (acquirer.Acquirer, error) {
	text, err := readSecret(with["key-file"])
	if err != nil {
		return nil, err
	}
	key, err := secure.ParseKey(text)
	if err != nil {
		return nil, err
	}
	if text, err = readSecret(with["public-file"]); err != nil {
		return nil, err
	}
	public, err := secure.ParsePublic(text)
	if err != nil {
		return nil, err
	}

	switch name {
	case "alipay":
		return alipay.New(alipay.Config{Gateway: base, App: with["app"], Seller: with["seller"], Key: key, Alipay: public, NotifyURL: notify, Now: now})
	case "signed":
		return signed.New(signed.Config{Base: base, Merchant: with["merchant"], KeyName: with["key-name"], Key: key, Acquirer: public, NotifyURL: notify, Now: now})
	}
	if text, err = readSecret(with["api-key-file"]); err != nil {
		return nil, err
	}

	return wechat.New(wechat.Config{
		Base: base, App: with["app"], Merchant: with["merchant"], KeySerial: with["key-serial"], Key: key,
		WeChat: public, WeChatID: with["public-id"], APIv3: acquirer.Secret(bytes.TrimSpace(text)), NotifyURL: notify, Now: now,
	})
}

// readSecret reads a small file. Its content is in no error.
func readSecret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read key: %w", err)
	}
	if info.Size() > maxSecret {
		return nil, fmt.Errorf("cannot read key: %s is larger than %d bytes", path, maxSecret)
	}

	return os.ReadFile(path)
}

// till is head office's side of payments by QR code.
type till struct {
	qr      *gateway.QR
	notices net.Listener // nil: no notices, head office asks
}

// openTill is nil where no acquirer is configured.
func openTill(o *options, books *store.Store, log *slog.Logger) (*till, error) {
	if len(o.acquirers) == 0 {
		if o.notifyListen != "" || o.notifyURL != "" {
			return nil, cmdline.Usage("--notify-listen and --notify-url are for --acquirer")
		}

		return nil, nil
	}
	t := &till{}
	notify := o.notifyURL
	if o.notifyListen != "" {
		ln, err := net.Listen("tcp", o.notifyListen)
		if err != nil {
			return nil, fmt.Errorf("cannot take notices: %w", err)
		}
		t.notices = ln
		if notify == "" {
			notify = "http://" + ln.Addr().String()
		}
	}

	list, err := acquirers(o.acquirers, notify, o.now)
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	t.qr = gateway.NewQR(books.QR, o.owner, list, gateway.DefaultCalls, log, o.now)

	return t, nil
}

func (t *till) close() error {
	if t == nil || t.notices == nil {
		return nil
	}

	return t.notices.Close()
}

// Connections of acquirers, who have few addresses each. Anybody may come to where notices are
// taken, and none of them may take what pages and kiosks need.
const (
	noticesOfSource = 64
	noticesAtAll    = 512
)

// serve takes notices until ctx ends.
func (t *till) serve(ctx context.Context, proxies []netip.Prefix, log *slog.Logger) error {
	srv := httpgate.New(httpgate.Config{Handler: t.qr.Notices(), PerSource: noticesOfSource, Total: noticesAtAll, Proxies: proxies})
	srv.IdleTimeout, srv.ErrorLog = idleTimeout, slog.NewLogLogger(log.Handler(), slog.LevelWarn)

	return serveHTTP(ctx, srv, t.notices, "take notices", srv.Shutdown)
}
