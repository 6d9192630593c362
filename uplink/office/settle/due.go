package settle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/uplink/office/stored"
)

// Reconcile is the job of the nightly run.
const Reconcile = "reconcile"

// runLease is for how long a run is taken to be at work without a word of it.
const runLease = 10 * time.Minute

// held reports whether the row is another's at now. A lease that ends much later than any does
// was written under a wrong clock; by a little it does so wherever two clocks are not the same,
// or one who waited for the row asked the clock before.
func (d DueRow) held(now time.Time) bool {
	return d.Owner != "" && d.Until > stored.Millis(now) && d.Until <= stored.Millis(now.Add(2*runLease))
}

// claim takes the due row of a date for one run, whether it is due or not, and makes it where
// there is none. ErrBusy says that another is at it.
func (r *Room) claim(ctx context.Context, day, owner string, now time.Time) error {
	err := r.b.Update(ctx, func(tx Tx) error {
		d, err := tx.DueRow(ctx, Reconcile, day)
		if err != nil && !errors.Is(err, stored.ErrNotFound) {
			return fmt.Errorf("cannot read the due row of %s: %w", day, err)
		}
		if err != nil {
			if err := begins(ctx, tx, day); err != nil {
				return err
			}
		}
		if d.held(now) {
			return ErrBusy
		}
		d.Job, d.Day = Reconcile, day
		d.State, d.Owner = Due, owner
		d.Until = stored.Millis(now.Add(runLease))
		d.Again = false
		d.Tries++
		d.Version++
		return tx.PutDueRow(ctx, d)
	})
	if errors.Is(err, stored.ErrStale) || errors.Is(err, ErrBusy) {
		return fmt.Errorf("run of %s: %w", day, ErrBusy)
	}
	return err
}

// newest is no earlier than any day.
const newest = "99999999"

// begins says whether a day that the books have no row of may get one. Nothing is put before the
// first date once one is signed: it would stand unsigned before the chain for ever. It is in a
// transaction that looked for the row of the day.
func begins(ctx context.Context, tx DateTx, day string) error {
	earlier, err := tx.LastDue(ctx, Reconcile, day)
	if err != nil || earlier != "" {
		return err
	}
	all, err := tx.Dates(ctx, "", stored.MaxList)
	if err == nil && slices.ContainsFunc(all, func(d Date) bool { return d.State == Signed && d.Day > day }) {
		err = fmt.Errorf("%s: %w", day, ErrFirst)
	}
	return err
}

// mine is the due row of a run, or ErrLost where another took it over.
func mine(ctx context.Context, tx DateTx, day, owner string) (DueRow, error) {
	d, err := tx.DueRow(ctx, Reconcile, day)
	if errors.Is(err, stored.ErrNotFound) || err == nil && d.Owner != owner {
		return d, ErrLost
	}
	return d, err
}

// holds extends the lease of a run, or says that it is another's now.
func (r *Room) holds(ctx context.Context, day, owner string, now time.Time) error {
	return r.b.Update(ctx, func(tx Tx) error {
		d, err := mine(ctx, tx, day, owner)
		if err != nil {
			return err
		}
		d.Until = stored.Millis(now.Add(runLease))
		d.Version++
		return tx.PutDueRow(ctx, d)
	})
}

// ends gives the row of a run back: done, or due again at next, if next is not zero or what
// the run went by has changed since.
func ends(ctx context.Context, tx DateTx, day, owner string, next, now time.Time) error {
	d, err := mine(ctx, tx, day, owner)
	if err != nil {
		return err
	}
	d.Owner, d.Until = "", 0
	switch {
	case d.Again:
		d.State, d.NextAt = Due, stored.Millis(now)
	case next.IsZero():
		d.State, d.NextAt = Done, 0
	default:
		d.State, d.NextAt = Due, stored.Millis(next)
	}
	d.Again = false
	d.Version++
	return tx.PutDueRow(ctx, d)
}

// again makes a date due that was due before. A run that is at work now is followed by
// another.
func again(ctx context.Context, tx DateTx, day string, now time.Time) error {
	d, err := tx.DueRow(ctx, Reconcile, day)
	if errors.Is(err, stored.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read the due row of %s: %w", day, err)
	}
	d.State, d.NextAt = Due, stored.Millis(now)
	d.Again = d.Owner != ""
	d.Version++
	return tx.PutDueRow(ctx, d)
}

// Plan makes the days due that are over and have no row yet: those after the last one of them
// that has, up to the day before now. The first time nothing is made up for: it begins with the
// day of now. A row of a day that is not over, which somebody had run by hand, hides none before.
func (r *Room) Plan(ctx context.Context, now time.Time) error {
	today := now.In(r.rules.Zone).Format(dayForm)
	yesterday, err := shifted(today, -1)
	if err != nil {
		return err
	}
	err = r.b.Update(ctx, func(tx Tx) error {
		last, err := tx.LastDue(ctx, Reconcile, yesterday)
		if err != nil {
			return err
		}
		if last == "" {
			return tx.PutDueRow(ctx, DueRow{Job: Reconcile, Day: yesterday, State: Done, Version: 1})
		}
		for n := 0; last < yesterday && n < planAtOnce; n++ {
			if last, err = shifted(last, 1); err != nil {
				return err
			}
			due, err := at(last, 24+runHour, r.rules.Zone)
			if err != nil {
				return err
			}
			if err := tx.PutDueRow(ctx, DueRow{Job: Reconcile, Day: last, State: Due, NextAt: stored.Millis(due), Version: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, stored.ErrStale) { // another head office did it
		return nil
	}
	return err
}

const (
	runHour    = 2   // local, on the day after
	planAtOnce = 400 // days of one commit: more were never missed
)

// DueDays are at most limit days that a run is due of, the oldest first.
func (r *Room) DueDays(ctx context.Context, now time.Time, limit int) ([]string, error) {
	return stored.View(ctx, r.b, func(tx Tx) ([]string, error) {
		rows, err := tx.DueRows(ctx, Reconcile, now, limit)
		days := make([]string, 0, len(rows))
		for _, d := range rows {
			if !d.held(now) {
				days = append(days, d.Day)
			}
		}
		return days, err
	})
}
