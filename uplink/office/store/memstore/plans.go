package memstore

import (
	"cmp"
	"context"
	"fmt"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/stored"
)

// plans are what two people do, among the other rows.
type plans rows

func (b *plans) Plan(_ context.Context, id string) (approval.Plan, error) { return one(b.plans, id) }

func (b *plans) PendingPlan(_ context.Context, kind approval.Kind, object string) (approval.Plan, error) {
	for _, p := range b.plans {
		if p.State == approval.Pending && p.Kind == kind && p.Object == object {
			return p, nil
		}
	}
	return approval.Plan{}, stored.ErrNotFound
}

func (b *plans) ListPlans(_ context.Context, f approval.Filter) ([]approval.Plan, error) {
	return list(b.plans, func(p approval.Plan) bool {
		return !(f.Pending && p.State != approval.Pending) && (f.Kind == "" || p.Kind == f.Kind) && (f.Object == "" || p.Object == f.Object) && (f.Serial == "" || p.Serial == f.Serial)
	}, func(x, y approval.Plan) int {
		return cmp.Or(cmp.Compare(y.At, x.At), cmp.Compare(x.ID, y.ID))
	}, f.Limit), nil
}

func (b *plans) AddPlan(_ context.Context, p approval.Plan) error {
	if _, had := b.plans[p.ID]; had {
		return fmt.Errorf("plan %s exists: %w", p.ID, stored.ErrStale)
	}
	put((*rows)(b), b.plans, p.ID, p)
	return nil
}

func (b *plans) UpdatePlan(_ context.Context, p approval.Plan) error {
	if b.plans[p.ID].Version != p.Version-1 {
		return fmt.Errorf("plan %s: %w", p.ID, stored.ErrStale)
	}
	put((*rows)(b), b.plans, p.ID, p)
	return nil
}
