package missim

import (
	"context"
	"fmt"
	"slices"
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

	LateBooking    Fault = "late-booking"    // a posting is not answered, and is booked later: Slow passes, or a question was answered "none"
	OtherSerial    Fault = "other-serial"    // processed; the answer names another serial
	OtherSum       Fault = "other-sum"       // processed; the answer is of another sum, or of parts that do not make it up
	DamagedRequest Fault = "damaged-request" // a byte of the request changes on its way
	EchoRefusal    Fault = "echo-refusal"    // a repeated posting is refused for what our own first one made true
	Calculating    Fault = "calculating"     // every request is answered "calculating", nothing is processed
	DenyReversal   Fault = "deny-reversal"   // a reversal is refused by a code, and not carried out
)

// Faults are all faults.
func Faults() []Fault {
	return []Fault{
		Down, LoseRequest, Error, Duplicate, NoReply, Slow,
		LateBooking, OtherSerial, OtherSum, DamagedRequest, EchoRefusal, Calculating, DenyReversal,
	}
}

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
	if !slices.Contains(Faults(), f) {
		return fmt.Errorf("unknown MIS fault %q", f)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.until, f)
	s.setFault(f, n)
	return nil
}

// SetUntil turns a fault on until the simulator's clock reaches t.
func (s *Server) SetUntil(f Fault, t time.Time) error {
	if err := s.SetFor(f, Forever); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until[f] = t
	return nil
}

// expire turns off what was on until now.
func (s *Server) expire(f Fault) {
	if t, ok := s.until[f]; ok && !s.now().Before(t) {
		delete(s.until, f)
		s.setFault(f, 0)
	}
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
	s.expire(f)
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
	s.expire(f)
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
