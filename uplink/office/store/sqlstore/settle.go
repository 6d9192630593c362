package sqlstore

import (
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/stored"
)

// asJSON reads and writes a value as JSON. What marshals to null is an empty text.
type asJSON[T any] struct{ v *T }

func (j asJSON[T]) Scan(v any) error { return scanJSON(v, j.v) }

func (j asJSON[T]) Value() (driver.Value, error) {
	b, err := json.Marshal(*j.v)
	if string(b) == "null" {
		return "", err
	}
	return string(b), err
}

func dateTable() table[settle.Date] {
	return table[settle.Date]{
		"settle_dates", cols("day state run books missing breaks ran_at signed_by signed_at seal sealed version updated_at settlements"), 1,
		func(d *settle.Date) []any {
			return []any{
				&d.Day, (*string)(&d.State), &d.Run,
				asJSON[[]settle.Figures]{&d.Books},
				asJSON[[]string]{&d.Missing},
				&d.Breaks, &d.RanAt, &d.SignedBy, &d.SignedAt, &d.Seal, &d.Sealed, &d.Version, &d.UpdatedAt,
				asJSON[[]settle.Settlement]{&d.Settlements},
			}
		},
	}
}

func bookFileTable() table[settle.File] {
	return table[settle.File]{
		"settle_files", cols("id day kind part name count sum sha256 state by_whom at replaced_at owner until version backs back"), 1,
		func(f *settle.File) []any {
			return []any{
				&f.ID, &f.Day, &f.Kind, &f.Part, &f.Name, &f.Count, &f.Sum, &f.SHA256, (*string)(&f.State), &f.By, &f.At, &f.ReplacedAt, &f.Owner, &f.Until, &f.Version, &f.Backs, &f.Back,
			}
		},
	}
}

func lineTable() table[settle.Line] {
	return table[settle.Line]{
		"settle_lines", cols("file serial n account batch terminal trace reference amount at state"), 3,
		func(l *settle.Line) []any {
			return []any{
				&l.File, &l.Serial, &l.N, &l.Account, &l.Batch, &l.Terminal, &l.Trace, &l.Reference, &l.Amount, &l.At, (*uint8)(&l.State),
			}
		},
	}
}

func breakTable() table[settle.Break] {
	return table[settle.Break]{
		"settle_breaks", cols("id day class serial batch account kiosk sides proposal state first_run run found_at updated_at resolution books lacks"), 1,
		func(b *settle.Break) []any {
			return []any{
				&b.ID, &b.Day, (*string)(&b.Class), &b.Serial, &b.Batch, &b.Account, &b.Kiosk,
				asJSON[map[string]money.Amount]{&b.Sides},
				(*string)(&b.Proposal), (*string)(&b.State), &b.FirstRun, &b.Run, &b.FoundAt, &b.UpdatedAt, &b.Resolution, (*uint8)(&b.Of), (*uint8)(&b.Lacks),
			}
		},
	}
}

func dueTable() table[settle.DueRow] {
	return table[settle.DueRow]{
		"settle_due", cols("job day state next_at owner until tries again version"), 2,
		func(d *settle.DueRow) []any {
			return []any{&d.Job, &d.Day, (*string)(&d.State), &d.NextAt, &d.Owner, &d.Until, &d.Tries, &d.Again, &d.Version}
		},
	}
}

// settled are the rows of business dates, their files and breaks, and of jobs, among the
// others.
type settled rows

// keep makes a row whose version is 1, and else replaces the one before it.
func keep[T any](ctx context.Context, r *settled, t table[T], row T, version int64) error {
	if version == 1 { // another may have made it meanwhile
		return insert(ctx, (*rows)(r), t, fail, []T{row})
	}
	return update(ctx, r.q, t, row, version-1)
}

func (r *settled) Date(ctx context.Context, day string) (settle.Date, error) {
	return queryOne(ctx, r.q, dateTable(), "WHERE day = $1"+r.forUpdate, day)
}

func (r *settled) Dates(ctx context.Context, before string, limit int) ([]settle.Date, error) {
	return query(ctx, r.q, dateTable(), "WHERE $1 = '' OR day < $1 ORDER BY day DESC LIMIT $2", before, limit)
}

func (r *settled) Unsigned(ctx context.Context, limit int) ([]settle.Date, error) {
	return query(ctx, r.q, dateTable(), "WHERE state <> $1 ORDER BY day LIMIT $2", string(settle.Signed), limit)
}

func (r *settled) PutDate(ctx context.Context, d settle.Date) error {
	return keep(ctx, r, dateTable(), d, d.Version)
}

func (r *settled) Break(ctx context.Context, id string) (settle.Break, error) {
	return queryOne(ctx, r.q, breakTable(), "WHERE id = $1"+r.forUpdate, id)
}

func (r *settled) BreaksOf(ctx context.Context, day, after string, limit int) ([]settle.Break, error) {
	return query(ctx, r.q, breakTable(), "WHERE day = $1 AND id > $2 ORDER BY id LIMIT $3", day, after, limit)
}

func (r *settled) OpenBreaks(ctx context.Context, after settle.BreakKey, limit int) ([]settle.Break, error) {
	return query(ctx, r.q, breakTable(), "WHERE state = 'open' AND (day > $1 OR day = $1 AND id > $2) ORDER BY day, id LIMIT $3", after.Day, after.ID, limit)
}

func (r *settled) PutBreaks(ctx context.Context, all []settle.Break) error {
	return insert(ctx, (*rows)(r), breakTable(), replace, all)
}

func (r *settled) DueRow(ctx context.Context, job, day string) (settle.DueRow, error) {
	return queryOne(ctx, r.q, dueTable(), "WHERE job = $1 AND day = $2"+r.forUpdate, job, day)
}

func (r *settled) LastDue(ctx context.Context, job, upto string) (string, error) {
	var day string
	err := scalar(ctx, r.q, []any{&day}, "SELECT coalesce(max(day), '') FROM settle_due WHERE job = $1 AND day <= $2", job, upto)
	return day, err
}

func (r *settled) DueRows(ctx context.Context, job string, now time.Time, limit int) ([]settle.DueRow, error) {
	return query(ctx, r.q, dueTable(), "WHERE job = $1 AND state = 'due' AND next_at <= $2 ORDER BY day LIMIT $3", job, now.UnixMilli(), limit)
}

func (r *settled) PutDueRow(ctx context.Context, d settle.DueRow) error {
	t := dueTable()
	if d.Version == 1 {
		return insert(ctx, (*rows)(r), t, fail, []settle.DueRow{d})
	}
	n, err := exec(ctx, r.q, `UPDATE settle_due SET state = $3, next_at = $4, owner = $5, until = $6, tries = $7, again = $8, version = $9
		WHERE job = $1 AND day = $2 AND version = $10`, append(t.fields(&d), d.Version-1)...)
	if err == nil && n == 0 {
		err = stored.ErrStale
	}
	return err
}

func (r *settled) BookFile(ctx context.Context, id string) (settle.File, error) {
	return queryOne(ctx, r.q, bookFileTable(), "WHERE id = $1"+r.forUpdate, id)
}

func (r *settled) FilesOf(ctx context.Context, day string) ([]settle.File, error) {
	return query(ctx, r.q, bookFileTable(), "WHERE day = $1 ORDER BY kind, part, at, id", day)
}

func (r *settled) LoadingFiles(ctx context.Context) ([]settle.File, error) {
	return query(ctx, r.q, bookFileTable(), "WHERE state = 'loading' ORDER BY id")
}

func (r *settled) PutFile(ctx context.Context, f settle.File) error {
	return keep(ctx, r, bookFileTable(), f, f.Version)
}

func (r *settled) DropFile(ctx context.Context, id string) error {
	for _, stmt := range []string{"DELETE FROM settle_lines WHERE file = $1", "DELETE FROM settle_files WHERE id = $1"} {
		if _, err := exec(ctx, r.q, stmt, id); err != nil {
			return fmt.Errorf("cannot drop file %s: %w", id, err)
		}
	}
	return nil
}

func (r *settled) AddLines(ctx context.Context, all []settle.Line) error {
	return insert(ctx, (*rows)(r), lineTable(), fail, all)
}

func (r *settled) Lines(ctx context.Context, file string, after settle.LineKey, limit int) ([]settle.Line, error) {
	return query(ctx, r.q, lineTable(), "WHERE file = $1 AND (serial, n) > ($2, $3) ORDER BY serial, n LIMIT $4", file, after.Serial, after.N, limit)
}

func (r *settled) LinesOf(ctx context.Context, serials []string) ([]settle.Line, error) {
	out, err := among(ctx, r.q, lineTable(), "serial", serials,
		"AND file IN (SELECT id FROM settle_files WHERE state = 'whole' AND replaced_at = 0)")
	slices.SortFunc(out, func(x, y settle.Line) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Serial, y.Serial), cmp.Compare(x.N, y.N))
	})
	return out, err
}

func (r *settled) DayPostings(ctx context.Context, day, after string, limit int) ([]books.Posting, error) {
	return query(ctx, r.q, postingTable(), "WHERE business_date = $1 AND serial > $2 ORDER BY serial LIMIT $3", day, after, limit)
}

func (r *settled) Unposted(ctx context.Context, from, to time.Time, after settle.OpenedKey, limit int) ([]books.Transaction, error) {
	return query(ctx, r.q, transactionTable(), `WHERE opened_at >= $1 AND opened_at < $2 AND (opened_at, serial) > ($3, $4)
		AND NOT EXISTS (SELECT 1 FROM postings p WHERE p.serial = transactions.serial) ORDER BY opened_at, serial LIMIT $5`,
		from.UnixMilli(), to.UnixMilli(), after.At, after.Serial, limit)
}
