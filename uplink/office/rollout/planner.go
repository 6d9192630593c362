package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

const (
	maxOfDay = 999              // rollouts created on one date
	maxSteps = 2 * MaxWaves * 2 // of one Advance
)

// TargetRow is a target of a rollout, as a row.
type TargetRow struct {
	Rollout string
	Target
	OpenUntil int64 // Unix ms; a job of it is open until then; 0 is none
	UpdatedAt int64
}

// TargetCount is how many targets of a rollout are equally far. Phase is the
// last report's, "waiting" without a job, "skipped", or "sent" without a report.
type TargetCount struct {
	Rollout string
	Phase   string
	Count   int64
}

// Phases of a TargetCount that are not a report's.
const (
	CountWaiting = "waiting"
	CountSkipped = "skipped"
	CountSent    = "sent"
)

// CountPhase is the Phase that a target is counted under.
func (t TargetRow) CountPhase() string {
	switch {
	case t.Up.ID == "" && t.Skip.Code != "":
		return CountSkipped
	case t.Up.ID == "":
		return CountWaiting
	case t.Up.Phase == "":
		return CountSent
	}
	return string(t.Up.Phase)
}

// OpenJob is a job that its kiosk has to be told about, with the rollout that it
// is of, whose targets are left out.
type OpenJob struct {
	Rollout Rollout
	Kiosk   string
	Job
}

// Planner keeps rollouts, and the bundles and groups that they are made of. It is safe
// for concurrent use if its backend is.
type Planner struct {
	b    stored.Backend[Tx]
	zone *time.Location
}

// NewPlanner is a Planner over b; the numbers of rollouts carry dates in zone.
func NewPlanner(b stored.Backend[Tx], zone *time.Location) *Planner { return &Planner{b, zone} }

// CreateRollout makes a draft. A bundle that head office does not have is
// stored.ErrNotFound, a spec that cannot be meant ErrSpec.
func (p *Planner) CreateRollout(ctx context.Context, spec Spec, by string, now time.Time) (Rollout, error) {
	var r Rollout
	if err := spec.Check(); err != nil {
		return r, err
	}
	err := p.b.Update(ctx, func(tx Tx) error {
		b, err := tx.Bundle(ctx, spec.Bundle)
		if err != nil {
			return fmt.Errorf("bundle %.64q: %w", spec.Bundle, err)
		}
		id, err := p.freeID(ctx, tx, now)
		if err != nil {
			return err
		}
		if r, err = New(id, spec, b.Bundle, by, now); err != nil {
			return err
		}
		if err := tx.PutRollout(ctx, r); err != nil {
			return err
		}
		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: by, Action: "create rollout", Object: id, Reason: stored.Text(spec.Title)})
	})
	return r, err
}

// freeID is the date and a number that is free on it: r20261123-1.
func (p *Planner) freeID(ctx context.Context, tx Tx, now time.Time) (string, error) {
	for n := 1; n <= maxOfDay; n++ {
		id := fmt.Sprintf("r%s-%d", now.In(p.zone).Format("20060102"), n)
		if _, err := tx.Rollout(ctx, id); errors.Is(err, stored.ErrNotFound) {
			return id, nil
		} else if err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("%w: more than %d on one date", ErrSpec, maxOfDay)
}

// OrderRollout does what a person orders, and audits it with it; see
// Order for its errors.
func (p *Planner) OrderRollout(ctx context.Context, id string, act Act, by, note string, now time.Time) (Rollout, error) {
	var next Rollout
	note = stored.Text(note)
	err := p.b.Update(ctx, func(tx Tx) error {
		r, rows, err := wholeRollout(ctx, tx, id)
		if err != nil {
			return err
		}
		members, err := membersOf(ctx, tx, r.Spec.Groups)
		if err != nil {
			return err
		}
		if next, err = Order(r, act, by, note, members, now); err != nil {
			return err
		}
		if err := saveRollout(ctx, tx, next, rows); err != nil {
			return err
		}
		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: by, Action: string(act) + " rollout", Object: id, Reason: note})
	})
	return next, err
}

// membersOf are the kiosks of groups, all of them if there are no groups. A group
// that nobody is in is ErrSpec.
func membersOf(ctx context.Context, tx Tx, names []string) ([]string, error) {
	if len(names) == 0 {
		return fleetIDs(ctx, tx)
	}
	have, err := groups(ctx, tx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, n := range names {
		i := slices.IndexFunc(have, func(g Group) bool { return g.Name == n })
		if i < 0 {
			return nil, fmt.Errorf("%w: groups: nobody is in %s", ErrSpec, n)
		}
		out = append(out, have[i].Kiosks...)
	}
	return out, nil
}

// wholeRollout is a rollout with its targets, and these as rows.
func wholeRollout(ctx context.Context, tx Tx, id string) (Rollout, []TargetRow, error) {
	r, err := tx.Rollout(ctx, id)
	if err != nil {
		return r, nil, fmt.Errorf("rollout %.64q: %w", id, err)
	}
	rows, err := tx.Targets(ctx, id)
	if err != nil {
		return r, nil, err
	}
	r.Targets = make([]Target, len(rows))
	for i, t := range rows {
		r.Targets[i] = t.Target
	}
	return r, rows, nil
}

// saveRollout writes a rollout, and those of its targets that differ from old.
func saveRollout(ctx context.Context, tx Tx, r Rollout, old []TargetRow) error {
	if err := tx.PutRollout(ctx, r); err != nil {
		return err
	}
	var changed []TargetRow
	for i, t := range r.Targets {
		if i >= len(old) || old[i].Target != t {
			changed = append(changed, targetRow(r, t, r.UpdatedAt))
		}
	}
	return tx.PutTargets(ctx, changed)
}

func targetRow(r Rollout, t Target, now int64) TargetRow {
	row := TargetRow{Rollout: r.ID, Target: t, UpdatedAt: now}
	for _, j := range []Job{t.Up, t.Back} {
		if j.ID != "" && !j.Phase.Final() {
			row.OpenUntil = max(row.OpenUntil, j.Deadline+r.Spec.Gate.Silence())
		}
	}
	return row
}

// Advance takes a rollout as far as it comes at now, in one transaction. It
// returns what the rollout is then.
func (p *Planner) Advance(ctx context.Context, id string, now time.Time) (Rollout, error) {
	var r Rollout
	err := p.b.Update(ctx, func(tx Tx) error {
		var rows []TargetRow
		var err error
		if r, rows, err = wholeRollout(ctx, tx, id); err != nil {
			return err
		}
		fleet, err := fleetFor(ctx, tx, id, now)
		if err != nil {
			return err
		}
		before, moved := r, false
		for range maxSteps {
			next, changed := Decide(now, r, fleet)
			if r = next; !changed {
				break
			}
			moved = true
		}
		if !moved {
			return nil
		}
		if err := saveRollout(ctx, tx, r, rows); err != nil {
			return err
		}
		return auditMove(ctx, tx, before, r, now)
	})
	return r, err
}

// auditMove records what a rollout did by itself.
func auditMove(ctx context.Context, tx Tx, before, r Rollout, now time.Time) error {
	if before.State == r.State {
		return nil
	}
	why, err := json.Marshal(r.Reason)
	if err != nil {
		return err
	}
	return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: "officed", Action: "rollout is " + string(r.State), Object: r.ID, Reason: string(why)})
}

// fleetFor is every kiosk as a rollout sees it.
func fleetFor(ctx context.Context, tx Tx, id string, now time.Time) (map[string]Kiosk, error) {
	ks, err := tx.Kiosks(ctx)
	if err != nil {
		return nil, err
	}
	open, err := tx.OpenTargets(ctx, stored.Millis(now))
	if err != nil {
		return nil, err
	}
	fleet := make(map[string]Kiosk, len(ks))
	for _, k := range ks {
		var st wire.State
		if k.Report != "" && json.Unmarshal([]byte(k.Report), &st) != nil {
			st = wire.State{}
		}
		fleet[k.ID] = Kiosk{ID: k.ID, SeenAt: k.SeenAt, Board: st.Board, Build: st.Build, Other: st.Other}
	}
	for _, t := range open {
		if k, ok := fleet[t.Kiosk]; ok && t.Rollout != id {
			k.Busy = t.Rollout
			fleet[t.Kiosk] = k
		}
	}
	return fleet, nil
}

// SaveJobReport keeps a kiosk's report about its job. news is false if it repeats
// one, or comes after the last one. A job that the kiosk does not have is
// stored.ErrNotFound.
func (p *Planner) SaveJobReport(ctx context.Context, kiosk string, rep wire.JobReport, now time.Time) (rolloutID string, news bool, err error) {
	err = p.b.Update(ctx, func(tx Tx) error {
		t, err := tx.TargetOf(ctx, rep.ID)
		if err == nil && t.Kiosk != kiosk {
			err = stored.ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("job %.80q of kiosk %s: %w", rep.ID, kiosk, err)
		}
		r, err := tx.Rollout(ctx, t.Rollout) // the lock that Advance takes too
		if err != nil {
			return err
		}
		if t, err = tx.TargetOf(ctx, rep.ID); err != nil {
			return err
		}
		rolloutID = t.Rollout
		up, a := t.Up.Reported(rep, stored.Millis(now))
		back, b := t.Back.Reported(rep, stored.Millis(now))
		if news = a || b; !news {
			return nil
		}
		t.Up, t.Back = up, back
		return tx.PutTargets(ctx, []TargetRow{targetRow(r, t.Target, stored.Millis(now))})
	})
	return rolloutID, news, err
}

// OpenJobs are the jobs that kiosks have to be told about at now, one for each
// kiosk, by kiosk.
func (p *Planner) OpenJobs(ctx context.Context, now time.Time) ([]OpenJob, error) {
	return stored.View(ctx, p.b, func(tx Tx) ([]OpenJob, error) {
		rows, err := tx.OpenTargets(ctx, stored.Millis(now))
		if err != nil {
			return nil, err
		}
		var out []OpenJob
		of := map[string]Rollout{}
		for _, t := range rows {
			r, had := of[t.Rollout]
			if !had {
				if r, err = tx.Rollout(ctx, t.Rollout); err != nil {
					return nil, err
				}
				of[t.Rollout] = r
			}
			out = appendOpen(out, r, t)
		}
		return out, nil
	})
}

// appendOpen adds the open job of a target; of several of one kiosk the last that
// was sent counts.
func appendOpen(out []OpenJob, r Rollout, t TargetRow) []OpenJob {
	for _, j := range []Job{t.Up, t.Back} {
		if j.ID == "" || j.Phase.Final() {
			continue
		}
		job := OpenJob{Rollout: r, Kiosk: t.Kiosk, Job: j}
		switch n := len(out); {
		case n == 0 || out[n-1].Kiosk != t.Kiosk:
			out = append(out, job)
		case j.SentAt >= out[n-1].SentAt:
			out[n-1] = job
		}
	}
	return out
}

// Rollout returns one rollout with its targets, or stored.ErrNotFound.
func (p *Planner) Rollout(ctx context.Context, id string) (Rollout, error) {
	return stored.View(ctx, p.b, func(tx Tx) (Rollout, error) {
		r, _, err := wholeRollout(ctx, tx, id)
		return r, err
	})
}

// Rollouts are the newest first, without targets.
func (p *Planner) Rollouts(ctx context.Context, limit int) ([]Rollout, error) {
	return stored.View(ctx, p.b, func(tx Tx) ([]Rollout, error) {
		return tx.ListRollouts(ctx, stored.Limit(limit))
	})
}

// ActiveRollouts are those that may have something to do, without targets.
func (p *Planner) ActiveRollouts(ctx context.Context) ([]Rollout, error) {
	return stored.View(ctx, p.b, func(tx Tx) ([]Rollout, error) { return tx.ActiveRollouts(ctx) })
}

// RolloutCounts are how many targets of each rollout are how far: by rollout, and
// by the Phase of TargetCount.
func (p *Planner) RolloutCounts(ctx context.Context) (map[string]map[string]int64, error) {
	return stored.View(ctx, p.b, func(tx Tx) (map[string]map[string]int64, error) {
		rows, err := tx.CountTargets(ctx)
		out := map[string]map[string]int64{}
		for _, c := range rows {
			if out[c.Rollout] == nil {
				out[c.Rollout] = map[string]int64{}
			}
			out[c.Rollout][c.Phase] += c.Count
		}
		return out, err
	})
}
