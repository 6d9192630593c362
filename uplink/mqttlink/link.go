package mqttlink

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"wattkiosk/boards/ground/backoff"
)

// Errors of Publish, and causes given to OnDown.
var (
	ErrDown    = errors.New("link is down")
	ErrRebuild = errors.New("link is rebuilt")
	ErrClosed  = errors.New("link is closed")
)

// Link is a connection that comes back. It is safe for concurrent use.
type Link struct {
	cfg    Config
	broker *url.URL
	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
	inbox  chan Message
	said   string // why it did not connect, as logged last; run's own

	mu  sync.Mutex
	now *session // nil while down

	ups, received, dropped, handed atomic.Uint64
}

// Stats are counters since Dial.
type Stats struct {
	Ups      uint64 // times the link came up
	Received uint64 // messages of the broker
	Dropped  uint64 // of these, thrown away because OnMessage was too slow
	Handed   uint64 // publishes handed to a connection
}

// Dial checks cfg and starts to connect. It does not wait: OnUp says when.
func Dial(cfg Config) (*Link, error) {
	cfg, broker, err := cfg.checked()
	if err != nil {
		return nil, fmt.Errorf("cannot dial: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &Link{cfg: cfg, broker: broker, ctx: ctx, cancel: cancel, inbox: make(chan Message, cfg.Queue)}
	l.done.Go(l.dispatch)
	l.done.Go(l.run)
	return l, nil
}

// run makes one session after the other.
func (l *Link) run() {
	for attempt := 0; l.ctx.Err() == nil; {
		upFor, err := l.once()
		var wait time.Duration
		attempt, wait = l.cfg.pause(attempt, upFor, err)
		_ = backoff.Pause(l.ctx, wait)
	}
}

// once runs one session to its end and returns how long it was up, or why it did not
// come up. The same reason is logged once.
func (l *Link) once() (time.Duration, error) {
	s, err := l.connect()
	if err != nil {
		if l.ctx.Err() == nil {
			l.failed(err)
		}
		return 0, err
	}
	l.said = ""
	began := time.Now()
	l.set(s)
	l.ups.Add(1)
	l.cfg.Logger.Info("link up", "broker", l.broker.Host, "client", l.cfg.ClientID)
	l.cfg.OnUp()
	var cause error
	select {
	case <-l.ctx.Done():
		cause = ErrClosed
	case <-s.ended:
		cause = s.cause()
	}
	l.set(nil)
	s.close(errors.Is(cause, ErrClosed), cause)
	l.cfg.Logger.Info("link down", "broker", l.broker.Host, "cause", cause)
	l.cfg.OnDown(cause)
	return time.Since(began), nil
}

// failed reports a try that did not bring the link up.
func (l *Link) failed(err error) {
	if why := err.Error(); why != l.said {
		l.said = why
		l.cfg.Logger.Warn("cannot connect", "broker", l.broker.Host, "error", err)
	}
	l.cfg.OnFail(err)
}

func (l *Link) set(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = s
}

func (l *Link) session() *session {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

// Publish hands a message to the connection, in the order of the calls of one
// goroutine. It waits while MaxInflight messages are unconfirmed, at the longest
// until ctx is done. No error does not mean that the message arrived, or ever
// will; an error does not mean that it will not. The payload must not be changed
// afterwards.
func (l *Link) Publish(ctx context.Context, topic string, payload []byte, qos byte, retained bool) error {
	if qos > 1 {
		return fmt.Errorf("cannot publish %s: qos %d", topic, qos)
	}
	s := l.session()
	if s == nil {
		return fmt.Errorf("cannot publish %s: %w", topic, ErrDown)
	}
	select {
	case s.out <- Message{topic, payload, qos, retained}:
		l.handed.Add(1)
		return nil
	case <-s.ended:
		return fmt.Errorf("cannot publish %s: %w", topic, ErrDown)
	case <-ctx.Done():
		return fmt.Errorf("cannot publish %s: %w", topic, ctx.Err())
	}
}

// Up reports whether the link is up.
func (l *Link) Up() bool { return l.session() != nil }

// Rebuild drops the connection, if there is one, and makes a new one after the
// usual back-off. The owner calls it when the link looks up but leads nowhere.
func (l *Link) Rebuild() {
	if s := l.session(); s != nil {
		s.end(ErrRebuild)
	}
}

// Stats returns the counters.
func (l *Link) Stats() Stats {
	return Stats{Ups: l.ups.Load(), Received: l.received.Load(), Dropped: l.dropped.Load(), Handed: l.handed.Load()}
}

// Close hands over what was published, says goodbye so that no will is sent,
// and waits until all goroutines have ended or ctx is done. It may be called
// again.
func (l *Link) Close(ctx context.Context) error {
	l.cancel()
	ended := make(chan struct{})
	go func() {
		l.done.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("cannot close link in time: %w", ctx.Err())
	}
}

// dispatch calls OnMessage and OnRetained, so that the reader of the connection
// never waits for them.
func (l *Link) dispatch() {
	for {
		select {
		case <-l.ctx.Done():
			return
		case m := <-l.inbox:
			if m.Retained {
				l.cfg.OnRetained(m.Topic, m.Payload)
			} else {
				l.cfg.OnMessage(m.Topic, m.Payload)
			}
		}
	}
}

func (l *Link) enqueue(m Message) {
	l.received.Add(1)
	select {
	case l.inbox <- m:
	default:
		if n := l.dropped.Add(1); n&(n-1) == 0 { // the 1st, 2nd, 4th, … so that a flood does not fill the log
			l.cfg.Logger.Warn("message dropped, receiver too slow", "topic", m.Topic, "dropped", n)
		}
	}
}
