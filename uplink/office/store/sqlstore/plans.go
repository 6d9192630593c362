package sqlstore

import (
	"context"

	"wattkiosk/uplink/office/approval"
)

// plans are what two people do, among the other rows.
type plans rows

func planTable() table[approval.Plan] {
	return table[approval.Plan]{
		"plans", cols("id kind object serial amount args body by_whom reason at expires_at hash state decider decided_at said version"), 1,
		func(p *approval.Plan) []any {
			return []any{
				&p.ID, (*string)(&p.Kind), &p.Object, &p.Serial, &p.Amount, &p.Args, &p.Body, &p.By, &p.Reason, &p.At, &p.ExpiresAt,
				digest{&p.Hash},
				(*string)(&p.State), &p.Decider, &p.DecidedAt, &p.Said, &p.Version,
			}
		},
	}
}

func (r *plans) Plan(ctx context.Context, id string) (approval.Plan, error) {
	return queryOne(ctx, r.q, planTable(), "WHERE id = $1"+r.forUpdate, id)
}

func (r *plans) PendingPlan(ctx context.Context, kind approval.Kind, object string) (approval.Plan, error) {
	return queryOne(ctx, r.q, planTable(), "WHERE state = 'pending' AND kind = $1 AND object = $2"+r.forUpdate, string(kind), object)
}

func (r *plans) ListPlans(ctx context.Context, f approval.Filter) ([]approval.Plan, error) {
	var conditions []string
	var args []any
	if f.Pending {
		conditions = append(conditions, "state = 'pending'")
	}
	if f.Kind != "" {
		conditions = append(conditions, "kind = "+nth(args))
		args = append(args, string(f.Kind))
	}
	if f.Object != "" {
		conditions = append(conditions, "object = "+nth(args))
		args = append(args, f.Object)
	}
	if f.Serial != "" {
		conditions = append(conditions, "serial = "+nth(args))
		args = append(args, f.Serial)
	}
	return query(ctx, r.q, planTable(), joined(conditions)+"ORDER BY at DESC, id LIMIT "+nth(args), append(args, f.Limit)...)
}

func (r *plans) AddPlan(ctx context.Context, p approval.Plan) error {
	return insert(ctx, (*rows)(r), planTable(), fail, []approval.Plan{p})
}

func (r *plans) UpdatePlan(ctx context.Context, p approval.Plan) error {
	return update(ctx, r.q, planTable(), p, p.Version-1)
}
