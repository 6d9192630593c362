package socket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"wattkiosk/payments/cardsystem/queue"
)

// errLineLost ends the calls that were under way on a connection.
var errLineLost = errors.New("the connection ended before the answer")

// share is the one connection of a Shared dialect. It is opened by the first call that
// needs it, and once more after it was lost.
type share struct {
	dialect Shared
	beat    time.Duration
	open    func(context.Context) (net.Conn, error)

	opening chan struct{} // held while somebody dials

	mu     sync.Mutex
	line   *line
	closed bool
	all    sync.WaitGroup // goroutines of lines
}

func newShare(d Shared, beat time.Duration, open func(context.Context) (net.Conn, error)) *share {
	return &share{dialect: d, beat: beat, open: open, opening: make(chan struct{}, 1)}
}

// line is one connection and the calls that wait on it for their answers.
type line struct {
	conn    net.Conn
	writing chan struct{} // held while a frame is written, so that frames stay whole
	silence *time.Timer   // closes the connection; put off by every frame that comes
	ended   chan struct{}

	mu      sync.Mutex
	waiting map[string]chan []byte // by request; a call that has gone is not in it
}

func (s *share) close() {
	s.mu.Lock()
	s.closed = true
	l := s.line
	s.mu.Unlock()

	if l != nil {
		shut(l.conn)
	}
	s.all.Wait()
}

// exchange sends a frame on the shared connection and waits for the answer with its id.
func (s *share) exchange(ctx context.Context, id string, frame []byte) (answer []byte, sent bool, err error) {
	l, err := s.current(ctx)
	if err != nil {
		return nil, false, err
	}
	mine := l.expect(id)
	defer l.forget(id)

	if sent, err := l.write(ctx, frame); err != nil {
		return nil, sent, err
	}

	select {
	case answer := <-mine:
		return answer, true, nil
	case <-l.ended:
		err = errLineLost
	case <-ctx.Done():
		err = ctx.Err()
	}

	select {
	case answer := <-mine: // it came all the same
		return answer, true, nil
	default:
		return nil, true, err
	}
}

// current is the connection, opened if there is none. One call dials; the others wait.
func (s *share) current(ctx context.Context) (*line, error) {
	select {
	case s.opening <- struct{}{}:
		defer func() { <-s.opening }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}

	if l := s.living(); l != nil {
		return l, nil
	}
	conn, err := s.open(ctx)
	if err != nil {
		return nil, err
	}

	l := &line{
		conn: conn, writing: make(chan struct{}, 1), ended: make(chan struct{}), waiting: map[string]chan []byte{},
		silence: time.AfterFunc(2*s.beat, func() { shut(conn) }),
	}
	if !s.keep(l) {
		l.silence.Stop()
		shut(conn)

		return nil, queue.ErrClosed
	}

	return l, nil
}

func (s *share) living() *line {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line == nil {
		return nil
	}

	select {
	case <-s.line.ended:
		s.line = nil
	default:
	}

	return s.line
}

// keep makes l the connection and starts what reads it and what keeps it alive.
func (s *share) keep(l *line) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}

	s.line = l
	s.all.Go(func() { s.read(l) })
	s.all.Go(func() { s.keepAlive(l) })

	return true
}

// read hands out answers until the connection ends, or until something comes that has no
// place in it: then nothing after it can be trusted.
func (s *share) read(l *line) {
	defer close(l.ended)
	defer l.silence.Stop()
	defer shut(l.conn)

	for {
		frame, err := s.dialect.ReadFrame(l.conn)
		if err != nil {
			return
		}
		id, beat, err := s.dialect.Sort(frame)
		if err != nil {
			return
		}
		l.silence.Reset(2 * s.beat)
		if !beat {
			l.hand(id, frame)
		}
	}
}

// keepAlive sends heartbeats until the connection ends.
func (s *share) keepAlive(l *line) {
	tick := time.NewTicker(s.beat)
	defer tick.Stop()
	for {
		select {
		case <-l.ended:
			return
		case <-tick.C:
		}

		ctx, cancel := context.WithTimeout(context.Background(), s.beat)
		_, err := l.write(ctx, s.dialect.Beat())
		cancel()
		if err != nil {
			shut(l.conn)

			return
		}
	}
}

// write sends one frame whole. Where that fails half way the connection is of no use any
// more. It reports whether any byte may have left.
func (l *line) write(ctx context.Context, frame []byte) (sent bool, err error) {
	select {
	case l.writing <- struct{}{}:
		defer func() { <-l.writing }()
	case <-l.ended:
		return false, errLineLost
	case <-ctx.Done():
		return false, ctx.Err()
	}

	if ctx.Err() != nil { // nobody waits for the answer: the line is not spoilt for it
		return false, ctx.Err()
	}
	stop := context.AfterFunc(ctx, func() { shut(l.conn) }) // unblocks the write
	_, err = l.conn.Write(frame)
	stop()
	if err != nil {
		shut(l.conn)

		return true, fmt.Errorf("cannot send: %w", errors.Join(ctx.Err(), err))
	}

	return true, nil
}

func (l *line) expect(id string) <-chan []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	mine := make(chan []byte, 1)
	l.waiting[id] = mine

	return mine
}

func (l *line) forget(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, id)
}

// hand gives an answer to the call that waits for it; a second one, or one that comes too
// late, is dropped.
func (l *line) hand(id string, frame []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if mine, ok := l.waiting[id]; ok {
		delete(l.waiting, id)
		mine <- frame
	}
}

// shut closes a connection; what closing says is of no use.
func shut(conn net.Conn) { _ = conn.Close() }
