package rollout

import "wattkiosk/uplink/wire"

// Standing is how a target is; see the package comment.
type Standing string

// The standings.
const (
	Waiting   Standing = "waiting"
	InFlight  Standing = "in-flight"
	Good      Standing = "good"
	Failed    Standing = "failed"
	Silent    Standing = "silent"
	Missed    Standing = "missed"
	Withdrawn Standing = "withdrawn"
	Skipped   Standing = "skipped"
)

// Standing of the update of a target at now.
func (t Target) Standing(now int64, g Gate) Standing {
	if t.Up.ID == "" {
		if t.Skip.Code != "" {
			return Skipped
		}
		return Waiting
	}
	return t.Up.standing(now, g)
}

// BackStanding is how the way back of a target is: waiting if it was not sent
// back.
func (t Target) BackStanding(now int64, g Gate) Standing {
	if t.Back.ID == "" {
		if t.Stay.Code != "" {
			return Skipped
		}
		return Waiting
	}
	return t.Back.standing(now, g)
}

func (j Job) standing(now int64, g Gate) Standing {
	restarted := j.Phase == wire.PhaseRebooting || j.Phase == wire.PhaseTrial
	switch {
	case j.Phase == wire.PhaseGood:
		return Good
	case j.Phase == wire.PhaseRefused && j.Code == wire.CodeWithdrawn:
		return Withdrawn
	case j.Phase.Final():
		return Failed
	case j.Phase == "" && now > j.Deadline+g.Silence():
		return Missed
	case j.Phase != "" && now > j.Deadline+g.Silence(), restarted && now > j.ReportedAt+g.Silence():
		return Silent
	}
	return InFlight
}

// Tally counts the targets of a rollout, or of a wave, by standing.
type Tally struct {
	Targets   int `json:"targets"`
	Waiting   int `json:"waiting"`
	InFlight  int `json:"in_flight"`
	Good      int `json:"good"`
	Failed    int `json:"failed"`
	Silent    int `json:"silent"`
	Missed    int `json:"missed"`
	Withdrawn int `json:"withdrawn"`
	Skipped   int `json:"skipped"`
	Open      int `json:"open"` // jobs that take up a place, silent ones included
}

// Count counts the targets of waves from to to, both included.
func (r Rollout) Count(now int64, from, to int) Tally {
	var c Tally
	for _, t := range r.Targets {
		if t.Wave < from || t.Wave > to {
			continue
		}
		c.Targets++
		if t.Up.Open(now, r.Spec.Gate.Silence()) {
			c.Open++
		}
		*c.of(t.Standing(now, r.Spec.Gate))++
	}
	return c
}

func (c *Tally) of(s Standing) *int {
	switch s {
	case InFlight:
		return &c.InFlight
	case Good:
		return &c.Good
	case Failed:
		return &c.Failed
	case Silent:
		return &c.Silent
	case Missed:
		return &c.Missed
	case Withdrawn:
		return &c.Withdrawn
	case Skipped:
		return &c.Skipped
	}
	return &c.Waiting
}

// Over reports whether every target has come to an end.
func (c Tally) Over() bool { return c.Waiting == 0 && c.InFlight == 0 }

// Success is the good ones in percent of those that say something about the
// build, rounded down; 100 if none does.
func (c Tally) Success() int {
	n := c.Good + c.Failed + c.Silent
	if n == 0 {
		return 100
	}
	return c.Good * 100 / n
}
