package vendorsim

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// Socket is where a real library asks its Reader: a line (see ptysim.Serve) over a socket in
// the file system. It has one connection at a time, and tells the Reader when one has ended. Its methods are safe for concurrent use; Close unblocks Read.
type Socket struct {
	ln   net.Listener
	in   *io.PipeReader // for the reader
	feed *io.PipeWriter
	done chan struct{} // nothing accepts any more

	mu    sync.Mutex // guards what follows
	conn  net.Conn   // nil = none
	asked bool       // by conn: what comes before that is for the one before it
}

// Listen makes the socket at path, in place of a socket or link of an earlier run.
func Listen(path string) (*Socket, error) {
	if st, err := os.Lstat(path); err == nil && st.Mode()&(os.ModeSocket|os.ModeSymlink) != 0 {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("cannot replace the library's socket: %w", err)
		}
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot make the library's socket: %w", err)
	}

	s := &Socket{ln: ln, done: make(chan struct{})}
	s.in, s.feed = io.Pipe()
	go s.accept()
	return s, nil
}

// accept ends when the listener is closed.
func (s *Socket) accept() {
	defer close(s.done)
	for {
		conn, err := s.ln.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conn, s.asked = conn, false
		s.mu.Unlock()
		s.receive(conn)
		_ = conn.Close()
	}
}

// receive hands a connection's bytes to the reader until it ends.
func (s *Socket) receive(conn net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		got := buf[:n]
		if err != nil {
			got = append(got, goneLine...)
		}
		s.mu.Lock()
		s.asked = err == nil
		s.mu.Unlock()
		if _, closed := s.feed.Write(got); closed != nil || err != nil {
			return
		}
	}
}

// Read hands out what the library asks.
func (s *Socket) Read(p []byte) (int, error) { return s.in.Read(p) }

// Write answers. What is for a library that has gone is lost.
func (s *Socket) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil && s.asked {
		_, _ = s.conn.Write(p) // it hears nothing if it has gone
	}

	return len(p), nil
}

// SetWriteDeadline bounds writes to the library that is connected.
func (s *Socket) SetWriteDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return nil
	}
	if err := s.conn.SetWriteDeadline(t); !errors.Is(err, net.ErrClosed) {
		return err
	}

	return nil
}

// Close hangs up and removes the socket.
func (s *Socket) Close() error {
	err := s.ln.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	s.mu.Lock()
	if s.conn != nil {
		_ = s.conn.Close()
	}
	s.mu.Unlock()

	err = errors.Join(err, s.in.Close(), s.feed.Close())
	<-s.done

	return err
}
