package cardsystemsim

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/outsidesim"
)

// Bounds of one connection.
const (
	idleTimeout = 2 * time.Minute
	maxPerConn  = 64 // requests of one connection at a time
)

// Serve answers connections until ctx ends or ln fails, and returns when all its
// connections are closed. It closes ln. While Down is on it closes what it accepts;
// ListenAndServe refuses instead.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	return s.host().Serve(ctx, ln)
}

// ListenAndServe serves addr until ctx ends. While Down is on, nothing listens:
// connections are refused. It calls ready, if not nil, with the address each time it
// begins to listen; port 0 keeps the port it got.
func (s *Server) ListenAndServe(ctx context.Context, addr string, ready func(net.Addr)) error {
	return s.host().ListenAndServe(ctx, addr, ready)
}

func (s *Server) host() outsidesim.Host {
	return outsidesim.Host{Converse: s.converse, Down: func() (bool, <-chan struct{}) { return s.Watch(Down) }}
}

// converse answers the frames of one connection, each when its answer is due, so that a
// slow one keeps no other waiting.
func (s *Server) converse(ctx context.Context, conn net.Conn) {
	if s.Take(Down) {
		return
	}

	ctx, cancel := context.WithCancel(ctx)
	var open sync.WaitGroup
	defer open.Wait()
	defer cancel()
	var writing sync.Mutex
	slots := make(chan struct{}, maxPerConn)
	for {
		if err := conn.SetReadDeadline(time.Now().Add(idleTimeout)); err != nil {
			return
		}
		frame, err := s.dialect.ReadFrame(conn)
		if err != nil { // end, reset, or no frame: a new connection starts afresh
			return
		}

		slots <- struct{}{}
		open.Go(func() {
			defer func() { <-slots }()
			for _, r := range s.Handle(frame) {
				if !reply(ctx, conn, &writing, r) {
					_ = conn.Close()
				}
			}
		})
	}
}

// reply sends a response when it is due; false ends the connection.
func reply(ctx context.Context, conn net.Conn, writing *sync.Mutex, r Response) bool {
	if backoff.Pause(ctx, r.After) != nil || r.Close {
		return false
	}

	writing.Lock()
	defer writing.Unlock()
	_, err := conn.Write(r.Frame)

	return err == nil || errors.Is(err, net.ErrClosed)
}
