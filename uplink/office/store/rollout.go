package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/wire"
)

const (
	maxOfDay = 999                      // rollouts created on one date
	maxSteps = 2 * rollout.MaxWaves * 2 // of one Advance
)

// Target is a target of a rollout, as a row.
type Target struct {
	Rollout string
	rollout.Target
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
func (t Target) CountPhase() string {
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
	Rollout rollout.Rollout
	Kiosk   string
	rollout.Job
}

// isNotFound reports whether err is only that there is no such row.
func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }

// CreateRollout makes a draft. A bundle that head office does not have is
// ErrNotFound, a spec that cannot be meant rollout.ErrSpec.
func (s *Store) CreateRollout(ctx context.Context, spec rollout.Spec, by string, now time.Time) (rollout.Rollout, error) {
	var r rollout.Rollout
	if err := spec.Check(); err != nil {
		return r, err
	}
	err := s.b.Update(ctx, func(tx Tx) error {
		b, err := tx.Bundle(ctx, spec.Bundle)
		if err != nil {
			return fmt.Errorf("bundle %.64q: %w", spec.Bundle, err)
		}
		id, err := s.freeID(ctx, tx, now)
		if err != nil {
			return err
		}
		if r, err = rollout.New(id, spec, b.Bundle, by, now); err != nil {
			return err
		}
		if err := tx.PutRollout(ctx, r); err != nil {
			return err
		}
		return tx.AddAudit(ctx, Audit{At: ms(now), User: by, Action: "create rollout", Object: id, Reason: cleanText(spec.Title)})
	})
	return r, err
}

// freeID is the date and a number that is free on it: r20261123-1.
func (s *Store) freeID(ctx context.Context, tx Tx, now time.Time) (string, error) {
	for n := 1; n <= maxOfDay; n++ {
		id := fmt.Sprintf("r%s-%d", now.In(s.rules.Zone).Format("20060102"), n)
		if _, err := tx.Rollout(ctx, id); isNotFound(err) {
			return id, nil
		} else if err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("%w: more than %d on one date", rollout.ErrSpec, maxOfDay)
}

// OrderRollout does what a person orders, and audits it with it; see
// rollout.Order for its errors.
func (s *Store) OrderRollout(ctx context.Context, id string, act rollout.Act, by, note string, now time.Time) (rollout.Rollout, error) {
	var next rollout.Rollout
	note = cleanText(note)
	err := s.b.Update(ctx, func(tx Tx) error {
		r, rows, err := wholeRollout(ctx, tx, id)
		if err != nil {
			return err
		}
		members, err := membersOf(ctx, tx, r.Spec.Groups)
		if err != nil {
			return err
		}
		if next, err = rollout.Order(r, act, by, note, members, now); err != nil {
			return err
		}
		if err := saveRollout(ctx, tx, next, rows); err != nil {
			return err
		}
		return tx.AddAudit(ctx, Audit{At: ms(now), User: by, Action: string(act) + " rollout", Object: id, Reason: note})
	})
	return next, err
}

// membersOf are the kiosks of groups, all of them if there are no groups. A group
// that nobody is in is rollout.ErrSpec.
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
			return nil, fmt.Errorf("%w: groups: nobody is in %s", rollout.ErrSpec, n)
		}
		out = append(out, have[i].Kiosks...)
	}
	return out, nil
}

// wholeRollout is a rollout with its targets, and these as rows.
func wholeRollout(ctx context.Context, tx Tx, id string) (rollout.Rollout, []Target, error) {
	r, err := tx.Rollout(ctx, id)
	if err != nil {
		return r, nil, fmt.Errorf("rollout %.64q: %w", id, err)
	}
	rows, err := tx.Targets(ctx, id)
	if err != nil {
		return r, nil, err
	}
	r.Targets = make([]rollout.Target, len(rows))
	for i, t := range rows {
		r.Targets[i] = t.Target
	}
	return r, rows, nil
}

// saveRollout writes a rollout, and those of its targets that differ from old.
func saveRollout(ctx context.Context, tx Tx, r rollout.Rollout, old []Target) error {
	if err := tx.PutRollout(ctx, r); err != nil {
		return err
	}
	var changed []Target
	for i, t := range r.Targets {
		if i >= len(old) || old[i].Target != t {
			changed = append(changed, targetRow(r, t, r.UpdatedAt))
		}
	}
	return tx.PutTargets(ctx, changed)
}

func targetRow(r rollout.Rollout, t rollout.Target, now int64) Target {
	row := Target{Rollout: r.ID, Target: t, UpdatedAt: now}
	for _, j := range []rollout.Job{t.Up, t.Back} {
		if j.ID != "" && !j.Phase.Final() {
			row.OpenUntil = max(row.OpenUntil, j.Deadline+r.Spec.Gate.Silence())
		}
	}
	return row
}

// Advance takes a rollout as far as it comes at now, in one transaction. It
// returns what the rollout is then.
func (s *Store) Advance(ctx context.Context, id string, now time.Time) (rollout.Rollout, error) {
	var r rollout.Rollout
	err := s.b.Update(ctx, func(tx Tx) error {
		var rows []Target
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
			next, changed := rollout.Decide(now, r, fleet)
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
func auditMove(ctx context.Context, tx Tx, before, r rollout.Rollout, now time.Time) error {
	if before.State == r.State {
		return nil
	}
	why, err := json.Marshal(r.Reason)
	if err != nil {
		return err
	}
	return tx.AddAudit(ctx, Audit{At: ms(now), User: "officed", Action: "rollout is " + string(r.State), Object: r.ID, Reason: string(why)})
}

// fleetFor is every kiosk as a rollout sees it.
func fleetFor(ctx context.Context, tx Tx, id string, now time.Time) (map[string]rollout.Kiosk, error) {
	ks, err := tx.Kiosks(ctx)
	if err != nil {
		return nil, err
	}
	open, err := tx.OpenTargets(ctx, ms(now))
	if err != nil {
		return nil, err
	}
	fleet := make(map[string]rollout.Kiosk, len(ks))
	for _, k := range ks {
		var st wire.State
		if k.Report != "" && json.Unmarshal([]byte(k.Report), &st) != nil {
			st = wire.State{}
		}
		fleet[k.ID] = rollout.Kiosk{ID: k.ID, SeenAt: k.SeenAt, Board: st.Board, Build: st.Build, Other: st.Other}
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
// ErrNotFound.
func (s *Store) SaveJobReport(ctx context.Context, kiosk string, rep wire.JobReport, now time.Time) (rolloutID string, news bool, err error) {
	err = s.b.Update(ctx, func(tx Tx) error {
		t, err := tx.TargetOf(ctx, rep.ID)
		if err == nil && t.Kiosk != kiosk {
			err = ErrNotFound
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
		up, a := t.Up.Reported(rep, ms(now))
		back, b := t.Back.Reported(rep, ms(now))
		if news = a || b; !news {
			return nil
		}
		t.Up, t.Back = up, back
		return tx.PutTargets(ctx, []Target{targetRow(r, t.Target, ms(now))})
	})
	return rolloutID, news, err
}

// OpenJobs are the jobs that kiosks have to be told about at now, one for each
// kiosk, by kiosk.
func (s *Store) OpenJobs(ctx context.Context, now time.Time) ([]OpenJob, error) {
	return view(ctx, s.b, func(tx Tx) ([]OpenJob, error) {
		rows, err := tx.OpenTargets(ctx, ms(now))
		if err != nil {
			return nil, err
		}
		var out []OpenJob
		of := map[string]rollout.Rollout{}
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
func appendOpen(out []OpenJob, r rollout.Rollout, t Target) []OpenJob {
	for _, j := range []rollout.Job{t.Up, t.Back} {
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

// Rollout returns one rollout with its targets, or ErrNotFound.
func (s *Store) Rollout(ctx context.Context, id string) (rollout.Rollout, error) {
	return view(ctx, s.b, func(tx Tx) (rollout.Rollout, error) {
		r, _, err := wholeRollout(ctx, tx, id)
		return r, err
	})
}

// Rollouts are the newest first, without targets.
func (s *Store) Rollouts(ctx context.Context, limit int) ([]rollout.Rollout, error) {
	return view(ctx, s.b, func(tx Tx) ([]rollout.Rollout, error) {
		return tx.ListRollouts(ctx, Filter{Limit: limit}.capped().Limit)
	})
}

// ActiveRollouts are those that may have something to do, without targets.
func (s *Store) ActiveRollouts(ctx context.Context) ([]rollout.Rollout, error) {
	return view(ctx, s.b, func(tx Tx) ([]rollout.Rollout, error) { return tx.ActiveRollouts(ctx) })
}

// RolloutCounts are how many targets of each rollout are how far: by rollout, and
// by the Phase of TargetCount.
func (s *Store) RolloutCounts(ctx context.Context) (map[string]map[string]int64, error) {
	return view(ctx, s.b, func(tx Tx) (map[string]map[string]int64, error) {
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
