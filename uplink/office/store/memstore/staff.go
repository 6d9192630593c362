package memstore

import (
	"cmp"
	"context"
	"math"
	"slices"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
)

func (b *rows) AddCases(_ context.Context, rows []books.Case) error {
	for _, c := range rows {
		if _, had := b.cases[c.ID]; !had {
			put(b, b.cases, c.ID, c)
		}
	}
	return nil
}

func (b *rows) Case(_ context.Context, id string) (books.Case, error) { return one(b.cases, id) }

func (b *rows) PutCase(_ context.Context, c books.Case) error {
	put(b, b.cases, c.ID, c)
	return nil
}

func (b *rows) CasesOf(_ context.Context, serials ...string) ([]books.Case, error) {
	return list(b.cases, func(c books.Case) bool { return slices.Contains(serials, c.Serial) }, func(x, y books.Case) int {
		return cmp.Or(cmp.Compare(x.OpenedAt, y.OpenedAt), cmp.Compare(x.ID, y.ID))
	}, math.MaxInt), nil
}

func (b *rows) ListCases(_ context.Context, f books.Filter) ([]books.Case, error) {
	openFirst := func(c books.Case) int {
		if c.Open {
			return 0
		}
		return 1
	}
	return list(b.cases, func(c books.Case) bool { return (f.Kiosk == "" || c.Kiosk == f.Kiosk) && (!f.Open || c.Open) },
		func(x, y books.Case) int {
			return cmp.Or(cmp.Compare(openFirst(x), openFirst(y)), cmp.Compare(y.OpenedAt, x.OpenedAt), cmp.Compare(x.ID, y.ID))
		}, f.Limit), nil
}

func (b *rows) PutAlarms(_ context.Context, rows []books.Alarm) error {
	for _, a := range rows {
		k := alarmKey{a.Kiosk, a.Code}
		if old := b.alarms[k]; a.On || old.On {
			put(b, b.alarms, k, a)
		}
	}
	return nil
}

func (b *rows) Alarms(context.Context) ([]books.Alarm, error) {
	return list(b.alarms, func(a books.Alarm) bool { return a.On }, func(x, y books.Alarm) int {
		return cmp.Or(cmp.Compare(x.Kiosk, y.Kiosk), cmp.Compare(x.Code, y.Code))
	}, math.MaxInt), nil
}

func (b *rows) User(_ context.Context, name string) (people.User, error) { return one(b.users, name) }

func (b *rows) PutUser(_ context.Context, u people.User) error {
	put(b, b.users, u.Name, u)
	return nil
}

func (b *rows) Session(_ context.Context, token string) (people.Session, error) {
	return one(b.sessions, token)
}

func (b *rows) PutSession(_ context.Context, s people.Session) error {
	put(b, b.sessions, s.Token, s)
	return nil
}

func (b *rows) DeleteSession(_ context.Context, token string) error {
	remove(b, b.sessions, token)
	return nil
}

func (b *rows) DeleteSessionsBefore(_ context.Context, at int64) error {
	for t, s := range b.sessions {
		if s.ExpiresAt < at {
			remove(b, b.sessions, t)
		}
	}
	return nil
}

func (b *rows) AddAudit(_ context.Context, a people.Audit) error {
	n := len(b.audit)
	b.undo = append(b.undo, func() { b.audit = b.audit[:n] })
	a.ID = int64(n) + 1
	b.audit = append(b.audit, a)
	return nil
}

func (b *rows) ListAudit(_ context.Context, limit int) ([]people.Audit, error) {
	out := slices.Clone(b.audit)
	slices.Reverse(out)
	return out[:min(len(out), limit)], nil
}

func (b *rows) Technicians(context.Context) ([]people.Technician, error) {
	return list(b.techs, func(people.Technician) bool { return true }, func(x, y people.Technician) int {
		return cmp.Compare(x.Number, y.Number)
	}, math.MaxInt), nil
}

func (b *rows) PutTechnician(_ context.Context, t people.Technician) error {
	put(b, b.techs, t.Number, t)
	return nil
}
