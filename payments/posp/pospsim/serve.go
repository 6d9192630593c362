package pospsim

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"wattkiosk/boards/ground/backoff"
)

// Bounds of Serve.
const (
	maxConns    = 256
	idleTimeout = 2 * time.Minute
	relistenGap = 100 * time.Millisecond
	maxFrame    = 4096
)

// Serve answers connections until ctx ends or ln fails, and returns when all its
// connections are closed. It closes ln. While Down is on it closes what it
// accepts; ListenAndServe refuses instead.
func (b *Bank) Serve(ctx context.Context, ln net.Listener) error {
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
			return fmt.Errorf("cannot accept for the POSP: %w", err)
		}
		select {
		case slots <- struct{}{}:
		default: // full
			_ = conn.Close()
			continue
		}
		open.Go(func() {
			defer func() { <-slots }()
			b.converse(ctx, conn)
		})
	}
}

// ListenAndServe serves addr until ctx ends. While Down is on, nothing listens:
// connections are refused. It calls ready, if not nil, with the address each
// time it begins to listen; port 0 keeps the port it got.
func (b *Bank) ListenAndServe(ctx context.Context, addr string, ready func(net.Addr)) error {
	first := true
	for ctx.Err() == nil {
		down, changed := b.watch(Down)
		if down && !first {
			select {
			case <-changed:
			case <-ctx.Done():
			}
			continue
		}
		ln, err := net.Listen("tcp", addr)
		if err != nil && first {
			return fmt.Errorf("cannot listen for the POSP: %w", err)
		}
		if err != nil { // someone else has the port for a moment
			_ = backoff.Pause(ctx, relistenGap)
			continue
		}
		first, addr = false, ln.Addr().String()
		if ready != nil {
			ready(ln.Addr())
		}
		if err := b.serveUntilDown(ctx, ln); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bank) serveUntilDown(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- b.Serve(ctx, ln) }()
	for {
		down, changed := b.watch(Down)
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

// converse answers the frames of one connection in turn.
func (b *Bank) converse(ctx context.Context, conn net.Conn) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	defer func() { _ = conn.Close() }()
	if b.takeDown() {
		return
	}
	for {
		if err := conn.SetReadDeadline(time.Now().Add(idleTimeout)); err != nil {
			return
		}
		frame, err := readFrame(conn)
		if err != nil { // end, reset, or no frame: a new connection starts afresh
			return
		}
		for _, r := range b.Handle(frame) {
			if backoff.Pause(ctx, r.After) != nil {
				return
			}
			if len(r.Frame) > 0 {
				if err := conn.SetWriteDeadline(time.Now().Add(idleTimeout)); err != nil {
					return
				}
				if _, err := conn.Write(r.Frame); err != nil {
					return
				}
			}
			if r.Close {
				return
			}
		}
	}
}

// readFrame reads one whole frame.
func readFrame(r io.Reader) ([]byte, error) {
	var length [lengthLen]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(length[:]))
	if n < headLen || n > maxFrame {
		return nil, errFrame
	}
	frame := append(length[:], make([]byte, n)...)
	_, err := io.ReadFull(r, frame[lengthLen:])
	return frame, err
}
