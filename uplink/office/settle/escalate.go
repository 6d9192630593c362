package settle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// Escalation is who is told when a date is not signed by a minute of the day after it.
// Version counts its saves from 1.
type Escalation struct {
	Minute int64  // of the local day, signHour or later
	Who    string // "person NAME" or "role ROLE"
	By     string
	At     int64

	Version int64
}

// Clock is its minute as people have it.
func (e Escalation) Clock() string { return clockOf(e.Minute) }

func clockOf(minute int64) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

const (
	personStep = "person "
	roleStep   = "role "

	maxEscalations = 5
)

// ErrEscalation says that nobody can be told like that.
var ErrEscalation = errors.New("cannot be a step of telling others")

// EscalationTx is the rows of who is told.
type EscalationTx interface {
	// Escalations are by minute.
	Escalations(ctx context.Context) ([]Escalation, error)
	PutEscalation(ctx context.Context, e Escalation) error
	DropEscalation(ctx context.Context, minute int64) error
	// Users are all who work with head office, by name.
	Users(ctx context.Context) ([]people.User, error)
}

// Escalations are the steps, by minute.
func (d *Deadlines) Escalations(ctx context.Context) ([]Escalation, error) {
	return stored.View(ctx, d.b, func(tx Tx) ([]Escalation, error) { return tx.Escalations(ctx) })
}

// SetEscalation makes or changes the step of a minute.
func (d *Deadlines) SetEscalation(ctx context.Context, minute int64, who, person string, now time.Time) error {
	if minute < signHour*60 || minute >= minutesOfDay {
		return fmt.Errorf("%w: %s is not after %02d:00", ErrEscalation, clockOf(minute), signHour)
	}

	return d.b.Update(ctx, func(tx Tx) error {
		if err := reachable(ctx, tx, who); err != nil {
			return err
		}
		all, err := tx.Escalations(ctx)
		if err != nil {
			return fmt.Errorf("cannot read who is told: %w", err)
		}
		e := Escalation{Minute: minute}
		if i := slices.IndexFunc(all, func(e Escalation) bool { return e.Minute == minute }); i >= 0 {
			e = all[i]
		} else if len(all) >= maxEscalations {
			return fmt.Errorf("%w: more than %d", ErrEscalation, maxEscalations)
		}
		e.Who, e.Version = who, e.Version+1
		e.By, e.At = person, stored.Millis(now)
		if err := tx.PutEscalation(ctx, e); err != nil {
			return fmt.Errorf("cannot store who is told: %w", err)
		}

		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: person, Action: "set escalation", Object: e.Clock(), Reason: who})
	})
}

// DropEscalation takes the step of a minute away; without one it does nothing.
func (d *Deadlines) DropEscalation(ctx context.Context, minute int64, person string, now time.Time) error {
	return d.b.Update(ctx, func(tx Tx) error {
		if err := tx.DropEscalation(ctx, minute); err != nil {
			return err
		}

		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: person, Action: "drop escalation", Object: clockOf(minute)})
	})
}

// reachable refuses a step that names nobody.
func reachable(ctx context.Context, tx EscalationTx, who string) error {
	all, err := tx.Users(ctx)
	if err != nil {
		return fmt.Errorf("cannot read people: %w", err)
	}
	role, isRole := strings.CutPrefix(who, roleStep)
	if isRole && people.IsRole(role) {
		return nil
	}
	if toldOf(all, who, "") == "" {
		return fmt.Errorf("%w: nobody is %.80q", ErrEscalation, who)
	}

	return nil
}

// toldOf is whom a step tells: the person, or the first of the role by name who is not the
// one that has the matter already; empty for nobody.
func toldOf(all []people.User, who, has string) string {
	name, isPerson := strings.CutPrefix(who, personStep)
	for _, u := range all {
		switch {
		case u.Disabled:
		case isPerson && u.Name == name, !isPerson && roleStep+u.Role == who && u.Name != has:
			return u.Name
		}
	}

	return ""
}

// Told is that somebody was told of a date that is not signed.
type Told struct {
	Day  string
	By   string // the time of day by which it should have been
	Whom string // empty: there was nobody
	At   int64
}

// escalationJob names the row that keeps that a step was done for a date: its owner is who
// was told, and its time when. Nothing else uses it, and it is never due.
func escalationJob(e Escalation) string { return fmt.Sprintf("escalate %04d", e.Minute) }

// Told are who was told of the dates that are not signed, the oldest date first.
func (d *Deadlines) Told(ctx context.Context) ([]Told, error) {
	return stored.View(ctx, d.b, func(tx Tx) ([]Told, error) {
		steps, err := tx.Escalations(ctx)
		if err != nil || len(steps) == 0 {
			return nil, err
		}
		dates, err := tx.Unsigned(ctx, remindDays)
		if err != nil {
			return nil, fmt.Errorf("cannot read dates: %w", err)
		}
		var out []Told
		for _, date := range dates {
			for _, e := range steps {
				row, err := tx.DueRow(ctx, escalationJob(e), date.Day)
				if errors.Is(err, stored.ErrNotFound) {
					continue
				}
				if err != nil {
					return nil, err
				}
				out = append(out, Told{date.Day, e.Clock(), row.Owner, row.NextAt})
			}
		}

		return out, nil
	})
}

// escalate does the steps of a date that are to be done by now. Each is done once.
func (d *Deadlines) escalate(ctx context.Context, day string, now time.Time) error {
	steps, err := d.Escalations(ctx)
	if err != nil {
		return fmt.Errorf("cannot read who is told: %w", err)
	}
	midnight, err := at(day, 24, d.zone)
	if err != nil {
		return err
	}
	for _, e := range steps {
		local := midnight.In(d.zone)
		due := time.Date(local.Year(), local.Month(), local.Day(), int(e.Minute/60), int(e.Minute%60), 0, 0, d.zone)
		if now.Before(due) {
			continue
		}
		if err := d.b.Update(ctx, func(tx Tx) error { return tell(ctx, tx, day, e, now) }); err != nil {
			return fmt.Errorf("cannot tell of %s: %w", day, err)
		}
	}

	return nil
}

// tell does a step for a date that is still not signed: who is told has its case from then on.
func tell(ctx context.Context, tx Tx, day string, e Escalation, now time.Time) error {
	d, err := dateOf(ctx, tx, day)
	if err != nil || d.State == Signed {
		return err
	}
	_, err = tx.DueRow(ctx, escalationJob(e), day)
	if !errors.Is(err, stored.ErrNotFound) {
		return err
	}
	before, err := tx.Case(ctx, unsignedCase(day))
	if err != nil {
		return fmt.Errorf("cannot read the case of %s: %w", day, err)
	}
	all, err := tx.Users(ctx)
	if err != nil {
		return fmt.Errorf("cannot read people: %w", err)
	}

	whom := toldOf(all, e.Who, before.Owner)
	row := DueRow{Job: escalationJob(e), Day: day, State: Done, Owner: whom, NextAt: stored.Millis(now), Version: 1}
	if err := tx.PutDueRow(ctx, row); err != nil {
		return err
	}
	if whom != "" && before.Open {
		c := before
		c.Owner, c.UpdatedAt = whom, stored.Millis(now)
		said := books.CaseEvent{At: c.UpdatedAt, By: books.ClosedByOffice, What: books.CaseAssigned, Text: whom + ": not signed by " + e.Clock()}
		if err := errors.Join(tx.PutCase(ctx, c), books.TellCase(ctx, tx, before, said)); err != nil {
			return err
		}
	}

	return tx.AddAudit(ctx, people.Audit{
		At: stored.Millis(now), User: books.ClosedByOffice, Action: "escalate date", Object: day,
		Reason: fmt.Sprintf("not signed by %s: told %s (%s)", e.Clock(), cmp.Or(whom, "nobody"), e.Who),
	})
}
