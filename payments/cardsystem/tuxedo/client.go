package tuxedo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/boards/ground/child"
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/socket/fixed"
	"wattkiosk/payments/tuxedo"
)

// DefaultTimeout of a whole call.
const DefaultTimeout = 30 * time.Second

// Config of a Client. A zero Timeout is DefaultTimeout.
type Config struct {
	Settings tuxedo.Settings
	Dialect  *fixed.Dialect
	Host     string        // program roadhost, with its whole path
	Timeout  time.Duration // of a whole call, waiting for a child included
	Trouble  func(error)   // if not nil, is given what befell each child; it is called by any goroutine

	Start   child.Starter // instead of Host, in tests
	Backoff time.Duration // after the first failure of a child; 0 is child.DefaultFirst
}

// Client calls a card-meter system behind ATMI. It may be used by any number of goroutines.
// Close ends its children.
type Client struct {
	dialect *fixed.Dialect
	domain  *tuxedo.Client
}

// New checks the configuration; it starts no child.
func New(cfg Config) (*Client, error) {
	if cfg.Dialect == nil {
		return nil, errors.New("card-meter system over Tuxedo: no dialect")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	table := cfg.Dialect.Table()
	domain, err := tuxedo.New(tuxedo.Config{
		Settings: cfg.Settings, Dialect: table.Name, Frame: table.Frame, Messages: Messages(table), Rows: cardsystem.MaxSales,
		Host: cfg.Host, Timeout: cfg.Timeout, Trouble: cfg.Trouble, Start: cfg.Start, Backoff: cfg.Backoff,
	})
	if err != nil {
		return nil, fmt.Errorf("card-meter system over Tuxedo: %w", err)
	}

	return &Client{dialect: cfg.Dialect, domain: domain}, nil
}

// Messages are those of a dialect, for a domain.
func Messages(t fixed.Table) (all []tuxedo.Message) {
	for _, m := range t.Messages {
		all = append(all, tuxedo.Message{Op: string(m.Op), Request: m.Request, Reply: m.Reply})
	}

	return all
}

// Call makes one call and returns within Timeout, or when ctx ends. The reply is the truth
// and always usable; the error only says why it is not the system's own: tuxedo.ErrNotSent,
// tuxedo.ErrNoReply, or a request that cannot be said. The package comment says what becomes
// of a call.
func (c *Client) Call(ctx context.Context, r cardsystem.Request) (cardsystem.Reply, error) {
	frame, err := c.dialect.EncodeRequest("", r)
	if err != nil {
		return cardsystem.NotSent(r.Op, false), fmt.Errorf("%w: %w", tuxedo.ErrNotSent, err)
	}

	said, err := c.domain.Call(ctx, string(r.Op), frame)
	switch {
	case errors.Is(err, tuxedo.ErrNotSent):
		return cardsystem.NotSent(r.Op, true), err
	case err != nil:
		return cardsystem.Reply{Op: r.Op}, err
	}
	reply, err := c.dialect.DecodeReply("", r, said.Frame)
	if err == nil && said.Failed && c.dialect.Codes().Meaning(reply.Code()) == cardsystem.SaysOK {
		err = tuxedo.ErrContradiction
	}
	if err != nil {
		return cardsystem.Reply{Op: r.Op}, fmt.Errorf("%w: %s: %w", tuxedo.ErrNoReply, r.Op, err)
	}

	return reply, nil
}

// Ready waits until a call can be made, connecting to the domain if need be.
func (c *Client) Ready(ctx context.Context) error { return c.domain.Ready(ctx) }

// Close ends the children that have no call, and lets none start.
func (c *Client) Close() error { return c.domain.Close() }
