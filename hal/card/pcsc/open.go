package pcsc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"wattkiosk/hal/port"
)

// DefaultSocket is where Debian's pcscd listens. The daemon of Debian 12 takes no
// other path (PCSCLITE_CSOCK_NAME moves its clients only).
const DefaultSocket = "/run/pcscd/pcscd.comm"

// handshakeMax bounds the agreement on a version.
const handshakeMax = 3 * time.Second

// Open returns an opener for port.Run: it connects to the socket at path ("" =
// DefaultSocket), agrees on the version, and hands the bytes over in records.
// Errors name the path. A daemon that closes the connection at once (polkit
// refuses us) is an error too, so that the pump backs off.
func Open(path string) func(context.Context) (port.Port, error) {
	if path == "" {
		path = DefaultSocket
	}

	return func(ctx context.Context) (port.Port, error) {
		var d net.Dialer
		sock, err := d.DialContext(ctx, "unix", path)
		if err != nil {
			return nil, fmt.Errorf("cannot reach pcscd: %w", err)
		}
		if err := handshake(ctx, sock); err != nil {
			_ = sock.Close()
			return nil, fmt.Errorf("cannot talk to pcscd at %s: %w", path, err)
		}
		return &conn{sock: sock, rest: AppendRecord(nil, Opened, nil)}, nil
	}
}

// handshake agrees on the version of the protocol.
func handshake(ctx context.Context, sock net.Conn) error {
	until := time.Now().Add(handshakeMax)
	if t, ok := ctx.Deadline(); ok && t.Before(until) {
		until = t
	}

	stop := context.AfterFunc(ctx, func() { _ = sock.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := sock.SetDeadline(until); err != nil {
		return err
	}
	if _, err := sock.Write(AppendRequest(nil, CmdVersion, words(VersionMajor, VersionMinor, 0))); err != nil {
		return err
	}

	var b [VersionSize]byte
	if _, err := io.ReadFull(sock, b[:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("connection was refused")
		}
		return err
	}

	major, minor, code := order.Uint32(b[:]), order.Uint32(b[4:]), replyCode(CmdVersion, b[:])
	if major != VersionMajor || code != Success {
		return fmt.Errorf("it speaks protocol %d.%d: %v", major, minor, code)
	}
	return sock.SetDeadline(time.Time{})
}

// conn is an open socket of pcscd as a stream of records.
type conn struct {
	sock net.Conn

	// Read's own.
	rest  []byte // records not yet handed out
	ended bool
	buf   [maxRecord]byte

	mu  sync.Mutex // guards dec
	dec Records
}

// Read hands out records; the last one is Closed.
func (c *conn) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		if c.ended {
			return 0, io.EOF
		}
		n, err := c.sock.Read(c.buf[:])
		c.rest = AppendRecord(c.rest, Data, c.buf[:n])
		if err != nil {
			c.ended = true
			c.rest = AppendRecord(c.rest, Closed, nil)
		}
	}

	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// Write takes records; Closed hangs up.
func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for rest := p; len(rest) > 0; {
		rest = c.dec.Feed(rest)
		if err := c.pass(); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// pass hands whole records on to the socket.
func (c *conn) pass() error {
	for {
		kind, data, ok, err := c.dec.Next()
		switch {
		case err != nil:
			return err
		case !ok:
			return nil
		case kind == Data:
			if _, err := c.sock.Write(data); err != nil {
				return err
			}
		case kind == Closed:
			return c.sock.Close()
		}
	}
}

// Close hangs up, and makes a pending Read and Write return.
func (c *conn) Close() error {
	err := c.sock.Close()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
