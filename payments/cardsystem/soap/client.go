package soap

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/document"
	"wattkiosk/payments/cardsystem/queue"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/soap"
)

// Namespace of the service.
const Namespace = "urn:wattkiosk:card-meter:1"

// WSDL describes the service, with both versions of SOAP; the addresses in it are those of
// a machine of its own.
//
//go:embed cardmeter.wsdl
var WSDL []byte

// Defaults of Config.
const (
	DefaultDialTimeout = 5 * time.Second
	DefaultTimeout     = 30 * time.Second
	DefaultCalls       = 8
	DefaultQueue       = 64
)

// Names are the elements of requests, read-only; those of answers end in Response.
var Names = map[cardsystem.Op]string{
	cardsystem.OpQuote:   "Quote",
	cardsystem.OpSell:    "Sell",
	cardsystem.OpAsk:     "GetPayResult",
	cardsystem.OpReverse: "PayCancel",
	cardsystem.OpSteps:   "WriteUp",
	cardsystem.OpReport:  "WriteCardCallback",
	cardsystem.OpTotals:  "CashCheck",
}

// DialFunc opens a connection, as net.Dialer.DialContext does.
type DialFunc = queue.DialFunc

// Config of a Client. Zero durations and numbers take the defaults.
type Config struct {
	URL         string
	Version     soap.Version
	Charset     soap.Charset   // of requests
	User        *soap.User     // nil: without a token
	Roots       *x509.CertPool // nil: the machine's
	Now         func() time.Time
	DialTimeout time.Duration
	Timeout     time.Duration // of a whole call
	Calls       int           // at most this many at a time
	Queue       int           // at most this many more wait
}

// Client calls the service. Any number of goroutines may use it, and it holds nothing
// between calls.
type Client struct {
	cfg   Config
	soap  *soap.Client
	dial  DialFunc
	queue *queue.Queue
	gate  queue.Gate
}

// New checks the configuration; it opens no connection. A nil dial is net.Dialer's.
func New(cfg Config, dial DialFunc) (*Client, error) {
	if cfg.DialTimeout < 0 || cfg.Timeout < 0 || cfg.Calls < 0 || cfg.Queue < 0 {
		return nil, errors.New("card-meter service: negative timeout or number of calls")
	}

	cfg.DialTimeout = cmp.Or(cfg.DialTimeout, DefaultDialTimeout)
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	cfg.Calls = cmp.Or(cfg.Calls, DefaultCalls)
	cfg.Queue = cmp.Or(cfg.Queue, DefaultQueue)
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}

	c := &Client{cfg: cfg, dial: dial, queue: queue.New(cfg.Calls, cfg.Queue)}
	transport := &http.Transport{DialContext: c.open, TLSHandshakeTimeout: cfg.DialTimeout}
	if cfg.Roots != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12}
	}
	var err error
	c.soap, err = soap.New(soap.Config{
		URL: cfg.URL, Version: cfg.Version, Charset: cfg.Charset, User: cfg.User, Now: cfg.Now, HTTP: transport,
	})
	if err != nil {
		return nil, fmt.Errorf("card-meter service: %w", err)
	}

	return c, nil
}

// Close lets nothing more be sent.
func (c *Client) Close() error {
	c.gate.Close()

	return nil
}

func (c *Client) open(ctx context.Context, network, addr string) (net.Conn, error) {
	return c.gate.Dial(ctx, c.cfg.DialTimeout, c.dial, network, addr)
}

// Call makes one call and returns within Timeout, or when ctx ends. The reply is the truth
// and always usable; the error only says why it is not the system's own: soap.ErrNotSent,
// soap.ErrNoReply, or a request that cannot be said. What it means for a sale is
// cardsystem.NotSent's; a request that was refused at the door was not carried out, and
// counts as not sent.
func (c *Client) Call(ctx context.Context, r cardsystem.Request) (cardsystem.Reply, error) {
	name, known := Names[r.Op]
	doc, err := document.Request(r)
	if err != nil || !known {
		return cardsystem.NotSent(r.Op, false), errors.Join(soap.ErrNotSent, err)
	}

	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	giveBack, err := c.queue.Turn(ctx)
	if err != nil {
		return cardsystem.NotSent(r.Op, true), fmt.Errorf("%w: %w", soap.ErrNotSent, err)
	}
	defer giveBack()

	var a answer
	err = c.soap.Call(ctx, Namespace+"/"+name, request{xml.Name{Space: Namespace, Local: name}, doc}, &a)
	if err != nil {
		return failed(r, err)
	}
	if want := (xml.Name{Space: Namespace, Local: name + "Response"}); a.XMLName != want {
		return cardsystem.Reply{Op: r.Op}, fmt.Errorf("%w: %w: %.64q", soap.ErrNoReply, cardsystem.ErrMismatch, a.XMLName.Local)
	}
	reply, err := document.ReadReply(r, a.Status, a.Message, a.Data.document())
	if err != nil {
		return reply, fmt.Errorf("%w: %w", soap.ErrNoReply, err)
	}

	return reply, nil
}

// failed is the reply of a call without an answer of its own: see Faults.
func failed(r cardsystem.Request, err error) (cardsystem.Reply, error) {
	var f *soap.Fault
	switch {
	case errors.Is(err, soap.ErrNotSent):
		return cardsystem.NotSent(r.Op, true), err
	case !errors.As(err, &f):
		return cardsystem.Reply{Op: r.Op}, err
	case f.Unprocessed():
		return cardsystem.NotSent(r.Op, true), fmt.Errorf("%w: %w", soap.ErrNotSent, f)
	}

	status := mis.Code(f.Detail)
	if m := document.Codes.Meaning(status); m == "" || m == cardsystem.SaysOK {
		return cardsystem.Reply{Op: r.Op}, err
	}
	reply, bad := document.ReadReply(r, status, f.Text, nil)
	if bad != nil {
		return reply, fmt.Errorf("%w: %w", soap.ErrNoReply, bad)
	}

	return reply, nil
}

// request and answer are the elements of a body.
type request struct {
	XMLName xml.Name
	Data    any `xml:"data"`
}

type answer struct {
	XMLName xml.Name
	Status  mis.Code `xml:"status"`
	Message string   `xml:"message"`
	Data    *part    `xml:"data"`
}

// part is a document that waits to be read. It is read by the names of its elements, so
// the namespaces that were declared around it do not matter any more.
type part struct {
	Inner []byte `xml:",innerxml"`
}

func (p *part) document() document.Decode {
	if p == nil {
		return nil
	}

	return func(v any) error {
		return xml.Unmarshal([]byte("<data>"+string(p.Inner)+"</data>"), v)
	}
}
