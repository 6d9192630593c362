package sqlstore

import (
	"context"
	"errors"
	"time"

	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/books"
)

// qrOrderTable holds an order whole in its document; the columns before it are what
// rows are found by.
func qrOrderTable() table[acquiring.Order] {
	return table[acquiring.Order]{
		"qr_orders", cols("serial kiosk account amount state in_flight next_at opened_at document acquirer untried watch_at version owner updated_at asked_by asked_why"), 1,
		func(o *acquiring.Order) []any {
			return []any{
				&o.Serial, &o.Kiosk, &o.Account, &o.Amount, (*string)(&o.State), (*string)(&o.InFlight),
				clock{&o.NextAt},
				clock{&o.OpenedAt},
				document{&o.Order},
				&o.Acquirer, &o.Untried, &o.WatchAt, &o.Version, &o.Owner, &o.UpdatedAt, &o.AskedBy, &o.AskedWhy,
			}
		},
	}
}

func qrHistoryTable() table[books.History] {
	t := historyTable()
	t.name = "qr_history"
	return t
}

// orders are the rows of orders at acquirers, among the others.
type orders rows

func (r *orders) QROrder(ctx context.Context, serial string) (acquiring.Order, error) {
	return queryOne(ctx, r.q, qrOrderTable(), "WHERE serial = $1"+r.forUpdate, serial)
}

func (r *orders) ListQROrders(ctx context.Context, f books.Filter) ([]acquiring.Order, error) {
	where, args := narrowed(f, "next_at > 0")
	return query(ctx, r.q, qrOrderTable(), where+"ORDER BY opened_at DESC, serial DESC LIMIT "+nth(args), append(args, f.Limit)...)
}

func (r *orders) AddQROrder(ctx context.Context, o acquiring.Order) error {
	return errors.Join(insert(ctx, (*rows)(r), qrOrderTable(), fail, []acquiring.Order{o}), mark(ctx, (*rows)(r), o.Serial))
}

func (r *orders) UpdateQROrder(ctx context.Context, o acquiring.Order) error {
	if err := update(ctx, r.q, qrOrderTable(), o, o.Version-1); err != nil {
		return err
	}
	return mark(ctx, (*rows)(r), o.Serial)
}

func (r *orders) DueQROrders(ctx context.Context, now time.Time, limit int) ([]acquiring.Order, error) {
	return query(ctx, r.q, qrOrderTable(), "WHERE next_at > 0 AND (next_at <= $1 OR next_at > $2) ORDER BY next_at, serial LIMIT $3",
		now.UnixMilli(), now.Add(order.Horizon).UnixMilli(), limit)
}

func (r *orders) QROrdersInFlight(ctx context.Context, owner string) ([]acquiring.Order, error) {
	return query(ctx, r.q, qrOrderTable(), "WHERE next_at > 0 AND in_flight <> '' AND owner = $1 ORDER BY serial", owner)
}

func (r *orders) WatchedQROrders(ctx context.Context, now time.Time, limit int) ([]acquiring.Order, error) {
	return query(ctx, r.q, qrOrderTable(), "WHERE watch_at > 0 AND (watch_at <= $1 OR watch_at > $2) ORDER BY watch_at, serial LIMIT $3",
		now.UnixMilli(), now.Add(acquiring.WatchHorizon).UnixMilli(), limit)
}

func (r *orders) NextQROrder(ctx context.Context) (time.Time, error) {
	next := int64(0)
	for _, column := range []string{"next_at", "watch_at"} {
		var at int64
		if err := scalar(ctx, r.q, []any{&at}, "SELECT coalesce(min("+column+"), 0) FROM qr_orders WHERE "+column+" > 0"); err != nil {
			return time.Time{}, err
		}
		if at != 0 && (next == 0 || at < next) {
			next = at
		}
	}
	if next == 0 {
		return time.Time{}, nil
	}
	return time.UnixMilli(next).UTC(), nil
}

func (r *orders) AddQRHistory(ctx context.Context, hs []books.History) error {
	return insert(ctx, (*rows)(r), qrHistoryTable(), fail, hs)
}

func (r *orders) QRHistory(ctx context.Context, serial string) ([]books.History, error) {
	return query(ctx, r.q, qrHistoryTable(), "WHERE serial = $1 ORDER BY version", serial)
}

func (r *orders) Receipts(ctx context.Context, serials []string) ([]books.Receipt, error) {
	found, err := in(ctx, r.q, qrOrderTable(), serials, "AND state = '"+string(order.Paid)+"' ORDER BY serial"+r.forUpdate)
	out := make([]books.Receipt, 0, len(found))
	for _, o := range found {
		out = append(out, books.Receipt{Serial: o.Serial, Kiosk: o.Kiosk, Account: o.Account, Tender: books.TenderQR, Amount: o.Amount})
	}
	return out, err
}
