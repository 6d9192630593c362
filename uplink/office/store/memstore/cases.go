package memstore

import (
	"cmp"
	"context"
	"math"
	"slices"

	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/books"
)

// matters are cases, among the other rows.
type matters rows

func (b *matters) AddCases(_ context.Context, cases []books.Case) error {
	for _, c := range cases {
		if _, had := b.cases[c.ID]; !had {
			put((*rows)(b), b.cases, c.ID, c)
			mark((*rows)(b), accounts.KeyOfCase(c))
		}
	}
	return nil
}

func (b *matters) Case(_ context.Context, id string) (books.Case, error) { return one(b.cases, id) }

func (b *matters) PutCase(_ context.Context, c books.Case) error {
	put((*rows)(b), b.cases, c.ID, c)
	mark((*rows)(b), accounts.KeyOfCase(c))
	return nil
}

func (b *matters) CasesNamed(_ context.Context, ids []string) (out []books.Case, err error) {
	for _, id := range ids {
		if c, had := b.cases[id]; had {
			out = append(out, c)
		}
	}
	return out, nil
}

func (b *matters) CasesOf(_ context.Context, serials ...string) ([]books.Case, error) {
	return list(b.cases, func(c books.Case) bool { return slices.Contains(serials, c.Serial) }, func(x, y books.Case) int {
		return cmp.Or(cmp.Compare(x.OpenedAt, y.OpenedAt), cmp.Compare(x.ID, y.ID))
	}, math.MaxInt), nil
}

func (b *matters) ListCases(_ context.Context, f books.Filter) ([]books.Case, error) {
	openFirst := func(c books.Case) int {
		if c.Open {
			return 0
		}
		return 1
	}
	return list(b.cases, func(c books.Case) bool { return passes(c, f) },
		func(x, y books.Case) int {
			return cmp.Or(cmp.Compare(openFirst(x), openFirst(y)), cmp.Compare(y.OpenedAt, x.OpenedAt), cmp.Compare(x.ID, y.ID))
		}, f.Limit), nil
}

func passes(c books.Case, f books.Filter) bool {
	switch {
	case f.Kiosk != "" && c.Kiosk != f.Kiosk, f.Open && !c.Open, f.Owner != "" && c.Owner != f.Owner, f.Class != "" && c.Class != f.Class:
		return false
	}
	return (f.OpenedBy == 0 || c.OpenedAt <= f.OpenedBy) && c.OpenedAt > f.OpenedAfter
}

func (b *matters) CountCases(_ context.Context, f books.Filter) (n books.CaseCount, _ error) {
	for _, c := range b.cases {
		if passes(c, f) {
			n.Cases++
			n.Amount += c.Amount
		}
	}
	return n, nil
}

func (b *matters) AddCaseEvents(_ context.Context, events []books.CaseEvent) error {
	for _, e := range events {
		add((*rows)(b), b.told, e.Case, e)
	}
	return nil
}

func (b *matters) CaseEvents(_ context.Context, id string) ([]books.CaseEvent, error) {
	return slices.Clone(b.told[id]), nil
}
