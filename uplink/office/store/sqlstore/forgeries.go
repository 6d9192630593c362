package sqlstore

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/stored"
)

// forgeryRow is a counterfeit case with what it is found by.
type forgeryRow struct {
	open bool
	counterfeit.Case
}

func forgeryTable() table[forgeryRow] {
	return table[forgeryRow]{
		"counterfeits", cols("id kiosk is_open found_at next_at document version updated_at"), 1,
		func(r *forgeryRow) []any {
			return []any{&r.ID, &r.Kiosk, &r.open, &r.FoundAt, &r.NextAt, asJSON[counterfeit.Case]{&r.Case}, &r.Version, &r.UpdatedAt}
		},
	}
}

func forgeries(rows []forgeryRow, err error) ([]counterfeit.Case, error) {
	out := make([]counterfeit.Case, len(rows))
	for i, r := range rows {
		out[i] = r.Case
	}

	return out, err
}

func (r *matters) Forgery(ctx context.Context, id string) (counterfeit.Case, error) {
	row, err := queryOne(ctx, r.q, forgeryTable(), "WHERE id = $1"+r.forUpdate, id)

	return row.Case, err
}

func (r *matters) ListForgeries(ctx context.Context, f counterfeit.Filter) ([]counterfeit.Case, error) {
	var conditions []string
	var args []any
	if f.Kiosk != "" {
		conditions = append(conditions, "kiosk = "+nth(args))
		args = append(args, f.Kiosk)
	}
	if f.Open {
		conditions = append(conditions, "is_open")
	}

	return forgeries(query(ctx, r.q, forgeryTable(), joined(conditions)+"ORDER BY found_at DESC, id LIMIT "+nth(args), append(args, f.Limit)...))
}

func (r *matters) LateForgeries(ctx context.Context, now int64, limit int) ([]counterfeit.Case, error) {
	return forgeries(query(ctx, r.q, forgeryTable(), "WHERE next_at > 0 AND next_at <= $1 ORDER BY next_at, id LIMIT $2"+r.forUpdate, now, limit))
}

func (r *matters) PutForgery(ctx context.Context, c counterfeit.Case) error {
	row := forgeryRow{c.Open(), c}
	if c.Version == 1 {
		return insert(ctx, (*rows)(r), forgeryTable(), fail, []forgeryRow{row})
	}

	return update(ctx, r.q, forgeryTable(), row, c.Version-1)
}

// exhibitRow is a photograph, its hash as 32 bytes.
type exhibitRow struct {
	hash []byte
	counterfeit.Exhibit
}

func exhibitTable() table[exhibitRow] {
	return table[exhibitRow]{
		"exhibits", cols("hash type content added_by at"), 1,
		func(r *exhibitRow) []any { return []any{&r.hash, &r.Type, &r.Content, &r.By, &r.At} },
	}
}

func (r *matters) Exhibit(ctx context.Context, hash string) (counterfeit.Exhibit, error) {
	sum, err := hex.DecodeString(hash)
	if err != nil {
		return counterfeit.Exhibit{}, fmt.Errorf("photograph %.64q: %w", hash, stored.ErrNotFound)
	}
	row, err := queryOne(ctx, r.q, exhibitTable(), "WHERE hash = $1", sum)
	row.Hash = hash

	return row.Exhibit, err
}

func (r *matters) AddExhibit(ctx context.Context, x counterfeit.Exhibit) error {
	sum, err := hex.DecodeString(x.Hash)

	return errors.Join(err, insert(ctx, (*rows)(r), exhibitTable(), ignore, []exhibitRow{{sum, x}}))
}

func claimedTable() table[counterfeit.ClaimedNote] {
	return table[counterfeit.ClaimedNote]{
		"counterfeit_notes", cols("number value case_id"), 2,
		func(n *counterfeit.ClaimedNote) []any { return []any{&n.Number, &n.Value, &n.Case} },
	}
}

func (r *matters) ClaimedNote(ctx context.Context, number string, value money.Amount) (counterfeit.ClaimedNote, error) {
	return queryOne(ctx, r.q, claimedTable(), "WHERE number = $1 AND value = $2", number, value)
}

func (r *matters) AddClaimedNotes(ctx context.Context, all []counterfeit.ClaimedNote) error {
	return insert(ctx, (*rows)(r), claimedTable(), fail, all)
}

func (r *matters) DropClaimedNotes(ctx context.Context, id string) error {
	_, err := exec(ctx, r.q, "DELETE FROM counterfeit_notes WHERE case_id = $1", id)

	return err
}
