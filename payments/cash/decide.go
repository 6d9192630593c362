package cash

import (
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// Report is what a validator said, reduced to what money depends on.
type Report int

// The reports.
const (
	Escrowed   Report = iota + 1 // a note waits for an order
	Stacked                      // a note is in the cassette
	InStacker                    // the device restarted and says that the note on its way is in the cassette
	InPath                       // the device restarted with a note in its path, and promises to give it back
	Returned                     // a note went back to the customer
	NoNote                       // the device is ready and has no note in its path
	Lost                         // the driver cannot account for a note that it had in its path
	LeftInPath                   // a note was in the path when the device stopped for good
	GivenUp                      // the device did not come back within the time allowed
)

// Order is what the validator must be told, after Decision's events are durable.
type Order int

// The orders.
const (
	None Order = iota
	Stack
	Return
	Confirm
)

// Situation is what is known besides the report.
type Situation struct {
	// Leg is the leg that takes notes, or took the last one; its zero value means
	// that there is none.
	Leg Leg
	// Closing: no further note may be accepted.
	Closing bool
	// Repeat: this program or the device started since the last credit, and neither
	// another note nor a validator at rest was seen since, so a report of a note in
	// the cassette may be about one that is already durable.
	Repeat bool
	// Another: a note was seen since the last one was accepted, and since the validator
	// was at rest. What goes into the cassette, or is lost on the way there, is that one,
	// and none that was given up before.
	Another bool
	// Refused: the note on its way out is none that we know (the last Decision said
	// so): it was offered and never accepted, or it came after one that the driver lost.
	// Its return says nothing of any other.
	Refused bool
}

// Decision is the answer: Events to make durable, in order, then Order.
// With Order Return, Refusal says why. Refused is for Situation.Refused: the caller
// keeps it until the next decision.
type Decision struct {
	Events  []leg.Event
	Order   Order
	Refusal Refusal
	Refused bool
}

// Decide is the table of the package comment. v is the value of the note that the
// report is about, 0 for unknown.
func Decide(s Situation, r Report, v money.Amount) Decision {
	p := s.Leg.Pending()
	switch r {
	case Escrowed:
		return escrowed(s, p, v)
	case Stacked, InStacker:
		return inCassette(s, p, r, v)
	case InPath:
		return Decision{Order: Confirm}
	case Returned:
		return returned(s, p, v)
	case Lost, LeftInPath:
		return lost(s, p, r, v)
	case NoNote:
		return ready(s, p)
	}
	if p < 0 {
		return Decision{}
	}

	return Decision{Events: []leg.Event{s.unresolved(p, noReport)}}
}

func (s Situation) unresolved(p int, evidence string) NoteUnresolved {
	return NoteUnresolved{Note: p, Value: s.Leg.Notes[p].Value, Evidence: evidence}
}

// waiting returns the index of the unresolved note that a report of value v can be about,
// or -1.
func (s Situation) waiting(v money.Amount) int {
	if s.Another {
		return -1
	}

	return s.Leg.waiting(v)
}

// is reports whether v can be the value of note p.
func (s Situation) is(p int, v money.Amount) bool {
	return p >= 0 && (v == 0 || s.Leg.Notes[p].Value == v)
}

func escrowed(s Situation, p int, v money.Amount) Decision {
	if p >= 0 && !s.is(p, v) {
		return Decision{
			Order: Return, Refusal: RefusePending, Refused: true,
			Events: []leg.Event{s.unresolved(p, "another-note-in-escrow")},
		}
	}
	if s.Closing {
		return Decision{Order: Return, Refusal: RefuseClosed, Refused: p < 0}
	}

	e, refusal := s.Leg.Consider(v)
	if refusal != "" {
		return Decision{Order: Return, Refusal: refusal, Refused: p < 0}
	}

	return Decision{Order: Stack, Events: []leg.Event{e}}
}

// inCassette is about a note that the device says it stacked.
func inCassette(s Situation, p int, r Report, v money.Amount) Decision {
	if s.is(p, v) {
		e := NoteStacked{Note: p, Value: s.Leg.Notes[p].Value, Evidence: "stacked"}
		switch {
		case r == InStacker:
			e.Inferred, e.Evidence = true, "power-up-in-stacker"
		case v == 0:
			e.Inferred, e.Evidence = true, "stacked-value-not-told"
		}

		return Decision{Order: Confirm, Events: []leg.Event{e}}
	}
	if p < 0 && s.Repeat && repeats(s.Leg, v) {
		return Decision{Order: Confirm}
	}

	if w := s.waiting(v); w >= 0 {
		e := NoteStacked{Note: w, Value: s.Leg.Notes[w].Value, Inferred: r == InStacker, Evidence: "stacked-late"}
		return Decision{Order: Confirm, Events: []leg.Event{e}}
	}
	if p >= 0 {
		return Decision{Order: Confirm, Events: []leg.Event{
			s.unresolved(p, "another-value-stacked"),
			StrayNote{Value: v, Evidence: "value-differs-from-escrow"},
		}}
	}

	return Decision{Order: Confirm, Events: []leg.Event{StrayNote{Value: v, Evidence: "stacked-without-order"}}}
}

func returned(s Situation, p int, v money.Amount) Decision {
	d := Decision{Order: Confirm}
	switch {
	case s.Refused: // it is the note that was just offered and refused
	case s.is(p, v):
		d.Events = []leg.Event{NoteReturned{Note: p, Value: s.Leg.Notes[p].Value, Evidence: "returned"}}
	case p >= 0:
		d.Events = []leg.Event{s.unresolved(p, "another-value-returned")}
	default:
		if w := s.Leg.comesOut(v); w >= 0 {
			d.Events = []leg.Event{NoteReturned{Note: w, Value: s.Leg.Notes[w].Value, Evidence: "returned-late"}}
		}
	}

	return d
}

// ready is about a validator without a note in its path: a note that was accepted, or
// given up before, will not come out of it any more.
func ready(s Situation, p int) Decision {
	if p < 0 {
		p = s.Leg.inPath()
	}
	if p < 0 {
		return Decision{}
	}

	return Decision{Events: []leg.Event{s.unresolved(p, "ready-without-report")}}
}

// Evidence of a note that was given up, and of one that its driver lost.
const (
	noReport       = "no-report-in-time"
	leftInPath     = "left-in-path"
	unaccountedFor = "unaccounted-for"
)

// leavesInPath reports whether an unresolved note may still be in the path.
func leavesInPath(evidence string) bool { return evidence == noReport || evidence == leftInPath }

// lost is about a note that nobody will say more of. What comes out after one that
// the driver lost is another note, as far as anybody can know.
func lost(s Situation, p int, r Report, v money.Amount) Decision {
	d := Decision{Refused: r == Lost}
	evidence := unaccountedFor
	if r == LeftInPath {
		evidence = leftInPath
	}
	in := s.Leg.inPath()

	switch {
	case s.is(p, v):
		d.Events = []leg.Event{s.unresolved(p, evidence)}
	case r == Lost && in >= 0 && s.is(in, v): // it was given up before, and is in the path no more
		d.Events = []leg.Event{s.unresolved(in, evidence)}
	case r == Lost && s.waiting(v) >= 0: // it is a case already
	case r == Lost && v == 0 && s.Repeat && known(s.Leg): // a new program saw the end of its way
	default:
		d.Events = []leg.Event{StrayNote{Value: v, Evidence: evidence}}
	}

	return d
}

// known reports whether the last note is known to have been on its way into the cassette,
// be it there or a case.
func known(l Leg) bool {
	last := len(l.Notes) - 1

	return last >= 0 && l.Notes[last].State != StateReturned
}

// repeats reports whether a report of a note of v in the cassette can be the echo
// of the last note that is already known to be there.
func repeats(l Leg, v money.Amount) bool {
	if len(l.Notes) == 0 {
		return false
	}
	last := l.Notes[len(l.Notes)-1]

	return (last.Value == v || v == 0) && (last.State == StateStacked || last.State == StateFound)
}
