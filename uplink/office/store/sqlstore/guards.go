package sqlstore

import (
	"context"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/proof"
)

// guards are the rows of what kiosks' words are held against, among the others.
type guards rows

func boundsTable() table[books.BoundsRow] {
	return table[books.BoundsRow]{
		"bounds", cols("kiosk body version updated_at"), 1,
		func(b *books.BoundsRow) []any {
			return []any{&b.Kiosk, asJSON[books.Bounds]{&b.Bounds}, &b.Version, &b.UpdatedAt}
		},
	}
}

// heldRow is an order that is held, with what it is found by.
type heldRow struct {
	id, kiosk, serial, state string
	books.HeldOrder
}

func heldTable() table[heldRow] {
	return table[heldRow]{
		"held_orders", cols("id kiosk serial state body version updated_at"), 1,
		func(h *heldRow) []any {
			return []any{&h.id, &h.kiosk, &h.serial, &h.state, asJSON[books.HeldOrder]{&h.HeldOrder}, &h.Version, &h.UpdatedAt}
		},
	}
}

func (r *guards) Bounds(ctx context.Context, kiosks []string) ([]books.BoundsRow, error) {
	if len(kiosks) == 0 {
		return query(ctx, r.q, boundsTable(), "ORDER BY kiosk")
	}
	return in(ctx, r.q, boundsTable(), kiosks, "ORDER BY kiosk")
}

func (r *guards) PutBounds(ctx context.Context, b books.BoundsRow) error {
	return keep(ctx, (*settled)(r), boundsTable(), b, b.Version)
}

func (r *guards) CashTaken(ctx context.Context, kiosk, date string) (sum money.Amount, err error) {
	err = scalar(ctx, r.q, []any{&sum}, "SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM postings WHERE kiosk = $1 AND business_date = $2 AND tender = $3", kiosk, date, string(payments.Cash))
	return sum, err
}

func (r *guards) HeldOrder(ctx context.Context, id string) (books.HeldOrder, error) {
	row, err := queryOne(ctx, r.q, heldTable(), "WHERE id = $1"+r.forUpdate, id)
	return row.HeldOrder, err
}

func (r *guards) HeldOf(ctx context.Context, serials []string) ([]books.HeldOrder, error) {
	rows, err := among(ctx, r.q, heldTable(), "serial", serials, "ORDER BY serial, id")
	out := make([]books.HeldOrder, len(rows))
	for i, h := range rows {
		out[i] = h.HeldOrder
	}
	return out, err
}

func (r *guards) PutHeld(ctx context.Context, h books.HeldOrder) error {
	return insert(ctx, (*rows)(r), heldTable(), replace, []heldRow{{h.ID, h.Order.Kiosk, h.Order.Serial, string(h.State), h}})
}

func unprovenTable() table[proof.Unproven] {
	return table[proof.Unproven]{
		"unproven", cols("serial kiosk body updated_at"), 1,
		func(u *proof.Unproven) []any {
			return []any{&u.Serial, &u.Kiosk, asJSON[proof.Unproven]{u}, &u.UpdatedAt}
		},
	}
}

func (r *guards) Unclosed(ctx context.Context, after, upTo int64, limit int) ([]books.Posting, error) {
	return query(ctx, r.q, postingTable(), `WHERE ordered_at > $1 AND ordered_at <= $2 AND serial NOT LIKE $3 AND NOT (state = 'owed' AND calls = 0) AND NOT EXISTS (
		SELECT 1 FROM transactions WHERE transactions.serial = postings.serial AND transactions.closed_at > 0 AND transactions.total = postings.amount)
		ORDER BY ordered_at, serial LIMIT $4`, after, upTo, posting.BookingMark+"%", limit)
}

func (r *guards) Unproven(ctx context.Context) ([]proof.Unproven, error) {
	return query(ctx, r.q, unprovenTable(), "ORDER BY serial")
}

func (r *guards) PutUnproven(ctx context.Context, rs []proof.Unproven) error {
	return insert(ctx, (*rows)(r), unprovenTable(), replace, rs)
}

func (r *guards) DropUnproven(ctx context.Context, serial string) error {
	_, err := exec(ctx, r.q, "DELETE FROM unproven WHERE serial = $1", serial)
	return err
}
