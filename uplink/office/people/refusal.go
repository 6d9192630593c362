package people

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/uplink/office/stored"
)

// MostRefused is how many refused attempts of one person are written down within RefusedIn,
// so that nobody buries what was done under what was not.
const (
	MostRefused = 30
	RefusedIn   = time.Hour
)

// lastRefused is added to the last refused attempt that is written down.
const lastRefused = "; what is refused within the hour after it is not written"

// RefusalTx is the audit log, for who writes refused attempts down.
type RefusalTx interface {
	AuditTx
	// ListAudit is newest first.
	ListAudit(ctx context.Context, f AuditFilter) ([]Audit, error)
}

// AddRefused writes down that a person was refused an act, which a names as if it had been
// done, and why. Of one person it writes MostRefused within RefusedIn, the last of which says
// so; as far back as stored.MaxList acts of everybody.
func AddRefused(ctx context.Context, tx RefusalTx, a Audit) error {
	a.Action += " refused"
	a.Object, a.Reason = stored.Text(a.Object), stored.Text(a.Reason)
	newest, err := tx.ListAudit(ctx, AuditFilter{Limit: stored.MaxList})
	if err != nil {
		return fmt.Errorf("cannot read the audit log: %w", err)
	}

	n := 0
	for _, old := range newest {
		if strings.HasSuffix(old.Action, " refused") && old.User == a.User && old.At > a.At-RefusedIn.Milliseconds() {
			n++
		}
	}
	switch {
	case n >= MostRefused:
		return nil
	case n == MostRefused-1:
		a.Reason += lastRefused
	}

	return tx.AddAudit(ctx, a)
}

// Refused writes one refused attempt down (AddRefused).
func (d *Directory) Refused(ctx context.Context, a Audit) error {
	return d.b.Update(ctx, func(tx Tx) error { return AddRefused(ctx, tx, a) })
}

// AuditOnce writes acts down that the log does not have of their objects yet, whoever did them and
// when, as far back as stored.MaxList acts of each.
func (d *Directory) AuditOnce(ctx context.Context, acts []Audit) error {
	if len(acts) == 0 {
		return nil
	}

	return d.b.Update(ctx, func(tx Tx) error {
		for _, a := range acts {
			had, err := tx.ListAudit(ctx, AuditFilter{Object: a.Object, Limit: stored.MaxList})
			if err != nil {
				return fmt.Errorf("cannot read the audit log: %w", err)
			}
			if slices.ContainsFunc(had, func(o Audit) bool { return o.Action == a.Action && o.Reason == a.Reason }) {
				continue
			}
			if err := tx.AddAudit(ctx, a); err != nil {
				return fmt.Errorf("cannot audit: %w", err)
			}
		}

		return nil
	})
}
