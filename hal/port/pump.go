package port

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/hal"
)

// Bounds of the pump.
const (
	// DefaultMinBackoff and DefaultMaxBackoff bound the wait before a port is
	// opened again.
	DefaultMinBackoff = 100 * time.Millisecond
	DefaultMaxBackoff = 5 * time.Second
	// DefaultWriteTimeout is how long a port may take none of the bytes offered.
	DefaultWriteTimeout = 5 * time.Second
	// OpenTimeout bounds one attempt to open a port.
	OpenTimeout = 10 * time.Second
	// minSleep keeps an engine whose Wake is always past from taking the CPU.
	minSleep = time.Millisecond
	// maxSleep bounds a sleep, so that a clock that jumps back stops nothing.
	maxSleep = 10 * time.Second
)

// Options are the settings of Run. The zero value takes every default.
type Options struct {
	MinBackoff   time.Duration
	MaxBackoff   time.Duration
	WriteTimeout time.Duration
	// Jitter returns a number in [0,1); the back-off is halved and the other
	// half scaled by it. Nil means 1: no jitter.
	Jitter func() float64
	// OnError receives refused commands and failures of the port, for a log, on the
	// pump's goroutine; it must not block. A failure that repeats is reported once,
	// until the port has worked again. Nil drops them.
	OnError func(error)
	// Turned is called on the pump's goroutine each time the engine was advanced,
	// before its events are handed on, which is at least every ten seconds. While the
	// pump waits for its owner, or for a port that does not close, it is not called.
	// Nil does nothing.
	Turned func()
}

func (o Options) filled() Options {
	if o.MinBackoff <= 0 {
		o.MinBackoff = DefaultMinBackoff
	}
	if o.MaxBackoff <= 0 {
		o.MaxBackoff = DefaultMaxBackoff
	}

	o.MaxBackoff = max(o.MaxBackoff, o.MinBackoff)
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = DefaultWriteTimeout
	}
	if o.Jitter == nil {
		o.Jitter = func() float64 { return 1 }
	}
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	if o.Turned == nil {
		o.Turned = func() {}
	}
	return o
}

// Run is the pump: it drives eng over the port that open returns until ctx
// ends, and then returns nil, with the port closed and every goroutine it
// started gone. It fails only for a missing argument.
//
// Run's goroutine owns the engine: it alone calls Do (for each value of cmds, in
// order; cmds may be nil or closed), Advance and Wake. events is called on that
// goroutine, in order; while it blocks, the engine stands still. A command that the
// engine does not take comes back as the event of its Refused method. open is called
// on a goroutine of its own, never twice at a time, and must return when its
// context ends.
//
// A port that cannot be opened, or fails, is opened again after a back-off.
// Meanwhile the engine still runs on time, and what it sends is dropped. A
// hal.Reopener is informed of each new port, a hal.Unplugger of each failure.
func Run[Cmd hal.Command[Ev], Ev any](
	ctx context.Context, open func(context.Context) (Port, error), eng hal.Engine[Cmd, Ev],
	cmds <-chan Cmd, events func(Ev), now func() time.Time, opts Options,
) error {
	if open == nil || eng == nil || events == nil || now == nil {
		return errors.New("cannot run pump: open, engine, events and now must be given")
	}
	p := &pump[Cmd, Ev]{eng: eng, events: events, now: now, cmds: cmds, opts: opts.filled()}
	p.opener = opener{open: open, result: make(chan opened, 1)}
	p.loop(ctx)
	return nil
}

type pump[Cmd hal.Command[Ev], Ev any] struct {
	eng    hal.Engine[Cmd, Ev]
	events func(Ev)
	now    func() time.Time
	cmds   <-chan Cmd
	opts   Options

	opener   opener
	link     *link // nil while the port is closed
	attempts int   // failures in a row
	told     string
}

func (p *pump[Cmd, Ev]) loop(ctx context.Context) {
	wake := time.NewTimer(0)
	retry := time.NewTimer(maxSleep)
	retry.Stop()
	defer wake.Stop()
	defer retry.Stop()
	defer p.leave()
	p.opener.start(ctx)
	for {
		var rx chan []byte
		var failed chan error
		if p.link != nil {
			rx, failed = p.link.rx, p.link.failed
		}
		var err error
		select {
		case <-ctx.Done():
			return
		case cmd, ok := <-p.cmds:
			p.command(cmd, ok)
		case b := <-rx:
			p.link.heard, p.attempts, p.told = true, 0, ""
			err = p.advance(b)
		case err = <-failed:
		case o := <-p.opener.result:
			err = p.opened(o)
		case <-retry.C:
			p.opener.start(ctx)
		case <-wake.C:
			err = p.advance(nil)
		}
		if err != nil {
			retry.Reset(p.fail(err))
		}
		wake.Reset(p.sleep())
	}
}

// leave waits for an open under way and closes the port.
func (p *pump[Cmd, Ev]) leave() {
	if o := p.opener.wait(); o.port != nil {
		_ = o.port.Close()
	}
	if p.link != nil {
		p.link.close()
	}
}

func (p *pump[Cmd, Ev]) command(cmd Cmd, ok bool) {
	if !ok {
		p.cmds = nil
		return
	}
	if err := p.eng.Do(p.now(), cmd); err != nil {
		p.opts.OnError(fmt.Errorf("cannot do %v: %w", cmd, err))
		p.events(cmd.Refused(err))
	}
}

// advance feeds the engine; its error says that the port no longer moves.
func (p *pump[Cmd, Ev]) advance(rx []byte) error {
	tx, events := p.eng.Advance(p.now(), rx)
	p.opts.Turned()

	var err error
	if len(tx) > 0 && p.link != nil && !p.link.send(append([]byte(nil), tx...)) {
		err = ErrStalled
	}

	for _, e := range events {
		p.events(e)
	}
	return err
}

func (p *pump[Cmd, Ev]) opened(o opened) error {
	p.opener.busy = false
	if o.err != nil {
		return o.err
	}
	if r, ok := p.eng.(hal.Reopener); ok {
		r.Opened(p.now())
	}
	p.link = newLink(o.port, p.opts.WriteTimeout, p.now())
	return nil
}

// fail closes the port, reports err once, and returns how long to wait.
func (p *pump[Cmd, Ev]) fail(err error) time.Duration {
	if p.link != nil {
		p.drain()
		if p.now().Sub(p.link.started) >= p.opts.MaxBackoff {
			p.attempts = 0
		}
		p.link.close()
		p.link = nil
		err = fmt.Errorf("port failed: %w", err)
	}
	if text := err.Error(); text != p.told {
		p.told = text
		p.opts.OnError(err)
	}
	p.unplugged(err)

	wait := backoff.Wait(p.attempts, p.opts.MinBackoff, p.opts.MaxBackoff)
	p.attempts++
	return wait/2 + time.Duration(p.opts.Jitter()*float64(wait/2))
}

// unplugged informs an engine that wants to know of it; what that answers has no port.
func (p *pump[Cmd, Ev]) unplugged(why error) {
	u, ok := p.eng.(hal.Unplugger)
	if !ok {
		return
	}
	u.Unplugged(p.now(), why)
	_, events := p.eng.Advance(p.now(), nil)
	for _, e := range events {
		p.events(e)
	}
}

// drain gives the engine what had arrived before the port failed. What the
// engine answers is lost with the port.
func (p *pump[Cmd, Ev]) drain() {
	for {
		select {
		case b := <-p.link.rx:
			_, events := p.eng.Advance(p.now(), b)
			for _, e := range events {
				p.events(e)
			}
		default:
			return
		}
	}
}

// sleep is the time until the engine wants to be called. A zero Wake breaks the
// engine's contract; it counts as now, because an engine that is called too often
// works, and one that is called too late does not.
func (p *pump[Cmd, Ev]) sleep() time.Duration {
	return min(max(p.eng.Wake().Sub(p.now()), minSleep), maxSleep)
}
