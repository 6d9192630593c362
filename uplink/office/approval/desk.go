package approval

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// Ask is what a person wants done.
type Ask struct {
	Object, Args, Reason, By string
}

// Draft is what would be done. Body is marshalled as JSON: a struct, so that the same rows
// give the same bytes.
type Draft struct {
	Object string // as the rows name it
	Serial string
	Amount money.Amount
	Body   any
}

// Rule says what a kind of plan is. Draft and Act wrap ErrNotPossible, ErrNotAllowed or
// stored.ErrNotFound where rows or people do not allow it; any other error is a fault, and
// decides nothing.
type Rule[T Tx] struct {
	Propose, Approve []string // roles
	// Apart says, wrapping ErrNotAllowed, whether somebody is too near to what a plan is about
	// to approve it. It decides nothing about the plan. Nil: nobody is.
	Apart func(ctx context.Context, tx T, p Plan, by string) error
	// Draft makes the plan from the rows as they stand, and writes nothing.
	Draft func(ctx context.Context, tx T, ask Ask) (Draft, error)
	// Act carries an approved plan out; p.Decider is who approved it.
	Act func(ctx context.Context, tx T, p Plan, now time.Time) error
	// Tell writes down for what the plan is about that it was proposed or decided; it runs
	// before Act. Nil: nothing is told.
	Tell func(ctx context.Context, tx T, p Plan, now time.Time) error
}

// Desk is where plans are proposed and decided. It is safe for concurrent use if its
// backend is, once all kinds are registered.
type Desk[T Tx] struct {
	b     stored.Backend[T]
	rules map[Kind]Rule[T]
}

// NewDesk is a desk without kinds.
func NewDesk[T Tx](b stored.Backend[T]) *Desk[T] { return &Desk[T]{b, map[Kind]Rule[T]{}} }

// Register has the desk take plans of a kind; to be called before anything is proposed.
func (d *Desk[T]) Register(k Kind, r Rule[T]) { d.rules[k] = r }

// MayPropose reports whether a role may propose plans of a kind.
func (d *Desk[T]) MayPropose(k Kind, role string) bool {
	return slices.Contains(d.rules[k].Propose, role)
}

// MayApprove reports whether a person may approve a plan: another one, whose role may.
func (d *Desk[T]) MayApprove(p Plan, u people.User) bool {
	return u.Name != p.By && !u.Disabled && slices.Contains(d.rules[p.Kind].Approve, u.Role)
}

// Propose makes a plan of what a person asks; another one has to approve it.
func (d *Desk[T]) Propose(ctx context.Context, k Kind, ask Ask, now time.Time) (Plan, error) {
	rule, known := d.rules[k]
	if !known {
		return Plan{}, fmt.Errorf("%w: %.20q", ErrKind, string(k))
	}
	ask.Reason, ask.Args = stored.Text(ask.Reason), stored.Text(ask.Args)
	p := Plan{
		ID: "p-" + strings.ToLower(rand.Text()[:12]), Kind: k, Args: ask.Args, By: ask.By, Reason: ask.Reason,
		At: stored.Millis(now), ExpiresAt: stored.Millis(now.Add(Lasts)), State: Pending, Version: 1,
	}
	err := d.decide(ctx, &p, "propose", ask.Object, ask.By, now, func(tx T) error {
		return d.propose(ctx, tx, rule, ask, &p, now)
	})

	return p, err
}

func (d *Desk[T]) propose(ctx context.Context, tx T, rule Rule[T], ask Ask, p *Plan, now time.Time) error {
	if err := allowed(ctx, tx, ask.By, rule.Propose); err != nil {
		return err
	}
	if err := draft(ctx, tx, rule, ask, p); err != nil {
		return err
	}
	p.Hash = p.sum()

	before, err := tx.PendingPlan(ctx, p.Kind, p.Object)
	switch {
	case err == nil && before.Now(now).State == Pending:
		return refusal{why: PendingError{before}}
	case err == nil:
		if _, err := ended(ctx, tx, before, Expired, "", ErrExpired.Error(), now); err != nil {
			return err
		}
	case !errors.Is(err, stored.ErrNotFound):
		return fmt.Errorf("cannot read plans about %.80q: %w", p.Object, err)
	}
	if err := tx.AddPlan(ctx, *p); err != nil {
		return fmt.Errorf("cannot store plan %s: %w", p.ID, err)
	}

	return d.tell(ctx, tx, *p, now)
}

// draft makes what the plan does.
func draft[T Tx](ctx context.Context, tx T, rule Rule[T], ask Ask, p *Plan) error {
	made, err := rule.Draft(ctx, tx, ask)
	if err != nil {
		return refused(err, "")
	}
	body, err := json.Marshal(made.Body)
	if err != nil {
		return fmt.Errorf("cannot write the plan down: %w", err)
	}
	p.Object, p.Serial = made.Object, made.Serial
	p.Amount, p.Body = made.Amount, string(body)

	return nil
}

// Approve carries a plan out: the one with this hash, as another person than its proposer
// wants it.
func (d *Desk[T]) Approve(ctx context.Context, id string, hash record.Hash, by, said string, now time.Time) (Plan, error) {
	var p Plan
	err := d.decide(ctx, &p, "approve", id, by, now, func(tx T) (err error) {
		if p, err = tx.Plan(ctx, id); err != nil {
			return refused(fmt.Errorf("plan %.40q: %w", id, err), "")
		}
		rule := d.rules[p.Kind]
		if err := d.mayApprove(ctx, tx, rule, p, hash, by, now); err != nil {
			return err
		}
		if err := unchanged(ctx, tx, rule, p); err != nil {
			return err
		}

		if p, err = ended(ctx, tx, p, Done, by, said, now); err != nil {
			return err
		}
		if err := d.tell(ctx, tx, p, now); err != nil {
			return err
		}

		return refused(rule.Act(ctx, tx, p, now), Failed)
	})

	return p, err
}

// mayApprove says whether this person may approve this plan now.
func (d *Desk[T]) mayApprove(ctx context.Context, tx T, rule Rule[T], p Plan, hash record.Hash, by string, now time.Time) error {
	switch {
	case p.State != Pending:
		return refusal{why: ErrDecided}
	case p.sum() != p.Hash:
		return refusal{ErrAltered, Failed}
	case hash != p.Hash:
		return refusal{why: ErrAnother}
	case by == p.By:
		return refusal{why: ErrTwoPeople}
	}
	if err := allowed(ctx, tx, by, rule.Approve); err != nil {
		return err
	}
	if err := allowed(ctx, tx, p.By, rule.Propose); err != nil {
		return err
	}
	if p.Now(now).State == Expired {
		return refusal{ErrExpired, Expired}
	}
	if rule.Apart != nil {
		return refused(rule.Apart(ctx, tx, p, by), "")
	}

	return nil
}

// unchanged refuses a plan whose draft is another now.
func unchanged[T Tx](ctx context.Context, tx T, rule Rule[T], p Plan) error {
	now := p
	err := draft(ctx, tx, rule, Ask{Object: p.Object, Args: p.Args, Reason: p.Reason, By: p.By}, &now)
	if err == nil && now != p {
		err = ErrChanged
	}

	return refused(err, Failed)
}

// Refuse ends a plan without doing anything: another person does so who may approve it, or
// who proposed it takes it back.
func (d *Desk[T]) Refuse(ctx context.Context, id, by, said string, now time.Time) (Plan, error) {
	var p Plan
	err := d.decide(ctx, &p, "refuse", id, by, now, func(tx T) (err error) {
		if p, err = tx.Plan(ctx, id); err != nil {
			return refused(fmt.Errorf("plan %.40q: %w", id, err), "")
		}
		roles := slices.Concat(d.rules[p.Kind].Approve, d.rules[p.Kind].Propose)
		if err := allowed(ctx, tx, by, roles); err != nil {
			return err
		}
		switch {
		case p.State != Pending:
			return refusal{why: ErrDecided}
		case p.Now(now).State == Expired:
			return refusal{ErrExpired, Expired}
		}
		if p, err = ended(ctx, tx, p, Refused, by, said, now); err != nil {
			return err
		}

		return d.tell(ctx, tx, p, now)
	})

	return p, err
}

// allowed refuses whoever is not there, is disabled, or has a role that may not.
func allowed(ctx context.Context, tx Tx, name string, roles []string) error {
	u, err := tx.User(ctx, name)
	switch {
	case errors.Is(err, stored.ErrNotFound) || err == nil && (u.Disabled || !slices.Contains(roles, u.Role)):
		return refusal{why: fmt.Errorf("%w: %.64s; it takes one of: %s", ErrNotAllowed, name, strings.Join(slices.Compact(slices.Sorted(slices.Values(roles))), ", "))}
	case err != nil:
		return fmt.Errorf("cannot read user %.64q: %w", name, err)
	}

	return nil
}

func (d *Desk[T]) tell(ctx context.Context, tx T, p Plan, now time.Time) error {
	if tell := d.rules[p.Kind].Tell; tell != nil {
		if err := tell(ctx, tx, p, now); err != nil {
			return fmt.Errorf("cannot tell of plan %s: %w", p.ID, err)
		}
	}

	return nil
}

// Plan is one plan, as it is at now, or stored.ErrNotFound.
func (d *Desk[T]) Plan(ctx context.Context, id string, now time.Time) (Plan, error) {
	return stored.View(ctx, d.b, func(tx T) (Plan, error) {
		p, err := tx.Plan(ctx, id)
		if err != nil {
			return p, fmt.Errorf("plan %.40q: %w", id, err)
		}

		return p.Now(now), nil
	})
}

// Plans are the newest that f lets through, as they are at now.
func (d *Desk[T]) Plans(ctx context.Context, f Filter, now time.Time) ([]Plan, error) {
	f.Limit = stored.Limit(f.Limit)
	return stored.View(ctx, d.b, func(tx T) ([]Plan, error) {
		rows, err := tx.ListPlans(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("cannot list plans: %w", err)
		}
		for i := range rows {
			rows[i] = rows[i].Now(now)
		}
		if f.Pending {
			rows = slices.DeleteFunc(rows, func(p Plan) bool { return p.State != Pending })
		}

		return rows, nil
	})
}
