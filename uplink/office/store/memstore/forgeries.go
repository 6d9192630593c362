package memstore

import (
	"cmp"
	"context"
	"fmt"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/stored"
)

func (b *matters) Forgery(_ context.Context, id string) (counterfeit.Case, error) {
	return one(b.forgeries, id)
}

func (b *matters) ListForgeries(_ context.Context, f counterfeit.Filter) ([]counterfeit.Case, error) {
	return list(b.forgeries, func(c counterfeit.Case) bool { return (f.Kiosk == "" || c.Kiosk == f.Kiosk) && (!f.Open || c.Open()) }, func(x, y counterfeit.Case) int {
		return cmp.Or(cmp.Compare(y.FoundAt, x.FoundAt), cmp.Compare(x.ID, y.ID))
	}, f.Limit), nil
}

func (b *matters) LateForgeries(_ context.Context, now int64, limit int) ([]counterfeit.Case, error) {
	return list(b.forgeries, func(c counterfeit.Case) bool { return c.NextAt > 0 && c.NextAt <= now }, func(x, y counterfeit.Case) int {
		return cmp.Or(cmp.Compare(x.NextAt, y.NextAt), cmp.Compare(x.ID, y.ID))
	}, limit), nil
}

func (b *matters) PutForgery(_ context.Context, c counterfeit.Case) error {
	if b.forgeries[c.ID].Version != c.Version-1 {
		return fmt.Errorf("counterfeit case %s: %w", c.ID, stored.ErrStale)
	}
	put((*rows)(b), b.forgeries, c.ID, c)

	return nil
}

func (b *matters) Exhibit(_ context.Context, hash string) (counterfeit.Exhibit, error) {
	return one(b.exhibits, hash)
}

func (b *matters) AddExhibit(_ context.Context, x counterfeit.Exhibit) error {
	if _, had := b.exhibits[x.Hash]; !had {
		put((*rows)(b), b.exhibits, x.Hash, x)
	}

	return nil
}

type claimedKey struct {
	number string
	value  money.Amount
}

func (b *matters) ClaimedNote(_ context.Context, number string, value money.Amount) (counterfeit.ClaimedNote, error) {
	return one(b.claimed, claimedKey{number, value})
}

func (b *matters) AddClaimedNotes(_ context.Context, all []counterfeit.ClaimedNote) error {
	for _, n := range all {
		put((*rows)(b), b.claimed, claimedKey{n.Number, n.Value}, n)
	}

	return nil
}

func (b *matters) DropClaimedNotes(_ context.Context, id string) error {
	for k, n := range b.claimed {
		if n.Case == id {
			remove((*rows)(b), b.claimed, k)
		}
	}

	return nil
}
