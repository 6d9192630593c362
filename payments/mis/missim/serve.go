package missim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/outsidesim"
)

// Bounds of Serve.
const (
	idleTimeout = 2 * time.Minute
)

// Serve answers connections until ctx ends or ln fails, and returns when all its
// connections are closed. It closes ln. While Down is on it closes what it
// accepts; ListenAndServe refuses instead.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	return named(s.host().Serve(ctx, ln))
}

// ListenAndServe serves addr until ctx ends. While Down is on, nothing listens:
// connections are refused. It calls ready, if not nil, with the address each
// time it begins to listen; port 0 keeps the port it got.
func (s *Server) ListenAndServe(ctx context.Context, addr string, ready func(net.Addr)) error {
	return named(s.host().ListenAndServe(ctx, addr, ready))
}

func named(err error) error {
	if err != nil {
		return fmt.Errorf("simulated MIS: %w", err)
	}

	return nil
}

func (s *Server) host() outsidesim.Host {
	return outsidesim.Host{Converse: s.converse, Down: func() (bool, <-chan struct{}) { return s.Watch(Down) }}
}

// converse answers the frames of one connection in turn.
func (s *Server) converse(ctx context.Context, conn net.Conn) {
	if s.Take(Down) {
		return
	}
	for {
		if err := conn.SetReadDeadline(time.Now().Add(idleTimeout)); err != nil {
			return
		}
		frame, err := s.codec.Dialect().Frame.Read(conn)
		if err != nil { // end, reset, or no frame: a new connection starts afresh
			return
		}
		for _, r := range s.Handle(frame) {
			if backoff.Pause(ctx, r.After) != nil {
				return
			}
			if r.Close {
				return
			}
			if _, err := conn.Write(r.Frame); err != nil && !errors.Is(err, net.ErrClosed) {
				return
			}
		}
	}
}
