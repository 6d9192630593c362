package socket

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net"
	"sync"
	"time"

	"wattkiosk/boards/ground/backoff"
)

var (
	errResting = errors.New("it could not be reached a moment ago")
	errClosed  = errors.New("the client is closed")
)

// gate keeps from dialling for a while after a dial failed, and for ever once closed. The
// zero value lets everything pass.
type gate struct {
	mu       sync.Mutex
	failures int
	resting  *time.Timer // nil: open
	closed   bool
}

// pass reports why not to dial now.
func (g *gate) pass() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		return errClosed
	case g.resting != nil:
		return errResting
	}

	return nil
}

// note is how a dial went.
func (g *gate) note(ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if ok {
		g.failures = 0
	}
	if ok || g.closed || g.resting != nil {
		return
	}

	g.resting = time.AfterFunc(backoff.Wait(g.failures, firstWait, longestWait), g.wake)
	g.failures++
}

func (g *gate) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.resting = nil
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	if g.resting != nil {
		g.resting.Stop()
	}
}

// newID is a number for one request, never used again.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails

	return hex.EncodeToString(b[:])
}

// shut closes a connection; what closing says is of no use.
func shut(conn net.Conn) { _ = conn.Close() }
