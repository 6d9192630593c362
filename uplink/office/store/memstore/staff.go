package memstore

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

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

func (b *rows) Users(context.Context) ([]people.User, error) {
	return list(b.users, func(people.User) bool { return true }, func(x, y people.User) int { return cmp.Compare(x.Name, y.Name) }, math.MaxInt), nil
}

func (b *rows) UpdateUser(_ context.Context, u people.User) error {
	if b.users[u.Name].Version != u.Version-1 {
		return fmt.Errorf("user %s: %w", u.Name, stored.ErrStale)
	}
	put(b, b.users, u.Name, u)
	return nil
}

func (b *rows) AddAudit(ctx context.Context, a people.Audit) error {
	head, err := b.AuditHead(ctx)
	if err != nil {
		return err
	}
	n := len(b.audit)
	b.undo = append(b.undo, func() { b.audit = b.audit[:n] })
	a.ID = int64(n) + 1
	b.audit = append(b.audit, a.After(head))
	return nil
}

func (b *rows) AuditHead(context.Context) (people.AuditHead, error) {
	if len(b.audit) == 0 {
		return people.AuditHead{}, nil
	}
	return b.audit[len(b.audit)-1].Head(), nil
}

func (b *rows) ListAudit(_ context.Context, f people.AuditFilter) ([]people.Audit, error) {
	var out []people.Audit
	for _, a := range slices.Backward(b.audit) {
		if len(out) < f.Limit && (f.User == "" || a.User == f.User) && (f.Object == "" || a.Object == f.Object) && (f.Before == 0 || a.Seq < f.Before) {
			out = append(out, a)
		}
	}
	return out, nil
}

func (b *rows) AuditAfter(_ context.Context, seq int64, limit int) ([]people.Audit, error) {
	rest := b.audit[min(int(seq), len(b.audit)):]
	return slices.Clone(rest[:min(len(rest), limit)]), nil
}

// UnchainedAudit are none: memory holds nothing of older software.
func (b *rows) UnchainedAudit(context.Context, int) ([]people.Audit, error) { return nil, nil }

func (b *rows) ChainAudit(_ context.Context, a people.Audit) error {
	return fmt.Errorf("act %d: %w", a.ID, stored.ErrNotFound)
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
