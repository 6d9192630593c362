package outsidesim

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"wattkiosk/boards/ground/backoff"
)

// Bounds of a Host.
const (
	maxConns    = 256
	relistenGap = 100 * time.Millisecond
)

// Host is a system behind TCP.
type Host struct {
	// Converse talks on one connection until either side has had enough, or ctx ends. The
	// connection is closed when ctx ends, and after Converse has returned.
	Converse func(ctx context.Context, conn net.Conn)
	// Down reports whether nothing is to listen, with a channel that closes at the next
	// change. Nil is never.
	Down func() (down bool, changed <-chan struct{})
}

// Serve answers connections until ctx ends or ln fails, and returns when all its
// connections are closed. It closes ln. Beyond 256 connections it closes what it accepts.
func (h Host) Serve(ctx context.Context, ln net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	defer func() { _ = ln.Close() }()
	var open sync.WaitGroup
	defer open.Wait()
	slots := make(chan struct{}, maxConns)
	for {
		conn, err := ln.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = conn.Close()
			}

			return nil
		}
		if err != nil {
			return fmt.Errorf("cannot accept: %w", err)
		}

		select {
		case slots <- struct{}{}:
		default: // full
			_ = conn.Close()

			continue
		}
		open.Go(func() {
			defer func() { <-slots }()
			h.converse(ctx, conn)
		})
	}
}

func (h Host) converse(ctx context.Context, conn net.Conn) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer func() { _ = conn.Close() }()
	h.Converse(ctx, conn)
}

// ListenAndServe serves addr until ctx ends. While Down, nothing listens: connections are
// refused, and those that were open are closed. It calls ready, if not nil, with the
// address each time it begins to listen; port 0 keeps the port it got.
func (h Host) ListenAndServe(ctx context.Context, addr string, ready func(net.Addr)) error {
	first := true
	for ctx.Err() == nil {
		if down, changed := h.down(); down && !first {
			select {
			case <-changed:
			case <-ctx.Done():
			}

			continue
		}

		ln, err := net.Listen("tcp", addr)
		if err != nil && first {
			return fmt.Errorf("cannot listen: %w", err)
		}
		if err != nil { // someone else has the port for a moment
			_ = backoff.Pause(ctx, relistenGap)

			continue
		}
		first, addr = false, ln.Addr().String()
		if ready != nil {
			ready(ln.Addr())
		}
		if err := h.serveUntilDown(ctx, ln); err != nil {
			return err
		}
	}

	return nil
}

func (h Host) down() (bool, <-chan struct{}) {
	if h.Down == nil {
		return false, nil
	}

	return h.Down()
}

func (h Host) serveUntilDown(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- h.Serve(ctx, ln) }()
	for {
		down, changed := h.down()
		if down {
			cancel()

			return <-done
		}

		select {
		case <-changed:
		case err := <-done:
			return err
		}
	}
}
