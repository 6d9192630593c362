package handover

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/updater/agentapi"
)

// Bounds of the way to the update agent.
const (
	agentRetryLeast = time.Second
	agentRetryMost  = time.Minute
	// agentAway is how many looks at the agent's state fail before its stick is gone
	// from the screen: an agent that restarts is not away.
	agentAway = 4
	// agentPause is the least time between two looks: an installation counts fast.
	agentPause = 250 * time.Millisecond
	// stickQueue bounds a technician's orders that wait for the agent.
	stickQueue = 4
)

// Agent is the update agent as kioskd asks it: an *agentapi.Client.
type Agent interface {
	Offer(ctx context.Context, job []byte) (agentapi.State, error)
	State(ctx context.Context, after uint64) (agentapi.State, error)
	Open(ctx context.Context, stick string, l agentapi.Login) (agentapi.State, error)
	Close(ctx context.Context, stick string) (agentapi.State, error)
	Install(ctx context.Context, stick string, c agentapi.Choice) (agentapi.State, error)
	Dismiss(ctx context.Context, stick string) (agentapi.State, error)
}

var _ Agent = (*agentapi.Client)(nil)

// AgentLink passes between head office, the screen and the update agent. It reads no job:
// the agent checks what head office signed. It is safe for concurrent use.
type AgentLink struct {
	agent   Agent // nil: this kiosk has none
	log     *slog.Logger
	send    func(context.Context, kiosk.Event)
	onState func(context.Context, agentapi.State) // each state of the agent that is new

	jobs   chan []byte // the newest job that was not handed over
	orders chan func(context.Context)

	mu   sync.Mutex
	job  []byte // the newest, to be handed over again when the agent comes back
	has  bool   // a job came, if only an empty one
	last agentapi.State
}

// NewAgentLink makes the link to an agent, nil for none; send takes events for the core, onState each new state.
func NewAgentLink(agent Agent, log *slog.Logger, send func(context.Context, kiosk.Event), onState func(context.Context, agentapi.State)) *AgentLink {
	return &AgentLink{agent: agent, log: log, send: send, onState: onState, jobs: make(chan []byte, 1), orders: make(chan func(context.Context), stickQueue)}
}

// Job takes the job as it came from head office, empty where none is wanted. It
// replaces one that the agent has not got yet, and never blocks.
func (r *AgentLink) Job(payload []byte) {
	r.mu.Lock()
	r.job, r.has = payload, true
	r.mu.Unlock()
	r.handOver(payload)
}

func (r *AgentLink) handOver(payload []byte) {
	for {
		select {
		case r.jobs <- payload:
			return
		default:
		}
		select {
		case <-r.jobs:
		default:
		}
	}
}

// again hands over the newest job once more.
func (r *AgentLink) again() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.has {
		r.handOver(r.job)
	}
}

// Last is the agent's last reported state; zero while the agent is away.
func (r *AgentLink) Last() agentapi.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// Run works until ctx ends. Without an agent only a technician's orders are answered.
func (r *AgentLink) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	if r.agent != nil {
		wg.Go(func() { r.follow(ctx) })
		wg.Go(func() { r.deliver(ctx) })
	}
	for {
		select {
		case <-ctx.Done():
			return
		case order := <-r.orders:
			order(ctx)
		}
	}
}

// follow asks for the agent's state again and again; the agent answers when there is
// a new one.
func (r *AgentLink) follow(ctx context.Context) {
	after, failures := uint64(0), 0
	for ctx.Err() == nil {
		s, err := r.agent.State(ctx, after)
		if err != nil {
			if failures++; failures == agentAway {
				r.log.Warn("the update agent does not answer", "err", err)
				r.report(ctx, agentapi.State{})
			}
			after = 0
			_ = backoff.Pause(ctx, agentBackoff(failures))
			continue
		}
		if failures >= agentAway {
			r.log.Info("the update agent is back", "version", s.Version, "mode", s.Mode)
			r.again()
		}
		failures = 0
		if s.Rev != after {
			after = s.Rev
			r.report(ctx, s)
		}
		_ = backoff.Pause(ctx, agentPause)
	}
}

// report passes a state on: what the core shows, then to onState.
func (r *AgentLink) report(ctx context.Context, s agentapi.State) {
	r.mu.Lock()
	r.last = s
	r.mu.Unlock()
	for mode, code := range map[string]string{agentTrial: kiosk.OnTrial, agentFallback: kiosk.FellBack} {
		r.send(ctx, kiosk.Warning{Code: code, On: s.Mode == mode, Detail: s.Version})
	}
	r.send(ctx, kiosk.Stick{Stick: stickOf(s)})
	r.onState(ctx, s)
}

// Modes of the agent that are worth a warning.
const (
	agentTrial    = "trial"
	agentFallback = "fallback"
)

// deliver hands each job over: until the agent has it, a newer one comes, or the
// agent refuses it for good.
func (r *AgentLink) deliver(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case job := <-r.jobs:
			r.offer(ctx, job)
		}
	}
}

func (r *AgentLink) offer(ctx context.Context, job []byte) {
	for failures := 0; ctx.Err() == nil; {
		_, err := r.agent.Offer(ctx, job)
		refusal, refused := errors.AsType[*agentapi.Error](err)
		switch {
		case err == nil:
			return
		case refused && refusal.Code != agentapi.CodeBusy && refusal.Code != agentapi.CodeInternal:
			r.log.Warn("the update agent refuses the job", "code", refusal.Code, "err", err)
			return
		}
		if failures++; failures == 1 {
			r.log.Warn("cannot hand the job to the update agent; it is tried again", "err", err)
		}
		select {
		case <-ctx.Done():
		case job = <-r.jobs:
			failures = 0
		case <-time.After(agentBackoff(failures)):
		}
	}
}

// StickOpen tells the agent who has logged in, and StickClose that nobody is any more. The
// core asks again with the next news of the stick.
func (r *AgentLink) StickOpen(e kiosk.StickOpen) {
	r.queue(func(ctx context.Context) {
		if r.agent == nil {
			return
		}
		if _, err := r.agent.Open(ctx, e.Stick, agentapi.Login{By: e.By}); err != nil {
			r.log.Warn("the update agent does not open the stick", "err", err)
		}
	})
}

// StickClose is beside StickOpen.
func (r *AgentLink) StickClose(e kiosk.StickClose) {
	r.queue(func(ctx context.Context) {
		if r.agent == nil {
			return
		}
		if _, err := r.agent.Close(ctx, e.Stick); err != nil {
			r.log.Warn("the update agent does not close the stick", "err", err)
		}
	})
}

// StickInstall passes a technician's choice on; a refusal comes back to the core.
func (r *AgentLink) StickInstall(e kiosk.StickInstall) {
	r.queue(func(ctx context.Context) {
		if r.agent == nil {
			r.send(ctx, kiosk.StickRefused{Code: noAgent})
			return
		}
		if _, err := r.agent.Install(ctx, e.Stick, agentapi.Choice{File: e.File, By: e.By}); err != nil {
			r.log.Warn("the update agent does not take the choice", "file", e.File, "err", err)
			r.send(ctx, refusedStick(err))
		}
	})
}

// noAgent is the code of a choice that never reached the agent.
const noAgent = "no-agent"

func refusedStick(err error) kiosk.StickRefused {
	if e, ok := errors.AsType[*agentapi.Error](err); ok {
		return kiosk.StickRefused{Code: string(e.Code), Detail: e.Message}
	}
	return kiosk.StickRefused{Code: noAgent}
}

// StickDismiss tells the agent that the technician is done; one that is lost leaves
// the stick on the screen.
func (r *AgentLink) StickDismiss(e kiosk.StickDismiss) {
	if r.agent == nil || e.Stick == "" {
		return
	}
	r.queue(func(ctx context.Context) {
		if _, err := r.agent.Dismiss(ctx, e.Stick); err != nil {
			r.log.Warn("cannot dismiss the stick", "err", err)
		}
	})
}

// queue never blocks: it is called on the loop's goroutine. The core gives up an
// order that is lost.
func (r *AgentLink) queue(order func(context.Context)) {
	select {
	case r.orders <- order:
	default:
		r.log.Error("the update agent does not take orders")
	}
}

// agentBackoff is the pause after so many failures in a row.
func agentBackoff(failures int) time.Duration {
	return backoff.Wait(failures-1, agentRetryLeast, agentRetryMost)
}
