package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"wattkiosk/boards/ground/backoff"
)

// Bounds of the line.
const (
	maxLineConns = 64
	lineDial     = 5 * time.Second
	lineBuffer   = 16 << 10         // bytes that one read carries
	stallFor     = 30 * time.Second // a half-open connection, then it ends
	maxDelay     = 10 * time.Second
)

// lineState is how good the line is. It is the body of POST /api/line.
type lineState struct {
	Up      bool `json:"up"`
	Loss    int  `json:"loss"`     // per cent of pieces of data at which the connection breaks or stalls
	DelayMS int  `json:"delay_ms"` // each way
}

func (s lineState) check() error {
	switch {
	case s.Loss < 0 || s.Loss > 100:
		return errors.New("loss is per cent: 0 to 100")
	case s.DelayMS < 0 || time.Duration(s.DelayMS)*time.Millisecond > maxDelay:
		return fmt.Errorf("delay_ms is 0 to %d", maxDelay.Milliseconds())
	}
	return nil
}

// line is the network between the kiosk and the broker: a TCP proxy. Down, it
// ends every connection and refuses new ones.
type line struct {
	ln     net.Listener
	target string

	mu    sync.Mutex
	now   lineState
	conns map[net.Conn]struct{}
	wg    sync.WaitGroup
}

func openLine(target string) (*line, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot lay the line: %w", err)
	}
	return &line{ln: ln, target: target, now: lineState{Up: true}, conns: map[net.Conn]struct{}{}}, nil
}

func (l *line) addr() string { return l.ln.Addr().String() }

func (l *line) state() lineState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

// set changes the line. Pulling it ends every connection.
func (l *line) set(s lineState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = s
	if !s.Up {
		l.hangUp()
	}
}

// hangUp needs l.mu.
func (l *line) hangUp() {
	for c := range l.conns {
		_ = c.Close() // it may have ended already
	}
}

// run carries connections until ctx ends.
func (l *line) run(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() {
		_ = l.ln.Close()
		l.set(lineState{})
	})
	defer stop()
	defer l.wg.Wait()
	for {
		c, err := l.ln.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		if !l.keep(c) {
			refuse(c)
			continue
		}
		l.wg.Go(func() { l.carry(ctx, c) })
	}
}

// refuse ends a connection by a reset.
func refuse(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0) // without it the end is only more polite
	}
	_ = c.Close()
}

// keep notes an open connection; it is false when the line is down or full.
func (l *line) keep(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.now.Up || len(l.conns) >= 2*maxLineConns {
		return false
	}
	l.conns[c] = struct{}{}
	return true
}

func (l *line) drop(c net.Conn) {
	_ = c.Close() // the other direction may have closed it
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

func (l *line) carry(ctx context.Context, near net.Conn) {
	defer l.drop(near)
	d := net.Dialer{Timeout: lineDial}
	far, err := d.DialContext(ctx, "tcp", l.target)
	if err != nil {
		refuse(near) // the broker is not there
		return
	}

	if !l.keep(far) {
		refuse(far)
		return
	}
	defer l.drop(far)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	back := make(chan struct{})
	go func() {
		defer close(back)
		defer near.Close()
		l.pump(ctx, near, far)
	}()

	l.pump(ctx, far, near)
	cancel()
	_, _ = near.Close(), far.Close() // ends the other direction
	<-back
}

// pump carries one direction. Under loss a piece of data now and then ends the
// connection, or stalls it half-open, as a bad radio does to TCP.
func (l *line) pump(ctx context.Context, to, from net.Conn) {
	buf := make([]byte, lineBuffer)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			s := l.state()
			if s.Loss > 0 && rand.IntN(100) < s.Loss {
				if rand.IntN(2) == 0 {
					_ = backoff.Pause(ctx, stallFor)
				}
				return
			}
			if s.DelayMS > 0 {
				_ = backoff.Pause(ctx, time.Duration(s.DelayMS)*time.Millisecond)
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
