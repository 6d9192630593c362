package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
)

func (r *rows) Kiosk(ctx context.Context, id string) (fleet.Kiosk, error) {
	return queryOne(ctx, r.q, kioskTable(), "WHERE id = $1"+r.forUpdate, id)
}

func (r *rows) Kiosks(ctx context.Context) ([]fleet.Kiosk, error) {
	return query(ctx, r.q, kioskTable(), "ORDER BY id")
}

func (r *rows) PutKiosk(ctx context.Context, k fleet.Kiosk) error {
	return insert(ctx, r, kioskTable(), replace, []fleet.Kiosk{k})
}

func (r *rows) Count(ctx context.Context, name string, n, floor uint64) (uint64, error) {
	last, err := queryOne(ctx, r.q, counterTable(), "WHERE name = $1"+r.forUpdate, name)
	if err != nil {
		return 0, err
	}
	first := max(last.n+1, floor)
	return first, insert(ctx, r, counterTable(), replace, []counter{{name, first + n - 1}})
}

func (r *rows) Token(ctx context.Context, hash string) (fleet.Token, error) {
	return queryOne(ctx, r.q, tokenTable(), "WHERE hash = $1"+r.forUpdate, hash)
}

func (r *rows) TokenFrom(ctx context.Context, from string) (fleet.Token, error) {
	return queryOne(ctx, r.q, tokenTable(), "WHERE hash >= $1 ORDER BY hash LIMIT 1", from)
}

func (r *rows) PutToken(ctx context.Context, t fleet.Token) error {
	return insert(ctx, r, tokenTable(), replace, []fleet.Token{t})
}

func (r *rows) Journal(ctx context.Context, kiosk string) (books.Journal, error) {
	return queryOne(ctx, r.q, journalTable(), "WHERE kiosk = $1 AND from_seq = 0 ORDER BY incarnation DESC LIMIT 1"+r.forUpdate, kiosk)
}

func (r *rows) Journals(ctx context.Context) ([]books.Journal, error) {
	return query(ctx, r.q, journalTable(), "WHERE incarnation = (SELECT max(incarnation) FROM journals AS newer WHERE newer.kiosk = journals.kiosk AND newer.from_seq = 0)")
}

func (r *rows) JournalsOf(ctx context.Context, kiosk string) ([]books.Journal, error) {
	return query(ctx, r.q, journalTable(), "WHERE kiosk = $1 ORDER BY incarnation DESC"+r.forUpdate, kiosk)
}

func (r *rows) PutJournal(ctx context.Context, j books.Journal) error {
	return insert(ctx, r, journalTable(), replace, []books.Journal{j})
}

func (r *rows) RecordHash(ctx context.Context, kiosk string, inc uint8, seq uint64) (record.Hash, error) {
	l, err := queryOne(ctx, r.q, recordTable(), "WHERE kiosk = $1 AND incarnation = $2 AND seq = $3", kiosk, int64(inc), int64(seq))
	return l.Hash, err
}

func (r *rows) AddRecords(ctx context.Context, kiosk string, inc uint8, recs []books.Sealed) error {
	return insert(ctx, r, recordTable(), fail, linesOf(kiosk, inc, recs))
}

func (r *rows) AddBranch(ctx context.Context, kiosk string, inc uint8, recs []books.Sealed) error {
	return insert(ctx, r, branchTable(), ignore, linesOf(kiosk, inc, recs))
}

func (r *rows) Branch(ctx context.Context, kiosk string) (n int64, err error) {
	err = scalar(ctx, r.q, []any{&n}, "SELECT count(*) FROM branches WHERE kiosk = $1", kiosk)
	return n, err
}

func (r *guards) LeftOn(ctx context.Context, kiosk string, seq uint64, hash record.Hash) (n uint8, err error) {
	err = scalar(ctx, r.q, []any{&n}, "SELECT coalesce(max(incarnation), 0) FROM branches WHERE kiosk = $1 AND seq = $2 AND hash = $3 AND incarnation >= 100", kiosk, int64(seq), hash[:])
	return n, err
}

func (r *guards) MoveRecords(ctx context.Context, kiosk string, branch, incarnation uint8) error {
	_, err := exec(ctx, r.q, "UPDATE records SET incarnation = $1 WHERE kiosk = $2 AND incarnation = $3", int64(incarnation), kiosk, int64(branch))
	return err
}

func (r *guards) LeaveRecords(ctx context.Context, kiosk string, inc uint8, from uint64, branch uint8, recs []books.Sealed) error {
	if err := insert(ctx, (*rows)(r), branchTable(), ignore, linesOf(kiosk, branch, recs)); err != nil {
		return err
	}
	_, err := exec(ctx, r.q, "DELETE FROM records WHERE kiosk = $1 AND incarnation = $2 AND seq >= $3", kiosk, int64(inc), int64(from))
	return err
}

func (r *guards) DeleteTransactions(ctx context.Context, serials []string) error {
	for _, serial := range serials {
		if _, err := exec(ctx, r.q, "DELETE FROM transactions WHERE serial = $1", serial); err != nil {
			return err
		}
	}
	return mark(ctx, (*rows)(r), serials...)
}

func linesOf(kiosk string, inc uint8, recs []books.Sealed) []line {
	lines := make([]line, len(recs))
	for i, s := range recs {
		if s.Payload == nil {
			s.Payload = []byte{}
		}
		lines[i] = line{kiosk, inc, s}
	}
	return lines
}

func (r *rows) Events(ctx context.Context, kiosk, serial string, limit int) ([]books.Event, error) {
	lines, err := query(ctx, r.q, recordTable(), "WHERE txn = $1 AND txn <> '' AND kiosk = $2 ORDER BY incarnation, seq LIMIT $3", serial, kiosk, limit)
	out := make([]books.Event, 0, len(lines))
	for _, l := range lines {
		out = append(out, books.Event{
			Kiosk: l.kiosk, Incarnation: l.incarnation, Seq: l.Seq, At: l.Time.UnixMilli(), Trust: uint8(l.Trust), Type: l.Type, Txn: l.Txn, Version: l.Version, Payload: string(l.Payload),
		})
	}
	return out, err
}

func (r *rows) Transactions(ctx context.Context, serials []string) ([]books.Transaction, error) {
	return in(ctx, r.q, transactionTable(), serials, "")
}

func (r *rows) ListTransactions(ctx context.Context, f books.Filter) ([]books.Transaction, error) {
	conditions, args := conditionsOf(f)
	if f.OpenedBy != 0 && (f.Before.OpenedAt == 0 || f.OpenedBy < f.Before.OpenedAt) { // else Before says it, and the index goes by that
		conditions, args = append(conditions, "opened_at <= "+nth(args)), append(args, f.OpenedBy)
	}
	if f.OpenedAfter != 0 {
		conditions, args = append(conditions, "opened_at > "+nth(args)), append(args, f.OpenedAfter)
	}
	if f.Before != (books.Mark{}) {
		conditions = append(conditions, fmt.Sprintf("(opened_at, serial) < ($%d, $%d)", len(args)+1, len(args)+2))
		args = append(args, f.Before.OpenedAt, f.Before.Serial)
	}
	where := joined(conditions)

	return query(ctx, r.q, transactionTable(), where+"ORDER BY opened_at DESC, serial DESC LIMIT "+nth(args), append(args, f.Limit)...)
}

func (r *rows) PutTransactions(ctx context.Context, txns []books.Transaction) error {
	keys := make([]string, len(txns))
	for i, t := range txns {
		keys[i] = t.Serial
	}
	return errors.Join(insert(ctx, r, transactionTable(), replace, txns), mark(ctx, r, keys...))
}

func (r *rows) OpenTransactions(ctx context.Context, kiosk string) ([]books.Transaction, error) {
	return query(ctx, r.q, transactionTable(), "WHERE status = 'tendering' AND kiosk = $1 ORDER BY serial", kiosk)
}

func (r *rows) Unfolded(ctx context.Context, limit int) ([]books.Transaction, error) {
	return query(ctx, r.q, transactionTable(), "WHERE folded = '' ORDER BY serial LIMIT $1", limit)
}
