package tuxedo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"wattkiosk/boards/ground/child"
	"wattkiosk/payments/fixedfield"
)

// ErrNotSent means that nothing of the request has left. ErrNoReply means that it may have,
// and that no usable reply came. ErrContradiction is for clients: a service that failed and
// says that it did what it was asked for.
var (
	ErrNotSent       = errors.New("request not sent over Tuxedo")
	ErrNoReply       = errors.New("no usable reply over Tuxedo")
	ErrContradiction = errors.New("TPESVCFAIL with the code of success")
)

// Message is one operation's request and reply.
type Message struct {
	Op             string
	Request, Reply fixedfield.Layout
}

// Config of a Client. The settings name a service for each of the messages, and no other.
type Config struct {
	Settings Settings
	Dialect  string // its name, for errors
	Frame    fixedfield.Frame
	Messages []Message
	Rows     int // of a repeated group, at most

	Host    string        // program roadhost, with its whole path
	Timeout time.Duration // of a whole call, waiting for a child included
	Trouble func(error)   // if not nil, is given what befell each child; it is called by any goroutine

	Start   child.Starter // instead of Host, in tests
	Backoff time.Duration // after the first failure of a child; 0 is child.DefaultFirst
}

// Client calls the services of a domain. It may be used by any number of goroutines. Close
// ends its children.
type Client struct {
	cfg  Config
	pool *child.Pool
}

// New checks the configuration; it starts no child.
func New(cfg Config) (*Client, error) {
	if err := cfg.Settings.check(cfg.Messages); err != nil {
		return nil, err
	}
	if cfg.Timeout <= 0 || cfg.Backoff < 0 || cfg.Rows <= 0 || cfg.Rows > MaxOccurrences {
		return nil, errors.New("negative duration, or rows out of bounds")
	}
	setup, err := cfg.setup()
	if err != nil {
		return nil, err
	}

	if cfg.Settings.Children == 0 {
		cfg.Settings.Children = DefaultChildren
	}
	if cfg.Start == nil {
		cfg.Start = func() (io.ReadWriteCloser, error) {
			return child.Launch(child.Command{Path: cmp.Or(cfg.Settings.Host, cfg.Host), Args: []string{"tuxedo"}, Env: cfg.Settings.Env})
		}
	}
	return &Client{cfg: cfg, pool: child.NewPool(child.Settings{
		Start: cfg.Start, Setup: setup, Children: cfg.Settings.Children, MaxFrame: MaxFrame, First: cfg.Backoff, Trouble: cfg.Trouble,
	})}, nil
}

// Reply is what a service said: a frame of the dialect, and whether it ended with TPFAIL.
type Reply struct {
	Frame  []byte
	Failed bool
}

// Call takes the frame of an operation's request to its service, and returns within
// Timeout, or when ctx ends. An error is ErrNotSent or ErrNoReply; the package comment says
// what comes of a call.
func (c *Client) Call(ctx context.Context, op string, frame []byte) (Reply, error) {
	m := c.message(op)
	if m == nil {
		return Reply{}, fmt.Errorf("%w: no operation %.20q", ErrNotSent, op)
	}
	call, err := c.encode(m, frame)
	if err != nil {
		return Reply{}, fmt.Errorf("%w: %w", ErrNotSent, err)
	}

	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	var a Answer
	err = c.pool.Call(ctx, call, &a, a.sound)
	switch {
	case errors.Is(err, child.ErrNotSent):
		return Reply{}, fmt.Errorf("%w: %w", ErrNotSent, err)
	case err != nil:
		return Reply{}, fmt.Errorf("%w: %s: %w", ErrNoReply, op, err)
	case a.NotCalled != "":
		return Reply{}, fmt.Errorf("%w: %s", ErrNotSent, child.Printable(a.NotCalled))
	case Errno(a.Errno).unsent():
		return Reply{}, fmt.Errorf("%w: %w", ErrNotSent, Errno(a.Errno))
	}

	reply, err := c.decode(m, a)
	if err != nil {
		return Reply{}, fmt.Errorf("%w: %s: %w", ErrNoReply, op, err)
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

func (c *Client) message(op string) *Message {
	for i := range c.cfg.Messages {
		if m := &c.cfg.Messages[i]; m.Op == op {
			return m
		}
	}

	return nil
}

func (c *Client) encode(m *Message, frame []byte) (Call, error) {
	set := &c.cfg.Settings
	call := Call{Service: set.Service[m.Op]}
	if set.Buffer != FML32 {
		call.Data = frame
		return call, nil
	}

	cells, err := c.cfg.Frame.Cells(m.Request, frame)
	if err != nil {
		return Call{}, err
	}
	for _, cell := range cells { // in the order of rows: a field that is added again is its next occurrence
		call.Fields = append(call.Fields, Field{Name: set.field(cell.Name), Value: []byte(cell.Value)})
	}
	for _, fields := range [][]fixedfield.Field{m.Reply.Fields, m.Reply.Group} {
		for i := range fields {
			call.Want = append(call.Want, set.field(fields[i].Name))
		}
	}
	return call, nil
}

// decode is the frame of what the library returned.
func (c *Client) decode(m *Message, a Answer) (Reply, error) {
	if a.Errno != 0 && a.Errno != tpeSvcFail {
		return Reply{}, Errno(a.Errno)
	}
	if a.Unusable != "" {
		return Reply{}, fmt.Errorf("buffer of no reply: %s (tperrno %d, tpurcode %d)", child.Printable(a.Unusable), a.Errno, a.URCode)
	}

	reply := Reply{Frame: a.Data, Failed: a.Errno != 0}
	if c.cfg.Settings.Buffer == FML32 {
		var err error
		if reply.Frame, err = c.assemble(&m.Reply, a.Fields); err != nil {
			return Reply{}, err
		}
	}
	return reply, nil
}

// assemble makes a reply's frame of the fields of an FML32.
func (c *Client) assemble(l *fixedfield.Layout, fields []Field) ([]byte, error) {
	set := &c.cfg.Settings
	cells := make([]fixedfield.Cell, 0, len(fields))
	for _, f := range fields {
		cell := fixedfield.Cell{Value: string(f.Value)}
		for i := range l.Fields {
			if set.field(l.Fields[i].Name) == f.Name {
				cell.Name = l.Fields[i].Name
			}
		}
		if cell.Name != "" && f.Occurrence > 0 {
			return nil, fmt.Errorf("%w: field %s occurs more than once", fixedfield.ErrMalformed, cell.Name)
		}
		for i := range l.Group {
			if set.field(l.Group[i].Name) == f.Name {
				cell.Name, cell.Row = l.Group[i].Name, f.Occurrence+1
			}
		}
		cells = append(cells, cell)
	}

	return c.cfg.Frame.Assemble(*l, c.cfg.Rows, cells)
}
