package sqlstore

import (
	"context"
	"time"

	"wattkiosk/payments/metercard"
	"wattkiosk/uplink/office/books"
)

func deliveryTable() table[books.Delivery] {
	return table[books.Delivery]{
		"deliveries", cols(`serial kiosk account sold sold_at stage visit how by_whom why asked_how asked_by asked_why
			outcome said tries code text next_at version updated_at`), 1,
		func(d *books.Delivery) []any {
			return []any{
				&d.Serial, &d.Kiosk, &d.Account,
				written[metercard.Sold]{&d.Sold},
				&d.SoldAt, (*string)(&d.Stage), &d.Visit, (*string)(&d.How), &d.By, &d.Why,
				(*string)(&d.AskedHow), &d.AskedBy, &d.AskedWhy,
				(*string)(&d.Outcome), &d.Said, &d.Tries, &d.Code, &d.Text, &d.NextAt,
				&d.Version, &d.UpdatedAt,
			}
		},
	}
}

func handedOutTable() table[books.HandedOut] {
	return table[books.HandedOut]{
		"handouts", cols("sale kiosk visit at until"), 2,
		func(h *books.HandedOut) []any { return []any{&h.Sale, &h.Kiosk, &h.Visit, &h.At, &h.Until} },
	}
}

// deliveries are the rows of deliveries, among the others.
type deliveries rows

func (r *deliveries) Delivery(ctx context.Context, serial string) (books.Delivery, error) {
	return queryOne(ctx, r.q, deliveryTable(), "WHERE serial = $1"+r.forUpdate, serial)
}

func (r *deliveries) Deliveries(ctx context.Context, serials []string) ([]books.Delivery, error) {
	return in(ctx, r.q, deliveryTable(), serials, "")
}

func (r *deliveries) ListDeliveries(ctx context.Context, f books.Filter) ([]books.Delivery, error) {
	where, args := narrowed(f, "stage IN ('to-write', 'writing', 'unwritten', 'unsure')")
	return query(ctx, r.q, deliveryTable(), where+"ORDER BY sold_at DESC, serial DESC LIMIT "+nth(args), append(args, f.Limit)...)
}

func (r *deliveries) PutDelivery(ctx context.Context, d books.Delivery) error {
	if d.Version == 1 { // another may have made it meanwhile
		return insert(ctx, (*rows)(r), deliveryTable(), fail, []books.Delivery{d})
	}
	return update(ctx, r.q, deliveryTable(), d, d.Version-1)
}

func (r *deliveries) DueDeliveries(ctx context.Context, now time.Time, limit int) ([]books.Delivery, error) {
	const due = "WHERE next_at > 0 AND (next_at <= $1 OR next_at > $2 OR outcome <> '' AND next_at > $3) ORDER BY next_at, serial LIMIT $4"
	return query(ctx, r.q, deliveryTable(), due,
		now.UnixMilli(), now.Add(books.DeliverWithin).UnixMilli(), now.Add(books.ReportWithin).UnixMilli(), limit)
}

func (r *deliveries) NextDelivery(ctx context.Context) (time.Time, error) {
	var at int64
	err := scalar(ctx, r.q, []any{&at}, "SELECT coalesce(min(next_at), 0) FROM deliveries WHERE next_at > 0")
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(at).UTC(), nil
}

func (r *deliveries) HandedOut(ctx context.Context, sale string) ([]books.HandedOut, error) {
	return query(ctx, r.q, handedOutTable(), "WHERE sale = $1 ORDER BY kiosk", sale)
}

func (r *deliveries) PutHandedOut(ctx context.Context, h books.HandedOut) error {
	return insert(ctx, (*rows)(r), handedOutTable(), replace, []books.HandedOut{h})
}
