package tuxedo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"wattkiosk/boards/ground/child"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/socket"
)

// Config of a Client. A zero Timeout is socket.DefaultTimeout.
type Config struct {
	Settings Settings
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
	set     Settings
	codec   *socket.Codec
	pool    *child.Pool
	timeout time.Duration
}

// New checks the configuration; it starts no child.
func New(cfg Config) (*Client, error) {
	if err := cfg.Settings.check(); err != nil {
		return nil, fmt.Errorf("MIS client over Tuxedo: %w", err)
	}
	if cfg.Timeout < 0 || cfg.Backoff < 0 {
		return nil, errors.New("MIS client over Tuxedo: negative duration")
	}
	codec, err := socket.NewCodec(cfg.Dialect, cfg.Unit)
	if err != nil {
		return nil, fmt.Errorf("MIS client over Tuxedo: %w", err)
	}
	setup, err := cfg.Settings.setup(cfg.Dialect)
	if err != nil {
		return nil, fmt.Errorf("MIS client over Tuxedo: %w", err)
	}

	if cfg.Timeout == 0 {
		cfg.Timeout = socket.DefaultTimeout
	}
	if cfg.Settings.Children == 0 {
		cfg.Settings.Children = DefaultChildren
	}
	if cfg.Start == nil {
		cfg.Start = func() (io.ReadWriteCloser, error) {
			return child.Start(child.Command{Path: cfg.Host, Args: []string{"tuxedo"}, Env: cfg.Settings.Env})
		}
	}
	return &Client{set: cfg.Settings, codec: codec, timeout: cfg.Timeout, pool: child.NewPool(child.Settings{
		Start: cfg.Start, Setup: setup, Children: cfg.Settings.Children, MaxFrame: MaxFrame, First: cfg.Backoff, Trouble: cfg.Trouble,
	})}, nil
}

// Call makes one call and returns within Timeout, or when ctx ends. The reply is the truth
// and always usable; the error only says why a reply is not the MIS's own:
// socket.ErrNotSent, socket.ErrNoReply, or a request that cannot be encoded. The package
// comment says what becomes of a call.
func (c *Client) Call(ctx context.Context, r mis.Request) (mis.Reply, error) {
	call, err := c.encode(r)
	if err != nil {
		return mis.NotSent(r.Op, false), fmt.Errorf("%w: %w", socket.ErrNotSent, err)
	}

	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var a Answer
	err = c.pool.Call(ctx, call, &a, a.sound)
	switch {
	case errors.Is(err, child.ErrNotSent):
		return mis.NotSent(r.Op, true), fmt.Errorf("%w: %w", socket.ErrNotSent, err)
	case err != nil:
		return mis.Reply{Op: r.Op}, fmt.Errorf("%w: %s: %w", socket.ErrNoReply, r.Op, err)
	case a.NotCalled != "":
		return mis.NotSent(r.Op, true), fmt.Errorf("%w: %s", socket.ErrNotSent, child.Printable(a.NotCalled))
	case Errno(a.Errno).unsent():
		return mis.NotSent(r.Op, true), fmt.Errorf("%w: %w", socket.ErrNotSent, Errno(a.Errno))
	}

	reply, err := c.decode(r, a)
	if err != nil {
		return mis.Reply{Op: r.Op}, fmt.Errorf("%w: %s: %w", socket.ErrNoReply, r.Op, err)
	}
	return reply, nil
}

// Ready waits until a call can be made, connecting to the domain if need be.
func (c *Client) Ready(ctx context.Context) error { return c.pool.Ready(ctx) }

// Close ends the children that have no call, and lets none start.
func (c *Client) Close() error { return c.pool.Close() }

// sound reports whether the library answered as it should, so that it may be called again.
func (a *Answer) sound() bool {
	return a.NotCalled == "" && a.Unusable == "" && (a.Errno == 0 || a.Errno == tpeSvcFail || a.Errno == tpeNoEnt)
}

func (c *Client) encode(r mis.Request) (Call, error) {
	frame, err := c.codec.EncodeRequest(r)
	if err != nil {
		return Call{}, err
	}
	call := Call{Service: c.set.Service[string(r.Op)]}
	if c.set.Buffer != FML32 {
		call.Data = frame
		return call, nil
	}

	cells, err := c.codec.Cells(frame)
	if err != nil {
		return Call{}, err
	}
	for _, cell := range cells {
		call.Fields = append(call.Fields, Field{Name: c.set.field(cell.Name), Value: []byte(cell.Value)})
	}
	reply := c.reply(r.Op)
	for _, fields := range [][]socket.Field{reply.Fields, reply.Group} {
		for i := range fields {
			call.Want = append(call.Want, c.set.field(fields[i].Name))
		}
	}
	return call, nil
}

func (c *Client) reply(op mis.Op) socket.Layout {
	for _, m := range c.codec.Dialect().Messages {
		if m.Op == op {
			return m.Reply
		}
	}

	return socket.Layout{}
}

// errContradiction is a service that failed and says that it did what it was asked for.
var errContradiction = errors.New("TPESVCFAIL with the code of success")

// decode makes the MIS's reply of what the library returned.
func (c *Client) decode(r mis.Request, a Answer) (mis.Reply, error) {
	if a.Errno != 0 && a.Errno != tpeSvcFail {
		return mis.Reply{}, Errno(a.Errno)
	}
	if a.Unusable != "" {
		return mis.Reply{}, fmt.Errorf("buffer of no reply: %s (tperrno %d, tpurcode %d)", child.Printable(a.Unusable), a.Errno, a.URCode)
	}

	frame := a.Data
	if c.set.Buffer == FML32 {
		var err error
		if frame, err = c.assemble(r.Op, a.Fields); err != nil {
			return mis.Reply{}, err
		}
	}
	reply, err := c.codec.DecodeReplyTo(r, frame)
	if err != nil {
		return mis.Reply{}, err
	}
	if a.Errno != 0 && c.codec.Dialect().Codes.Meaning(codeOf(reply)) == mis.SaysOK {
		return mis.Reply{}, errContradiction
	}
	return reply, nil
}

func codeOf(r mis.Reply) mis.Code {
	switch r.Op {
	case mis.OpPost, mis.OpAsk:
		return r.Post.Code
	case mis.OpReverse:
		return r.Reverse.Code
	}

	return r.Query.Code
}

// assemble makes the reply's frame of the fields of an FML32.
func (c *Client) assemble(op mis.Op, fields []Field) ([]byte, error) {
	reply := c.reply(op)
	cells := make([]socket.Cell, 0, len(fields))
	for _, f := range fields {
		cell := socket.Cell{Value: string(f.Value)}
		for i := range reply.Fields {
			if c.set.field(reply.Fields[i].Name) == f.Name {
				cell.Name = reply.Fields[i].Name
			}
		}
		if cell.Name != "" && f.Occurrence > 0 {
			return nil, fmt.Errorf("%w: field %s occurs more than once", socket.ErrMalformed, cell.Name)
		}
		for i := range reply.Group {
			if c.set.field(reply.Group[i].Name) == f.Name {
				cell.Name, cell.Row = reply.Group[i].Name, f.Occurrence+1
			}
		}
		cells = append(cells, cell)
	}

	return c.codec.Assemble(reply.Code, cells)
}
