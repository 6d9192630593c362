package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// orders are the rows of orders at acquirers, among the others.
type orders rows

func (b *orders) QROrder(_ context.Context, serial string) (acquiring.Order, error) {
	return one(b.qrs, serial)
}

func (b *orders) ListQROrders(_ context.Context, f books.Filter) ([]acquiring.Order, error) {
	return list(b.qrs, func(o acquiring.Order) bool {
		return (f.Kiosk == "" || o.Kiosk == f.Kiosk) && (f.Account == "" || o.Account == f.Account) && !(f.Open && !o.Open())
	}, func(x, y acquiring.Order) int {
		return cmp.Or(y.OpenedAt.Compare(x.OpenedAt), cmp.Compare(y.Serial, x.Serial))
	}, f.Limit), nil
}

func (b *orders) AddQROrder(_ context.Context, o acquiring.Order) error {
	if _, had := b.qrs[o.Serial]; had {
		return fmt.Errorf("order %s exists: %w", o.Serial, stored.ErrStale)
	}
	b.putQROrder(o)
	return nil
}

func (b *orders) UpdateQROrder(_ context.Context, o acquiring.Order) error {
	if b.qrs[o.Serial].Version != o.Version-1 {
		return stored.ErrStale
	}
	b.putQROrder(o)
	return nil
}

func (b *orders) putQROrder(o acquiring.Order) {
	put((*rows)(b), b.qrs, o.Serial, o)
	mark((*rows)(b), o.Serial)
	if o.Open() || o.WatchAt != 0 {
		put((*rows)(b), b.qrWatch, o.Serial, true)
	} else {
		remove((*rows)(b), b.qrWatch, o.Serial)
	}
}

// watched are the orders that are open or watched, of which keep wants some.
func (b *orders) watched(keep func(acquiring.Order) bool, cmp func(x, y acquiring.Order) int) []acquiring.Order {
	var out []acquiring.Order
	for s := range b.qrWatch {
		if o := b.qrs[s]; keep(o) {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, cmp)
	return out
}

func (b *orders) DueQROrders(_ context.Context, now time.Time, limit int) ([]acquiring.Order, error) {
	out := b.watched(func(o acquiring.Order) bool { return o.Due(now) }, func(x, y acquiring.Order) int {
		return cmp.Or(x.NextAt.Compare(y.NextAt), cmp.Compare(x.Serial, y.Serial))
	})
	return out[:min(len(out), limit)], nil
}

func (b *orders) QROrdersInFlight(_ context.Context, owner string) ([]acquiring.Order, error) {
	return b.watched(func(o acquiring.Order) bool { return o.InFlight != "" && o.Owner == owner }, func(x, y acquiring.Order) int {
		return strings.Compare(x.Serial, y.Serial)
	}), nil
}

func (b *orders) WatchedQROrders(_ context.Context, now time.Time, limit int) ([]acquiring.Order, error) {
	out := b.watched(func(o acquiring.Order) bool { return o.Watched(now) }, func(x, y acquiring.Order) int {
		return cmp.Or(cmp.Compare(x.WatchAt, y.WatchAt), cmp.Compare(x.Serial, y.Serial))
	})
	return out[:min(len(out), limit)], nil
}

func (b *orders) NextQROrder(context.Context) (next time.Time, _ error) {
	sooner := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for s := range b.qrWatch {
		o := b.qrs[s]
		if o.Open() {
			sooner(o.NextAt)
		}
		if o.WatchAt != 0 {
			sooner(time.UnixMilli(o.WatchAt).UTC())
		}
	}
	return next, nil
}

func (b *orders) AddQRHistory(_ context.Context, steps []books.History) error {
	for _, h := range steps {
		add((*rows)(b), b.qrSteps, h.Serial, h)
	}
	return nil
}

func (b *orders) QRHistory(_ context.Context, serial string) ([]books.History, error) {
	return slices.Clone(b.qrSteps[serial]), nil
}

func (b *orders) Receipts(_ context.Context, serials []string) ([]books.Receipt, error) {
	var out []books.Receipt
	for _, o := range several(b.qrs, serials) {
		if o.State == order.Paid {
			out = append(out, books.Receipt{Serial: o.Serial, Kiosk: o.Kiosk, Account: o.Account, Tender: books.TenderQR, Amount: o.Amount})
		}
	}
	return out, nil
}
