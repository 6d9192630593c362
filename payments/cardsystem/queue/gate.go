package queue

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"wattkiosk/boards/ground/backoff"
)

// Why nothing is dialled.
var (
	ErrResting = errors.New("it could not be reached a moment ago")
	ErrClosed  = errors.New("the client is closed")
)

// Bounds of the rest after a failed dial.
const (
	firstRest   = 250 * time.Millisecond
	longestRest = 30 * time.Second
)

// Gate keeps from dialling for a while after a dial failed, and for ever once closed. The
// while doubles from 250 ms to 30 s, until a dial succeeds. The zero value lets everything
// pass.
type Gate struct {
	mu       sync.Mutex
	failures int
	resting  *time.Timer // nil: open
	closed   bool
}

// DialFunc opens a connection, as net.Dialer.DialContext does.
type DialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// Dial dials for at most limit, unless Pass says why not to, and notes how that went. A
// connection that came when ctx was over is closed.
func (g *Gate) Dial(ctx context.Context, limit time.Duration, dial DialFunc, network, addr string) (net.Conn, error) {
	if err := g.Pass(); err != nil {
		return nil, err
	}

	dialCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, err := dial(dialCtx, network, addr)
	if err == nil && ctx.Err() != nil {
		_ = conn.Close() // nobody used it
		err = ctx.Err()
	}
	if ctx.Err() == nil {
		g.Note(err == nil)
	}
	if err != nil {
		return nil, err
	}

	return conn, nil
}

// Pass reports why not to dial now.
func (g *Gate) Pass() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		return ErrClosed
	case g.resting != nil:
		return ErrResting
	}

	return nil
}

// Note is how a dial went. Those of calls that are over say nothing: leave them out.
func (g *Gate) Note(ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if ok {
		g.failures = 0
	}
	if ok || g.closed || g.resting != nil {
		return
	}

	g.resting = time.AfterFunc(backoff.Wait(g.failures, firstRest, longestRest), g.wake)
	g.failures++
}

func (g *Gate) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.resting = nil
}

// Close lets nothing pass from now on.
func (g *Gate) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	if g.resting != nil {
		g.resting.Stop()
	}
}
