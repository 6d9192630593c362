package socket

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/queue"
)

// Defaults of Config.
const (
	DefaultDialTimeout = 5 * time.Second
	DefaultTimeout     = 30 * time.Second
	DefaultHeartbeat   = 30 * time.Second
	DefaultCalls       = 8
	DefaultQueue       = 64
)

// ErrNotSent means that no byte of the request left. ErrNoReply means that it may have
// left and no usable answer came.
var (
	ErrNotSent = errors.New("card-meter system: request not sent")
	ErrNoReply = errors.New("card-meter system: no usable answer")
)

// Dialect says and reads the messages of one card-meter system. What ReadFrame returns
// goes into the decoding methods; what the encoding methods return goes onto the line.
type Dialect interface {
	Name() string
	Codes() cardsystem.Codes
	ReadFrame(io.Reader) ([]byte, error)
	EncodeRequest(id string, r cardsystem.Request) ([]byte, error)
	DecodeReply(id string, r cardsystem.Request, frame []byte) (cardsystem.Reply, error)

	// The side of the system, for simulators.
	DecodeRequest(frame []byte) (id string, r cardsystem.Request, err error)
	EncodeReply(id string, e cardsystem.Echo, r cardsystem.Reply) ([]byte, error)
	EncodeBadPacket(frame []byte) ([]byte, error)
}

// Shared is a Dialect whose connection stays open and carries several calls at a time.
// Any other has a connection for each call.
type Shared interface {
	Dialect
	Beat() []byte // a heartbeat, as it travels
	Sort(frame []byte) (id string, beat bool, err error)
}

// DialFunc opens a connection, as net.Dialer.DialContext does.
type DialFunc = queue.DialFunc

// Config of a Client. Zero durations and numbers take the defaults.
type Config struct {
	Addr        string
	Dialect     Dialect
	DialTimeout time.Duration
	Timeout     time.Duration // of a whole call
	Calls       int           // at most this many at a time
	Queue       int           // at most this many more wait
	Heartbeat   time.Duration // of a shared connection; one that is silent for two of them is given up
}

// Client calls a card-meter system. Any number of goroutines may use it. Close ends its
// connection; calls after that are not sent.
type Client struct {
	cfg   Config
	dial  DialFunc
	queue *queue.Queue
	gate  queue.Gate
	share *share // nil: a connection for each call
}

// New checks the configuration; it opens no connection. A nil dial is net.Dialer's.
func New(cfg Config, dial DialFunc) (*Client, error) {
	if cfg.Addr == "" || cfg.Dialect == nil {
		return nil, errors.New("card-meter system: no address or no dialect")
	}
	if cfg.DialTimeout < 0 || cfg.Timeout < 0 || cfg.Heartbeat < 0 || cfg.Calls < 0 || cfg.Queue < 0 {
		return nil, errors.New("card-meter system: negative timeout or number of calls")
	}
	if err := cfg.Dialect.Codes().Check(); err != nil {
		return nil, fmt.Errorf("card-meter system, dialect %s: %w", cfg.Dialect.Name(), err)
	}

	cfg.DialTimeout = cmp.Or(cfg.DialTimeout, DefaultDialTimeout)
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	cfg.Heartbeat = cmp.Or(cfg.Heartbeat, DefaultHeartbeat)
	cfg.Calls = cmp.Or(cfg.Calls, DefaultCalls)
	cfg.Queue = cmp.Or(cfg.Queue, DefaultQueue)
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}

	c := &Client{cfg: cfg, dial: dial, queue: queue.New(cfg.Calls, cfg.Queue)}
	if d, ok := cfg.Dialect.(Shared); ok {
		c.share = newShare(d, cfg.Heartbeat, c.open)
	}

	return c, nil
}

// Close ends the connection and its goroutines. Calls under way get no answer.
func (c *Client) Close() error {
	c.gate.Close()
	if c.share != nil {
		c.share.close()
	}

	return nil
}

// Call makes one call and returns within Timeout, or when ctx ends. The reply is the truth
// and always usable; the error only says why it is not the system's own: ErrNotSent,
// ErrNoReply, or a request that cannot be said.
//
// A sale that did not leave is NotDone with an empty code, and Retry if the line was at
// fault; that speaks for this call only. Every other operation that did not leave is
// Unknown with an empty code: it learned nothing.
func (c *Client) Call(ctx context.Context, r cardsystem.Request) (cardsystem.Reply, error) {
	id := newID()
	frame, err := c.cfg.Dialect.EncodeRequest(id, r)
	if err != nil {
		return cardsystem.NotSent(r.Op, false), fmt.Errorf("%w: %w", ErrNotSent, err)
	}

	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	giveBack, err := c.queue.Turn(ctx)
	if err != nil {
		return cardsystem.NotSent(r.Op, true), fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	defer giveBack()

	answer, sent, err := c.exchange(ctx, id, frame)
	if err != nil && !sent {
		return cardsystem.NotSent(r.Op, true), fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	if err != nil {
		return cardsystem.Reply{Op: r.Op}, fmt.Errorf("%w: %s: %w", ErrNoReply, r.Op, err)
	}

	reply, err := c.cfg.Dialect.DecodeReply(id, r, answer)
	if err != nil {
		return cardsystem.Reply{Op: r.Op}, fmt.Errorf("%w: %s: %w", ErrNoReply, r.Op, err)
	}

	return reply, nil
}

func (c *Client) exchange(ctx context.Context, id string, frame []byte) (answer []byte, sent bool, err error) {
	if c.share != nil {
		return c.share.exchange(ctx, id, frame)
	}

	conn, err := c.open(ctx)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = conn.Close() }() // the call is over, whatever closing says
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()

	if _, err := conn.Write(frame); err != nil {
		return nil, true, errors.Join(ctx.Err(), err)
	}
	answer, err = c.cfg.Dialect.ReadFrame(conn)
	if err != nil {
		return nil, true, errors.Join(ctx.Err(), err)
	}

	return answer, true, nil
}

func (c *Client) open(ctx context.Context) (net.Conn, error) {
	return c.gate.Dial(ctx, c.cfg.DialTimeout, c.dial, "tcp", c.cfg.Addr)
}

// newID is a number for one request, never used again.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails

	return hex.EncodeToString(b[:])
}
