package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/boards/ground/labclock"
	cards "wattkiosk/payments/cardsystem/socket/dialect"
	"wattkiosk/payments/mis/socket/dialect"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/admission"
	"wattkiosk/uplink/office/broker"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/server"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/settle/source"
	"wattkiosk/uplink/office/store"
)

const (
	stopTimeout   = 10 * time.Second
	misTimeout    = 10 * time.Second // a lost answer is asked for while the customer still waits
	maxMISCalls   = 1024
	readTimeout   = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 16 << 10
	officeName    = "office" // client id, and common name of the certificate
	defaultHTTP   = "127.0.0.1:8090"
	defaultListen = "127.0.0.1:18883"
	anyPort       = "127.0.0.1:0"
)

// options are all flags.
type options struct {
	data, db, http, listen, broker, brokerURL, mis, owner, logLevel, bundles, bundlesURL string
	notifyListen, notifyURL, posp, cardSystem, cardPosts, contracts, signer, passphrase  string
	httpCert, httpKey, behindProxy, bills, pospForm                                      string
	roots, acquirers, books, httpNames                                                   []string
	demo                                                                                 bool
	kiosks, misCalls                                                                     int
	kioskLife, renewGrace                                                                time.Duration
	mosquitto                                                                            broker.Lists     // of an external mosquitto; empty: none
	clock                                                                                func() time.Time // nil: the machine's
}

// now is the time by the clock of this head office.
func (o *options) now() time.Time {
	if o.clock == nil {
		return time.Now()
	}

	return o.clock()
}

func serveCommand(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Run head office", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), o, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	host, err := os.Hostname()
	if err != nil {
		host = officeName
	}
	f := cmd.Flags()
	f.StringVar(&o.signer, "signer", "", "socket of officed signer, which has the keys; without it they are in --data")
	f.StringVar(&o.passphrase, "passphrase-file", "", "file of the passphrase that the keys in --data are sealed under")
	f.StringVar(&o.http, "http", defaultHTTP, "address of pages and interface; outside loopback it speaks HTTPS only, with a certificate of head office's own authority, unless one is given")
	f.StringVar(&o.httpCert, "http-cert", "", "file of the pages' certificate and its chain in PEM, read again when it changes")
	f.StringVar(&o.httpKey, "http-key", "", "file of that certificate's key in PEM")
	f.StringArrayVar(&o.httpNames, "http-name", nil, "a name or address that people reach the pages by, beside those of the certificate; may be given for each. Others are refused")
	f.StringVar(&o.behindProxy, "behind-proxy", "", "addresses or networks of the proxies that speak HTTPS to people and come here, perhaps in clear: X-Forwarded-For, -Proto and -Host are believed from these only")
	f.StringVar(&o.listen, "mqtt-listen", defaultListen, "address of the embedded broker")
	f.IntVar(&o.kiosks, "mqtt-kiosks", 0, "kiosks that the embedded broker lets in at a time (default: twice those that are enrolled, at least 4096)")
	f.StringVar(&o.broker, "broker", "", "use this broker, not the embedded one: tls://host:port, or tcp://host:port in a laboratory")
	f.DurationVar(&o.kioskLife, "kiosk-life", ca.DefaultKioskLife, "how long a kiosk's certificate lasts; it is renewed over the line in the last third of that")
	f.DurationVar(&o.renewGrace, "renew-grace", admission.DefaultGrace, "for how long after its end a certificate may still be renewed, by the embedded broker; then the kiosk is enrolled again")
	f.StringVar(&o.mosquitto.Dir, "mosquitto-dir", "", "folder where the lists for a mosquitto are kept up to date, crl.pem and acl (with --broker)")
	f.StringVar(&o.mosquitto.PIDFile, "mosquitto-pid", "", "file with the process of that mosquitto, which is told of new lists by SIGHUP")
	f.StringVar(&o.brokerURL, "broker-url", "", "how kiosks reach the broker, which they are told when they enrol: tls://host:port (default: its address)")
	f.StringVar(&o.bundles, "bundles-listen", anyPort, "address where kiosks fetch bundles (mutual TLS); port 0 is any")
	f.StringVar(&o.bundlesURL, "bundles-url", "", "how kiosks reach --bundles-listen: https://host:port (default: its address)")
	f.StringVar(&o.mis, "mis", "", "the marketing MIS: socket+DIALECT://host:port?collecting=UNIT&accounting=UNIT, tuxedo+DIALECT:///whole/path/of/settings.toml?…, or soap+DIALECT:///whole/path/of/settings.toml?…; dialects: "+strings.Join(dialect.Names(), ", ")+"; none: postings wait")
	f.IntVar(&o.misCalls, "mis-calls", gateway.DefaultCalls, "calls to the MIS at a time, for postings; look-ups have as many")
	f.StringArrayVar(&o.acquirers, "acquirer", nil, "a QR acquirer, NAME=URL?SETTINGS; NAME is signed (merchant, key-name, key-file, public-file), alipay (app, seller, key-file, public-file)"+
		" or wechat (app, merchant, key-serial, key-file, public-file, public-id, api-key-file); may be given for each: codes to show are the first one's")
	f.StringVar(&o.notifyListen, "notify-listen", "", "address where acquirers' notices come in, below /notify/NAME; without it head office only asks")
	f.StringVar(&o.notifyURL, "notify-url", "", "how acquirers reach --notify-listen: https://host (default: http:// and its address)")
	f.StringVar(&o.posp, "posp", "", "the bank's POSP, where frames of bank card terminals are relayed to: tcp://host:port, or tls://host:port?ca-file=FILE;"+
		" lines=N is how many connections there are (default 2); none: no payments by bank card")
	f.StringVar(&o.cardSystem, "card-system", "", "the card-meter system, which sells power onto meter cards: DIALECT+tcp://host:port?key-file=FILE&gzip=yes, tuxedo+DIALECT:///whole/path/of/settings.toml, soap:///whole/path/of/settings.toml, or odbc:///whole/path/of/settings.toml; dialects: "+
		strings.Join(cards.Names(), ", ")+"; none: no purchases")
	f.StringVar(&o.cardPosts, "card-posts", postsSelf, "who books with the MIS what the card-meter system sells from now on: self (that system), or mis (head office, by a posting of its own)")
	f.StringArrayVar(&o.books, "books", nil, "where the book of another system comes from each night, NAME=URL; NAME is "+strings.Join(source.Names(), ", ")+
		", or acquirer:NAME for each of several; file:///dir, sftp://user@host:port/dir?key-file=FILE&host-key-file=FILE, or tcp://host:port; may be given for each")
	f.StringVar(&o.bills, "bills", "", billsHelp)
	f.StringVar(&o.pospForm, "posp-form", "", pospFormHelp)
	f.StringVar(&o.contracts, "contracts", "", "JSON file of what the contracts with makers of note validators say of counterfeit notes; none: the owner of the fleet bears them")
	f.StringVar(&o.owner, "owner", host, "name of this head office in the books; another one for each that shares them")
	f.BoolVar(&o.demo, "demo", false, "make demonstration accounts")
	f.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	return cmd
}

// serve runs until ctx ends.
func serve(ctx context.Context, o *options, out, errs io.Writer) (err error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return cmdline.Usage("--log-level: %w", err)
	}
	log := slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: level}))
	if o.demo { // of a lab: nowhere else may the clock be shifted
		o.clock = labclock.Open(os.Getenv(labclock.Env)).Now
	}
	if err := errors.Join(checkBundlesURL(o.bundlesURL), checkBrokerURL(o.brokerURL)); err != nil {
		return err
	}
	if _, err := o.checkFront(); err != nil {
		return err
	}
	if o.misCalls < 1 || o.misCalls > maxMISCalls {
		return cmdline.Usage("--mis-calls %d: want 1 to %d", o.misCalls, maxMISCalls)
	}
	if err := o.checkIdentity(); err != nil {
		return err
	}
	if o.cardPosts != postsSelf && o.cardPosts != postsMIS {
		return cmdline.Usage("--card-posts %.20q: want %s or %s", o.cardPosts, postsSelf, postsMIS)
	}
	caller, err := misCaller(o.mis, o.misCalls, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closer(caller)()) }()
	cards, err := openCards(o, log)
	if err != nil {
		return err
	}
	if cards != nil {
		defer func() { err = errors.Join(err, cards.Close()) }()
	}
	books, err := openBooks(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	h := &house{o: o, books: books, log: log}
	h.gateway = gateway.NewRuntime(books, o.owner, caller, o.misCalls, log, o.now)
	if h.till, err = openTill(o, books, log); err != nil {
		return err
	}
	defer func() { _ = h.till.close() }() // closed before, if it was served
	if h.till != nil {
		h.gateway.Serve(h.till.qr)
	}
	if h.bank, err = openBank(o, books, log); err != nil {
		return err
	}
	if h.bank != nil {
		h.gateway.ServeBank(h.bank)
	}
	if h.clerk, err = newClerk(o, books, log); err != nil {
		return err
	}
	p, err := openParts(ctx, o, books, log, kicks{h.gateway.Kick, func() { h.server.KickJobs() }, func() { h.server.KickCash() }, h.reconcile, h.clerk.Bring})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	h.parts = p
	if cards != nil {
		h.gateway.ServeCards(cards, p.policyKey)
	}
	spares, err := spareCounter(books, p, o.now, log)
	if err != nil {
		return err
	}
	h.server = server.New(server.Config{
		Books: books, Gateway: h.gateway, Key: p.policyKey, Policy: server.DefaultLimits(), BundleURL: p.bundles.url, Office: p.office, Bank: books.Bank, Cash: books.Deadlines, Identities: p.admission, Spares: spares, Now: o.now, Log: log,
	})
	return h.run(ctx, out)
}

// house is a running head office.
type house struct {
	o       *options
	books   *store.Store
	log     *slog.Logger
	parts   *parts
	gateway *gateway.Runtime
	till    *till         // nil: no payments by QR code
	bank    *gateway.Bank // nil: no payments by bank card
	server  *server.Server
	clerk   *settle.Clerk
}

// reconcile fetches the files of a date and runs it.
func (h *house) reconcile(ctx context.Context, day string) error {
	_, err := h.clerk.Reconcile(ctx, day)
	return err
}

// run starts everything, says that it is ready, and ends it in reverse order.
func (h *house) run(ctx context.Context, out io.Writer) error {
	ln, err := net.Listen("tcp", h.o.http)
	if err != nil {
		return fmt.Errorf("cannot serve pages: %w", err)
	}
	commands, err := listenSocket(h.o.socket())
	if err != nil || commands == nil { // no reason to take no money
		h.log.Warn("commands of this machine go without the running head office", "socket", h.o.socket(), "another serves it", err == nil, "error", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	conf := h.parts.link
	conf.Subscriptions, conf.OnUp, conf.Logger = server.Subscriptions(), h.server.OnUp, h.log
	conf.OnMessage, conf.OnRetained = h.server.OnMessage, h.server.OnRetained
	conf.Queue = linkQueue
	link, err := mqttlink.Dial(conf)
	if err != nil {
		if commands != nil {
			err = errors.Join(err, commands.Close())
		}

		return errors.Join(err, ln.Close())
	}
	g.Go(func() error { return h.gateway.Run(ctx) })
	g.Go(func() error { return h.keepAccounts(ctx) })
	g.Go(func() error { return h.keepCash(ctx) })
	notices := ""
	if h.till != nil {
		g.Go(func() error { return h.till.qr.Run(ctx) })
		if ln := h.till.notices; ln != nil {
			notices = " notices=" + ln.Addr().String()
			g.Go(func() error { return h.till.serve(ctx, h.parts.front.proxies, h.log) })
		}
	}
	if h.bank != nil {
		g.Go(func() error { return h.bank.Run(ctx) })
	}
	g.Go(func() error { h.server.Run(ctx, link); return nil })
	g.Go(func() error { h.clerk.Run(ctx); return nil })
	g.Go(func() error { h.parts.admission.Run(ctx); return nil })
	g.Go(func() error { h.parts.keepLists(ctx, h.log); return nil })
	g.Go(func() error { return serveSocket(ctx, commands, h.clerk, h.books) })
	g.Go(func() error { return h.parts.front.serve(ctx, ln, h.routes(link), h.log) })
	g.Go(func() error { return h.parts.bundles.serve(ctx, h.log) })
	g.Go(func() error {
		<-ctx.Done()
		h.notify(daemon.SdNotifyStopping)
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		return link.Close(stop)
	})
	fmt.Fprintf(out, "ready %s=%s broker=%s bundles=%s%s\n", h.parts.front.scheme(), ln.Addr(), h.parts.listen, h.parts.bundles.base, notices)
	h.notify(daemon.SdNotifyReady)
	return g.Wait()
}

const linkQueue = 1024 // messages between the connection and the workers

func (h *house) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		h.log.Warn("cannot tell systemd", "error", err)
	}
}

// serveHTTP serves ln until ctx ends, and then has stop end it within stopTimeout. doing is
// what cannot be done where it ends by itself.
func serveHTTP(ctx context.Context, srv *http.Server, ln net.Listener, doing string, stop func(context.Context) error) error {
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ln) }()
	select {
	case err := <-ended:
		return fmt.Errorf("cannot %s: %w", doing, err)
	case <-ctx.Done():
	}

	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	err := stop(grace)
	<-ended

	return err
}
