package soap

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"wattkiosk/payments/cardsystem/queue"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/soap"
)

// Namespace of the service, unless it has another.
const Namespace = "urn:wattkiosk:mis:1"

// Defaults of Config.
const (
	DefaultCalls = 8
	DefaultQueue = 64
)

// Names are the elements of requests; those of answers end in Response.
func Names() map[mis.Op]string {
	return map[mis.Op]string{mis.OpQuery: "Query", mis.OpVerify: "Verify", mis.OpPost: "Pay", mis.OpAsk: "GetPayResult", mis.OpReverse: "PayCancel"}
}

// Config of a Client. Zero durations and numbers take the defaults of mis/socket, or those
// above.
type Config struct {
	soap.Access
	Namespace   string            // empty is Namespace
	Names       map[mis.Op]string // nil is Names
	Dialect     socket.Dialect
	Unit        socket.Unit
	Now         func() time.Time
	DialTimeout time.Duration
	Timeout     time.Duration // of a whole call
	Calls       int           // at most this many at a time
	Queue       int           // at most this many more wait
}

// Settings are one service, as a file says.
type Settings struct {
	soap.Settings
	Namespace string            `toml:"namespace"` // missing = Namespace
	Names     map[string]string `toml:"names"`     // element of a request by operation; missing = Names
}

// Config is what the settings say, for a client. An error repeats no setting that may be
// secret.
func (s Settings) Config() (Config, error) {
	to, err := s.Access()
	if err != nil {
		return Config{}, err
	}

	cfg := Config{Access: to, Namespace: s.Namespace, Names: Names()}
	for op, name := range s.Names {
		if cfg.Names[mis.Op(op)] == "" || name == "" {
			return Config{}, fmt.Errorf("names.%.20s: no such operation, or no name", op)
		}
		cfg.Names[mis.Op(op)] = name
	}
	return cfg, nil
}

// Client calls the service. Any number of goroutines may use it, and it holds nothing
// between calls.
type Client struct {
	cfg   Config
	codec *socket.Codec
	soap  *soap.Client
	queue *queue.Queue
	gate  queue.Gate
}

// New checks the configuration; it opens no connection.
func New(cfg Config) (*Client, error) {
	if cfg.DialTimeout < 0 || cfg.Timeout < 0 || cfg.Calls < 0 || cfg.Queue < 0 {
		return nil, errors.New("MIS service: negative timeout or number of calls")
	}
	codec, err := socket.NewCodec(cfg.Dialect, cfg.Unit)
	if err != nil {
		return nil, fmt.Errorf("MIS service: %w", err)
	}
	cfg.fill()
	for op := range Names() {
		if cfg.Names[op] == "" {
			return nil, fmt.Errorf("MIS service: no name for %s", op)
		}
	}

	c := &Client{cfg: cfg, codec: codec, queue: queue.New(cfg.Calls, cfg.Queue)}
	transport := &http.Transport{DialContext: c.open, TLSHandshakeTimeout: cfg.DialTimeout}
	if cfg.Roots != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12}
	}
	c.soap, err = soap.New(soap.Config{URL: cfg.URL, Version: cfg.Version, Charset: cfg.Charset, User: cfg.User, Now: cfg.Now, HTTP: transport})
	if err != nil {
		return nil, fmt.Errorf("MIS service: %w", err)
	}
	return c, nil
}

func (c *Config) fill() {
	c.Namespace = cmp.Or(c.Namespace, Namespace)
	if c.Names == nil {
		c.Names = Names()
	}
	c.DialTimeout = cmp.Or(c.DialTimeout, socket.DefaultDialTimeout)
	c.Timeout = cmp.Or(c.Timeout, socket.DefaultTimeout)
	c.Calls = cmp.Or(c.Calls, DefaultCalls)
	c.Queue = cmp.Or(c.Queue, DefaultQueue)
}

// Close lets nothing more be sent.
func (c *Client) Close() error {
	c.gate.Close()
	return nil
}

func (c *Client) open(ctx context.Context, network, addr string) (net.Conn, error) {
	return c.gate.Dial(ctx, c.cfg.DialTimeout, new(net.Dialer).DialContext, network, addr)
}

// Call makes one call and returns within Timeout, or when ctx ends. The reply is the truth
// and always usable; the error only says why a reply is not the MIS's own: soap.ErrNotSent,
// soap.ErrNoReply, or a request that cannot be encoded. The package comment says what
// becomes of a call.
func (c *Client) Call(ctx context.Context, r mis.Request) (mis.Reply, error) {
	name := c.cfg.Names[r.Op]
	body, err := c.request(name, r)
	if err != nil {
		return mis.NotSent(r.Op, false), fmt.Errorf("%w: %w", soap.ErrNotSent, err)
	}

	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	giveBack, err := c.queue.Turn(ctx)
	if err != nil {
		return mis.NotSent(r.Op, true), fmt.Errorf("%w: %w", soap.ErrNotSent, err)
	}
	defer giveBack()

	var answer Message
	if err := c.soap.Call(ctx, c.cfg.Namespace+"/"+name, body, &answer); err != nil {
		return c.failed(r.Op, err)
	}
	reply, err := c.reply(r, answer)
	if err != nil {
		return mis.Reply{Op: r.Op}, fmt.Errorf("%w: %s: %w", soap.ErrNoReply, r.Op, err)
	}
	return reply, nil
}

func (c *Client) request(name string, r mis.Request) (Message, error) {
	frame, err := c.codec.EncodeRequest(r)
	if err != nil {
		return Message{}, err
	}
	cells, err := c.codec.Cells(frame)

	return Message{Name: xml.Name{Space: c.cfg.Namespace, Local: name}, Cells: cells}, err
}

func (c *Client) reply(r mis.Request, answer Message) (mis.Reply, error) {
	if want := c.cfg.Names[r.Op] + "Response"; answer.Name.Local != want || answer.Name.Space != c.cfg.Namespace {
		return mis.Reply{}, fmt.Errorf("%w: element %.64q", socket.ErrMismatch, answer.Name.Local)
	}
	code := ""
	for _, m := range c.codec.Dialect().Messages {
		if m.Op == r.Op {
			code = m.Reply.Code
		}
	}
	frame, err := c.codec.Assemble(code, answer.Cells)
	if err != nil {
		return mis.Reply{}, err
	}

	return c.codec.DecodeReplyTo(r, frame)
}

// failed is the reply of a call without an answer of its own.
func (c *Client) failed(op mis.Op, err error) (mis.Reply, error) {
	var f *soap.Fault
	switch {
	case errors.Is(err, soap.ErrNotSent):
		return mis.NotSent(op, true), err
	case !errors.As(err, &f):
		return mis.Reply{Op: op}, err
	case f.Unprocessed():
		return mis.NotSent(op, true), fmt.Errorf("%w: %w", soap.ErrNotSent, f)
	}

	codes := c.codec.Dialect().Codes
	code := mis.Code(f.Detail)
	if m := codes.Meaning(code); m == "" || m == mis.SaysOK {
		return mis.Reply{Op: op}, err
	}
	v := codes.Classify(op, code)
	if v.Outcome == mis.Done || v.Reversed {
		return mis.Reply{Op: op}, err // it would have to say what was done
	}
	return refused(op, code, f.Text, v), nil
}

// refused is a reply of a code and its text alone.
func refused(op mis.Op, code mis.Code, text string, v mis.Verdict) mis.Reply {
	r := mis.Reply{Op: op}
	switch op {
	case mis.OpPost, mis.OpAsk:
		r.Post = mis.PostResult{Outcome: v.Outcome, Code: code, Text: text, Retry: v.Retry, Wait: v.Wait, Reason: v.Reason}
	case mis.OpReverse:
		r.Reverse = mis.ReverseResult{Outcome: v.Outcome, Code: code, Text: text, Wait: v.Wait}
	default:
		r.Query = mis.QueryResult{Outcome: v.Outcome, Code: code, Text: text, Reason: v.Reason}
	}

	return r
}
