package settle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// CashRule says that kiosks take no notes from a minute of the day after a business date on,
// until that date is signed. Version counts its saves from 1.
type CashRule struct {
	Scope  string // Fleet, "group NAME" or "kiosk NUMBER"
	Minute int64  // of the local day, 0 to 1439; noRule of one that was taken away
	Lifted string // two people let notes be taken all the same, up to this date; empty for none
	By     string
	At     int64

	Version int64
}

// Fleet is the scope of all kiosks.
const Fleet = "fleet"

const (
	groupScope = "group "
	kioskScope = "kiosk "

	minutesOfDay = 24 * 60
	noRule       = -1 // its kiosks have to be told that there is none any more
	maxCashRules = 500
)

// Clock is the minute of a rule as people have it.
func (c CashRule) Clock() string { return clockOf(c.Minute) }

// Errors of rules about cash.
var (
	ErrCashRule  = errors.New("cannot be a rule about cash")
	ErrCashOwed  = errors.New("a date is not signed: two people have to lift the rule first")
	ErrNotOwed   = errors.New("no date waits to be signed, so there is nothing to lift")
	ErrManyRules = fmt.Errorf("more than %d rules about cash", maxCashRules)
)

// checkScope refuses what no kiosk can be in.
func checkScope(scope string) error {
	group, isGroup := strings.CutPrefix(scope, groupScope)
	kiosk, isKiosk := strings.CutPrefix(scope, kioskScope)
	switch {
	case scope == Fleet:
	case isGroup && wire.PlainName(group):
	case isKiosk && len(kiosk) == 8 && strings.Trim(kiosk, "0123456789") == "":
	default:
		return fmt.Errorf("%w: scope %.80q", ErrCashRule, scope)
	}

	return nil
}

// CashTx is the rows of rules about cash.
type CashTx interface {
	// CashRule locks the row until the end of an Update.
	CashRule(ctx context.Context, scope string) (CashRule, error)
	// CashRules are all, by scope, those that were taken away too.
	CashRules(ctx context.Context) ([]CashRule, error)
	PutCashRule(ctx context.Context, c CashRule) error
	// Members are the kiosks of groups, by group and kiosk.
	Members(ctx context.Context) ([]rollout.Member, error)
}

// Deadlines are what follows when a date is not signed in time: kiosks take no notes, and
// others are told. It is safe for concurrent use if its backend is.
type Deadlines struct {
	b    stored.Backend[Tx]
	zone *time.Location
}

// DeadlinesOf are those of the dates of a room.
func DeadlinesOf(r *Room) *Deadlines { return &Deadlines{r.b, r.rules.Zone} }

// CashRules are all, by scope.
func (d *Deadlines) CashRules(ctx context.Context) ([]CashRule, error) {
	all, err := stored.View(ctx, d.b, func(tx Tx) ([]CashRule, error) { return tx.CashRules(ctx) })

	return slices.DeleteFunc(all, func(c CashRule) bool { return c.Minute == noRule }), err
}

// SetCashRule makes the rule of a scope, or changes its minute. While a date that is over is
// not signed, one that is there can only be made earlier: ErrCashOwed.
func (d *Deadlines) SetCashRule(ctx context.Context, scope string, minute int64, person string, now time.Time) error {
	if err := checkScope(scope); err != nil {
		return err
	}
	if minute < 0 || minute >= minutesOfDay {
		return fmt.Errorf("%w: minute %d", ErrCashRule, minute)
	}

	return d.b.Update(ctx, func(tx Tx) error {
		c, err := tx.CashRule(ctx, scope)
		switch {
		case errors.Is(err, stored.ErrNotFound):
			all, err := tx.CashRules(ctx)
			if err != nil || len(all) >= maxCashRules {
				return cmp.Or(err, ErrManyRules)
			}
			c = CashRule{Scope: scope}
		case err != nil:
			return fmt.Errorf("cannot read the rule of %s: %w", scope, err)
		case minute > c.Minute && c.Minute != noRule:
			if err := free(ctx, tx, c); err != nil {
				return err
			}
		}
		c.Minute = minute
		c.By, c.At = person, stored.Millis(now)
		c.Version++
		if err := tx.PutCashRule(ctx, c); err != nil {
			return fmt.Errorf("cannot store the rule of %s: %w", scope, err)
		}

		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: person, Action: "set cash rule", Object: scope, Reason: "no cash from " + c.Clock() + " until the date is signed"})
	})
}

// DropCashRule takes the rule of a scope away, not while a date that is over is not signed:
// ErrCashOwed.
func (d *Deadlines) DropCashRule(ctx context.Context, scope, person string, now time.Time) error {
	return d.b.Update(ctx, func(tx Tx) error {
		c, err := tx.CashRule(ctx, scope)
		if err != nil {
			return fmt.Errorf("rule of %.80q: %w", scope, err)
		}
		if c.Minute == noRule {
			return nil
		}
		if err := free(ctx, tx, c); err != nil {
			return err
		}
		was := c.Clock()
		c.Minute = noRule
		c.By, c.At = person, stored.Millis(now)
		c.Version++
		if err := tx.PutCashRule(ctx, c); err != nil {
			return fmt.Errorf("cannot store the rule of %s: %w", scope, err)
		}

		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: person, Action: "drop cash rule", Object: scope, Reason: "was from " + was})
	})
}

// free is ErrCashOwed where a date is over and not signed, and the rule is not lifted for it.
func free(ctx context.Context, tx Tx, c CashRule) error {
	day, err := owed(ctx, tx)
	if err == nil && day > c.Lifted {
		err = fmt.Errorf("%s: %w", day, ErrCashOwed)
	}

	return err
}

// owed is the oldest date that is over and not signed; empty for none. A day that is over
// has its due row before it is run (Plan).
func owed(ctx context.Context, tx DateTx) (string, error) {
	dates, err := tx.Unsigned(ctx, 1)
	if err != nil {
		return "", fmt.Errorf("cannot read dates: %w", err)
	}
	const ever = 1 << 52 // ms
	due, err := tx.DueRows(ctx, Reconcile, time.UnixMilli(ever), 1)
	if err != nil {
		return "", fmt.Errorf("cannot read what is due: %w", err)
	}
	day := ""
	if len(dates) > 0 {
		day = dates[0].Day
	}
	if len(due) > 0 && (day == "" || due[0].Day < day) {
		day = due[0].Day
	}

	return day, nil
}

// Lifting is the plan by which a rule does not hold for the dates that wait to be signed.
type Lifting struct {
	Scope   string `json:"scope"`
	Clock   string `json:"clock"`
	Day     string `json:"date"`  // the oldest that is not signed
	Until   string `json:"until"` // the newest that the rule is lifted for
	Version int64  `json:"version"`
}

// PlanLift says what lifting a rule would start from, and writes nothing. ErrNotOwed says
// that no date waits, or that it is lifted for all that do.
func PlanLift(ctx context.Context, tx Tx, scope string) (Lifting, error) {
	c, err := tx.CashRule(ctx, scope)
	if err == nil && c.Minute == noRule {
		err = stored.ErrNotFound
	}
	if err != nil {
		return Lifting{}, fmt.Errorf("rule of %.80q: %w", scope, err)
	}
	day, err := owed(ctx, tx)
	if err != nil {
		return Lifting{}, err
	}
	last, err := tx.LastDue(ctx, Reconcile, newest)
	if err != nil {
		return Lifting{}, fmt.Errorf("cannot read what is due: %w", err)
	}
	until := max(day, last)
	if day == "" || until <= c.Lifted {
		return Lifting{}, ErrNotOwed
	}

	return Lifting{c.Scope, c.Clock(), day, until, c.Version}, nil
}

// LiftCash lifts a rule, as two people agreed; its errors are those of PlanLift.
func LiftCash(ctx context.Context, tx Tx, scope string) error {
	p, err := PlanLift(ctx, tx, scope)
	if err != nil {
		return err
	}
	c, err := tx.CashRule(ctx, scope)
	if err != nil {
		return err
	}
	c.Lifted = p.Until
	c.Version++

	return tx.PutCashRule(ctx, c)
}

// CashStop is from when a kiosk takes no notes, and the date that has to be signed by then.
type CashStop struct {
	Kiosk string
	From  time.Time // zero: no rule is for it
	Day   string
}

// Stops reports whether it takes none at now.
func (s CashStop) Stops(now time.Time) bool { return !s.From.IsZero() && !now.Before(s.From) }

// CashStops are those of all kiosks, by number: of several rules the one that stops first.
// There are none where there never was a rule.
func (d *Deadlines) CashStops(ctx context.Context, now time.Time) ([]CashStop, error) {
	return stored.View(ctx, d.b, func(tx Tx) ([]CashStop, error) { return d.cashStops(ctx, tx, now) })
}

func (d *Deadlines) cashStops(ctx context.Context, tx Tx, now time.Time) ([]CashStop, error) {
	rules, err := tx.CashRules(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read rules about cash: %w", err)
	}
	if len(rules) == 0 {
		return nil, nil
	}
	of := map[string]CashStop{} // by scope
	for _, c := range rules {
		if c.Minute == noRule {
			continue
		}
		if of[c.Scope], err = d.cashStop(ctx, tx, c, now); err != nil {
			return nil, err
		}
	}
	kiosks, err := tx.Kiosks(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read kiosks: %w", err)
	}
	members, err := tx.Members(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read groups: %w", err)
	}
	scopes := map[string][]string{}
	for _, m := range members {
		scopes[m.Kiosk] = append(scopes[m.Kiosk], groupScope+m.Group)
	}

	out := make([]CashStop, len(kiosks))
	for i, k := range kiosks {
		out[i] = CashStop{Kiosk: k.ID}
		for _, scope := range append(scopes[k.ID], Fleet, kioskScope+k.ID) {
			if s := of[scope]; !s.From.IsZero() && (out[i].From.IsZero() || s.From.Before(out[i].From)) {
				out[i].From, out[i].Day = s.From, s.Day
			}
		}
	}
	slices.SortFunc(out, func(x, y CashStop) int { return strings.Compare(x.Kiosk, y.Kiosk) })

	return out, nil
}

// cashStop is when a rule stops notes next, or since when it does: at its minute of the day
// after the oldest date that is not signed and that it is not lifted for.
func (d *Deadlines) cashStop(ctx context.Context, tx Tx, c CashRule, now time.Time) (CashStop, error) {
	day, err := d.nextOwed(ctx, tx, now)
	if err == nil && day <= c.Lifted {
		day, err = shifted(c.Lifted, 1)
	}
	if err != nil {
		return CashStop{}, err
	}
	from, err := at(day, 24, d.zone)
	if err != nil {
		return CashStop{}, err
	}
	local := from.In(d.zone)

	return CashStop{From: time.Date(local.Year(), local.Month(), local.Day(), int(c.Minute/60), int(c.Minute%60), 0, 0, d.zone), Day: day}, nil
}

// nextOwed is the date that is to be signed next: the oldest that is over and is not, else
// the day after the last that became due, which today is, or was until midnight.
func (d *Deadlines) nextOwed(ctx context.Context, tx Tx, now time.Time) (string, error) {
	day, err := owed(ctx, tx)
	if err != nil || day != "" {
		return day, err
	}
	today := now.In(d.zone).Format(dayForm)
	yesterday, err := shifted(today, -1)
	if err != nil {
		return "", err
	}
	last, err := tx.LastDue(ctx, Reconcile, yesterday)
	if err != nil {
		return "", fmt.Errorf("cannot read what is due: %w", err)
	}
	if last == "" {
		return today, nil
	}

	return shifted(last, 1)
}
