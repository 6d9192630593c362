package cash

import (
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/payments/cash"
)

// Due is what time alone asks for.
type Due int

// What can be due.
const (
	Nothing Due = iota
	Fix         // nothing is between slot and cassette, or it had its time: fix the total
	Probe       // give the validator the Order of Turn
)

// Turn says what is due now for the leg that takes notes, or took the last one. A
// note that nobody spoke of in time becomes a report like any other: Decide has it
// next. order is the command of a Probe.
func (s *Station) Turn(now time.Time, l cash.Leg) (due Due, order bill.Command) {
	if len(s.queue) == 0 {
		s.giveUp(now, l)
	}
	if len(s.queue) > 0 {
		return Nothing, order
	}
	if s.closing && l.Taking() {
		quiet := s.state == bill.Disabled
		if l.Pending() < 0 && (quiet || !now.Before(s.closingAt.Add(ClosePatience))) {
			return Fix, order
		}

		return Nothing, order
	}

	if op := s.slot.probe(now, s.state, l.Taking()); op != 0 {
		order.Op = op
		if op == bill.Enable {
			order.Values = s.values
		}

		return Probe, order
	}

	return Nothing, order
}

// giveUp makes a report of a note that had its time.
func (s *Station) giveUp(now time.Time, l cash.Leg) {
	pathOver := !s.inPathAt.IsZero() && !now.Before(s.inPathAt.Add(NotePatience))
	noteOver := s.closing && l.Pending() >= 0 && !now.Before(s.noteAt.Add(NotePatience))
	switch {
	case pathOver:
		_ = s.wait(report{what: cash.LeftInPath}) // the queue is empty
	case noteOver:
		_ = s.wait(report{what: cash.GivenUp})
	}
}

// Blind reports whether the validator was told to open and did not, and has not opened
// since: it is tried again, and stays blind until it does.
func (s *Station) Blind() bool { return s.slot.failed }

// OrderRefused says that the driver refused an order: a slot that was to open does
// not.
func (s *Station) OrderRefused(now time.Time, op bill.Op) {
	if op == bill.Enable {
		s.slot.blind(now)
	}
}

// Wake is when Turn has something to do; zero for never. retry is when the journal
// is tried again.
func (s *Station) Wake(now time.Time, l cash.Leg, retry time.Duration) time.Time {
	var w time.Time
	at := func(t time.Time) {
		if t.IsZero() {
			return
		}
		if !t.After(now) {
			t = now.Add(retry) // what is due waits for the journal
		}
		if w.IsZero() || t.Before(w) {
			w = t
		}
	}

	if !s.inPathAt.IsZero() {
		at(s.inPathAt.Add(NotePatience))
	}
	if s.closing && l.Taking() {
		due := s.closingAt.Add(ClosePatience)
		if l.Pending() >= 0 {
			due = s.noteAt.Add(NotePatience)
		}
		at(due)
	}
	at(s.slot.wake())

	return w
}
