package sqlstore

import (
	"context"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
)

// tills are the rows of cash, among the others.
type tills rows

func readTable() table[cash.Read] {
	return table[cash.Read]{"cash_reads", cols("kiosk incarnation seq"), 2, func(r *cash.Read) []any { return []any{&r.Kiosk, &r.Incarnation, &r.Seq} }}
}

func positionTable() table[cash.Position] {
	return table[cash.Position]{
		"cash_positions", cols("kiosk body version updated_at"), 1,
		func(p *cash.Position) []any {
			return []any{&p.Kiosk, asJSON[cash.Position]{p}, &p.Version, &p.UpdatedAt}
		},
	}
}

func cashDayTable() table[cash.Day] {
	return table[cash.Day]{"cash_days", cols("kiosk business_date notes amount"), 2, func(d *cash.Day) []any { return []any{&d.Kiosk, &d.Date, &d.Notes, &d.Amount} }}
}

// collectionRow is a collection with what it is listed by.
type collectionRow struct {
	phase string
	cash.Collection
}

func collectionTable() table[collectionRow] {
	return table[collectionRow]{
		"collections", cols("serial kiosk phase remittance seen_at body version updated_at"), 1,
		func(c *collectionRow) []any {
			return []any{&c.Serial, &c.Kiosk, &c.phase, &c.Remittance, &c.SeenAt, asJSON[cash.Collection]{&c.Collection}, &c.Version, &c.UpdatedAt}
		},
	}
}

// remittanceRow is a remittance with what it is found by.
type remittanceRow struct {
	depositReference, depositDate string
	lineReference, lineDate       string
	matched                       bool
	cash.Remittance
}

func remittanceTable() table[remittanceRow] {
	return table[remittanceRow]{
		"remittances", cols("id at deposit_reference deposit_date line_reference line_date matched body version updated_at"), 1,
		func(r *remittanceRow) []any {
			return []any{&r.ID, &r.At, &r.depositReference, &r.depositDate, &r.lineReference, &r.lineDate, &r.matched, asJSON[cash.Remittance]{&r.Remittance}, &r.Version, &r.UpdatedAt}
		},
	}
}

func remittances(rows []remittanceRow, err error) ([]cash.Remittance, error) {
	out := make([]cash.Remittance, len(rows))
	for i, r := range rows {
		out[i] = r.Remittance
	}

	return out, err
}

func (r *tills) UnreadJournals(ctx context.Context, after string, limit int) ([]cash.Read, error) {
	rs, err := r.q.QueryContext(ctx, `SELECT journals.kiosk, journals.incarnation, coalesce(cash_reads.seq, 0)
		FROM journals LEFT JOIN cash_reads ON cash_reads.kiosk = journals.kiosk AND cash_reads.incarnation = journals.incarnation
		WHERE journals.kiosk > $1 AND journals.is_left = FALSE AND journals.head_seq > coalesce(cash_reads.seq, 0)
		UNION SELECT kiosk, incarnation, seq FROM cash_reads WHERE kiosk > $1 AND seq > 0 AND NOT EXISTS (
			SELECT 1 FROM journals WHERE journals.kiosk = cash_reads.kiosk AND journals.incarnation = cash_reads.incarnation AND journals.is_left = FALSE)
		ORDER BY 1, 2 LIMIT $2`, after, limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rs.Close() }() // Err below is what counts
	var out []cash.Read
	for rs.Next() {
		var row cash.Read
		if err := rs.Scan(&row.Kiosk, &row.Incarnation, &row.Seq); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rs.Err()
}

func (r *tills) CashReads(ctx context.Context, kiosk string) ([]cash.Read, error) {
	return query(ctx, r.q, readTable(), "WHERE kiosk = $1 ORDER BY incarnation", kiosk)
}

func (r *tills) PutCashReads(ctx context.Context, all []cash.Read) error {
	return insert(ctx, (*rows)(r), readTable(), replace, all)
}

func (r *guards) RecordsAfter(ctx context.Context, kiosk string, inc uint8, seq uint64, limit int) ([]books.Sealed, error) {
	lines, err := query(ctx, r.q, recordTable(), "WHERE kiosk = $1 AND incarnation = $2 AND seq > $3 ORDER BY seq LIMIT $4", kiosk, int64(inc), int64(seq), limit)
	out := make([]books.Sealed, len(lines))
	for i, l := range lines {
		out[i] = l.Sealed
	}
	return out, err
}

func (r *tills) CashPosition(ctx context.Context, kiosk string) (cash.Position, error) {
	return queryOne(ctx, r.q, positionTable(), "WHERE kiosk = $1"+r.forUpdate, kiosk)
}

func (r *tills) CashPositions(ctx context.Context) ([]cash.Position, error) {
	return query(ctx, r.q, positionTable(), "ORDER BY kiosk")
}

func (r *tills) PutCashPosition(ctx context.Context, p cash.Position) error {
	return keep(ctx, (*settled)(r), positionTable(), p, p.Version)
}

func (r *tills) CashDays(ctx context.Context, kiosk, from string) ([]cash.Day, error) {
	return query(ctx, r.q, cashDayTable(), "WHERE ($1 = '' OR kiosk = $1) AND business_date >= $2 ORDER BY kiosk, business_date", kiosk, from)
}

func (r *tills) PutCashDays(ctx context.Context, all []cash.Day) error {
	return insert(ctx, (*rows)(r), cashDayTable(), replace, all)
}

func (r *tills) ForgetCashDays(ctx context.Context, kiosk string) error {
	_, err := exec(ctx, r.q, "DELETE FROM cash_days WHERE kiosk = $1", kiosk)
	return err
}

func (r *tills) Collection(ctx context.Context, serial string) (cash.Collection, error) {
	row, err := queryOne(ctx, r.q, collectionTable(), "WHERE serial = $1"+r.forUpdate, serial)
	return row.Collection, err
}

func (r *tills) ListCollections(ctx context.Context, f cash.Filter) ([]cash.Collection, error) {
	var conditions []string
	var args []any
	for _, c := range []struct{ column, value string }{{"kiosk", f.Kiosk}, {"phase", string(f.Phase)}, {"remittance", f.Remittance}} {
		if c.value != "" {
			conditions = append(conditions, c.column+" = "+nth(args))
			args = append(args, c.value)
		}
	}
	return ofRows(query(ctx, r.q, collectionTable(), joined(conditions)+"ORDER BY seen_at DESC, serial DESC LIMIT "+nth(args), append(args, f.Limit)...))
}

func (r *tills) CollectionsOf(ctx context.Context, kiosk string) ([]cash.Collection, error) {
	return ofRows(query(ctx, r.q, collectionTable(), "WHERE kiosk = $1 ORDER BY serial", kiosk))
}

func ofRows(rows []collectionRow, err error) ([]cash.Collection, error) {
	out := make([]cash.Collection, len(rows))
	for i, c := range rows {
		out[i] = c.Collection
	}
	return out, err
}

func (r *tills) CollectionsIn(ctx context.Context, p cash.Phase, after string, limit int) ([]cash.Collection, error) {
	return ofRows(query(ctx, r.q, collectionTable(), "WHERE phase = $1 AND serial > $2 ORDER BY serial LIMIT $3", string(p), after, limit))
}

func (r *tills) PutCollection(ctx context.Context, c cash.Collection) error {
	return keep(ctx, (*settled)(r), collectionTable(), collectionRow{string(c.Phase()), c}, c.Version)
}

func (r *tills) Remittance(ctx context.Context, id string) (cash.Remittance, error) {
	row, err := queryOne(ctx, r.q, remittanceTable(), "WHERE id = $1"+r.forUpdate, id)

	return row.Remittance, err
}

func (r *tills) ListRemittances(ctx context.Context, limit int) ([]cash.Remittance, error) {
	return remittances(query(ctx, r.q, remittanceTable(), "ORDER BY at DESC, id LIMIT $1", limit))
}

func (r *tills) RemittancesReferring(ctx context.Context, reference string, limit int) ([]cash.Remittance, error) {
	return remittances(query(ctx, r.q, remittanceTable(), "WHERE deposit_reference = $1 OR line_reference = $1 ORDER BY at DESC, id LIMIT $2", reference, limit))
}

func (r *tills) RemittancesDated(ctx context.Context, from, to, after string, limit int) ([]cash.Remittance, error) {
	return remittances(query(ctx, r.q, remittanceTable(), "WHERE (deposit_date >= $1 AND deposit_date < $2 OR line_date >= $1 AND line_date < $2) AND id > $3 ORDER BY id LIMIT $4", from, to, after, limit))
}

func (r *tills) UnmatchedRemittances(ctx context.Context, after string, limit int) ([]cash.Remittance, error) {
	return remittances(query(ctx, r.q, remittanceTable(), "WHERE NOT matched AND id > $1 ORDER BY id LIMIT $2", after, limit))
}

func (r *tills) PutRemittance(ctx context.Context, m cash.Remittance) error {
	row := remittanceRow{m.Deposit.Reference, m.Deposit.Date, m.Line.Reference, m.Line.Date, m.Matched(), m}

	return keep(ctx, (*settled)(r), remittanceTable(), row, m.Version)
}
