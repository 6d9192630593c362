package sqlstore

import (
	"context"
	"errors"

	"wattkiosk/uplink/office/books"
)

func payoutTable() table[books.Payout] {
	return table[books.Payout]{
		"payouts", cols("case_id serial kiosk account amount number taken_by by_whom approver reason at"), 1,
		func(p *books.Payout) []any {
			return []any{&p.Case, &p.Serial, &p.Kiosk, &p.Account, &p.Amount, &p.Number, &p.To, &p.By, &p.Approver, &p.Reason, &p.At}
		},
	}
}

func (r *matters) Payout(ctx context.Context, id string) (books.Payout, error) {
	return queryOne(ctx, r.q, payoutTable(), "WHERE case_id = $1", id)
}

func (r *matters) PayoutsOf(ctx context.Context, serials ...string) ([]books.Payout, error) {
	return among(ctx, r.q, payoutTable(), "serial", serials, "ORDER BY at, case_id")
}

func (r *matters) AddPayout(ctx context.Context, p books.Payout) error {
	return errors.Join(insert(ctx, (*rows)(r), payoutTable(), fail, []books.Payout{p}), mark(ctx, (*rows)(r), p.Serial))
}

func (r *matters) SerialsOfReference(ctx context.Context, reference string, limit int) ([]string, error) {
	t := table[string]{"(SELECT serial, reference FROM postings UNION SELECT serial, reference FROM bank_operations WHERE serial <> '') AS named", cols("serial"), 1, func(s *string) []any { return []any{s} }}

	return query(ctx, r.q, t, "WHERE reference = $1 AND reference <> '' GROUP BY serial ORDER BY serial LIMIT $2", reference, limit)
}
