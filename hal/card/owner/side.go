// Package owner is the owner's side of a card reader's driver, the same for every
// protocol: the commands that wait, the one under way and how it ended, and the reports.
// It knows no line and no time-out; a driver has one Side and is its only user.
package owner

import (
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
)

// MaxQueue is how many commands may wait.
const MaxQueue = 8

// Side is the owner's side of one reader. The zero value has no commands and has
// reported nothing.
type Side struct {
	Job *Job // under way; nil = none
	// AskedAt is when the last command came.
	AskedAt time.Time

	waiting  []card.Command
	status   card.Status
	reported bool
	events   []card.Event
}

// Job is a command under way.
type Job struct {
	Cmd   card.Command
	Acted bool // it may have changed the card, or moved it
	Moves int  // repeats of a move
}

// Take queues a command, of whose data it keeps a copy; hal.ErrBusy if MaxQueue wait.
func (s *Side) Take(now time.Time, c card.Command) error {
	if len(s.waiting) >= MaxQueue {
		return hal.ErrBusy
	}
	c.Data = append(card.Secret(nil), c.Data...)
	s.waiting = append(s.waiting, c)
	s.AskedAt = now
	return nil
}

// Due reports whether a command waits and none is under way.
func (s *Side) Due() bool { return s.Job == nil && len(s.waiting) > 0 }

// Begin makes the next command the one under way. One must be Due.
func (s *Side) Begin() {
	c := s.waiting[0]
	s.waiting = append([]card.Command(nil), s.waiting[1:]...)
	s.Job = &Job{Cmd: c}
}

// RefuseAll ends the commands that wait as not done.
func (s *Side) RefuseAll(err error) {
	waiting := s.waiting
	s.waiting = nil
	for _, c := range waiting {
		s.events = append(s.events, card.Event{Kind: card.NotDone, ID: c.ID, Err: err})
	}
}

// Report reports the status if it is new.
func (s *Side) Report(now card.Status) {
	if s.reported && now == s.status {
		return
	}
	s.status, s.reported = now, true
	s.events = append(s.events, card.Event{Kind: card.StatusChanged, Status: now})
}

// Status is the last one reported.
func (s *Side) Status() card.Status { return s.status }

// Finish ends the command under way, if there is one; ev is what its outcome carries.
func (s *Side) Finish(k card.Kind, ev card.Event) {
	if s.Job == nil {
		return
	}
	ev.Kind, ev.ID = k, s.Job.Cmd.ID
	s.events = append(s.events, ev)
	s.Job = nil
}

// Done ends it well.
func (s *Side) Done(data []byte) { s.Finish(card.Done, card.Event{Data: data}) }

// Refuse ends it as not done, for a reason that the card has not seen.
func (s *Side) Refuse(err error) { s.Finish(card.NotDone, card.Event{Err: err}) }

// Fail ends it as unknown if it may have changed the card, or else as not done.
func (s *Side) Fail(err error) {
	kind := card.NotDone
	if s.Job != nil && s.Job.Acted {
		kind = card.Unknown
	}
	s.Finish(kind, card.Event{Err: err})
}

// Events returns what was reported since the last call, in order.
func (s *Side) Events() []card.Event {
	events := s.events
	s.events = nil
	return events
}
