package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/store"
)

func (b *books) Postings(_ context.Context, serials []string) ([]store.Posting, error) {
	return several(b.postings, serials), nil
}

func (b *books) ListPostings(_ context.Context, f store.Filter) ([]store.Posting, error) {
	return list(b.postings, func(p store.Posting) bool {
		return (f.Kiosk == "" || p.Kiosk == f.Kiosk) && (f.Account == "" || p.Account == f.Account) && !(f.Open && p.State.Final())
	}, func(x, y store.Posting) int {
		return cmp.Or(y.OrderedAt.Compare(x.OrderedAt), cmp.Compare(y.Serial, x.Serial))
	}, f.Limit), nil
}

func (b *books) AddPostings(_ context.Context, rows []store.Posting) error {
	for _, p := range rows {
		if _, had := b.postings[p.Serial]; had {
			return fmt.Errorf("posting %s exists: %w", p.Serial, store.ErrStale)
		}
		b.putPosting(p)
	}
	return nil
}

func (b *books) UpdatePosting(_ context.Context, p store.Posting) error {
	if b.postings[p.Serial].Version != p.Version-1 {
		return store.ErrStale
	}
	b.putPosting(p)
	return nil
}

func (b *books) putPosting(p store.Posting) {
	put(b, b.postings, p.Serial, p)
	if p.State.Final() {
		remove(b, b.open, p.Serial)
	} else {
		put(b, b.open, p.Serial, true)
	}
}

// opened are the open postings that keep wants, by NextAt and serial.
func (b *books) opened(keep func(store.Posting) bool) []store.Posting {
	var out []store.Posting
	for s := range b.open {
		if p := b.postings[s]; keep(p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(x, y store.Posting) int {
		return cmp.Or(x.NextAt.Compare(y.NextAt), cmp.Compare(x.Serial, y.Serial))
	})
	return out
}

func (b *books) DuePostings(_ context.Context, now time.Time, limit int) ([]store.Posting, error) {
	out := b.opened(func(p store.Posting) bool { return p.Due(now) })
	return out[:min(len(out), limit)], nil
}

func (b *books) InFlight(_ context.Context, owner string) ([]store.Posting, error) {
	out := b.opened(func(p store.Posting) bool { return p.InFlight && p.Owner == owner })
	slices.SortFunc(out, func(x, y store.Posting) int { return cmp.Compare(x.Serial, y.Serial) })
	return out, nil
}

func (b *books) NextDue(context.Context) (next time.Time, _ error) {
	for s := range b.open {
		if at := b.postings[s].NextAt; next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next, nil
}

func (b *books) AddHistory(_ context.Context, rows []store.History) error {
	for _, h := range rows {
		add(b, b.history, h.Serial, h)
	}
	return nil
}

func (b *books) History(_ context.Context, serial string) ([]store.History, error) {
	return slices.Clone(b.history[serial]), nil
}

func (b *books) Stats(_ context.Context, date string) (store.Stats, error) {
	s := store.Stats{Kiosks: int64(len(b.kiosks))}
	for _, k := range b.kiosks {
		if k.Online {
			s.Online++
		}
	}
	for _, a := range b.alarms {
		if a.On {
			s.AlarmsOn++
		}
	}
	for _, c := range b.cases {
		if c.Open {
			s.OpenCases++
			s.CaseAmount += c.Amount
		}
	}
	for _, p := range b.postings {
		if !p.State.Final() {
			s.OpenPostings++
			s.OpenAmount += p.Amount
		}
		if p.BusinessDate == date {
			s.Today++
			s.TodayAmount += p.Amount
			if p.State == posting.Posted {
				s.TodayPosted += p.Amount
			}
		}
	}
	return s, nil
}

func (b *books) Pulse(context.Context) (string, error) { return fmt.Sprint(b.changes), nil }
