package web

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

const (
	pulseEvery   = 250 * time.Millisecond
	pulseTimeout = 5 * time.Second
	maxClients   = 128 // open event streams
)

var errFull = errors.New("too many open streams")

// hub reads the pulse of the books for all open streams together, and only while
// there are any.
type hub struct {
	read func(context.Context) (string, error)
	log  *slog.Logger
	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex
	last    string
	open    map[chan string]struct{}
	closed  bool
	failing bool
}

func newHub(read func(context.Context) (string, error), every time.Duration, log *slog.Logger) *hub {
	ctx, stop := context.WithCancel(context.Background())
	h := &hub{read: read, log: log, stop: stop, done: make(chan struct{}), open: map[chan string]struct{}{}}
	go h.run(ctx, every)
	return h
}

func (h *hub) run(ctx context.Context, every time.Duration) {
	defer close(h.done)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if h.clients() > 0 {
				h.look(ctx)
			}
		}
	}
}

func (h *hub) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, pulseTimeout)
	defer cancel()
	p, err := h.read(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	if failing := err != nil; failing != h.failing {
		h.failing = failing
		h.log.Warn("pulse of the books", "failing", failing, "error", err)
	}
	if err != nil || p == h.last {
		return
	}
	h.last = p
	for c := range h.open {
		tell(c, p)
	}
}

// tell puts p into c, in place of what was not taken yet.
func tell(c chan string, p string) {
	select {
	case <-c:
	default:
	}
	c <- p
}

// join is a channel of pulses, each in place of the one before it. It begins with
// the last one that is known, and is closed with the hub.
func (h *hub) join() (<-chan string, func(), error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.open) >= maxClients {
		return nil, nil, errFull
	}
	c := make(chan string, 1)
	if h.last != "" {
		c <- h.last
	}
	h.open[c] = struct{}{}
	return c, func() { h.leave(c) }, nil
}

func (h *hub) leave(c chan string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.open, c)
}

func (h *hub) clients() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.open)
}

func (h *hub) close() {
	h.stop()
	<-h.done
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.open {
		close(c)
		delete(h.open, c)
	}
}
