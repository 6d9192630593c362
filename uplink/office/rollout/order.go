package rollout

import (
	"errors"
	"fmt"
	"time"
)

// Act is what a person orders.
type Act string

// The acts.
const (
	Start    Act = "start" // also goes on after a pause
	Pause    Act = "pause"
	Stop     Act = "stop"
	RollBack Act = "roll-back"
)

// Refusals of Order.
var (
	ErrAct       = errors.New("not possible in this state")
	ErrTwoPeople = errors.New("who created a rollout may not start it")
)

// New is a draft.
func New(id string, s Spec, b Bundle, by string, now time.Time) (Rollout, error) {
	if err := s.Check(); err != nil {
		return Rollout{}, err
	}
	at := now.UnixMilli()
	return Rollout{ID: id, Spec: s, Bundle: b, State: Draft, CreatedBy: by, CreatedAt: at, UpdatedAt: at}, nil
}

// Order is the rollout after a person's act; note says why. members are the kiosks
// of its groups, needed when a draft is started. On an error r is returned
// unchanged.
func Order(r Rollout, act Act, by, note string, members []string, now time.Time) (Rollout, error) {
	at := now.UnixMilli()
	next := r
	switch {
	case act == Start && r.State == Draft:
		if by == r.CreatedBy {
			return r, ErrTwoPeople
		}
		targets, err := Plan(r.ID, r.Spec, members)
		if err != nil {
			return r, err
		}
		next.Targets, next.State = targets, Running
		next.StartedBy, next.StartedAt, next.WaveAt = by, at, at
	case act == Start && r.State == Paused:
		next.State = Running
	case act == Pause && r.State == Running:
		next.State = Paused
	case act == Stop && (r.State == Draft || r.State.Active()):
		next = stop(r, Stopped, at)
	case act == RollBack && r.canRollBack():
		next = stop(r, RollingBack, at)
		for i := range next.Targets { // who could not go back may be able to by now
			next.Targets[i].Stay = Reason{}
		}
	default:
		return r, fmt.Errorf("%w: %.20s of a rollout that is %s", ErrAct, act, r.State)
	}
	next.Reason, next.UpdatedAt = Reason{Code: WhyPerson, By: by, Note: note}, at
	return next, nil
}

func (r Rollout) canRollBack() bool {
	switch r.State {
	case Running, Paused, Stopped, Done:
		return r.StartedAt != 0
	}
	return false
}

// May lists the acts that a rollout's state allows.
func (r Rollout) May() []Act {
	switch {
	case r.State == Draft:
		return []Act{Start, Stop}
	case r.State == Running:
		return []Act{Pause, Stop, RollBack}
	case r.State == Paused:
		return []Act{Start, Stop, RollBack}
	case r.State == RollingBack:
		return []Act{Stop}
	case r.canRollBack():
		return []Act{RollBack}
	}
	return nil
}

// stop takes back the updates that can still be taken back. Rollbacks on their
// way are not: a kiosk that has begun to go back had better arrive.
func stop(r Rollout, to State, now int64) Rollout {
	r.Targets = append([]Target(nil), r.Targets...)
	for i := range r.Targets {
		up := &r.Targets[i].Up
		if up.ID != "" && !up.Phase.Final() {
			up.Withdrawn = true
		}
	}
	r.State, r.EndedAt = to, now
	if to == RollingBack {
		r.RolledBack, r.EndedAt = true, 0
	}
	return r
}
