package memstore

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// deliveries are the rows of deliveries, among the others.
type deliveries rows

func (b *deliveries) Delivery(_ context.Context, serial string) (books.Delivery, error) {
	return one(b.sales, serial)
}

func (b *deliveries) Deliveries(_ context.Context, serials []string) ([]books.Delivery, error) {
	return several(b.sales, serials), nil
}

func (b *deliveries) ListDeliveries(_ context.Context, f books.Filter) ([]books.Delivery, error) {
	return list(b.sales, func(d books.Delivery) bool {
		return (f.Kiosk == "" || d.Kiosk == f.Kiosk) && (f.Account == "" || d.Account == f.Account) && !(f.Open && d.Stage.Ended())
	}, func(x, y books.Delivery) int {
		return cmp.Or(cmp.Compare(y.SoldAt, x.SoldAt), cmp.Compare(y.Serial, x.Serial))
	}, f.Limit), nil
}

func (b *deliveries) PutDelivery(_ context.Context, d books.Delivery) error {
	if b.sales[d.Serial].Version != d.Version-1 {
		return fmt.Errorf("delivery %s: %w", d.Serial, stored.ErrStale)
	}
	put((*rows)(b), b.sales, d.Serial, d)
	return nil
}

func (b *deliveries) DueDeliveries(_ context.Context, now time.Time, limit int) ([]books.Delivery, error) {
	return list(b.sales, func(d books.Delivery) bool { return d.Due(now) },
		func(x, y books.Delivery) int {
			return cmp.Or(cmp.Compare(x.NextAt, y.NextAt), cmp.Compare(x.Serial, y.Serial))
		}, limit), nil
}

func (b *deliveries) NextDelivery(context.Context) (time.Time, error) {
	var next int64
	for _, d := range b.sales {
		if d.NextAt > 0 && (next == 0 || d.NextAt < next) {
			next = d.NextAt
		}
	}
	if next == 0 {
		return time.Time{}, nil
	}
	return time.UnixMilli(next).UTC(), nil
}

func (b *deliveries) HandedOut(_ context.Context, sale string) ([]books.HandedOut, error) {
	return list(b.handouts, func(h books.HandedOut) bool { return h.Sale == sale },
		func(x, y books.HandedOut) int { return cmp.Compare(x.Kiosk, y.Kiosk) }, len(b.handouts)), nil
}

func (b *deliveries) PutHandedOut(_ context.Context, h books.HandedOut) error {
	put((*rows)(b), b.handouts, handoutKey{h.Sale, h.Kiosk}, h)
	return nil
}
