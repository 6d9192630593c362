package missim

import (
	"context"
	"fmt"
	"time"
)

// Fault is something that goes wrong on purpose.
type Fault string

// The faults. If several are on, the first in this order that applies wins,
// except that slow and no-reply also apply to what duplicate and error answer.
const (
	Down        Fault = "down"         // connections are refused or closed; nothing is processed
	LoseRequest Fault = "lose-request" // received, not processed, not answered
	Error       Fault = "error"        // an error code or garbage instead of an answer
	Duplicate   Fault = "duplicate"    // processed twice; only the second answer is sent
	NoReply     Fault = "no-reply"     // processed, not answered
	Slow        Fault = "slow"         // processed, answered late
)

// Forever as a count keeps a fault on until it is cleared.
const Forever = -1

// Set turns a fault on until it is cleared, or off. It refuses an unknown name.
func (s *Server) Set(f Fault, on bool) error {
	if on {
		return s.SetFor(f, Forever)
	}
	return s.SetFor(f, 0)
}

// SetFor turns a fault on for the next n requests; 0 turns it off, Forever keeps
// it on. For Down, a connection that Serve closes counts as a request.
func (s *Server) SetFor(f Fault, n int) error {
	switch f {
	case Down, LoseRequest, Error, Duplicate, NoReply, Slow:
	default:
		return fmt.Errorf("unknown MIS fault %q", f)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setFault(f, n)
	return nil
}

// SetSlow changes how late a slow reply is.
func (s *Server) SetSlow(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slow = d
}

// On says whether a fault is on. A simulation without sockets asks On(Down)
// before it hands over a frame, and lets the dial fail.
func (s *Server) On(f Fault) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults[f] != 0
}

// Until waits until a fault is off, which for a counted fault means that the last
// request it applied to has been handled. It returns ctx's error if that ends first.
func (s *Server) Until(ctx context.Context, f Fault) error {
	for {
		on, changed := s.watch(f)
		if !on {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Server) setFault(f Fault, n int) {
	if n == 0 {
		delete(s.faults, f)
	} else {
		s.faults[f] = n
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// take says whether a fault applies to this request, and counts it.
func (s *Server) take(f Fault) bool {
	n := s.faults[f]
	if n == 0 {
		return false
	}
	if n > 0 {
		s.setFault(f, n-1)
	}
	return true
}

// takeDown is take(Down) for a connection.
func (s *Server) takeDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.take(Down)
}

// watch returns whether a fault is on, and a channel that closes at the next change.
func (s *Server) watch(f Fault) (on bool, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults[f] != 0, s.changed
}
