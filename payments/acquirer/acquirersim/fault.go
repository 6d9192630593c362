package acquirersim

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Fault is something that goes wrong on purpose.
type Fault string

// The faults. If several are on, the first in this order that applies wins, except
// that Slow and NoReply also apply to what Duplicate and Error answer.
const (
	Down        Fault = "down"         // nobody answers the door
	LoseRequest Fault = "lose-request" // received, not carried out, not answered
	Error       Fault = "error"        // an error or garbage instead of an answer; carried out every other time
	Duplicate   Fault = "duplicate"    // carried out twice; only the second answer is sent
	NoReply     Fault = "no-reply"     // carried out, not answered
	Slow        Fault = "slow"         // carried out, answered late

	WrongSignature Fault = "wrong-signature" // carried out; the signature is of another text
	OtherSerial    Fault = "other-serial"    // carried out; the answer names another serial, or is that about an order which somebody else paid
	OtherAmount    Fault = "other-amount"    // carried out; the answer names another amount

	NoNotice        Fault = "no-notice"        // a notice is not sent
	DuplicateNotice Fault = "duplicate-notice" // a notice is sent twice
	ForgedNotice    Fault = "forged-notice"    // an order is followed by a forged notice that it is paid

	ClosedButPaid    Fault = "closed-but-paid"   // an order is closed, and paid all the same
	RefundUnknown    Fault = "refund-unknown"    // a refund is carried out and answered with an error
	RefundRefused    Fault = "refund-refused"    // a refund is refused: the merchant's account is short
	RefundProcessing Fault = "refund-processing" // a refund arrives RefundTime later
)

// Faults are all faults.
func Faults() []Fault {
	return []Fault{
		Down, LoseRequest, Error, Duplicate, NoReply, Slow, WrongSignature, OtherSerial, OtherAmount,
		NoNotice, DuplicateNotice, ForgedNotice, ClosedButPaid, RefundUnknown, RefundRefused, RefundProcessing,
	}
}

// Forever as a count keeps a fault on until it is cleared.
const Forever = -1

// SetFor turns a fault on for the next n requests or notices that it applies to; 0
// turns it off, Forever keeps it on. It refuses an unknown name.
func (s *Server) SetFor(f Fault, n int) error {
	if !slices.Contains(Faults(), f) {
		return fmt.Errorf("unknown acquirer fault %q", f)
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

// On says whether a fault is on.
func (s *Server) On(f Fault) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(f)

	return s.faults[f] != 0
}

// Until waits until a fault is off, which for a counted fault means that the last
// request it applied to has been handled. It returns ctx's error if that ends first.
func (s *Server) Until(ctx context.Context, f Fault) error {
	for s.On(f) {
		changed := s.watch()
		if !s.On(f) {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}

	return nil
}

func (s *Server) setFault(f Fault, n int) {
	if n == 0 {
		delete(s.faults, f)
	} else {
		s.faults[f] = n
	}
	s.signal()
}

// expire turns off what was on until now.
func (s *Server) expire(f Fault) {
	if t, ok := s.until[f]; ok && !s.now().Before(t) {
		delete(s.until, f)
		s.setFault(f, 0)
	}
}

// take says whether a fault applies to what is going on, and counts it.
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
