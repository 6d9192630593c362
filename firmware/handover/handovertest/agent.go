// Package handovertest has the update agent as its double, for tests of whoever asks it.
package handovertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"wattkiosk/firmware/updater/agentapi"
)

// Agent is an update agent: it keeps what it was asked, and answers with an error while
// it is set to one. It is safe for concurrent use.
type Agent struct {
	mu      sync.Mutex
	err     error
	state   agentapi.State
	changed chan struct{}
	asked   []string
	looks   int
}

// NewAgent makes an agent that runs version 1.0.0 and has no stick.
func NewAgent() *Agent {
	return &Agent{state: agentapi.State{Rev: 1, Version: "1.0.0", Build: 10, Mode: "good"}, changed: make(chan struct{})}
}

// Set changes the state, or lets the agent fail.
func (d *Agent) Set(err error, f func(*agentapi.State)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
	if f != nil {
		d.state.Rev++
		f(&d.state)
	}
	close(d.changed)
	d.changed = make(chan struct{})
}

// Say keeps what was asked, and answers.
func (d *Agent) Say(format string, a ...any) (agentapi.State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, fmt.Sprintf(format, a...))
	return d.state, d.err
}

// Asked is what the agent was asked so far.
func (d *Agent) Asked() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.asked)
}

// Offer implements handover.Agent.
func (d *Agent) Offer(_ context.Context, job []byte) (agentapi.State, error) {
	return d.Say("job %s", job)
}

// Open implements handover.Agent.
func (d *Agent) Open(_ context.Context, stick string, l agentapi.Login) (agentapi.State, error) {
	return d.Say("open %s for %s", stick, l.By)
}

// Close implements handover.Agent.
func (d *Agent) Close(_ context.Context, stick string) (agentapi.State, error) {
	return d.Say("close %s", stick)
}

// Install implements handover.Agent.
func (d *Agent) Install(_ context.Context, stick string, c agentapi.Choice) (agentapi.State, error) {
	return d.Say("install %s of %s by %s", c.File, stick, c.By)
}

// Dismiss implements handover.Agent.
func (d *Agent) Dismiss(_ context.Context, stick string) (agentapi.State, error) {
	return d.Say("dismiss %s", stick)
}

// State implements handover.Agent: it waits for a state that is not the one after.
func (d *Agent) State(ctx context.Context, after uint64) (agentapi.State, error) {
	wait := time.After(agentapi.MaxWait)
	for {
		d.mu.Lock()
		s, err, changed := d.state, d.err, d.changed
		d.looks++
		d.mu.Unlock()
		if err != nil || s.Rev != after {
			return s, err
		}
		select {
		case <-changed:
		case <-wait:
			return s, nil
		case <-ctx.Done():
			return agentapi.State{}, ctx.Err()
		}
	}
}

// Looks is how often its state was asked for.
func (d *Agent) Looks() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.looks
}

// Current is its state.
func (d *Agent) Current() (s agentapi.State, changed <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state, d.changed
}
