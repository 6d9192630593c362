package peripherals

import (
	"context"
	"math/rand/v2"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/port"
)

// runner runs one device with its driver. It belongs to one goroutine.
type runner[Cmd hal.Command[Ev], Ev any] struct {
	set      *Set
	role     string
	way      way
	eng      hal.Engine[Cmd, Ev]
	rebuild  func() (hal.Engine[Cmd, Ev], error) // the driver as at a start of the program
	cmds     <-chan Cmd
	report   func(Ev) // may be nil
	beat     func()   // the heartbeat of the pump
	lendable *lendable
}

// run runs the device until ctx ends, and lends its line in between. After a loan the
// driver is rebuilt: the device may be another one by then.
func (r *runner[Cmd, Ev]) run(ctx context.Context) {
	line := r.lendable
	if line == nil {
		r.pump(ctx, func() {})
		return
	}
	if line.later > 0 {
		r.leaveAlone(ctx, line.later)
	}

	for ctx.Err() == nil {
		if back := r.untilLent(ctx, line); back != nil {
			r.lend(ctx, back)
		}
	}
}

// leaveAlone keeps the line untouched for d.
func (r *runner[Cmd, Ev]) leaveAlone(ctx context.Context, d time.Duration) {
	over := make(chan struct{})
	t := time.AfterFunc(d, func() { close(over) })
	defer t.Stop()
	r.beatUntil(ctx, over)
}

// beatUntil beats in place of the pump until end is closed; false if ctx ends before.
func (r *runner[Cmd, Ev]) beatUntil(ctx context.Context, end <-chan struct{}) bool {
	beats := time.NewTicker(time.Second)
	defer beats.Stop()
	for {
		r.beat()
		select {
		case <-ctx.Done():
			return false
		case <-end:
			return true
		case <-beats.C:
		}
	}
}

// untilLent runs the driver until the line is lent or ctx ends. Back is closed when
// the line is given back; nil for ctx.
func (r *runner[Cmd, Ev]) untilLent(ctx context.Context, line *lendable) (back <-chan struct{}) {
	engine := r.eng.(settler)
	for {
		turn, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.pump(turn, func() { line.settled.Store(engine.Settled()) })
		}()

		var request lineRequest
		select {
		case request = <-line.requests:
		case <-ctx.Done():
		}
		stop()
		<-done

		switch {
		case request.answer == nil:
			return nil
		case engine.Settled(): // and nobody can change that any more
			return line.grant(request)
		}
		line.settled.Store(false)
		request.answer <- ErrInUse
	}
}

// lend waits for the line, while the device counts as starting.
func (r *runner[Cmd, Ev]) lend(ctx context.Context, back <-chan struct{}) {
	r.set.health.state(r.role, hal.DeviceStarting, "its line is lent", time.Now())
	if !r.beatUntil(ctx, back) {
		return
	}

	eng, err := r.rebuild()
	if err != nil { // it was built so before
		r.set.log.Error("cannot rebuild the driver", "device", r.role, "err", err)
		return
	}
	r.eng = eng
}

// pump runs the driver over its port until ctx ends. Turned is called each time the
// pump has come round.
func (r *runner[Cmd, Ev]) pump(ctx context.Context, turned func()) {
	log := r.set.log.With("device", r.role)
	err := port.Run(ctx, r.way.open, r.eng, r.cmds, r.heard, time.Now, port.Options{
		Jitter: rand.Float64,
		OnError: func(err error) {
			log.Warn("device", "err", err)
			r.set.health.trouble(r.role, err)
		},
		Turned: func() {
			turned()
			r.beat()
		},
	})
	if err != nil {
		log.Error("cannot run device", "err", err)
	}
}

// heard passes a report of the device on: to its health, to a test under way, to the
// account of the roll, and to whoever uses the device.
func (r *runner[Cmd, Ev]) heard(e Ev) {
	if state, detail, ok := stateOf(e); ok {
		r.set.health.state(r.role, state, detail, time.Now())
	}
	r.set.tests.report(r.role, e)
	r.set.roll.report(r.role, e)
	if r.report != nil {
		r.report(e)
	}
}
