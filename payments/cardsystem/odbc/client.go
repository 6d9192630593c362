package odbc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/boards/ground/child"
	"wattkiosk/payments/cardsystem"
)

// Defaults of Config.
const DefaultTimeout = 30 * time.Second

// ErrNotSent means that nothing of the request can have had an effect. ErrNoReply means that
// it may have, and no usable answer came.
var (
	ErrNotSent = errors.New("card-meter system: request not sent")
	ErrNoReply = errors.New("card-meter system: no usable answer")
)

// Config of a Client. Zero durations take the defaults.
type Config struct {
	Settings Settings
	Host     string        // program roadhost, with its whole path
	Timeout  time.Duration // of a whole call, waiting for a connection and reading back included
	ReadBack time.Duration // of it, what is kept for reading back; 0 is a third of Timeout
	Trouble  func(error)   // if not nil, is given what befell each child; it is called by any goroutine

	Start   child.Starter // instead of Host, in tests
	Backoff time.Duration // after the first failure of a child; 0 is child.DefaultFirst
}

// Client calls a card-meter system through its database. It may be used by any number of
// goroutines. Close ends its connections.
type Client struct {
	set      Settings
	ops      map[cardsystem.Op]*Operation
	codes    cardsystem.Codes
	pool     *child.Pool
	timeout  time.Duration
	readBack time.Duration
}

// New checks the configuration; it opens no connection.
func New(cfg Config) (*Client, error) {
	if err := cfg.Settings.check(); err != nil {
		return nil, fmt.Errorf("card-meter system over ODBC: %w", err)
	}
	if cfg.Timeout < 0 || cfg.ReadBack < 0 || cfg.Backoff < 0 {
		return nil, errors.New("card-meter system over ODBC: negative duration")
	}

	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.ReadBack == 0 {
		cfg.ReadBack = cfg.Timeout / 3
	}
	if cfg.Settings.Children == 0 {
		cfg.Settings.Children = DefaultChildren
	}
	if cfg.Settings.Library == "" {
		cfg.Settings.Library = DefaultLibrary
	}
	if cfg.Start == nil {
		cfg.Start = func() (io.ReadWriteCloser, error) {
			return child.Launch(child.Command{Path: cmp.Or(cfg.Settings.Host, cfg.Host), Args: []string{"odbc"}, Env: cfg.Settings.Env})
		}
	}
	c := &Client{set: cfg.Settings, timeout: cfg.Timeout, readBack: cfg.ReadBack}
	c.ops, c.codes = c.set.operations(), c.set.codes()
	c.pool = child.NewPool(child.Settings{
		Start: cfg.Start, Setup: Setup{Library: c.set.Library, Connect: c.set.Connect}, Children: c.set.Children, MaxFrame: MaxFrame,
		First: cfg.Backoff, Trouble: cfg.Trouble,
	})
	return c, nil
}

// Ready waits until a call can be made, connecting to the database if need be.
func (c *Client) Ready(ctx context.Context) error { return c.pool.Ready(ctx) }

// Close ends the connections that have no call, and lets none begin.
func (c *Client) Close() error { return c.pool.Close() }

// Call makes one call and returns within Timeout, or when ctx ends. The reply is the truth
// and always usable; the error only says why it is not the system's own:
// ErrNotSent, ErrNoReply, or a request that cannot be said. The
// package comment says what becomes of a call.
func (c *Client) Call(ctx context.Context, r cardsystem.Request) (cardsystem.Reply, error) {
	call, err := c.say(r)
	if err != nil {
		return cardsystem.NotSent(r.Op, false), fmt.Errorf("%w: %w", ErrNotSent, err)
	}

	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	a, err := c.first(ctx, call)
	switch {
	case errors.Is(err, child.ErrNotSent):
		return cardsystem.NotSent(r.Op, true), fmt.Errorf("%w: %w", ErrNotSent, err)
	case err == nil && a.Stage == Undone:
		return cardsystem.NotSent(r.Op, true), fmt.Errorf("%w: %w", ErrNotSent, a.failure())
	case err == nil && a.Stage == Done:
		return c.answer(r, a)
	case err == nil:
		err = a.failure()
	}

	// COMMIT may or may not have happened.
	if call.Do == nil {
		return cardsystem.Reply{Op: r.Op}, fmt.Errorf("%w: %s: %w", ErrNoReply, r.Op, err)
	}
	back, backErr := c.back(ctx, call)
	if backErr != nil {
		return cardsystem.Reply{Op: r.Op}, fmt.Errorf("%w: %s: %w; not read back: %w", ErrNoReply, r.Op, err, backErr)
	}
	reply, backErr := c.answer(r, back)
	if backErr != nil {
		return reply, fmt.Errorf("%w; read back after %w", backErr, err)
	}
	return reply, nil
}

// first makes the call itself, with the time that is not kept for reading back. What was
// undone was as good as never said, so it is said again over another connection: each that
// was idle may have been hung up on.
func (c *Client) first(ctx context.Context, call Call) (a Answer, err error) {
	if call.Do != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout-c.readBack)
		defer cancel()
	}

	for range c.set.Children + 1 {
		a = Answer{}
		if err = c.pool.Call(ctx, call, &a, a.sound); err != nil || a.Stage != Undone {
			return a, err
		}
	}
	return a, nil
}

// Bounds of reading back: how often at all, how often no row is believed to come late, and
// the waits before such a row is looked for again.
const (
	maxReadBacks = 20
	maxMisses    = 4
	firstLook    = 100 * time.Millisecond
	longestLook  = time.Second
)

// back reads the answer of a call again, over another connection, and does nothing. A
// database that is being started again is tried until the time of the call is over: the
// pool spaces the connections that fail. A row that is not there is looked for a few times
// more, because a COMMIT that we lost may still be on its way.
func (c *Client) back(ctx context.Context, call Call) (a Answer, err error) {
	call = Call{Read: call.Read, Lists: call.Lists}
	misses := 0
	for range maxReadBacks {
		a = Answer{}
		err = c.pool.Call(ctx, call, &a, a.sound)
		switch {
		case err == nil && a.Stage == Done && (len(a.Read.Rows) > 0 || misses == maxMisses):
			return a, nil
		case err == nil && a.Stage == Done:
			err = backoff.Pause(ctx, backoff.Wait(misses, firstLook, longestLook))
			misses++
		case err == nil:
			err = a.failure()
		}
		if ctx.Err() != nil || errors.Is(err, child.ErrClosed) {
			break
		}
	}

	return a, err
}

// sound reports whether the connection may be used again.
func (a *Answer) sound() bool { return a.Stage == Done }

func (a *Answer) failure() error {
	if a.State == "" {
		return errors.New(child.Printable(a.Reason))
	}

	return fmt.Errorf("SQLSTATE %s, native %d", child.Printable(a.State), a.Native)
}

func (c *Client) answer(r cardsystem.Request, a Answer) (cardsystem.Reply, error) {
	reply, err := c.decode(r, a)
	if err != nil {
		return cardsystem.Reply{Op: r.Op}, fmt.Errorf("%w: %s: %w", ErrNoReply, r.Op, err)
	}

	return reply, nil
}

// listed are the names of an operation's lists, in the order of their statements.
func (c *Client) listed(op cardsystem.Op) []string {
	return slices.Sorted(maps.Keys(c.ops[op].Lists))
}

// say is a request in SQL.
func (c *Client) say(r cardsystem.Request) (Call, error) {
	o, ok := c.ops[r.Op]
	if !ok {
		return Call{}, fmt.Errorf("no operation %.20q", r.Op)
	}
	if r.Op == cardsystem.OpSell && (r.Payment.Amount <= 0 || r.Payment.Serial == "" || r.Payment.Card.Serial == "") {
		return Call{}, errors.New("a sale without amount, serial or card")
	}

	values := c.set.values(r)
	call := Call{Read: o.Read.statement(values)}
	if o.Do.Text != "" {
		do := o.Do.statement(values)
		call.Do, call.Alone = &do, o.Alone
		call.Duplicate = c.set.Duplicate
	}
	for _, name := range c.listed(r.Op) {
		list := o.Lists[name]
		call.Lists = append(call.Lists, list.statement(values))
	}
	return call, nil
}

func (s SQL) statement(values map[string]Parameter) Statement {
	st := Statement{SQL: s.Text}
	for _, name := range s.With {
		st.Params = append(st.Params, values[name])
	}

	return st
}
