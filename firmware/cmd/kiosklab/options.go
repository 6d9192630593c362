package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"wattkiosk/firmware/config"
	"wattkiosk/firmware/profile"
	"wattkiosk/hal/bench"
	"wattkiosk/payments/mis/socket/dialect"
)

// options are all flags.
type options struct {
	dir                           string // absolute
	screen, bench, office, broker string // host:port to listen on
	brokerURL                     string // a broker of one's own; "" = the embedded one
	toldBroker                    string // where head office says that the broker is; "" = the line to it
	bundles, bundlesURL           string // where head office hands out bundles, and how the kiosk reaches that
	bundleRoots                   []string
	db, profile, bin              string
	validator, reader, pinpad     string // drivers of the note validator, the reader of bank cards and the PIN pad
	meterReader                   string // driver of the reader of meter cards
	meterMode                     string // who works meter cards: see config.MeterReader
	province                      string // dialect of the MIS
	acquirer                      string // protocol of the QR acquirer
	cardPosts                     string // who books payments by card: see config.CardPosts
	salePosts                     string // who books with the MIS what the card-meter system sold: self or mis
	library                       string // description of a maker's library, for the reader vendor
	kioskLife                     string // of a kiosk's certificate; "" = head office's own
	headless, json, quick         bool

	heard func(frame []byte) // of the bank: no flag, for tests
}

func parseOptions(args []string, errs io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("kiosklab", flag.ContinueOnError)
	f.SetOutput(errs)
	f.StringVar(&o.dir, "dir", ".lab", "folder of all state")
	f.StringVar(&o.screen, "screen-addr", "127.0.0.1:8080", "address of the kiosk's touch screen; port 0 takes a free one, here and below")
	f.StringVar(&o.bench, "bench-addr", "127.0.0.1:8081", "address of the lab bench")
	f.StringVar(&o.office, "office-addr", "127.0.0.1:8090", "address of head office")
	f.StringVar(&o.broker, "broker-addr", "127.0.0.1:18883", "address of the embedded MQTT broker")
	f.StringVar(&o.brokerURL, "broker", "", "use this broker, not the embedded one: tls://host:port, or tcp://host:port on loopback; DIR/broker has certificates for it")
	f.StringVar(&o.toldBroker, "broker-url", "", "how a kiosk that enrols is told to reach the broker: tls://host:port (default: by the line)")
	f.StringVar(&o.kioskLife, "kiosk-life", "", "how long the certificates of kiosks last, from 1m (default: as head office has it)")
	f.StringVar(&o.bundles, "bundles-addr", "127.0.0.1:0", "address where kiosks fetch bundles")
	f.StringVar(&o.bundlesURL, "bundles-url", "", "how the kiosk reaches --bundles-addr: https://host:port (default: that address)")
	f.Func("bundle-root", "file of a root key that bundles must be signed under; may be given again", func(path string) error {
		o.bundleRoots = append(o.bundleRoots, path)
		return nil
	})

	f.StringVar(&o.db, "db", "", "head office's books: sqlite:FILE or postgres://… (default: a file in DIR/office)")
	f.StringVar(&o.province, "mis-dialect", "", "dialect of the marketing MIS: "+strings.Join(dialect.Names(), ", ")+" (default: example)")
	f.StringVar(&o.acquirer, "acquirer", acquirers()[0], "protocol of the QR acquirer: "+strings.Join(acquirers(), ", "))
	f.StringVar(&o.cardPosts, "card-posts", config.Default().Card.Posts, "who books payments by bank card with the MIS: "+strings.Join(config.CardPosts(), ", "))
	f.StringVar(&o.salePosts, "sale-posts", salePosts()[0], "who books with the MIS what the card-meter system sold: "+strings.Join(salePosts(), ", ")+" (self: that system; mis: head office)")
	f.StringVar(&o.profile, "profile", config.Default().Profile, "kind of terminal: "+strings.Join(profile.Names(), ", "))
	f.StringVar(&o.bin, "bin", "", "folder of officed, kioskd and kioskctl (default: that of kiosklab; else they are built)")
	f.StringVar(&o.validator, "validator", bench.Validators()[0], "protocol of the note validator: "+strings.Join(bench.Validators(), ", "))
	f.StringVar(&o.reader, "reader", bench.Readers()[0], "protocol of the reader of bank cards: "+strings.Join(readers(), ", "))
	f.StringVar(&o.meterReader, "meter-reader", bench.DefaultMeterReader, "protocol of the reader of meter cards: "+strings.Join(bench.Readers(), ", "))
	f.StringVar(&o.meterMode, "meter-mode", config.ModeSteps, "who works meter cards: "+strings.Join(meterModes(), ", ")+" (steps: head office's; library: a maker's in C, which is built with cc, on a reader of its own)")
	f.StringVar(&o.pinpad, "pinpad", bench.Pinpads()[0], "protocol of the PIN pad: "+strings.Join(bench.Pinpads(), ", "))
	f.StringVar(&o.library, "library", "", "description of the maker's library that drives reader vendor")
	f.BoolVar(&o.headless, "headless", false, "no hint about the browser")
	f.BoolVar(&o.json, "json", false, "print one line of JSON with all addresses once ready")
	f.BoolVar(&o.quick, "quick", false, "devices that hurry, for tests")
	if err := f.Parse(args); err != nil {
		return o, err
	}

	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; see -help", f.Arg(0))
	}

	return o, o.check()
}

// vendorReader is the reader that is not on the bench: all there is of it is a maker's
// library.
const vendorReader = "vendor"

// meterModes are those of the configuration.
func meterModes() []string { return []string{config.ModeSteps, config.ModeLibrary} }

// salePosts are what officed's --card-posts takes.
func salePosts() []string { return []string{"self", "mis"} }

func readers() []string { return append(bench.Readers(), vendorReader) }

func (o *options) check() error {
	if !slices.Contains(bench.Validators(), o.validator) {
		return fmt.Errorf("--validator %q is not one of %s", o.validator, strings.Join(bench.Validators(), ", "))
	}

	if !slices.Contains(readers(), o.reader) {
		return fmt.Errorf("--reader %q is not one of %s", o.reader, strings.Join(readers(), ", "))
	}

	if !slices.Contains(bench.Readers(), o.meterReader) {
		return fmt.Errorf("--meter-reader %q is not one of %s", o.meterReader, strings.Join(bench.Readers(), ", "))
	}

	switch {
	case !slices.Contains(meterModes(), o.meterMode):
		return fmt.Errorf("--meter-mode %q is not one of %s", o.meterMode, strings.Join(meterModes(), ", "))
	case o.meterMode == config.ModeLibrary && o.meterReader != bench.DefaultMeterReader:
		return fmt.Errorf("--meter-mode %s has a reader of its own: leave --meter-reader out", config.ModeLibrary)
	case o.meterMode == config.ModeLibrary:
		o.meterReader = bench.Library
	}

	if !slices.Contains(bench.Pinpads(), o.pinpad) {
		return fmt.Errorf("--pinpad %q is not one of %s", o.pinpad, strings.Join(bench.Pinpads(), ", "))
	}
	if _, ok := profile.Named(o.profile); !ok {
		return fmt.Errorf("--profile %q is not one of %s", o.profile, strings.Join(profile.Names(), ", "))
	}

	if o.province != "" && !slices.Contains(dialect.Names(), o.province) {
		return fmt.Errorf("--mis-dialect %q is not one of %s", o.province, strings.Join(dialect.Names(), ", "))
	}

	if !slices.Contains(config.CardPosts(), o.cardPosts) {
		return fmt.Errorf("--card-posts %q is not one of %s", o.cardPosts, strings.Join(config.CardPosts(), ", "))
	}

	if !slices.Contains(salePosts(), o.salePosts) {
		return fmt.Errorf("--sale-posts %q is not one of %s", o.salePosts, strings.Join(salePosts(), ", "))
	}

	if !slices.Contains(acquirers(), o.acquirer) {
		return fmt.Errorf("--acquirer %q is not one of %s", o.acquirer, strings.Join(acquirers(), ", "))
	}

	if (o.reader == vendorReader) != (o.library != "") {
		return fmt.Errorf("--reader %s and --library need each other", vendorReader)
	}

	for name, addr := range map[string]string{"screen-addr": o.screen, "bench-addr": o.bench} {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return fmt.Errorf("--%s %q is not host:port", name, addr)
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return fmt.Errorf("--%s %q is not loopback: the lab asks nobody who they are", name, addr)
		}
	}

	for name, addr := range map[string]string{"office-addr": o.office, "broker-addr": o.broker, "bundles-addr": o.bundles} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			return fmt.Errorf("--%s %q is not host:port", name, addr)
		}
	}

	if o.brokerURL != "" {
		if u, err := url.Parse(o.brokerURL); err != nil || (u.Scheme != "tls" && u.Scheme != "tcp") || u.Hostname() == "" || u.Port() == "" {
			return fmt.Errorf("--broker is not tls://host:port or tcp://host:port")
		}
	}

	if file, ok := strings.CutPrefix(o.db, "sqlite:"); ok { // children run elsewhere
		abs, err := filepath.Abs(file)
		if err != nil {
			return fmt.Errorf("--db: %w", err)
		}
		o.db = "sqlite:" + abs
	}

	paths := []*string{&o.dir}
	if o.library != "" {
		paths = append(paths, &o.library)
	}

	for i := range o.bundleRoots {
		paths = append(paths, &o.bundleRoots[i])
	}

	for _, path := range paths {
		abs, err := filepath.Abs(*path)
		if err != nil {
			return fmt.Errorf("cannot tell where %s is: %w", *path, err)
		}
		*path = abs
	}

	return nil
}
