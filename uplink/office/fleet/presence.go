package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"wattkiosk/uplink/office/stored"
)

// PresentFor is how long a kiosk counts as online after it was last heard: it reports
// every minute.
const PresentFor = 3 * time.Minute

// Report is one state message of a kiosk.
type Report struct {
	Kiosk  string
	Online bool
	Live   bool   // the kiosk said it now; otherwise the broker had kept it
	Text   string // wire.State, JSON; empty where it said what cannot be: then its last word stands
	At     time.Time
}

// SaveReports keeps what kiosks last said of themselves, in one commit. Kiosks that
// are not enrolled are returned and otherwise left.
//
// Only what is live shows that a kiosk is there: what a broker had kept may be of a
// kiosk that died since. It can say that a kiosk is gone.
func (r *Registry) SaveReports(ctx context.Context, reports []Report) (unknown []string, err error) {
	reports = slices.SortedFunc(slices.Values(reports), func(a, b Report) int { return strings.Compare(a.Kiosk, b.Kiosk) })
	err = r.b.Update(ctx, func(tx Tx) error {
		unknown = nil
		for _, rep := range reports {
			k, err := tx.Kiosk(ctx, rep.Kiosk)
			if errors.Is(err, stored.ErrNotFound) {
				unknown = append(unknown, rep.Kiosk)
				continue
			}
			if err != nil {
				return err
			}
			if next := k.after(rep); next != k {
				if err := tx.PutKiosk(ctx, next); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return unknown, err
}

// after is a kiosk after a report.
func (k Kiosk) after(r Report) Kiosk {
	next := k
	if r.Live {
		next.Online, next.SeenAt = r.Online, stored.Millis(r.At)
	} else if !r.Online {
		next.Online = false
	}
	if r.Live && r.Online {
		next.ReportedAt = stored.Millis(r.At)
	}
	if r.Text != "" && (r.Online || k.Report == "") { // a last will says only that it is gone
		next.Report = r.Text
	}
	if r.Online {
		next = next.heard(r.Text)
	}
	if next != k {
		next.UpdatedAt = stored.Millis(r.At)
	}
	return next
}

// unheardAtOnce bounds the rows of one commit of Unheard, so that money does not wait
// long for it.
const unheardAtOnce = 256

// Unheard has every kiosk that was not heard between since and now counted as offline:
// whoever dies with the line says nothing. It is the one rule for who is online. Each
// commit is small; an error leaves the rest for the next time.
func (r *Registry) Unheard(ctx context.Context, since, now time.Time) error {
	from, to := stored.Millis(since), stored.Millis(now)
	silent := func(k Kiosk) bool { return k.Online && (k.SeenAt < from || k.SeenAt > to) }
	ks, err := stored.View(ctx, r.b, func(tx Tx) ([]Kiosk, error) { return tx.Kiosks(ctx) })
	if err != nil {
		return err
	}

	ks = slices.DeleteFunc(ks, func(k Kiosk) bool { return !silent(k) })
	for some := range slices.Chunk(ks, unheardAtOnce) {
		err := r.b.Update(ctx, func(tx Tx) error {
			for _, seen := range some {
				k, err := tx.Kiosk(ctx, seen.ID) // locked, and as it is now
				if err != nil {
					return err
				}
				if !silent(k) {
					continue
				}
				k.Online, k.UpdatedAt = false, to
				if err := tx.PutKiosk(ctx, k); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
