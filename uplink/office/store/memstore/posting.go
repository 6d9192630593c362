package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/stored"
)

func (b *rows) Postings(_ context.Context, serials []string) ([]books.Posting, error) {
	return several(b.postings, serials), nil
}

func (b *rows) ListPostings(_ context.Context, f books.Filter) ([]books.Posting, error) {
	return list(b.postings, func(p books.Posting) bool {
		return (f.Kiosk == "" || p.Kiosk == f.Kiosk) && (f.Account == "" || p.Account == f.Account) && !(f.Open && p.State.Final()) &&
			!(f.Unsold && (p.System() != mis.CardSystem || p.State == posting.Posted))
	}, func(x, y books.Posting) int {
		return cmp.Or(y.OrderedAt.Compare(x.OrderedAt), cmp.Compare(y.Serial, x.Serial))
	}, f.Limit), nil
}

func (b *rows) AddPostings(_ context.Context, rows []books.Posting) error {
	for _, p := range rows {
		if _, had := b.postings[p.Serial]; had {
			return fmt.Errorf("posting %s exists: %w", p.Serial, stored.ErrStale)
		}
		if p.Tender == string(payments.Cash) {
			put(b, b.taken, p.Kiosk+p.BusinessDate, b.taken[p.Kiosk+p.BusinessDate]+p.Amount)
		}
		putPosting(b, p)
	}
	return nil
}

func (b *rows) UpdatePosting(_ context.Context, p books.Posting) error {
	if b.postings[p.Serial].Version != p.Version-1 {
		return stored.ErrStale
	}
	putPosting(b, p)
	return nil
}

func putPosting(b *rows, p books.Posting) {
	put(b, b.postings, p.Serial, p)
	mark(b, accounts.KeyOfPosting(p))
	if p.State.Final() {
		remove(b, b.open, p.Serial)
	} else {
		put(b, b.open, p.Serial, true)
	}
}

// opened are the open postings that keep wants, by NextAt and serial.
func (b *rows) opened(keep func(books.Posting) bool) []books.Posting {
	var out []books.Posting
	for s := range b.open {
		if p := b.postings[s]; keep(p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(x, y books.Posting) int {
		return cmp.Or(x.NextAt.Compare(y.NextAt), cmp.Compare(x.Serial, y.Serial))
	})
	return out
}

func (b *rows) DuePostings(_ context.Context, system mis.System, now time.Time, limit int) ([]books.Posting, error) {
	out := b.opened(func(p books.Posting) bool { return p.System() == system && p.Due(now) })
	return out[:min(len(out), limit)], nil
}

func (b *rows) InFlight(_ context.Context, owner string) ([]books.Posting, error) {
	out := b.opened(func(p books.Posting) bool { return p.InFlight && p.Owner == owner })
	slices.SortFunc(out, func(x, y books.Posting) int { return cmp.Compare(x.Serial, y.Serial) })
	return out, nil
}

func (b *rows) NextDue(_ context.Context, system mis.System) (next time.Time, _ error) {
	for s := range b.open {
		p := b.postings[s]
		if at := p.NextAt; p.System() == system && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next, nil
}

func (b *rows) PutHistory(_ context.Context, rows []books.History) error {
	for _, h := range rows {
		steps := b.history[h.Serial]
		i := slices.IndexFunc(steps, func(o books.History) bool { return o.Version == h.Version })
		if i < 0 {
			add(b, b.history, h.Serial, h)
			continue
		}
		steps = slices.Clone(steps)
		steps[i] = h
		put(b, b.history, h.Serial, steps)
	}
	return nil
}

func (b *rows) History(_ context.Context, serial string) ([]books.History, error) {
	return slices.Clone(b.history[serial]), nil
}

func (b *rows) Presence(context.Context) (fleet.Presence, error) {
	p := fleet.Presence{Kiosks: int64(len(b.kiosks))}
	for _, k := range b.kiosks {
		if k.Online {
			p.Online++
		}
	}
	return p, nil
}

func (b *rows) Figures(ctx context.Context, date string) (books.Figures, error) {
	s := books.Figures{BusinessDate: date}
	for _, a := range b.alarms {
		if a.On {
			s.AlarmsOn++
		}
	}
	for _, c := range b.cases {
		if c.Open {
			s.OpenCases++
			s.CaseAmount += max(c.Amount, -c.Amount)
		}
	}
	for _, p := range b.postings {
		if !p.State.Final() {
			s.OpenPostings++
			s.OpenAmount += p.Amount
			if at := stored.Millis(p.OrderedAt); s.OpenSince == 0 || at < s.OpenSince {
				s.OpenSince = at
			}
		}
		if p.BusinessDate == date && !strings.HasPrefix(p.Serial, posting.BookingMark) {
			s.Today++
			s.TodayAmount += p.Amount
			if p.State == posting.Posted {
				s.TodayPosted += p.Amount
				continue
			}
			if !p.State.Final() {
				continue
			}
			cases, err := (*matters)(b).CasesOf(ctx, p.Serial)
			if err != nil {
				return s, err
			}
			switch how, _ := books.SettlementOf(cases, true); how {
			case books.WentBack:
				s.TodayBack += p.Amount
			case books.ByPerson:
				s.TodayClosed += p.Amount
			}
		}
	}
	return s, nil
}

func (b *rows) Pulse(context.Context) (string, error) { return fmt.Sprint(b.changes), nil }
