package ssp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// stream is an open line with a reader of its own, so that waits can end.
type stream struct {
	ctx  context.Context // of all its calls; the line is closed when it ends
	line io.ReadWriteCloser
	baud int
	rx   chan []byte
	done chan struct{}
	end  func() bool
	wg   sync.WaitGroup
	once sync.Once

	failed error  // of the reader, to be read once rx is closed
	kept   []byte // received and not yet asked for
}

func openStream(ctx context.Context, open func(context.Context, int) (io.ReadWriteCloser, error), baud int) (*stream, error) {
	line, err := open(ctx, baud)
	if err != nil {
		return nil, err
	}
	s := &stream{ctx: ctx, line: line, baud: baud, rx: make(chan []byte), done: make(chan struct{})}
	s.end = context.AfterFunc(ctx, func() { _ = line.Close() }) // the line is being left
	s.wg.Go(s.receive)
	return s, nil
}

// close leaves the line, and waits for its reader.
func (s *stream) close() {
	s.once.Do(func() {
		s.end()
		close(s.done)
		_ = s.line.Close() // the line is being left
		s.wg.Wait()
	})
}

func (s *stream) receive() {
	defer close(s.rx)
	buf := make([]byte, MaxData)
	for {
		n, err := s.line.Read(buf)
		if n > 0 {
			select {
			case s.rx <- append([]byte(nil), buf[:n]...):
			case <-s.done:
				return
			}
		}
		if err != nil {
			s.failed = err
			return
		}
	}
}

// read returns what comes within d; ErrNoReply if nothing does.
func (s *stream) read(d time.Duration) ([]byte, error) {
	if b := s.kept; len(b) > 0 {
		s.kept = nil
		return b, nil
	}
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case b, ok := <-s.rx:
		if !ok {
			return nil, s.broken(s.failed)
		}
		return b, nil
	case <-t.C:
		return nil, ErrNoReply
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
}

// readByte returns the next byte.
func (s *stream) readByte(d time.Duration) (byte, error) {
	b, err := s.read(d)
	if err != nil {
		return 0, err
	}
	s.kept = b[1:]
	return b[0], nil
}

// drain forgets what was received unasked.
func (s *stream) drain() error {
	for {
		if _, err := s.read(0); errors.Is(err, ErrNoReply) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// stall is how long a line may take none of the bytes offered.
const stall = 5 * time.Second

// write sends b, and does not wait until it is out.
func (s *stream) write(b []byte) error {
	stuck := time.AfterFunc(stall+s.took(len(b)), func() { _ = s.line.Close() })
	n, err := s.line.Write(b)
	if !stuck.Stop() {
		err = errors.New("it takes no bytes")
	}
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return s.broken(err)
	}
	return nil
}

func (s *stream) broken(err error) error {
	if s.ctx.Err() != nil {
		return s.ctx.Err()
	}
	return fmt.Errorf("the line failed: %w", err)
}

// took is the time that n bytes need on the line: eleven bits each.
func (s *stream) took(n int) time.Duration {
	return time.Duration(n) * 11 * time.Second / time.Duration(s.baud)
}
