package memstore

import (
	"cmp"
	"context"
	"math"

	"wattkiosk/uplink/office/settle"
)

func (b *settled) CashRule(_ context.Context, scope string) (settle.CashRule, error) {
	return one(b.cashRules, scope)
}

func (b *settled) CashRules(context.Context) ([]settle.CashRule, error) {
	return list(b.cashRules, func(settle.CashRule) bool { return true }, func(x, y settle.CashRule) int { return cmp.Compare(x.Scope, y.Scope) }, math.MaxInt), nil
}

func (b *settled) PutCashRule(_ context.Context, c settle.CashRule) error {
	return keep(b, b.cashRules, c.Scope, c, func(c settle.CashRule) int64 { return c.Version })
}

func (b *settled) Escalations(context.Context) ([]settle.Escalation, error) {
	return list(b.escalations, func(settle.Escalation) bool { return true }, func(x, y settle.Escalation) int { return cmp.Compare(x.Minute, y.Minute) }, math.MaxInt), nil
}

func (b *settled) PutEscalation(_ context.Context, e settle.Escalation) error {
	return keep(b, b.escalations, e.Minute, e, func(e settle.Escalation) int64 { return e.Version })
}

func (b *settled) DropEscalation(_ context.Context, minute int64) error {
	remove((*rows)(b), b.escalations, minute)
	return nil
}
