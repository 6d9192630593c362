package memstore

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

func (b *matters) Payout(_ context.Context, id string) (books.Payout, error) {
	return one(b.payouts, id)
}

func (b *matters) PayoutsOf(_ context.Context, serials ...string) ([]books.Payout, error) {
	return list(b.payouts, func(p books.Payout) bool { return slices.Contains(serials, p.Serial) }, func(x, y books.Payout) int {
		return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Case, y.Case))
	}, math.MaxInt), nil
}

func (b *matters) AddPayout(_ context.Context, p books.Payout) error {
	if _, had := b.payouts[p.Case]; had {
		return fmt.Errorf("payout for case %s exists: %w", p.Case, stored.ErrStale)
	}
	put((*rows)(b), b.payouts, p.Case, p)
	mark((*rows)(b), p.Serial)

	return nil
}

func (b *matters) SerialsOfReference(_ context.Context, reference string, limit int) ([]string, error) {
	var out []string
	for serial, p := range b.postings {
		if p.Reference == reference && reference != "" {
			out = append(out, serial)
		}
	}
	for _, x := range b.exchanges {
		if x.Reference == reference && reference != "" && x.Serial != "" {
			out = append(out, x.Serial)
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)

	return out[:min(len(out), limit)], nil
}
