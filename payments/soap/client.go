package soap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// ErrNotSent means that no byte of the request left. ErrNoReply means that it may have
// left and no usable answer came; a Fault is one of these.
var (
	ErrNotSent = errors.New("SOAP request not sent")
	ErrNoReply = errors.New("no usable SOAP answer")
)

// Config of a Client.
type Config struct {
	URL     string
	Version Version
	Charset Charset // of requests; empty is UTF-8
	User    *User   // nil: without a token
	Now     func() time.Time
	HTTP    *http.Transport // nil: one of its own; it is changed to a connection for each call
}

// Client calls one web service. Any number of goroutines may use it; how many at a time,
// and how long a call takes, is its user's.
type Client struct {
	cfg  Config
	http *http.Client
}

// New checks the configuration; it opens no connection.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("SOAP: the address is not http:// or https://")
	}
	if cfg.Now == nil || cfg.Version != V11 && cfg.Version != V12 {
		return nil, errors.New("SOAP: no clock, or no such version")
	}
	switch cfg.Charset {
	case "":
		cfg.Charset = UTF8
	case UTF8, GB18030:
	default:
		return nil, fmt.Errorf("SOAP: requests are not written in %.20q", cfg.Charset)
	}

	t := &http.Transport{}
	if cfg.HTTP != nil {
		t = cfg.HTTP.Clone()
	}
	t.DisableKeepAlives = true
	t.MaxResponseHeaderBytes = 64 << 10
	t.DisableCompression = true

	return &Client{cfg: cfg, http: &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Call sends body as the action and reads the answer into reply. An error is ErrNotSent or
// ErrNoReply; with ErrNoReply it may be a *Fault.
func (c *Client) Call(ctx context.Context, action string, body, reply any) error {
	req, sent, err := c.request(ctx, action, body)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotSent, err)
	}

	res, err := c.http.Do(req)
	if err != nil && !sent.Load() {
		return fmt.Errorf("%w: %w", ErrNotSent, plain(err))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoReply, plain(err))
	}
	defer func() { _ = res.Body.Close() }()

	if err := read(res, reply); err != nil {
		return fmt.Errorf("%w: %w", ErrNoReply, errors.Join(ctx.Err(), err))
	}

	return nil
}

// plain is an error of a request without its address, which may name a user.
func plain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}

	return err
}

func (c *Client) request(ctx context.Context, action string, body any) (*http.Request, *atomic.Bool, error) {
	var header any
	if c.cfg.User != nil {
		header = c.cfg.User.header(c.cfg.Now())
	}
	doc, err := c.cfg.Version.write(c.cfg.Charset, header, body)
	if err != nil {
		return nil, nil, err
	}

	sent := new(atomic.Bool)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.URL, bytes.NewReader(doc))
	if err != nil {
		return nil, nil, err
	}
	req.GetBody = nil // nothing is sent twice
	req.Header.Set("Content-Type", c.cfg.Version.contentType(c.cfg.Charset, action))
	if c.cfg.Version == V11 {
		req.Header.Set("SOAPAction", `"`+action+`"`)
	}

	return req, sent, nil
}

func (v Version) contentType(charset Charset, action string) string {
	if v == V11 {
		return mime.FormatMediaType("text/xml", map[string]string{"charset": string(charset)})
	}
	params := map[string]string{"charset": string(charset)}
	if action != "" {
		params["action"] = action
	}

	return mime.FormatMediaType("application/soap+xml", params)
}

// read reads an answer, whatever its status says: a fault may come with any.
func read(res *http.Response, reply any) error {
	m, err := open(res.Body, res.Header.Get("Content-Type"))
	if err == nil && m.isFault() {
		f, err := m.fault()
		if err != nil {
			return err
		}

		return f
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("HTTP status %d", res.StatusCode)
	}
	if err != nil {
		return err
	}

	return m.decode(reply)
}
