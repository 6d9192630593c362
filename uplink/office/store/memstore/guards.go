package memstore

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/proof"
	"wattkiosk/uplink/office/stored"
)

// guards are the rows of what kiosks' words are held against, among the others.
type guards rows

func (b *guards) Bounds(_ context.Context, kiosks []string) ([]books.BoundsRow, error) {
	return list(b.bounds, func(r books.BoundsRow) bool { return len(kiosks) == 0 || slices.Contains(kiosks, r.Kiosk) },
		func(x, y books.BoundsRow) int { return strings.Compare(x.Kiosk, y.Kiosk) }, math.MaxInt), nil
}

func (b *guards) PutBounds(_ context.Context, r books.BoundsRow) error {
	if b.bounds[r.Kiosk].Version != r.Version-1 {
		return stored.ErrStale
	}
	put((*rows)(b), b.bounds, r.Kiosk, r)
	return nil
}

func (b *guards) CashTaken(_ context.Context, kiosk, date string) (money.Amount, error) {
	return b.taken[kiosk+date], nil
}

func (b *guards) HeldOrder(_ context.Context, id string) (books.HeldOrder, error) {
	return one(b.held, id)
}

func (b *guards) HeldOf(_ context.Context, serials []string) ([]books.HeldOrder, error) {
	var out []books.HeldOrder
	for _, s := range serials {
		out = append(out, several(b.held, b.heldOf[s])...)
	}
	slices.SortFunc(out, func(x, y books.HeldOrder) int {
		return cmp.Or(strings.Compare(x.Order.Serial, y.Order.Serial), strings.Compare(x.ID, y.ID))
	})
	return out, nil
}

func (b *guards) PutHeld(_ context.Context, h books.HeldOrder) error {
	if _, had := b.held[h.ID]; !had {
		add((*rows)(b), b.heldOf, h.Order.Serial, h.ID)
	}
	put((*rows)(b), b.held, h.ID, h)
	return nil
}

func (b *guards) Unclosed(_ context.Context, after, upTo int64, limit int) ([]books.Posting, error) {
	return list(b.postings, func(p books.Posting) bool {
		at, t := stored.Millis(p.OrderedAt), b.txns[p.Serial]
		refused := p.State == posting.Owed && p.Calls == 0
		return at > after && at <= upTo && !strings.HasPrefix(p.Serial, posting.BookingMark) && !refused && (t.ClosedAt == 0 || t.Total != p.Amount)
	}, func(x, y books.Posting) int {
		return cmp.Or(x.OrderedAt.Compare(y.OrderedAt), strings.Compare(x.Serial, y.Serial))
	}, limit), nil
}

func (b *guards) Unproven(context.Context) ([]proof.Unproven, error) {
	return list(b.unproven, func(proof.Unproven) bool { return true },
		func(x, y proof.Unproven) int { return strings.Compare(x.Serial, y.Serial) }, math.MaxInt), nil
}

func (b *guards) PutUnproven(_ context.Context, all []proof.Unproven) error {
	for _, u := range all {
		put((*rows)(b), b.unproven, u.Serial, u)
	}
	return nil
}

func (b *guards) DropUnproven(_ context.Context, serial string) error {
	remove((*rows)(b), b.unproven, serial)
	return nil
}
