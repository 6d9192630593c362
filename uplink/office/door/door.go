// Package door lets strangers knock without keeping others out: a TLS listener that
// bounds what a connection costs before it has shown who it is.
//
// A connection waits on the porch, which costs little, until its first byte has come,
// and no longer than FirstByte. Then it takes one of few places for its handshake. When
// those are taken, the source that has the most of them gives its eldest up for a source
// that has fewer, so that one address, however many connections it opens, never keeps
// another out; and whoever is long about it makes way for anybody. What was turned away
// is counted, and told in one line a second at the most.
//
// A source is an IPv4 address, or the /64 of an IPv6 address: what one subscriber has.
package door

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Bounds of a Door where its Config says nothing.
const (
	DefaultPorch      = 4096             // connections that have sent nothing yet
	DefaultHandshakes = 256              // at the same time
	DefaultFirstByte  = 2 * time.Second  // for the first byte
	DefaultHandshake  = 10 * time.Second // for the handshake, its place included
	DefaultPatience   = 3 * time.Second  // after which a handshake makes way for anybody

	acceptPause = 100 * time.Millisecond
)

// Config is what a Door needs. What is zero is its default.
type Config struct {
	TLS                            *tls.Config
	Porch, Handshakes              int
	FirstByte, Handshake, Patience time.Duration
	Log                            *slog.Logger
}

// Door is a net.Listener: Accept returns connections whose handshake is made, each a
// *tls.Conn with no deadline.
type Door struct {
	cfg  Config
	ln   net.Listener
	ctx  context.Context
	stop context.CancelFunc
	done sync.WaitGroup

	porch, shaking *room
	ready          chan *tls.Conn
	tally          *tally
}

// Open begins to accept connections of ln, which is the Door's from now on.
func Open(ln net.Listener, cfg Config) *Door {
	cfg.Porch = or(cfg.Porch, DefaultPorch)
	cfg.Handshakes = or(cfg.Handshakes, DefaultHandshakes)
	cfg.FirstByte = or(cfg.FirstByte, DefaultFirstByte)
	cfg.Handshake = or(cfg.Handshake, DefaultHandshake)
	cfg.Patience = or(cfg.Patience, DefaultPatience)

	ctx, stop := context.WithCancel(context.Background())
	d := &Door{
		cfg: cfg, ln: ln, ctx: ctx, stop: stop, ready: make(chan *tls.Conn), tally: newTally(cfg.Log),
		porch: newRoom(cfg.Porch, 0), shaking: newRoom(cfg.Handshakes, cfg.Patience),
	}
	d.done.Go(d.accept)

	return d
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Accept returns the next connection whose handshake is made, or net.ErrClosed.
func (d *Door) Accept() (net.Conn, error) {
	select {
	case c := <-d.ready:
		return c, nil
	case <-d.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Addr is where it listens.
func (d *Door) Addr() net.Addr { return d.ln.Addr() }

// Close stops listening, ends what has not come in yet, and waits for that. It may be
// called again. Connections that Accept returned are the caller's.
func (d *Door) Close() error {
	d.stop()
	err := d.ln.Close()
	d.porch.empty()
	d.shaking.empty()
	d.done.Wait()
	d.tally.flush()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (d *Door) accept() {
	for {
		conn, err := d.ln.Accept()
		switch {
		case err == nil:
			d.done.Go(func() { d.welcome(conn) })
			continue
		case d.ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return
		}

		// Out of descriptors, most likely: the porch has the ones that matter least.
		d.cfg.Log.Error("cannot accept", "error", err)
		d.porch.empty()
		select {
		case <-d.ctx.Done():
		case <-time.After(acceptPause):
		}
	}
}

// welcome leads one connection from the porch through the handshake.
func (d *Door) welcome(conn net.Conn) {
	secured, err := d.lead(conn)
	if err != nil {
		_ = conn.Close()
		if d.ctx.Err() == nil {
			d.tally.refused(conn.RemoteAddr(), err)
		}
		return
	}

	select {
	case d.ready <- secured:
	case <-d.ctx.Done():
		_ = conn.Close()
	}
}

func (d *Door) lead(conn net.Conn) (*tls.Conn, error) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		if err := tcp.SetNoDelay(true); err != nil {
			return nil, fmt.Errorf("cannot set TCP_NODELAY: %w", err)
		}
	}
	from := Source(conn.RemoteAddr())
	porch, err := d.porch.enter(d.ctx, d.ctx, from, conn)
	if err != nil {
		return nil, err
	}
	defer d.porch.leave(porch)
	if err := d.knock(conn); err != nil {
		return nil, porch.why(err)
	}

	return d.shake(porch, conn)
}

// knock waits for the first byte, which stays unread.
func (d *Door) knock(conn net.Conn) error {
	if err := conn.SetReadDeadline(time.Now().Add(d.cfg.FirstByte)); err != nil {
		return fmt.Errorf("cannot set a deadline: %w", err)
	}
	if err := peek(conn); err != nil {
		return fmt.Errorf("no first byte: %w", err)
	}
	return nil
}

// shake makes the handshake of a connection, which leaves the porch when its turn comes.
func (d *Door) shake(porch *place, conn net.Conn) (*tls.Conn, error) {
	until := time.Now().Add(d.cfg.Handshake)
	if err := conn.SetDeadline(until); err != nil {
		return nil, fmt.Errorf("cannot set a deadline: %w", err)
	}
	wait, cancel := context.WithDeadline(porch.ctx, until)
	defer cancel()
	place, err := d.shaking.enter(wait, d.ctx, porch.source, conn)
	if err != nil {
		return nil, err
	}
	defer d.shaking.leave(place)
	d.porch.leave(porch)

	secured := tls.Server(conn, d.cfg.TLS)
	if err := secured.HandshakeContext(d.ctx); err != nil {
		return nil, place.why(fmt.Errorf("handshake: %w", err))
	}
	return secured, secured.SetDeadline(time.Time{})
}

// peek waits until something can be read of conn, or its end. What is no socket is read
// when its turn comes.
func peek(conn net.Conn) error {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return err
	}

	var one [1]byte
	var failed error
	err = raw.Read(func(fd uintptr) bool {
		_, _, failed = unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK)
		return !errors.Is(failed, unix.EAGAIN) && !errors.Is(failed, unix.EINTR)
	})
	return errors.Join(err, failed)
}
