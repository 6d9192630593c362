package memstore

import (
	"cmp"
	"context"
	"math"
	"slices"

	"wattkiosk/uplink/office/store"
)

func (b *books) AddCases(_ context.Context, rows []store.Case) error {
	for _, c := range rows {
		if _, had := b.cases[c.ID]; !had {
			put(b, b.cases, c.ID, c)
		}
	}
	return nil
}

func (b *books) Case(_ context.Context, id string) (store.Case, error) { return one(b.cases, id) }

func (b *books) PutCase(_ context.Context, c store.Case) error {
	put(b, b.cases, c.ID, c)
	return nil
}

func (b *books) CasesOf(_ context.Context, serial string) ([]store.Case, error) {
	return list(b.cases, func(c store.Case) bool { return c.Serial == serial }, func(x, y store.Case) int {
		return cmp.Or(cmp.Compare(x.OpenedAt, y.OpenedAt), cmp.Compare(x.ID, y.ID))
	}, math.MaxInt), nil
}

func (b *books) ListCases(_ context.Context, f store.Filter) ([]store.Case, error) {
	openFirst := func(c store.Case) int {
		if c.Open {
			return 0
		}
		return 1
	}
	return list(b.cases, func(c store.Case) bool { return (f.Kiosk == "" || c.Kiosk == f.Kiosk) && (!f.Open || c.Open) },
		func(x, y store.Case) int {
			return cmp.Or(cmp.Compare(openFirst(x), openFirst(y)), cmp.Compare(y.OpenedAt, x.OpenedAt), cmp.Compare(x.ID, y.ID))
		}, f.Limit), nil
}

func (b *books) PutAlarms(_ context.Context, rows []store.Alarm) error {
	for _, a := range rows {
		k := alarmKey{a.Kiosk, a.Code}
		if old := b.alarms[k]; a.On || old.On {
			put(b, b.alarms, k, a)
		}
	}
	return nil
}

func (b *books) Alarms(context.Context) ([]store.Alarm, error) {
	return list(b.alarms, func(a store.Alarm) bool { return a.On }, func(x, y store.Alarm) int {
		return cmp.Or(cmp.Compare(x.Kiosk, y.Kiosk), cmp.Compare(x.Code, y.Code))
	}, math.MaxInt), nil
}

func (b *books) User(_ context.Context, name string) (store.User, error) { return one(b.users, name) }

func (b *books) PutUser(_ context.Context, u store.User) error {
	put(b, b.users, u.Name, u)
	return nil
}

func (b *books) Session(_ context.Context, token string) (store.Session, error) {
	return one(b.sessions, token)
}

func (b *books) PutSession(_ context.Context, s store.Session) error {
	put(b, b.sessions, s.Token, s)
	return nil
}

func (b *books) DeleteSession(_ context.Context, token string) error {
	remove(b, b.sessions, token)
	return nil
}

func (b *books) DeleteSessionsBefore(_ context.Context, at int64) error {
	for t, s := range b.sessions {
		if s.ExpiresAt < at {
			remove(b, b.sessions, t)
		}
	}
	return nil
}

func (b *books) AddAudit(_ context.Context, a store.Audit) error {
	n := len(b.audit)
	b.undo = append(b.undo, func() { b.audit = b.audit[:n] })
	a.ID = int64(n) + 1
	b.audit = append(b.audit, a)
	return nil
}

func (b *books) ListAudit(_ context.Context, limit int) ([]store.Audit, error) {
	out := slices.Clone(b.audit)
	slices.Reverse(out)
	return out[:min(len(out), limit)], nil
}

func (b *books) Technicians(context.Context) ([]store.Technician, error) {
	return list(b.techs, func(store.Technician) bool { return true }, func(x, y store.Technician) int {
		return cmp.Compare(x.Number, y.Number)
	}, math.MaxInt), nil
}

func (b *books) PutTechnician(_ context.Context, t store.Technician) error {
	put(b, b.techs, t.Number, t)
	return nil
}
