package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"wattkiosk/boards/ground/backoff"
)

// Defaults of a Pool.
const (
	DefaultFirst     = 100 * time.Millisecond
	DefaultLongest   = 5 * time.Second
	DefaultStartTime = 15 * time.Second
	DefaultIdleTime  = time.Minute
)

// ErrNotSent means that no child got the request. ErrLost means that one may have, and
// that no usable response came.
var (
	ErrNotSent = errors.New("request reached no child")
	ErrLost    = errors.New("no response of the child")
)

// Hello is the first thing that a child says, once it has read its setup: that it can be
// called, or why not, before it ends.
type Hello struct {
	Ready bool   `json:"ready,omitempty"`
	Fatal string `json:"fatal,omitempty"`
}

// Starter starts one child of a Pool.
type Starter func() (io.ReadWriteCloser, error)

// Settings of a Pool. Zero durations take the defaults.
type Settings struct {
	Start    Starter
	Setup    any // the first frame that each child gets
	Children int // at most this many at a time
	MaxFrame int // bytes of JSON

	// A start after n failures in a row (children that do not start, crash, or are killed
	// because they are late) waits First doubled n times, at most Longest.
	First     time.Duration
	Longest   time.Duration
	StartTime time.Duration // that a child may take until its Hello
	IdleTime  time.Duration // that a child may be without a call; then it is stopped, before whoever it is connected to hangs up

	Trouble func(error) // if not nil, is given what befell each child
}

// Pool makes calls in children, one at a time in each; more calls wait for their turn.
// Children are started as calls need them, and stay. It may be used by any number of
// goroutines. Close ends it.
type Pool struct {
	set   Settings
	turns chan struct{}
	life  context.Context
	end   context.CancelFunc
	works sync.WaitGroup // starts under way

	mu       sync.Mutex
	idle     []idle
	failures int // in a row
}

// idle is a child without a call, and the timer that stops it.
type idle struct {
	c     io.ReadWriteCloser
	leave *time.Timer
}

// NewPool makes a pool without children.
func NewPool(s Settings) *Pool {
	if s.First == 0 {
		s.First = DefaultFirst
	}
	if s.Longest == 0 {
		s.Longest = DefaultLongest
	}
	if s.StartTime == 0 {
		s.StartTime = DefaultStartTime
	}
	if s.IdleTime == 0 {
		s.IdleTime = DefaultIdleTime
	}

	p := &Pool{set: s, turns: make(chan struct{}, s.Children)}
	p.life, p.end = context.WithCancel(context.Background())
	return p
}

// Call gives request to a child and reads its response. sound, which is called after the
// response was read, says whether the child may be called again; a nil sound is yes. A child
// whose call ctx ends is killed.
//
// An error is ErrNotSent, where no byte of the request has left, or else ErrLost.
func (p *Pool) Call(ctx context.Context, request, response any, sound func() bool) error {
	frame, err := Append(nil, request, p.set.MaxFrame)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	for {
		c, err := p.take(ctx)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNotSent, err)
		}

		err = p.exchange(ctx, c, frame, response)
		if err == nil && (sound == nil || sound()) {
			p.give(c)
			return nil
		}
		p.discard(c, err)
		<-p.turns
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errDead) && ctx.Err() == nil: // it ended while it was idle: another one, after the wait of a failure
		default:
			return fmt.Errorf("%w: %w", ErrLost, errors.Join(context.Cause(ctx), err))
		}
	}
}

// ErrClosed means that Close was called. It comes with ErrNotSent.
var ErrClosed = errors.New("the pool of children is closed")

// errDead means that a child was not there any more to take a request.
var errDead = errors.New("child has ended")

// Ready waits until a child can be called, starting one if need be.
func (p *Pool) Ready(ctx context.Context) error {
	c, err := p.take(ctx)
	if err == nil {
		p.give(c)
	}

	return err
}

// exchange writes the frame and reads the response. Whoever ends ctx kills the child.
func (p *Pool) exchange(ctx context.Context, c io.ReadWriteCloser, frame []byte, response any) error {
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	if n, err := c.Write(frame); err != nil {
		if n == 0 {
			err = fmt.Errorf("%w: %w", errDead, err)
		}
		return err
	}
	if err := ReadFrame(c, response, p.set.MaxFrame); err != nil {
		return err
	}
	if !stop() {
		return ctx.Err() // killed as it answered: the response came too late to be relied on
	}

	return nil
}

// take waits for a turn and for a child. The turn is given back by give, by the caller
// after discard, or by the start that nobody waits for any more.
func (p *Pool) take(ctx context.Context) (io.ReadWriteCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case p.turns <- struct{}{}:
	case <-p.life.Done():
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("no turn among %d children: %w", p.set.Children, ctx.Err())
	}
	if c := p.pop(); c != nil {
		return c, nil
	}

	type started struct {
		c   io.ReadWriteCloser
		err error
	}
	result := make(chan started)
	begun := p.begin(func() {
		c, err := p.start()
		select {
		case result <- started{c, err}:
			return
		case <-ctx.Done(): // the next call has it
		}
		if err == nil {
			p.give(c)
			return
		}
		<-p.turns
	})
	if !begun {
		<-p.turns
		return nil, ErrClosed
	}
	select {
	case r := <-result:
		if r.err != nil {
			<-p.turns
		}
		return r.c, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("no child yet: %w", ctx.Err())
	}
}

// begin does work that Close waits for, unless the pool is closed.
func (p *Pool) begin(work func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life.Err() != nil {
		return false
	}

	p.works.Go(work)
	return true
}

// start waits out what the failures before it ask for, and starts a child. A call that
// ends meanwhile does not end the start.
func (p *Pool) start() (io.ReadWriteCloser, error) {
	if err := backoff.Pause(p.life, p.wait()); err != nil {
		return nil, err
	}
	c, err := p.set.Start()
	if err != nil {
		p.failed(err)
		return nil, err
	}

	ctx, cancel := context.WithTimeout(p.life, p.set.StartTime)
	defer cancel()
	if err := p.greet(ctx, c); err != nil {
		err = fmt.Errorf("child does not start: %w", err)
		p.discard(c, err)
		return nil, err
	}

	return c, nil
}

func (p *Pool) greet(ctx context.Context, c io.ReadWriteCloser) error {
	frame, err := Append(nil, p.set.Setup, p.set.MaxFrame)
	if err != nil {
		return err
	}

	var h Hello
	if err := p.exchange(ctx, c, frame, &h); err != nil {
		return errors.Join(ctx.Err(), err)
	}
	if !h.Ready {
		return fmt.Errorf("it says %s", Printable(h.Fatal))
	}

	return nil
}

func (p *Pool) wait() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failures == 0 {
		return 0
	}

	return backoff.Wait(p.failures-1, p.set.First, p.set.Longest)
}

func (p *Pool) failed(err error) {
	p.mu.Lock()
	p.failures++
	p.mu.Unlock()
	if p.set.Trouble != nil {
		p.set.Trouble(err)
	}
}

func (p *Pool) pop() io.ReadWriteCloser {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}

	last := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	last.leave.Stop()
	return last.c
}

// give puts a child back that works.
func (p *Pool) give(c io.ReadWriteCloser) {
	defer func() { <-p.turns }()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life.Err() != nil {
		_ = c.Close()
		return
	}

	p.failures = 0
	p.idle = append(p.idle, idle{c, time.AfterFunc(p.set.IdleTime, func() { p.retire(c) })})
}

// retire stops a child that had no call for long, unless it has one by now.
func (p *Pool) retire(c io.ReadWriteCloser) {
	p.mu.Lock()
	at := slices.IndexFunc(p.idle, func(i idle) bool { return i.c == c })
	if at >= 0 {
		p.idle = slices.Delete(p.idle, at, at+1)
	}
	p.mu.Unlock()
	if at >= 0 {
		_ = stop(c)
	}
}

// discard ends a child. err is why, and nil for one that answered and is not wanted any
// more, which is no failure of starting.
func (p *Pool) discard(c io.ReadWriteCloser, err error) {
	_ = c.Close() // it may be dead already
	if err != nil {
		p.failed(err)
	}
}

// Close ends the idle children; calls under way end theirs when they are over. It waits
// for starts under way, whose child is killed.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.end()
	left := p.idle
	p.idle = nil
	p.mu.Unlock()

	errs := make([]error, len(left))
	var all sync.WaitGroup
	for i, child := range left {
		child.leave.Stop()
		all.Go(func() { errs[i] = stop(child.c) })
	}
	all.Wait()
	p.works.Wait()
	return errors.Join(errs...)
}

const grace = 2 * time.Second // for a child that takes its leave

// stop lets a child end by itself if it can.
func stop(c io.ReadWriteCloser) error {
	if s, ok := c.(interface{ Stop(time.Duration) error }); ok {
		return s.Stop(grace)
	}

	return c.Close()
}

// Printable keeps a child's words short, in ASCII and on one line.
func Printable(s string) string {
	const most = 200
	b := []byte(s[:min(len(s), most)])
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '?'
		}
	}

	return string(b)
}
