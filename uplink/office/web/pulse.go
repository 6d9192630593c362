package web

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

const (
	pulseEvery   = 250 * time.Millisecond
	pulseTimeout = 5 * time.Second
	maxClients   = 512 // open event streams
	maxOfSession = 4   // of one session; with one more, its eldest is given up
)

var errFull = errors.New("too many open streams")

// listener is an open stream.
type listener struct {
	session string
	pulses  chan string
}

// hub reads the pulse of the books for all open streams together, and only while
// there are any.
type hub struct {
	read func(context.Context) (string, error)
	log  *slog.Logger
	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex
	last    string
	open    []*listener // eldest first
	closed  bool
	failing bool
}

func newHub(read func(context.Context) (string, error), every time.Duration, log *slog.Logger) *hub {
	ctx, stop := context.WithCancel(context.Background())
	h := &hub{read: read, log: log, stop: stop, done: make(chan struct{})}
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
	for _, l := range h.open {
		tell(l.pulses, p)
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
// the last one that is known, and is closed with the hub, or when its session has opened
// as many others since.
func (h *hub) join(session string) (<-chan string, func(), error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if own := h.of(session); len(own) >= maxOfSession {
		h.drop(own[0])
	}
	if h.closed || len(h.open) >= maxClients {
		return nil, nil, errFull
	}
	l := &listener{session, make(chan string, 1)}
	if h.last != "" {
		l.pulses <- h.last
	}
	h.open = append(h.open, l)

	return l.pulses, func() { h.leave(l) }, nil
}

func (h *hub) of(session string) (own []*listener) {
	for _, l := range h.open {
		if l.session == session {
			own = append(own, l)
		}
	}

	return own
}

func (h *hub) leave(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(l)
}

// drop gives a stream up, once.
func (h *hub) drop(l *listener) {
	if i := slices.Index(h.open, l); i >= 0 {
		h.open = slices.Delete(h.open, i, i+1)
		close(l.pulses)
	}
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
	for len(h.open) > 0 {
		h.drop(h.open[0])
	}
}
