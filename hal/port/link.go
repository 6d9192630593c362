package port

import (
	"errors"
	"io"
	"sync"
	"time"
)

// Bounds of one open port.
const (
	// readSize is the most bytes one read hands to the engine.
	readSize = 512
	// rxQueue is how many reads may wait for the engine; then the reader waits.
	rxQueue = 16
	// writeSize is the most bytes of one write, so that progress shows.
	writeSize = 256
	// txQueue is how many transmissions may wait for the line; one more means
	// that the line does not move, and the port is opened again.
	txQueue = 64
	// maxEmptyReads is how many reads in a row may bring nothing.
	maxEmptyReads = 100
)

// ErrStalled says that a port took no bytes for the write time-out, or that too
// many transmissions were waiting for it.
var ErrStalled = errors.New("port does not take bytes")

// link is one open port with its reader and writer. Its goroutines end when
// close is called.
type link struct {
	port    Port
	rx      chan []byte
	tx      chan []byte
	failed  chan error // capacity 2: one from each goroutine
	done    chan struct{}
	wg      sync.WaitGroup
	stall   time.Duration
	started time.Time
	heard   bool // anything was received; owned by the pump
}

func newLink(p Port, stall time.Duration, now time.Time) *link {
	l := &link{
		port: p, rx: make(chan []byte, rxQueue), tx: make(chan []byte, txQueue),
		failed: make(chan error, 2), done: make(chan struct{}), stall: stall, started: now,
	}
	l.wg.Add(2)
	go l.read()
	go l.write()
	return l
}

// close closes the port and waits for both goroutines.
func (l *link) close() {
	close(l.done)
	_ = l.port.Close() // nothing can be done about a port that is being left
	l.wg.Wait()
}

func (l *link) read() {
	defer l.wg.Done()
	buf := make([]byte, readSize)
	empty := 0
	for {
		n, err := l.port.Read(buf)
		if n > 0 {
			empty = 0
			select {
			case l.rx <- append([]byte(nil), buf[:n]...):
			case <-l.done:
				return
			}
		} else if empty++; empty > maxEmptyReads && err == nil {
			err = io.ErrNoProgress
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("line was hung up")
			}
			l.failed <- err
			return
		}
	}
}

func (l *link) write() {
	defer l.wg.Done()
	for {
		select {
		case b := <-l.tx:
			if err := l.writeAll(b); err != nil {
				l.failed <- err
				return
			}
		case <-l.done:
			return
		}
	}
}

// writeAll writes b in small pieces; a piece that is not taken within the write
// time-out closes the port, which makes Write return.
func (l *link) writeAll(b []byte) error {
	for len(b) > 0 {
		piece := b[:min(len(b), writeSize)]
		stalled := time.AfterFunc(l.stall, func() { _ = l.port.Close() })
		n, err := l.port.Write(piece)
		if !stalled.Stop() {
			return ErrStalled
		}
		if err == nil && n < len(piece) {
			err = io.ErrShortWrite
		}
		if err != nil {
			return err
		}
		b = b[n:]
	}

	return nil
}

// send queues b for the line; false means that the queue is full.
func (l *link) send(b []byte) bool {
	select {
	case l.tx <- b:
		return true
	default:
		return false
	}
}
