package cash

import (
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// MaxNotes bounds one transaction.
const MaxNotes = 200

// The effects of note events.
const (
	StackNote   leg.Effect = "stack-note"   // move the escrowed note into the cassette
	ConfirmNote leg.Effect = "confirm-note" // the device may forget the note: it is durable here
)

// NoteState is where an accepted note is.
type NoteState string

// The states of an accepted note.
const (
	StatePending    NoteState = "pending"    // accepted; ordered into the cassette; not heard of since
	StateStacked    NoteState = "stacked"    // in the cassette: credited
	StateReturned   NoteState = "returned"   // the customer has it back
	StateUnresolved NoteState = "unresolved" // the device could not say: a case
	StateFound      NoteState = "found"      // unresolved, and later reported in the cassette: owed by its case
)

// Note is one banknote that was accepted for stacking.
type Note struct {
	Value    money.Amount `json:"value"`
	State    NoteState    `json:"state"`
	Inferred bool         `json:"inferred,omitempty"` // in the cassette by the power-up state and the journal, not by a stacked report
	Evidence string       `json:"evidence,omitempty"`
}

// Leg is the money leg of a payment with notes. It is a value: Apply returns a
// new one. The zero value is not open.
type Leg struct {
	Limit    money.Amount `json:"limit"` // no further note once the total would exceed it; above 0 while open
	Notes    []Note       `json:"notes,omitempty"`
	Total    money.Amount `json:"total"` // of stacked notes; fixed once Closed
	Closed   bool         `json:"closed,omitempty"`
	ClosedAt time.Time    `json:"closed_at,omitzero"`
	Reason   string       `json:"reason,omitempty"` // why it was closed
}

// Open is a leg that takes notes up to limit. A limit of 0 or less is
// leg.ErrIllegal.
func Open(limit money.Amount) (Leg, error) {
	if limit <= 0 {
		return Leg{}, fmt.Errorf("%w: limit %s", leg.ErrIllegal, limit)
	}

	return Leg{Limit: limit}, nil
}

// Taking reports whether notes may come in.
func (l Leg) Taking() bool { return l.Limit > 0 && !l.Closed }

// Fact is Moving while notes may come in, then Done if money stayed here.
func (l Leg) Fact() leg.Fact {
	switch {
	case l.Limit == 0:
		return leg.None
	case !l.Closed:
		return leg.Moving
	case l.Total > 0:
		return leg.Done
	}

	return leg.NotDone
}

// Held is what is in the cassette because of this leg: credited and found notes.
func (l Leg) Held() money.Amount { return l.Total + l.sum(StateFound) }

// Doubt is the sum of the notes that are cases of their own: unresolved ones, and
// found ones, which came too late to be credited.
func (l Leg) Doubt() money.Amount { return l.sum(StateUnresolved, StateFound) }

// Undo is Never once a note is in the cassette: no change is given.
func (l Leg) Undo() leg.Undo {
	if l.Held() > 0 {
		return leg.Never
	}

	return leg.Free
}

func (l Leg) sum(states ...NoteState) money.Amount {
	var total money.Amount
	for _, n := range l.Notes {
		if slices.Contains(states, n.State) {
			total += n.Value
		}
	}

	return total
}

// Pending returns the index of the note between accept and stacked, or -1.
func (l Leg) Pending() int {
	return slices.IndexFunc(l.Notes, func(n Note) bool { return n.State == StatePending })
}

// waiting returns the index of the latest unresolved note of value v, or -1. An
// unknown value (0) fits only the note that may still be in the path.
func (l Leg) waiting(v money.Amount) int {
	if v == 0 {
		return l.inPath()
	}
	for i := len(l.Notes) - 1; i >= 0; i-- {
		if n := l.Notes[i]; n.State == StateUnresolved && n.Value == v {
			return i
		}
	}

	return -1
}

// inPath returns the index of the unresolved note that may still be in the path, or -1:
// the last, as long as nothing was heard of the validator since it was given up. Once the
// validator is ready, shows another note or has lost this one, the note comes out no
// more, and what does come out is another one.
func (l Leg) inPath() int {
	last := len(l.Notes) - 1
	if last < 0 || l.Notes[last].State != StateUnresolved || !leavesInPath(l.Notes[last].Evidence) {
		return -1
	}

	return last
}

// comesOut returns the index of the unresolved note that a return of value v is about,
// or -1.
func (l Leg) comesOut(v money.Amount) int {
	p := l.inPath()
	if p >= 0 && v != 0 && l.Notes[p].Value != v {
		return -1
	}

	return p
}

// Refusal says why a note is given back instead of stacked; empty for accept.
type Refusal string

// Reasons to give a note back.
const (
	RefuseLimit   Refusal = "limit"   // the total would pass the limit
	RefuseTooMany Refusal = "count"   // MaxNotes reached
	RefusePending Refusal = "pending" // another note is not settled yet
	RefuseClosed  Refusal = "closed"  // no transaction takes notes now
)

// Consider decides about a note of value v in escrow: accept it (the event to
// make durable before STACK), or a reason to return it.
func (l Leg) Consider(v money.Amount) (NoteAccepted, Refusal) {
	switch {
	case !l.Taking() || v <= 0:
		return NoteAccepted{}, RefuseClosed
	case l.Pending() >= 0:
		return NoteAccepted{}, RefusePending
	case len(l.Notes) >= MaxNotes:
		return NoteAccepted{}, RefuseTooMany
	case v > l.Limit-l.Total:
		return NoteAccepted{}, RefuseLimit
	}

	return NoteAccepted{Note: len(l.Notes), Value: v}, ""
}

// Apply applies one event. It never changes its receiver, and returns it
// unchanged together with an error that wraps leg.ErrIllegal where the truth table
// has no entry.
func (l Leg) Apply(e leg.Event) (Leg, []leg.Effect, error) {
	next := l
	next.Notes = slices.Clone(l.Notes)

	effects, err := next.apply(e)
	if err != nil {
		return l, nil, err
	}

	return next, effects, nil
}

func (l *Leg) apply(e leg.Event) ([]leg.Effect, error) {
	switch e := e.(type) {
	case NoteAccepted:
		return l.accept(e)
	case NoteStacked:
		return l.stacked(e)
	case NoteReturned:
		return nil, l.settle(e.Note, e.Value, StateReturned, e.Evidence, StatePending, StateUnresolved)
	case NoteUnresolved:
		return nil, l.unresolved(e)
	case Closed:
		return nil, l.close(e)
	}

	return nil, leg.ErrIllegal
}

func (l *Leg) accept(e NoteAccepted) ([]leg.Effect, error) {
	want, refusal := l.Consider(e.Value)
	if refusal != "" || want.Note != e.Note {
		return nil, fmt.Errorf("%w: note %d refused: %s", leg.ErrIllegal, e.Note, refusal)
	}
	l.Notes = append(l.Notes, Note{Value: e.Value, State: StatePending})

	return []leg.Effect{StackNote}, nil
}

// stacked credits the pending note. A note that had been given up as unresolved
// becomes found.
func (l *Leg) stacked(e NoteStacked) ([]leg.Effect, error) {
	if err := l.settle(e.Note, e.Value, StateFound, e.Evidence, StateUnresolved); err == nil {
		l.Notes[e.Note].Inferred = e.Inferred

		return []leg.Effect{ConfirmNote}, nil
	}

	if err := l.settle(e.Note, e.Value, StateStacked, e.Evidence, StatePending); err != nil {
		return nil, err
	}
	total, err := l.Total.Add(e.Value)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", leg.ErrIllegal, err)
	}
	l.Total = total
	l.Notes[e.Note].Inferred = e.Inferred

	return []leg.Effect{ConfirmNote}, nil
}

// unresolved makes a case of the pending note. Of one that was given up it may say later
// that it is in the path no more.
func (l *Leg) unresolved(e NoteUnresolved) error {
	from := StatePending
	if l.inPath() == e.Note && !leavesInPath(e.Evidence) {
		from = StateUnresolved
	}

	return l.settle(e.Note, e.Value, StateUnresolved, e.Evidence, from)
}

func (l *Leg) settle(i int, v money.Amount, to NoteState, evidence string, from ...NoteState) error {
	if i < 0 || i >= len(l.Notes) || !slices.Contains(from, l.Notes[i].State) || l.Notes[i].Value != v {
		return fmt.Errorf("%w: note %d of %s cannot become %s", leg.ErrIllegal, i, v, to)
	}
	l.Notes[i].State = to
	l.Notes[i].Evidence = evidence

	return nil
}

func (l *Leg) close(e Closed) error {
	if !l.Taking() || l.Pending() >= 0 || e.Total != l.Total {
		return leg.ErrIllegal
	}
	l.Closed = true
	l.ClosedAt = time.UnixMilli(e.ClosedAt).UTC()
	l.Reason = e.Reason

	return nil
}
