package socket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"wattkiosk/payments/mis"
)

// Defaults of Config.
const (
	DefaultDialTimeout = 5 * time.Second
	DefaultTimeout     = 30 * time.Second
	DefaultCalls       = 4
)

// ErrNotSent means that no byte of the request left. ErrNoReply means that it
// may have left and no usable reply came.
var (
	ErrNotSent = errors.New("MIS request not sent")
	ErrNoReply = errors.New("no usable MIS reply")
)

// DialFunc opens a connection, as net.Dialer.DialContext does.
type DialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// Config of a Client. Zero durations and Calls take the defaults.
type Config struct {
	Addr        string
	DialTimeout time.Duration
	Timeout     time.Duration // of a whole call, waiting for a turn and dialling included
	Calls       int           // at most this many at a time; more wait
	Unit        Unit
	Dialect     Dialect // the zero Dialect is Example
}

// Client calls a MIS, one connection a call, so that a reply that comes too late
// dies with its connection and can never answer another call. It may be used by
// any number of goroutines, and holds nothing between calls.
type Client struct {
	cfg   Config
	codec *Codec
	dial  DialFunc
	turns chan struct{}
}

// New checks the configuration; it opens no connection. A nil dial is
// net.Dialer's.
func New(cfg Config, dial DialFunc) (*Client, error) {
	if cfg.Addr == "" {
		return nil, errors.New("MIS client: no address")
	}
	if cfg.DialTimeout < 0 || cfg.Timeout < 0 || cfg.Calls < 0 {
		return nil, errors.New("MIS client: negative timeout or number of calls")
	}
	if cfg.Dialect.Messages == nil {
		cfg.Dialect = Example()
	}
	codec, err := NewCodec(cfg.Dialect, cfg.Unit)
	if err != nil {
		return nil, fmt.Errorf("MIS client: %w", err)
	}
	if cfg.DialTimeout == 0 {
		cfg.DialTimeout = DefaultDialTimeout
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Calls == 0 {
		cfg.Calls = DefaultCalls
	}
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return &Client{cfg: cfg, codec: codec, dial: dial, turns: make(chan struct{}, cfg.Calls)}, nil
}

// Call makes one call and returns within Timeout, or when ctx ends. The reply is
// the truth and always usable; the error only says why a reply is not the
// MIS's own: ErrNotSent, ErrNoReply, or a request that cannot be encoded.
//
// A post that did not leave is NotDone with an empty code, and Retry if the line
// was at fault; that speaks for this call only, an earlier call with the same
// serial keeps its own outcome. Every other operation that did not leave is
// Unknown with an empty code: it learned nothing, and a ReverseResult cannot say
// "later". Whatever fails from the first byte on is Unknown.
func (c *Client) Call(ctx context.Context, r mis.Request) (mis.Reply, error) {
	frame, err := c.codec.EncodeRequest(r)
	if err != nil {
		return mis.NotSent(r.Op, false), fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	conn, err := c.connect(ctx)
	if err != nil {
		return mis.NotSent(r.Op, true), fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	defer func() {
		_ = conn.Close() // the call is over, whatever closing says
		<-c.turns
	}()
	reply, err := c.exchange(ctx, conn, r, frame)
	if err != nil {
		return mis.Reply{Op: r.Op}, fmt.Errorf("%w: %s: %w", ErrNoReply, r.Op, err)
	}
	return reply, nil
}

// connect takes a turn and dials. The caller gives the turn back if it succeeds.
func (c *Client) connect(ctx context.Context) (net.Conn, error) {
	select {
	case c.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("no turn among %d calls: %w", c.cfg.Calls, ctx.Err())
	}
	dialCtx, cancel := context.WithTimeout(ctx, c.cfg.DialTimeout)
	defer cancel()
	conn, err := c.dial(dialCtx, "tcp", c.cfg.Addr)
	if err == nil && ctx.Err() != nil {
		_ = conn.Close()
		err = ctx.Err()
	}
	if err != nil {
		<-c.turns
		return nil, err
	}
	return conn, nil
}

func (c *Client) exchange(ctx context.Context, conn net.Conn, r mis.Request, frame []byte) (mis.Reply, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // unblocks both directions
	defer stop()
	if _, err := conn.Write(frame); err != nil {
		return mis.Reply{}, errors.Join(ctx.Err(), err)
	}
	answer, err := c.cfg.Dialect.Frame.Read(conn)
	if err != nil {
		return mis.Reply{}, errors.Join(ctx.Err(), err)
	}
	return c.codec.DecodeReplyTo(r, answer)
}
