package pospsim

import (
	"context"
	"fmt"
	"slices"
)

// Fault is something that goes wrong on purpose.
type Fault string

// The faults.
const (
	Down        Fault = "down"         // connections are refused or closed; nothing is processed
	LoseRequest Fault = "lose-request" // received, not processed, not answered
	LateRequest Fault = "late-request" // not answered, and processed when Slow has passed
	NoReply     Fault = "no-reply"     // processed, not answered
	Slow        Fault = "slow"         // processed, answered late
	Duplicate   Fault = "duplicate"    // processed once, answered twice
	Error       Fault = "error"        // answered with bytes that are no frame, or 96, processed or not

	WrongMAC        Fault = "wrong-mac"        // the answer's MAC is wrong; it is the true one, or approves what was not processed
	OtherTrace      Fault = "other-trace"      // not processed; the answer is an approval that names another trace
	Garbage         Fault = "garbage"          // processed, the answer is damaged
	UnknownCode     Fault = "unknown-code"     // processed, answered with a code that nobody knows
	ReversalRefused Fault = "reversal-refused" // a reversal is not carried out, and answered 05
	KeyChange       Fault = "key-change"       // the bank drops the terminal's working keys before it looks
	OtherAmount     Fault = "other-amount"     // processed, the answer has no amount, or another
	Cut             Fault = "cut"              // processed, the connection ends in the middle of the answer
)

// Faults are all faults.
func Faults() []Fault {
	return []Fault{
		Down, LoseRequest, LateRequest, NoReply, Slow, Duplicate, Error, WrongMAC, OtherTrace, Garbage, UnknownCode,
		ReversalRefused, KeyChange, OtherAmount, Cut,
	}
}

// Forever as a count keeps a fault on until it is cleared.
const Forever = -1

// Set turns a fault on until it is cleared, or off. It refuses an unknown name.
func (b *Bank) Set(f Fault, on bool) error {
	if on {
		return b.SetFor(f, Forever)
	}
	return b.SetFor(f, 0)
}

// SetFor turns a fault on for the next n requests that it applies to; 0 turns it off,
// Forever keeps it on. For Down, a connection that Serve closes counts as a request.
func (b *Bank) SetFor(f Fault, n int) error {
	if !slices.Contains(Faults(), f) {
		return fmt.Errorf("unknown POSP fault %q", f)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.setFault(f, n)
	return nil
}

// On says whether a fault is on. A simulation without sockets asks On(Down) before it
// hands over a frame, and lets the dial fail.
func (b *Bank) On(f Fault) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.faults[f] != 0
}

// Until waits until a fault is off, which for a counted fault means that the last
// request it applied to has been handled. It returns ctx's error if that ends first.
func (b *Bank) Until(ctx context.Context, f Fault) error {
	for {
		on, changed := b.watch(f)
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

func (b *Bank) setFault(f Fault, n int) {
	b.faults[f] = n
	close(b.changed)
	b.changed = make(chan struct{})
}

// take says whether a fault applies to this request, and counts it.
func (b *Bank) take(f Fault) bool {
	n := b.faults[f]
	if n > 0 {
		b.setFault(f, n-1)
	}
	return n != 0
}

// takeDown is take(Down) for a connection.
func (b *Bank) takeDown() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.take(Down)
}

// watch returns whether a fault is on, and a channel that closes at the next change.
func (b *Bank) watch(f Fault) (on bool, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.faults[f] != 0, b.changed
}
