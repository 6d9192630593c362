package gpio

import (
	"context"
	"sync"
	"time"
)

// Periods of the watcher.
const (
	// DefaultPoll is how often an input without edges is read.
	DefaultPoll = 50 * time.Millisecond
	// EdgePoll is how often inputs are read where all of them have edges: the
	// net under a lost edge.
	EdgePoll = time.Second
	// settlePoll is how often inputs are read while one of them bounces.
	settlePoll = 5 * time.Millisecond
	// edgeSlice bounds one wait for an edge, because such a wait cannot be
	// called off reliably.
	edgeSlice = 200 * time.Millisecond
)

// Edger is an Input that can wait for a change: it reports whether there was
// one within limit. An edge only makes the watcher look sooner.
type Edger interface {
	WaitEdge(limit time.Duration) bool
}

// Watcher reports the debounced levels of inputs.
type Watcher struct {
	Inputs   []Input
	Debounce time.Duration
	Poll     time.Duration // 0 = DefaultPoll, or EdgePoll where every input has edges
	// Report receives each input's first level and every change, one call at a
	// time. It must not block.
	Report func(name string, active bool)
	// OnError receives the first of a row of failed reads of an input; nil drops
	// them. The level counts as active meanwhile.
	OnError func(error)
}

// Watch reports the debounced levels of inputs until ctx ends: first each level
// as it is found, then every change.
func Watch(ctx context.Context, inputs []Input, debounce time.Duration, report func(name string, open bool)) {
	Watcher{Inputs: inputs, Debounce: debounce, Report: report}.Run(ctx)
}

// Run watches until ctx ends; when it returns, nothing of it is left running.
func (w Watcher) Run(ctx context.Context) {
	poll, edge := w.Poll, make(chan struct{}, 1)
	var wg sync.WaitGroup
	defer wg.Wait()
	edgers := 0
	for _, in := range w.Inputs {
		if e, ok := in.(Edger); ok {
			edgers++
			wg.Go(func() { waitEdges(ctx, e, edge) })
		}
	}

	if poll <= 0 {
		poll = DefaultPoll
		if edgers == len(w.Inputs) {
			poll = EdgePoll
		}
	}

	probes := make([]probe, len(w.Inputs))
	for i, in := range w.Inputs {
		probes[i] = probe{in: in, bounce: Debouncer{Hold: w.Debounce}}
	}

	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-edge:
		case <-timer.C:
		}
		next := poll
		for i := range probes {
			if w.look(&probes[i]) {
				next = min(poll, settlePoll)
			}
		}
		timer.Reset(next)
	}
}

// probe is one watched input.
type probe struct {
	in     Input
	bounce Debouncer
	failed bool
}

// look samples p and reports whether it is settling.
func (w Watcher) look(p *probe) bool {
	active, err := p.in.Read()
	if err != nil {
		active = true
		if !p.failed && w.OnError != nil {
			w.OnError(err)
		}
	}
	p.failed = err != nil
	if p.bounce.Sample(time.Now(), active) {
		w.Report(p.in.Name(), active)
	}
	return p.bounce.Settling()
}

// waitEdges kicks the watcher at each edge until ctx ends. A wait that returns
// at once without an edge (a broken line) is not repeated before edgeSlice.
func waitEdges(ctx context.Context, e Edger, kick chan<- struct{}) {
	for ctx.Err() == nil {
		begin := time.Now()
		if e.WaitEdge(edgeSlice) {
			select {
			case kick <- struct{}{}:
			default:
			}
			continue
		}
		if left := edgeSlice - time.Since(begin); left > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(left):
			}
		}
	}
}
