package ptysim

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"wattkiosk/hal"
)

const (
	// minSleep keeps a peer whose Wake is always past from taking the CPU.
	minSleep = time.Millisecond
	// maxSleep bounds a sleep while the peer has nothing to do.
	maxSleep = 10 * time.Second
	// writeTimeout is how long the kernel may refuse bytes; then they are lost,
	// as on a line that nobody listens to.
	writeTimeout = 200 * time.Millisecond
	// readSize is the most bytes one read hands to the peer.
	readSize = 1024
)

// Line is a simulator's end of a line. Close unblocks Read.
type Line interface {
	io.ReadWriteCloser
	SetWriteDeadline(t time.Time) error
}

var _ Line = (*Master)(nil)

// Server runs one peer on one line in real time. Its methods are safe for
// concurrent use.
type Server struct {
	line   Line
	now    func() time.Time
	cancel context.CancelFunc
	kick   chan struct{}
	wg     sync.WaitGroup

	mu   sync.Mutex // guards peer
	peer hal.Peer
}

// Serve runs peer on line until ctx ends or Close is called. The server owns both
// from now on: reach the peer through Do only.
func Serve(ctx context.Context, line Line, peer hal.Peer, now func() time.Time) *Server {
	ctx, cancel := context.WithCancel(ctx)
	s := &Server{line: line, peer: peer, now: now, cancel: cancel, kick: make(chan struct{}, 1)}
	s.wg.Add(2)
	go s.receive()
	go s.advance(ctx)
	return s
}

// Do runs f while the peer stands still, with the peer's time; then the peer
// gets to act at once. f must not block and must not call the server.
func (s *Server) Do(f func(now time.Time)) {
	s.mu.Lock()
	f(s.now())
	s.mu.Unlock()
	s.wake()
}

// Close stops the peer and hangs up.
func (s *Server) Close() error {
	s.cancel()
	err := s.line.Close()
	s.wg.Wait()
	return err
}

func (s *Server) wake() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// receive ends when the line is closed.
func (s *Server) receive() {
	defer s.wg.Done()
	buf := make([]byte, readSize)
	for {
		n, err := s.line.Read(buf)
		if n > 0 {
			s.Do(func(now time.Time) { s.peer.Receive(now, append([]byte(nil), buf[:n]...)) })
		}
		if err != nil {
			return
		}
	}
}

func (s *Server) advance(ctx context.Context) {
	defer s.wg.Done()
	defer s.line.Close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.kick:
		case <-timer.C:
		}
		tx, sleep := s.step()
		if err := s.send(tx); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		timer.Reset(sleep)
	}
}

func (s *Server) step() (tx []byte, sleep time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	tx = append([]byte(nil), s.peer.Advance(now)...)
	wake := s.peer.Wake()
	if wake.IsZero() {
		return tx, maxSleep
	}
	return tx, min(max(wake.Sub(now), minSleep), maxSleep)
}

func (s *Server) send(tx []byte) error {
	if len(tx) == 0 {
		return nil
	}
	if err := s.line.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := s.line.Write(tx)
	return err
}
