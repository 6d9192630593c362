package cash

import (
	"errors"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/bill"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
)

// Bounds and waits of a Station.
const (
	// MaxReports bounds the reports that wait for the journal. A driver stops at the
	// first note that is not confirmed, so only a device that keeps losing its power
	// comes near it.
	MaxReports = 64

	ClosePatience = 15 * time.Second // for a validator that does not say "disabled"
	NotePatience  = 90 * time.Second // for a note that is between accept and stacked, or in the path
	SlotPatience  = 10 * time.Second // for a validator that is told to open for a customer
	ProbePatience = 20 * time.Second // for one that is tried: its driver says why it does not open, and resets it, before that
	ProbeEvery    = 10 * time.Minute // between tries of one that did not open
)

// ErrReports means that too many reports wait for the journal. What was not
// confirmed the device says again to a new process.
var ErrReports = errors.New("too many validator reports wait for the journal")

// report is a validator's statement that waits for the journal.
type report struct {
	what    cash.Report
	value   money.Amount
	another bool // a note had been seen: see Station
}

// Station is the note validator with its reports. It is not safe for concurrent
// use.
type Station struct {
	values []int64
	state  bill.Kind // as last reported
	moving bool      // a note is in the path
	queue  []report

	fresh   bool // this program or the device started since the last credit, and was not at rest since
	seen    bool // a note was seen since the last credit
	another bool // a note was seen since the last one was accepted, and since the validator was at rest
	refused bool // the note on its way out was offered and never accepted
	lost    bool // the driver lost a note of this payment, and no other was accepted since: what comes out is another one

	inPathAt time.Time // the device promised to give back a note in its path; zero: it owes none

	closing   bool
	reason    tender.Reason
	closingAt time.Time
	noteAt    time.Time // when the pending note was accepted
	refusal   string    // why the last note came back

	slot slot
}

// New is a station that takes the given notes. Nothing is known of the device yet.
func New(notes []money.Amount) *Station {
	s := &Station{fresh: true}
	for _, n := range notes {
		s.values = append(s.values, int64(n))
	}

	return s
}

// Heard takes a report of the validator. It fails with ErrReports where no more can
// wait.
func (s *Station) Heard(now time.Time, e bill.Event) error {
	s.state = e.Kind
	switch e.Kind {
	case bill.Accepting, bill.Escrowed:
		s.moving, s.seen = true, true
		s.another = true
	case bill.Stacking, bill.Returning:
		s.moving = true
	case bill.Starting, bill.PoweredUp, bill.PoweredUpInStacker:
		s.moving, s.fresh = false, true
	case bill.PoweredUpInValidator:
		s.fresh, s.inPathAt = true, now
	case bill.Stacked, bill.Returned:
		s.moving = false
	case bill.Disabled, bill.Idling:
		s.moving, s.another = false, false
	case bill.Rejected:
		s.moving, s.refusal = false, "rejected"
	}
	s.slot.heard(now, e.Kind)

	if r, ok := reportOf(e); ok {
		r.another = s.another && inOrLost(r.what)
		return s.wait(r)
	}

	return nil
}

// inOrLost reports whether a report is about a note that is in the cassette, or may be.
func inOrLost(r cash.Report) bool { return r == cash.Stacked || r == cash.InStacker || r == cash.Lost }

// reportOf reduces a device event to what cash.Decide knows.
func reportOf(e bill.Event) (report, bool) {
	v := money.Amount(e.Value)
	switch e.Kind {
	case bill.Escrowed:
		return report{what: cash.Escrowed, value: v}, true
	case bill.Stacked:
		return report{what: cash.Stacked, value: v}, true
	case bill.PoweredUpInStacker:
		return report{what: cash.InStacker, value: v}, true
	case bill.PoweredUpInValidator:
		return report{what: cash.InPath, value: v}, true
	case bill.Returned:
		return report{what: cash.Returned, value: v}, true
	case bill.Disabled, bill.Idling, bill.PoweredUp:
		return report{what: cash.NoNote}, true
	case bill.Lost:
		return report{what: cash.Lost, value: v}, true
	}

	return report{}, false
}

// wait puts a report after those that the journal has not taken. "No note" is said
// once.
func (s *Station) wait(r report) error {
	if n := len(s.queue); n > 0 && r == s.queue[n-1] && r.what == cash.NoNote {
		return nil
	}
	if len(s.queue) >= MaxReports {
		return ErrReports
	}
	s.queue = append(s.queue, r)

	return nil
}

// Waiting is how many reports the journal has not taken.
func (s *Station) Waiting() int { return len(s.queue) }

// Offered reports whether the oldest report is of a note that waits for an order.
func (s *Station) Offered() bool { return len(s.queue) > 0 && s.queue[0].what == cash.Escrowed }

// Decide is what the oldest report means for the leg that takes notes, or took the
// last one; false when none waits. sealed says that nothing can be journaled, so no
// note is accepted.
func (s *Station) Decide(l cash.Leg, sealed bool) (cash.Decision, bool) {
	if len(s.queue) == 0 {
		return cash.Decision{}, false
	}

	r := s.queue[0]
	if sealed && r.what == cash.Escrowed {
		return cash.Decision{Order: cash.Return, Refusal: cash.RefuseClosed, Refused: l.Pending() < 0}, true
	}

	return cash.Decide(cash.Situation{
		Leg: l, Closing: s.closing || !l.Taking(), Repeat: s.fresh && !s.seen, Another: r.another, Refused: s.refused || s.lost,
	}, r.what, r.value), true
}

// Settle ends the oldest report. durable says whether the decision's events are in
// the journal; where they are not, an offered note goes back all the same (that
// takes no record), and any other report waits: more is false then. The order, if
// there is one, is for the validator now.
func (s *Station) Settle(now time.Time, d cash.Decision, durable bool) (order bill.Op, more bool) {
	r := s.queue[0]
	if !durable {
		if r.what != cash.Escrowed {
			return 0, false
		}
		d.Order, d.Refusal = cash.Return, cash.RefuseClosed
	}
	s.queue = s.queue[1:]
	s.follow(r, d)

	switch d.Order {
	case cash.Stack:
		s.noteAt = now
		s.refusal = ""
		return bill.Stack, true
	case cash.Return:
		s.refusal = string(d.Refusal)
		return bill.Return, true
	case cash.Confirm:
		return bill.Confirm, true
	}

	return 0, true
}

// follow keeps what the next decision must know.
func (s *Station) follow(r report, d cash.Decision) {
	switch r.what {
	case cash.Escrowed:
		s.refused = d.Order == cash.Return && d.Refused
		s.lost = s.lost && d.Order != cash.Stack
		s.another = s.another && d.Order != cash.Stack
	case cash.Lost:
		s.lost = true
	case cash.Stacked, cash.InStacker, cash.Returned, cash.NoNote:
		s.refused = false
		s.inPathAt = time.Time{}
		s.fresh = s.fresh && r.what != cash.NoNote
	case cash.LeftInPath:
		s.inPathAt = time.Time{}
	}
	for _, e := range d.Events {
		if _, credit := e.(cash.NoteStacked); credit {
			s.fresh, s.seen = false, false
		}
	}
}

// Open begins the taking of notes; the command is for the validator.
func (s *Station) Open(now time.Time) bill.Command {
	s.closing = false
	s.lost = false
	s.reason = ""
	s.refusal = ""
	s.slot.open(now)

	return bill.Command{Op: bill.Enable, Values: s.values}
}

// Close asks for its end, for a reason that the journal will say. The total is
// fixed when Due says so. It reports whether there is something to order: not twice.
func (s *Station) Close(now time.Time, reason tender.Reason, l cash.Leg) bool {
	if s.closing || !l.Taking() {
		return false
	}
	s.closing = true
	s.reason = reason
	s.closingAt = now
	if l.Pending() < 0 {
		s.noteAt = now
	}
	s.slot.shut()

	return true
}

// Recover closes what an earlier run had open.
func (s *Station) Recover(now time.Time) {
	s.closing = true
	s.reason = tender.ByPowerCut
	s.closingAt, s.noteAt = now, now
}

// Fixed says that the total is fixed.
func (s *Station) Fixed() { s.closing = false }

// Closing reports whether the end was asked for, and why.
func (s *Station) Closing() (reason tender.Reason, closing bool) { return s.reason, s.closing }

// Spent reports whether no further note can be taken: the rest of the limit is less
// than the smallest note, or there are too many.
func (s *Station) Spent(l cash.Leg) bool {
	if !l.Taking() || l.Pending() >= 0 {
		return false
	}
	for _, v := range s.values {
		if _, refusal := l.Consider(money.Amount(v)); refusal == "" {
			return false
		}
	}

	return true
}

// Refusal is why the last note came back; empty for none.
func (s *Station) Refusal() string { return s.refusal }

// Moving reports whether a note is in the path.
func (s *Station) Moving() bool { return s.moving }

// Taking reports whether a note pushed into the slot would be taken.
func (s *Station) Taking() bool {
	return s.slot.state == slotOpen && (s.state == bill.Idling || s.moving)
}

// Stops reports whether what the validator last said ends the taking of notes.
func (s *Station) Stops() bool {
	switch s.state {
	case bill.CassetteRemoved, bill.CassetteFull, bill.Jammed, bill.Failed, bill.Lost, bill.PoweredUp, bill.PoweredUpInStacker, bill.PoweredUpInValidator, bill.Cheated, bill.Unusable:
		return true
	}

	return false
}

// Unsettled reports whether a note may be on its way. A validator that is jammed,
// failed or silent says nothing more, and a restart makes that no worse.
func (s *Station) Unsettled() bool {
	switch s.state {
	case bill.Accepting, bill.Escrowed, bill.Stacking, bill.Returning, bill.PoweredUpInStacker, bill.PoweredUpInValidator, bill.Starting, bill.PoweredUp, 0:
		return true
	}

	return false
}
