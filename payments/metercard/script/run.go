package script

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
)

// ErrOver is wrapped where a run takes nothing any more: a step was not carried out, the
// last round is through, or one is still under way.
var ErrOver = errors.New("run of card steps is over")

// Outcome is how one step ended.
type Outcome int

// The outcomes.
const (
	Done    Outcome = iota + 1 // carried out
	Refused                    // not carried out: the card says so, or the reader
	Unknown                    // perhaps carried out: pulled, silent
)

// String names the outcome.
func (o Outcome) String() string {
	names := [...]string{"", "done", "refused", "unknown"}
	if o < 1 || int(o) >= len(names) {
		return fmt.Sprintf("Outcome(%d)", int(o))
	}

	return names[o]
}

// Answer is what came of a step, as its reader reports it.
type Answer struct {
	Outcome Outcome
	Data    Bytes  // Done: see the package comment
	Why     string // Refused, Unknown: a short code, such as pulled or reader
}

// Fault is the step that ended a run.
type Fault struct {
	Step    int // of its round
	Outcome Outcome
	Status  string // the card's status word where that was not as expected, such as 6988
	Why     string // refused, pulled, reader, …
}

// What a run says itself of a fault; other words are the reader's.
const (
	WhyRefused = "refused" // the card's status word, or its reader's word
	WhyReader  = "reader"  // an answer that cannot be
)

// Run carries the rounds of one stay of a card out, from its power-on to its power-off.
type Run struct {
	grant  Grant
	at     place
	rounds int
	last   bool

	steps   []Step
	next    int
	waiting bool // for the answer to steps[next]
	saved   map[string]Bytes
	fault   *Fault

	touched, purse bool
	carried        int
	digest         hash.Hash
}

// NewRun is for a card that has just been powered on.
func NewRun(g Grant) *Run { return &Run{grant: g, digest: sha256.New()} }

// Open takes a round of the card-meter system. An error says that nothing of it was
// carried out; it wraps ErrScript, ErrGrant, ErrOver or one of the errors of Bound.
func (r *Run) Open(b Bound, s Script) error {
	if err := s.Check(); err != nil {
		return err
	}
	if err := b.Check(s); err != nil {
		return err
	}

	return r.Take(s.Steps, s.Last)
}

// Take takes a round of the terminal's own, such as a read plan; last says that none
// follows. Errors are as of Open. What the round before has saved is forgotten.
func (r *Run) Take(steps []Step, last bool) error {
	if r.fault != nil || r.last || r.rounds >= MaxRounds || r.next < len(r.steps) {
		return fmt.Errorf("%w: after %d rounds", ErrOver, r.rounds)
	}
	if err := CheckSteps(steps); err != nil {
		return err
	}
	at, err := r.grant.check(r.at, steps)
	if err != nil {
		return err
	}

	r.Wipe()
	r.at, r.last = at, last
	r.saved = map[string]Bytes{}
	r.steps = append([]Step(nil), steps...)
	for i := range r.steps {
		r.steps[i].Data = append(Bytes(nil), r.steps[i].Data...)
	}
	r.rounds++

	return nil
}

// Next is the step that is due; false when the round is through, or the run is over. Its
// data are good until the answer is heard, and are zeros after that.
// From this call on the step may have reached the card. Called again without an answer in
// between it is false: no step is carried out twice.
func (r *Run) Next() (Step, bool) {
	if r.fault != nil || r.waiting || r.next >= len(r.steps) {
		return Step{}, false
	}

	s := r.steps[r.next]
	r.waiting = true
	r.touched = r.touched || s.Changes
	r.purse = r.purse || s.Purse

	return s, true
}

// Heard is the answer to the step of the last Next. An answer to none is ignored.
func (r *Run) Heard(a Answer) {
	if !r.waiting {
		return
	}
	r.waiting = false
	s := r.steps[r.next]

	outcome, status, why := s.judge(a)
	r.record(s, outcome, status)
	clear(s.Data)
	if outcome != Done {
		r.fault = &Fault{Step: r.next, Outcome: outcome, Status: status, Why: why}

		return
	}

	if s.Save != "" {
		r.saved[s.Save] = append(Bytes(nil), s.payload(a.Data)...)
	}
	r.next++
}

// judge is what an answer means for its step.
func (s Step) judge(a Answer) (outcome Outcome, status, why string) {
	switch a.Outcome {
	case Done:
	case Refused:
		return Refused, "", cmp.Or(a.Why, WhyRefused)
	default:
		return Unknown, "", cmp.Or(a.Why, WhyReader)
	}

	switch n := len(a.Data); {
	case s.Op == APDU && (n < 2 || n > MaxBytes), s.Op == Read && n != s.Length:
		return Unknown, "", WhyReader
	case s.Op == APDU:
		status = hexWord(a.Data[n-2:])
		if !meets(status, s.Expect) {
			return Refused, status, WhyRefused
		}
	}

	return Done, status, ""
}

// payload is an answer without its status bytes.
func (s Step) payload(data Bytes) Bytes {
	if s.Op == APDU {
		return data[:len(data)-2]
	}

	return data
}

func hexWord(b []byte) string { return fmt.Sprintf("%04X", binary.BigEndian.Uint16(b)) }

// record adds a step to the digest.
func (r *Run) record(s Step, outcome Outcome, status string) {
	ops := map[Op]byte{APDU: 1, Read: 2, Write: 3, Verify: 4}
	b := []byte{ops[s.Op]}
	for _, v := range []int{s.Area, s.Address, s.Length, len(s.Data)} {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	if s.Op != Verify {
		b = append(b, s.Data...)
	}

	word, err := hex.DecodeString(status)
	if err != nil || len(word) != 2 {
		word = []byte{0, 0}
	}
	r.digest.Write(append(append(b, byte(outcome)), word...))
	r.carried++
}

// Fault is what ended the run early.
func (r *Run) Fault() (Fault, bool) {
	if r.fault == nil {
		return Fault{}, false
	}

	return *r.fault, true
}

// Through reports whether every step of the round was carried out.
func (r *Run) Through() bool { return r.fault == nil && r.rounds > 0 && r.next == len(r.steps) }

// Last reports whether no round follows the one that was taken last.
func (r *Run) Last() bool { return r.last }

// Saved is what the steps of this round have saved, by their names. The map is the
// caller's.
func (r *Run) Saved() map[string]Bytes {
	saved := make(map[string]Bytes, len(r.saved))
	for name, b := range r.saved {
		saved[name] = append(Bytes(nil), b...)
	}

	return saved
}

// Wipe overwrites what the round had and what it saved, as the next Take does. No step of
// it is due any more; the digest and the fault stay.
func (r *Run) Wipe() {
	for _, s := range r.steps {
		clear(s.Data)
	}
	for _, b := range r.saved {
		clear(b)
	}
	r.steps, r.saved = nil, nil
	r.next, r.waiting = 0, false
}

// Touched reports whether a step that can change the card was due: it may have reached it.
func (r *Run) Touched() bool { return r.touched }

// PurseSent reports the same of the step that makes the purchase count.
func (r *Run) PurseSent() bool { return r.purse }

// Digest is that of what was carried out, see the package comment; empty for no step.
func (r *Run) Digest() string {
	if r.carried == 0 {
		return ""
	}

	return hex.EncodeToString(r.digest.Sum(nil))
}
