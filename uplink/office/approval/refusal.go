package approval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// refusal undoes a decision and is written down by itself: why, and the end that the plan
// comes to because of it; empty if it stays as it is.
type refusal struct {
	why  error
	ends State
}

func (r refusal) Error() string { return r.why.Error() }
func (r refusal) Unwrap() error { return r.why }

// refused is an error of a rule as a refusal with that end, if it is that rows or people do
// not allow it. A fault is none.
func refused(err error, ends State) error {
	for _, why := range []error{ErrNotPossible, ErrChanged, ErrNotAllowed, stored.ErrNotFound} {
		if errors.Is(err, why) {
			return refusal{err, ends}
		}
	}

	return err
}

// decide runs fn, which may do what it says (act) with p, and has it in the audit log with
// that. What fn did is undone where it refuses; that it did is in the log all the same, and
// so is the end that the plan comes to.
func (d *Desk[T]) decide(ctx context.Context, p *Plan, act, object, by string, now time.Time, fn func(T) error) error {
	line := func(what, why string) people.Audit {
		kind := cmp.Or(string(p.Kind), "plan")
		return people.Audit{
			At: stored.Millis(now), User: by, Action: act + " " + kind + what, Object: stored.Text(cmp.Or(p.Object, object)), Reason: stored.Text(p.ID + ": " + why),
		}
	}
	err := d.b.Update(ctx, func(tx T) error {
		if err := fn(tx); err != nil {
			return err
		}
		said := p.Said
		if p.State == Pending {
			said = p.Reason
		}

		return tx.AddAudit(ctx, line("", said))
	})

	var no refusal
	if !errors.As(err, &no) {
		return err
	}
	return errors.Join(no.why, d.b.Update(context.WithoutCancel(ctx), func(tx T) error {
		if err := d.ends(ctx, tx, p, no, by, now); err != nil {
			return err
		}

		if no.ends != "" { // there are no more of these than plans
			return tx.AddAudit(ctx, line(" refused", no.why.Error()))
		}

		return people.AddRefused(ctx, tx, line("", no.why.Error()))
	}))
}

// ends brings a plan to the end that a refusal has for it, if it is still pending.
func (d *Desk[T]) ends(ctx context.Context, tx T, p *Plan, no refusal, by string, now time.Time) error {
	if no.ends == "" {
		return nil
	}
	row, err := tx.Plan(ctx, p.ID)
	if err != nil || row.State != Pending {
		return err
	}

	if row, err = ended(ctx, tx, row, no.ends, by, no.why.Error(), now); err != nil {
		return err
	}
	*p = row

	return d.tell(ctx, tx, row, now)
}

// ended stores the end of a plan.
func ended(ctx context.Context, tx Tx, p Plan, s State, by, said string, now time.Time) (Plan, error) {
	p.State, p.Said = s, stored.Text(said)
	p.Decider, p.DecidedAt = by, stored.Millis(now)
	p.Version++
	if err := tx.UpdatePlan(ctx, p); err != nil {
		return p, fmt.Errorf("cannot store plan %s: %w", p.ID, err)
	}

	return p, nil
}
