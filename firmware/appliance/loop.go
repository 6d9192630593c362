package appliance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"wattkiosk/firmware/handover"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/peripherals"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/card"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/scanner"
)

// ErrRestart is returned by Run when the core asks for a new process.
var ErrRestart = errors.New("the kiosk must be restarted")

// eventQueue bounds the events that wait for the core.
const eventQueue = 128

// maxSleep bounds the loop's sleep, so that the watchdog sees it live.
const maxSleep = 5 * time.Second

// loopLimit is how long the loop may not have come round before the watchdogs starve.
const loopLimit = 2 * maxSleep

// inspectTTL bounds a look at the core.
const inspectTTL = 2 * time.Second

// Devices takes the core's orders to the devices.
type Devices interface {
	Validator(bill.Command) error
	Card(card.Command) error
	MeterCard(card.Command) error
	Pinpad(pinpad.Command) error
	Printer(printer.Command) error
	Light(name string, on bool) error
	Scanner(scanner.Command) error // fails where there is none
	Snap(name string)              // orders a picture; it never blocks and never fails
}

// Asker takes the core's requests to head office, and the news that the journal
// grew. Neither blocks.
type Asker interface {
	Ask(kiosk.Ask)
	Grown()
}

// Service takes the core's questions about staff and its orders to the update agent.
// None of its methods blocks; answers come back as events.
type Service interface {
	AskChallenge()
	CheckStaff(kiosk.CheckStaff)
	StickOpen(kiosk.StickOpen)
	StickClose(kiosk.StickClose)
	StickInstall(kiosk.StickInstall)
	StickDismiss(kiosk.StickDismiss)
}

var _ Service = handover.StaffDesk{}

// Loop owns the core. Its methods may be called from any goroutine while Run
// runs.
type Loop struct {
	core    *kiosk.Core
	log     *slog.Logger
	devices Devices
	uplink  Asker
	service Service
	now     func() time.Time
	alive   func() // called each time the loop has come round

	events chan kiosk.Event
	orders chan order
	asks   chan func(*kiosk.Core)
	view   atomic.Pointer[page.View]

	mu   sync.Mutex
	subs map[chan struct{}]struct{}
}

// order is a call of the core whose caller waits for the answer.
type order struct {
	call   func(c *kiosk.Core, now time.Time) ([]kiosk.Effect, error)
	answer chan answer
}

// answer is the screen after an order, and the core's error.
type answer struct {
	view page.View
	err  error
}

// NewLoop makes the loop of a core; pending are the effects that kiosk.New
// returned.
func NewLoop(core *kiosk.Core, log *slog.Logger, alive func()) *Loop {
	l := &Loop{
		core: core, log: log, now: time.Now, alive: alive,
		events: make(chan kiosk.Event, eventQueue), orders: make(chan order), asks: make(chan func(*kiosk.Core)),
		subs: map[chan struct{}]struct{}{},
	}
	v := core.View()
	l.view.Store(&v)
	return l
}

// Run carries out pending and then turns until ctx ends or the core asks for a
// new process.
func (l *Loop) Run(ctx context.Context, devices Devices, uplink Asker, service Service, pending []kiosk.Effect) error {
	l.devices, l.uplink, l.service = devices, uplink, service
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
			effects = l.core.Handle(l.now(), e)
		case <-timer.C:
			effects = l.core.Handle(l.now(), kiosk.Tick{})
		case f := <-l.asks:
			f(l.core)
		case o := <-l.orders:
			var err error
			effects, err = o.call(l.core, l.now())
			reply = func() { o.answer <- answer{*l.view.Load(), err} }
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
	return min(max(w.Sub(l.now()), 0), maxSleep)
}

// carryOut carries out effects in order. An order that a device's queue does not take
// comes back to the core as the event of a refused order, as its driver's refusal does.
func (l *Loop) carryOut(effects []kiosk.Effect) error {
	for _, e := range effects {
		switch e := e.(type) {
		case kiosk.OrderValidator:
			if err := l.devices.Validator(e.Command); err != nil {
				l.log.Error("cannot order", "op", e.Op.String(), "err", err)
				l.report(kiosk.Validator{Event: e.Command.Refused(err)})
			}
		case kiosk.OrderReader:
			if err := l.devices.Card(e.Command); err != nil {
				l.log.Error("cannot order the card reader", "op", e.Op.String(), "err", err)
				l.report(kiosk.CardReader{Event: e.Command.Refused(err)})
			}
		case kiosk.OrderMeterReader:
			if err := l.devices.MeterCard(e.Command); err != nil {
				l.log.Error("cannot order the meter-card reader", "op", e.Op.String(), "err", err)
				l.report(kiosk.MeterReader{Event: e.Command.Refused(err)})
			}
		case kiosk.OrderPad:
			if err := l.devices.Pinpad(e.Command); err != nil {
				l.log.Error("cannot order the PIN pad", "op", e.Op.String(), "err", err)
				l.report(kiosk.PINPad{Event: e.Command.Refused(err)})
			}
		case kiosk.Print:
			if err := l.devices.Printer(e.Command); err != nil {
				l.log.Error("cannot print", "err", err)
				l.report(kiosk.Printer{Event: e.Command.Refused(err)})
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
		case kiosk.Scan:
			l.switchScanner(e.On)
		case kiosk.AskChallenge:
			l.service.AskChallenge()
		case kiosk.CheckStaff:
			l.service.CheckStaff(e)
		case kiosk.StickOpen:
			l.service.StickOpen(e)
		case kiosk.StickClose:
			l.service.StickClose(e)
		case kiosk.StickInstall:
			l.service.StickInstall(e)
		case kiosk.StickDismiss:
			l.service.StickDismiss(e)
		case kiosk.Restart:
			return fmt.Errorf("%w: %w", ErrRestart, e.Err)
		}
	}

	return nil
}

// switchScanner has the scanner report codes or not, where there is one.
func (l *Loop) switchScanner(on bool) {
	op := scanner.Disable
	if on {
		op = scanner.Enable
	}
	if err := l.devices.Scanner(scanner.Command{Op: op}); err != nil && !errors.Is(err, peripherals.ErrNoDevice) {
		l.log.Warn("cannot switch the scanner", "on", on, "err", err)
	}
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
	return l.Inspect(ctx, func(c *kiosk.Core) { idle = c.Status().Idle }) == nil && idle
}

// View is the present screen.
func (l *Loop) View(context.Context) (page.View, error) { return *l.view.Load(), nil }

// Touch applies an intent and returns the screen after it, with a
// *page.Refused when it was not taken.
func (l *Loop) Touch(ctx context.Context, i page.Intent) (page.View, error) {
	return l.do(ctx, func(c *kiosk.Core, now time.Time) ([]kiosk.Effect, error) { return c.Touch(now, i) })
}

// Hold keeps customers from beginning for d; see kiosk.Core.Hold.
func (l *Loop) Hold(ctx context.Context, reason kiosk.HoldReason, d time.Duration) error {
	_, err := l.do(ctx, func(c *kiosk.Core, now time.Time) ([]kiosk.Effect, error) { return c.Hold(now, reason, d) })
	return err
}

// Release ends a hold, if there is one.
func (l *Loop) Release(ctx context.Context) error {
	_, err := l.do(ctx, func(c *kiosk.Core, now time.Time) ([]kiosk.Effect, error) { return c.Release(now), nil })
	return err
}

// do has the loop make a call of the core and carry out what follows, and returns
// the screen after it. The error is the core's, or that of ctx: then the call may
// still be made.
func (l *Loop) do(ctx context.Context, call func(*kiosk.Core, time.Time) ([]kiosk.Effect, error)) (page.View, error) {
	o := order{call, make(chan answer, 1)}
	select {
	case l.orders <- o:
	case <-ctx.Done():
		return page.View{}, ctx.Err()
	}
	select {
	case r := <-o.answer:
		return r.view, r.err
	case <-ctx.Done():
		return page.View{}, ctx.Err()
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
