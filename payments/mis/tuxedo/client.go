package tuxedo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/boards/ground/child"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/tuxedo"
)

// Config of a Client. A zero Timeout is socket.DefaultTimeout.
type Config struct {
	Settings tuxedo.Settings
	Dialect  socket.Dialect
	Unit     socket.Unit
	Host     string        // program roadhost, with its whole path
	Timeout  time.Duration // of a whole call, waiting for a child included
	Trouble  func(error)   // if not nil, is given what befell each child; it is called by any goroutine

	Start   child.Starter // instead of Host, in tests
	Backoff time.Duration // after the first failure of a child; 0 is child.DefaultFirst
}

// Client calls a MIS behind ATMI. It may be used by any number of goroutines. Close ends
// its children.
type Client struct {
	codec  *socket.Codec
	domain *tuxedo.Client
}

// New checks the configuration; it starts no child.
func New(cfg Config) (*Client, error) {
	codec, err := socket.NewCodec(cfg.Dialect, cfg.Unit)
	if err != nil {
		return nil, fmt.Errorf("MIS client over Tuxedo: %w", err)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = socket.DefaultTimeout
	}
	domain, err := tuxedo.New(tuxedo.Config{
		Settings: cfg.Settings, Dialect: cfg.Dialect.Name, Frame: cfg.Dialect.Frame, Messages: Messages(cfg.Dialect), Rows: socket.MaxBills,
		Host: cfg.Host, Timeout: cfg.Timeout, Trouble: cfg.Trouble, Start: cfg.Start, Backoff: cfg.Backoff,
	})
	if err != nil {
		return nil, fmt.Errorf("MIS client over Tuxedo: %w", err)
	}

	return &Client{codec: codec, domain: domain}, nil
}

// Messages are those of a dialect, for a domain.
func Messages(d socket.Dialect) (all []tuxedo.Message) {
	for _, m := range d.Messages {
		all = append(all, tuxedo.Message{Op: string(m.Op), Request: m.Request, Reply: m.Reply})
	}

	return all
}

// Call makes one call and returns within Timeout, or when ctx ends. The reply is the truth
// and always usable; the error only says why a reply is not the MIS's own:
// tuxedo.ErrNotSent, tuxedo.ErrNoReply, or a request that cannot be encoded. The package
// comment says what becomes of a call.
func (c *Client) Call(ctx context.Context, r mis.Request) (mis.Reply, error) {
	frame, err := c.codec.EncodeRequest(r)
	if err != nil {
		return mis.NotSent(r.Op, false), fmt.Errorf("%w: %w", tuxedo.ErrNotSent, err)
	}

	said, err := c.domain.Call(ctx, string(r.Op), frame)
	switch {
	case errors.Is(err, tuxedo.ErrNotSent):
		return mis.NotSent(r.Op, true), err
	case err != nil:
		return mis.Reply{Op: r.Op}, err
	}
	reply, err := c.codec.DecodeReplyTo(r, said.Frame)
	if err == nil && said.Failed && c.codec.Dialect().Codes.Meaning(codeOf(reply)) == mis.SaysOK {
		err = tuxedo.ErrContradiction
	}
	if err != nil {
		return mis.Reply{Op: r.Op}, fmt.Errorf("%w: %s: %w", tuxedo.ErrNoReply, r.Op, err)
	}

	return reply, nil
}

// Ready waits until a call can be made, connecting to the domain if need be.
func (c *Client) Ready(ctx context.Context) error { return c.domain.Ready(ctx) }

// Close ends the children that have no call, and lets none start.
func (c *Client) Close() error { return c.domain.Close() }

func codeOf(r mis.Reply) mis.Code {
	switch r.Op {
	case mis.OpPost, mis.OpAsk:
		return r.Post.Code
	case mis.OpReverse:
		return r.Reverse.Code
	}

	return r.Query.Code
}
