package pospsim

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/outsidesim"
)

// Bounds of Serve.
const (
	idleTimeout = 2 * time.Minute
	maxFrame    = 4096
)

// Serve answers connections until ctx ends or ln fails, and returns when all its
// connections are closed. It closes ln. While Down is on it closes what it
// accepts; ListenAndServe refuses instead.
func (b *Bank) Serve(ctx context.Context, ln net.Listener) error {
	return named(b.host().Serve(ctx, ln))
}

// ListenAndServe serves addr until ctx ends. While Down is on, nothing listens:
// connections are refused. It calls ready, if not nil, with the address each
// time it begins to listen; port 0 keeps the port it got.
func (b *Bank) ListenAndServe(ctx context.Context, addr string, ready func(net.Addr)) error {
	return named(b.host().ListenAndServe(ctx, addr, ready))
}

func named(err error) error {
	if err != nil {
		return fmt.Errorf("simulated POSP: %w", err)
	}

	return nil
}

func (b *Bank) host() outsidesim.Host {
	return outsidesim.Host{Converse: b.converse, Down: func() (bool, <-chan struct{}) { return b.watch(Down) }}
}

// converse answers the frames of one connection in turn.
func (b *Bank) converse(ctx context.Context, conn net.Conn) {
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
