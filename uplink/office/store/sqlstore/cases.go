package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/books"
)

// matters are cases, among the other rows.
type matters rows

func (r *matters) AddCases(ctx context.Context, cs []books.Case) error {
	keys := make([]string, len(cs))
	for i, c := range cs {
		keys[i] = accounts.KeyOfCase(c)
	}
	return errors.Join(insert(ctx, (*rows)(r), caseTable(), ignore, cs), mark(ctx, (*rows)(r), keys...))
}

func (r *matters) Case(ctx context.Context, id string) (books.Case, error) {
	return queryOne(ctx, r.q, caseTable(), "WHERE id = $1"+r.forUpdate, id)
}

func (r *matters) PutCase(ctx context.Context, c books.Case) error {
	return errors.Join(insert(ctx, (*rows)(r), caseTable(), replace, []books.Case{c}), mark(ctx, (*rows)(r), accounts.KeyOfCase(c)))
}

func (r *matters) CasesNamed(ctx context.Context, ids []string) ([]books.Case, error) {
	return among(ctx, r.q, caseTable(), "id", ids, "")
}

func (r *matters) CasesOf(ctx context.Context, serials ...string) ([]books.Case, error) {
	return among(ctx, r.q, caseTable(), "serial", serials, "ORDER BY opened_at, id")
}

func (r *matters) ListCases(ctx context.Context, f books.Filter) ([]books.Case, error) {
	where, args := whereCases(f)
	return query(ctx, r.q, caseTable(), where+"ORDER BY is_open DESC, opened_at DESC, id LIMIT "+nth(args), append(args, f.Limit)...)
}

func (r *matters) CountCases(ctx context.Context, f books.Filter) (n books.CaseCount, err error) {
	where, args := whereCases(f)
	if err := scalar(ctx, r.q, []any{&n.Cases, &n.Amount}, "SELECT count(*), CAST(coalesce(sum(amount), 0) AS BIGINT) FROM cases "+where, args...); err != nil {
		return n, fmt.Errorf("cannot count cases: %w", err)
	}
	return n, nil
}

// whereCases is the WHERE of a list of cases.
func whereCases(f books.Filter) (where string, args []any) {
	var conditions []string
	narrow := func(asked bool, condition string, arg any) {
		if asked {
			conditions = append(conditions, condition+nth(args))
			args = append(args, arg)
		}
	}
	narrow(f.Kiosk != "", "kiosk = ", f.Kiosk)
	narrow(f.Owner != "", "owner <> '' AND owner = ", f.Owner) // as the index says
	narrow(f.Class != "", "class = ", f.Class)
	narrow(f.OpenedBy != 0, "opened_at <= ", f.OpenedBy)
	narrow(f.OpenedAfter != 0, "opened_at > ", f.OpenedAfter)
	if f.Open {
		conditions = append(conditions, "is_open = TRUE") // bare, SQLite would not look it up
	}
	return joined(conditions), args
}

func (r *matters) AddCaseEvents(ctx context.Context, events []books.CaseEvent) error {
	return insert(ctx, (*rows)(r), caseEventTable(), fail, events)
}

func (r *matters) CaseEvents(ctx context.Context, id string) ([]books.CaseEvent, error) {
	return query(ctx, r.q, caseEventTable(), "WHERE case_id = $1 ORDER BY n", id)
}

func caseTable() table[books.Case] {
	return table[books.Case]{
		"cases", cols("id class kiosk serial amount text is_open opened_at closed_at closed_by resolution updated_at owner next_step due_at contact went"), 1,
		func(c *books.Case) []any {
			return []any{
				&c.ID, &c.Class, &c.Kiosk, &c.Serial, &c.Amount, &c.Text, &c.Open, &c.OpenedAt, &c.ClosedAt, &c.ClosedBy, &c.Resolution, &c.UpdatedAt,
				&c.Owner, &c.NextStep, &c.DueAt, &c.Contact, (*string)(&c.Went),
			}
		},
	}
}

func caseEventTable() table[books.CaseEvent] {
	return table[books.CaseEvent]{
		"case_events", cols("case_id n at by_whom what text"), 2,
		func(e *books.CaseEvent) []any { return []any{&e.Case, &e.N, &e.At, &e.By, (*string)(&e.What), &e.Text} },
	}
}
