package child

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Connection is a child that somebody else starts, under an account of its own: systemd, for
// each connection to the socket of a unit with Accept=yes. Read and Write are its frames. It
// cannot be killed from here: it ends when its connection does. Its methods are safe for
// concurrent use.
type Connection struct {
	conn  *net.UnixConn
	ended func(crashed bool)
	once  sync.Once

	mu     sync.Mutex
	closed bool
}

// connectWithin bounds the wait for a socket that nobody serves.
const connectWithin = 5 * time.Second

// Connect has a child started by whoever serves the socket at path. Ended, if not nil, is
// called once when a Read has found the child gone; crashed if that was before Close and
// Stop.
func Connect(path string, ended func(crashed bool)) (*Connection, error) {
	c, err := net.DialTimeout("unix", path, connectWithin)
	if err != nil {
		return nil, fmt.Errorf("cannot start child: %w", err)
	}

	return &Connection{conn: c.(*net.UnixConn), ended: ended}, nil
}

func (c *Connection) Read(b []byte) (int, error) {
	n, err := c.conn.Read(b)
	if err != nil {
		c.gone()
	}

	return n, err
}

func (c *Connection) Write(b []byte) (int, error) { return c.conn.Write(b) }

// Stop ends the requests, and closes the connection when the child has gone or grace is
// over.
func (c *Connection) Stop(grace time.Duration) error {
	c.leave()
	_ = c.conn.CloseWrite() // the child sees the end
	late := time.AfterFunc(grace, func() { _ = c.conn.Close() })
	defer late.Stop()
	_, _ = io.Copy(io.Discard, c.conn) // until it has gone, or grace is over

	return c.Close()
}

// Close ends the connection, which ends the child.
func (c *Connection) Close() error {
	c.leave()
	err := c.conn.Close()
	c.gone()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}

	return err
}

func (c *Connection) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

func (c *Connection) gone() {
	c.once.Do(func() {
		c.mu.Lock()
		crashed := !c.closed
		c.mu.Unlock()
		if c.ended != nil {
			c.ended(crashed)
		}
	})
}
