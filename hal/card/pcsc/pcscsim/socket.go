package pcscsim

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"wattkiosk/hal/card/pcsc"
)

// Socket is the daemon's socket in the file system, for a Device that runs in real
// time: it turns the one connection that the device takes into records and back,
// as a line (see ptysim.Serve). Its methods are safe for concurrent use; Close
// unblocks Read.
type Socket struct {
	ln   net.Listener
	in   *io.PipeReader // records for the device
	feed *io.PipeWriter

	mu    sync.Mutex // guards what follows
	dec   pcsc.Records
	taken bool     // the device takes a connection
	conn  net.Conn // nil = none
}

// Listen makes the socket at path, in place of a socket or link of an earlier run.
func Listen(path string) (*Socket, error) {
	if st, err := os.Lstat(path); err == nil && st.Mode()&(os.ModeSocket|os.ModeSymlink) != 0 {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("cannot replace the daemon's socket: %w", err)
		}
	}

	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot make the daemon's socket: %w", err)
	}

	s := &Socket{ln: ln}
	s.in, s.feed = io.Pipe()
	go s.accept()
	return s, nil
}

// accept ends when the listener is closed. A second program, and any while the
// daemon is away, is hung up on.
func (s *Socket) accept() {
	for {
		conn, err := s.ln.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		ok := s.taken && s.conn == nil
		if ok {
			s.conn = conn
		}
		s.mu.Unlock()
		if !ok {
			_ = conn.Close() // the program sees it
			continue
		}
		go s.receive(conn)
	}
}

// receive hands a connection's bytes to the device until it ends.
func (s *Socket) receive(conn net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		var rec []byte
		if n > 0 {
			rec = pcsc.AppendRecord(rec, pcsc.Data, buf[:n])
		}
		if err != nil && s.ended(conn) {
			rec = pcsc.AppendRecord(rec, pcsc.Closed, nil)
		}
		if _, failed := s.feed.Write(rec); err != nil || failed != nil {
			return
		}
	}
}

// ended forgets a connection; false when the device hung up first.
func (s *Socket) ended(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != conn {
		return false
	}
	s.conn, s.taken = nil, false
	return true
}

// Read hands out records for the device.
func (s *Socket) Read(p []byte) (int, error) { return s.in.Read(p) }

// Write takes the device's records. Bytes for a program that has gone are lost.
func (s *Socket) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for rest := p; len(rest) > 0; {
		rest = s.dec.Feed(rest)
		for {
			kind, data, ok, err := s.dec.Next()
			if err != nil {
				return 0, err
			}
			if !ok {
				break
			}
			s.record(kind, data)
		}
	}

	return len(p), nil
}

// record carries one record of the device out.
func (s *Socket) record(kind pcsc.Record, data []byte) {
	switch kind {
	case pcsc.Opened:
		s.taken = true
	case pcsc.Closed:
		s.taken = false
		if s.conn != nil {
			_ = s.conn.Close() // its reader ends
			s.conn = nil
		}
	case pcsc.Data:
		if s.conn != nil {
			_, _ = s.conn.Write(data)
		}
	}
}

// SetWriteDeadline bounds writes to the program that is connected.
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
		s.conn = nil
	}
	s.mu.Unlock()
	return errors.Join(err, s.in.Close(), s.feed.Close())
}
