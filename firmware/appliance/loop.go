package appliance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/session"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
)

// ErrRestart is returned by Run when the core asks for a new process.
var ErrRestart = errors.New("the kiosk must be started anew")

// eventQueue bounds the events that wait for the core.
const eventQueue = 128

// maxSleep bounds the loop's sleep, so that the watchdog sees it live.
const maxSleep = 5 * time.Second

// Devices takes the core's orders to the devices.
type Devices interface {
	Validator(bill.Command) error
	Printer(printer.Command) error
	Light(name string, on bool) error
	Snap(name string) // orders a picture; it never blocks and never fails
}

// Asker takes the core's requests to head office, and the news that the journal
// grew. Neither blocks.
type Asker interface {
	Ask(kiosk.Ask)
	Grown()
}

// Loop owns the core. Its methods may be called from any goroutine while Run
// runs.
type Loop struct {
	core    *kiosk.Core
	log     *slog.Logger
	devices Devices
	uplink  Asker
	alive   func() // told each time the loop has come round

	events  chan kiosk.Event
	touches chan touch
	asks    chan func(*kiosk.Core)
	view    atomic.Pointer[session.View]

	mu   sync.Mutex
	subs map[chan struct{}]struct{}
}

type touch struct {
	intent session.Intent
	answer chan touched
}

type touched struct {
	view session.View
	err  error
}

// NewLoop makes the loop of a core; pending are the effects that kiosk.New
// returned.
func NewLoop(core *kiosk.Core, log *slog.Logger, alive func()) *Loop {
	l := &Loop{
		core: core, log: log, alive: alive,
		events: make(chan kiosk.Event, eventQueue), touches: make(chan touch), asks: make(chan func(*kiosk.Core)),
		subs: map[chan struct{}]struct{}{},
	}
	v := core.View()
	l.view.Store(&v)
	return l
}

// Run carries out pending and then turns until ctx ends or the core asks for a
// new process.
func (l *Loop) Run(ctx context.Context, devices Devices, uplink Asker, pending []kiosk.Effect) error {
	l.devices, l.uplink = devices, uplink
	if err := l.carryOut(pending); err != nil {
		return err
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		l.alive()
		timer.Reset(l.sleep())
		var effects []kiosk.Effect
		var reply func()
		select {
		case <-ctx.Done():
			return nil
		case e := <-l.events:
			effects = l.core.Handle(time.Now(), e)
		case <-timer.C:
			effects = l.core.Handle(time.Now(), kiosk.Tick{})
		case f := <-l.asks:
			f(l.core)
		case t := <-l.touches:
			var err error
			effects, err = l.core.Touch(time.Now(), t.intent)
			reply = func() { t.answer <- touched{*l.view.Load(), err} }
		}
		err := l.carryOut(effects)
		if reply != nil {
			reply()
		}
		if err != nil {
			return err
		}
	}
}

func (l *Loop) sleep() time.Duration {
	w := l.core.Wake()
	if w.IsZero() {
		return maxSleep
	}
	return min(max(time.Until(w), 0), maxSleep)
}

// carryOut carries out effects in order. A device that does not take its order
// is logged: its driver reports it silent, and the core acts on that.
func (l *Loop) carryOut(effects []kiosk.Effect) error {
	for _, e := range effects {
		switch e := e.(type) {
		case kiosk.OrderValidator:
			if err := l.devices.Validator(e.Command); err != nil {
				l.log.Error("cannot order", "op", e.Op.String(), "err", err)
			}
		case kiosk.Print:
			if err := l.devices.Printer(e.Command); err != nil {
				l.log.Error("cannot print", "err", err)
				l.report(kiosk.Printer{Event: printer.Event{Kind: printer.NotPrinted, ID: e.ID, Detail: err.Error()}})
			}
		case kiosk.Ask:
			l.uplink.Ask(e)
		case kiosk.Appended:
			l.uplink.Grown()
		case kiosk.Redraw:
			l.redraw()
		case kiosk.Light:
			if err := l.devices.Light(e.Name, e.On); err != nil {
				l.log.Warn("cannot switch light", "light", e.Name, "err", err)
			}
		case kiosk.Still:
			l.devices.Snap(e.Name)
		case kiosk.Restart:
			return fmt.Errorf("%w: %w", ErrRestart, e.Err)
		}
	}
	return nil
}

// report queues an event from the loop's own goroutine without blocking it.
func (l *Loop) report(e kiosk.Event) {
	select {
	case l.events <- e:
	default:
		l.log.Error("event queue is full", "event", fmt.Sprintf("%T", e))
	}
}

// Send gives the core an event; it blocks while the queue is full.
func (l *Loop) Send(ctx context.Context, e kiosk.Event) {
	select {
	case l.events <- e:
	case <-ctx.Done():
	}
}

// Inspect runs f on the loop's goroutine, for a look at the core; f must not
// keep it.
func (l *Loop) Inspect(ctx context.Context, f func(*kiosk.Core)) error {
	done := make(chan struct{})
	select {
	case l.asks <- func(c *kiosk.Core) { defer close(done); f(c) }:
	case <-ctx.Done():
		return ctx.Err()
	}
	<-done
	return nil
}

// Quiet reports whether no customer is served and no note is undecided.
func (l *Loop) Quiet(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, inspectTTL)
	defer cancel()
	idle := false
	return l.Inspect(ctx, func(c *kiosk.Core) { idle = c.Idle() }) == nil && idle
}

// View is the present screen.
func (l *Loop) View(context.Context) (session.View, error) { return *l.view.Load(), nil }

// Touch applies an intent and returns the screen after it, with a
// *session.Refused when it was not taken.
func (l *Loop) Touch(ctx context.Context, i session.Intent) (session.View, error) {
	t := touch{i, make(chan touched, 1)}
	select {
	case l.touches <- t:
	case <-ctx.Done():
		return session.View{}, ctx.Err()
	}
	select {
	case r := <-t.answer:
		return r.view, r.err
	case <-ctx.Done():
		return session.View{}, ctx.Err()
	}
}

func (l *Loop) redraw() {
	v := l.core.View()
	l.view.Store(&v)
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.subs {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Subscribe returns a channel that is signalled when the screen changed, and the
// function that ends the subscription.
func (l *Loop) Subscribe() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.subs[c] = struct{}{}
	return c, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.subs, c)
	}
}
