package sqlstore

import (
	"context"

	"wattkiosk/uplink/office/settle"
)

func cashRuleTable() table[settle.CashRule] {
	return table[settle.CashRule]{
		"cash_rules", cols("scope minute lifted by_whom at version"), 1,
		func(c *settle.CashRule) []any {
			return []any{&c.Scope, &c.Minute, &c.Lifted, &c.By, &c.At, &c.Version}
		},
	}
}

func (r *settled) CashRule(ctx context.Context, scope string) (settle.CashRule, error) {
	return queryOne(ctx, r.q, cashRuleTable(), "WHERE scope = $1"+r.forUpdate, scope)
}

func (r *settled) CashRules(ctx context.Context) ([]settle.CashRule, error) {
	return query(ctx, r.q, cashRuleTable(), "ORDER BY scope")
}

func (r *settled) PutCashRule(ctx context.Context, c settle.CashRule) error {
	return keep(ctx, r, cashRuleTable(), c, c.Version)
}

func escalationTable() table[settle.Escalation] {
	return table[settle.Escalation]{
		"sign_escalations", cols("minute who by_whom at version"), 1,
		func(e *settle.Escalation) []any { return []any{&e.Minute, &e.Who, &e.By, &e.At, &e.Version} },
	}
}

func (r *settled) Escalations(ctx context.Context) ([]settle.Escalation, error) {
	return query(ctx, r.q, escalationTable(), "ORDER BY minute")
}

func (r *settled) PutEscalation(ctx context.Context, e settle.Escalation) error {
	return keep(ctx, r, escalationTable(), e, e.Version)
}

func (r *settled) DropEscalation(ctx context.Context, minute int64) error {
	_, err := exec(ctx, r.q, "DELETE FROM sign_escalations WHERE minute = $1", minute)
	return err
}
