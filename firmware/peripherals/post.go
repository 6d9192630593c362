package peripherals

import (
	"context"
	"math/rand/v2"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/port"
)

// post is one device with its driver. It belongs to one goroutine.
type post[Cmd, Ev any] struct {
	set   *Set
	role  string
	way   way
	eng   hal.Engine[Cmd, Ev]
	anew  func() (hal.Engine[Cmd, Ev], error)
	cmds  <-chan Cmd
	heard func(Ev) // may be nil
	beat  func()
}

// run runs the device until ctx ends, and lends its line in between. Behind a loan the
// driver begins anew, as at a start of the program: the device may be another by then.
func (p *post[Cmd, Ev]) run(ctx context.Context) {
	b := p.set.berths[p.role]
	if b != nil && b.later > 0 {
		p.leaveAlone(ctx, b.later)
	}
	for ctx.Err() == nil {
		if b == nil {
			p.pump(ctx, p.eng)
			return
		}
		if back := p.untilLent(ctx, b); back != nil {
			p.lend(ctx, back)
		}
	}
}

// leaveAlone waits.
func (p *post[Cmd, Ev]) leaveAlone(ctx context.Context, d time.Duration) {
	over := make(chan struct{})
	t := time.AfterFunc(d, func() { close(over) })
	defer t.Stop()
	p.beatUntil(ctx, over)
}

// beatUntil beats in place of the pump until end is closed; false if ctx ends before.
func (p *post[Cmd, Ev]) beatUntil(ctx context.Context, end <-chan struct{}) bool {
	beats := time.NewTicker(time.Second)
	defer beats.Stop()
	for {
		p.beat()
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
func (p *post[Cmd, Ev]) untilLent(ctx context.Context, b *berth) (back <-chan struct{}) {
	engine := p.eng.(settler)
	for {
		turn, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			p.pump(turn, watchful[Cmd, Ev]{p.eng, engine, &b.settled})
		}()
		var a ask
		select {
		case a = <-b.asks:
		case <-ctx.Done():
		}
		stop()
		<-done
		switch {
		case a.answer == nil:
			return nil
		case engine.Settled(): // and nobody can change that any more
			return b.grant(a)
		}
		b.settled.Store(false)
		a.answer <- ErrInUse
	}
}

// lend waits for the line, while the device counts as starting.
func (p *post[Cmd, Ev]) lend(ctx context.Context, back <-chan struct{}) {
	p.set.health.state(p.role, hal.DeviceStarting, "its line is lent", time.Now())
	if !p.beatUntil(ctx, back) {
		return
	}
	eng, err := p.anew()
	if err != nil { // it was made so before
		p.set.log.Error("cannot make the driver anew", "device", p.role, "err", err)
		return
	}
	p.eng = eng
}

// pump runs a driver over its port until ctx ends.
func (p *post[Cmd, Ev]) pump(ctx context.Context, eng hal.Engine[Cmd, Ev]) {
	s, log := p.set, p.set.log.With("device", p.role)
	err := port.Run(ctx, p.way.open, hal.Engine[Cmd, Ev](beating[Cmd, Ev]{eng, p.beat}), p.cmds, func(e Ev) {
		if state, detail, ok := stateOf(e); ok {
			s.health.state(p.role, state, detail, time.Now())
		}
		s.tests.hear(p.role, e)
		s.roll.hear(p.role, e)
		if p.heard != nil {
			p.heard(e)
		}
	}, time.Now, port.Options{
		Jitter: rand.Float64,
		OnError: func(err error) {
			log.Warn("device", "err", err)
			s.health.trouble(p.role, err)
		},
	})
	if err != nil {
		log.Error("cannot run device", "err", err)
	}
}
