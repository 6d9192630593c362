package sqlstore

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"wattkiosk/payments/ledger"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/acquiring"
)

// sides reads and writes the lines of an entry as JSON.
type sides struct{ lines *[]ledger.Line }

func (s sides) Scan(v any) error {
	text, ok := v.(string)
	if raw, isBytes := v.([]byte); isBytes {
		text, ok = string(raw), true
	}
	if !ok {
		return fmt.Errorf("lines are a %T", v)
	}
	return json.Unmarshal([]byte(text), s.lines)
}

func (s sides) Value() (driver.Value, error) {
	b, err := json.Marshal(*s.lines)
	return string(b), err
}

func entryTable() table[accounts.Entry] {
	return table[accounts.Entry]{
		"account_entries", cols("n business_date reference kiosk kind why by_whom at lines hash"), 1,
		func(e *accounts.Entry) []any {
			return []any{&e.N, &e.Date, &e.Key, &e.Kiosk, &e.Kind, &e.Why, &e.By, &e.At, sides{&e.Lines}, digest{&e.Hash}}
		},
	}
}

// balanceRow is a balance with its key.
type balanceRow struct {
	id string
	accounts.Balance
}

func balanceTable() table[balanceRow] {
	return table[balanceRow]{
		"account_balances", cols("id business_date kiosk account debit credit"), 1,
		func(b *balanceRow) []any {
			return []any{&b.id, &b.Date, &b.Kiosk, (*string)(&b.Account), &b.Debit, &b.Credit}
		},
	}
}

// headRow is the head, which is one row.
type headRow struct {
	id int64
	accounts.Head
}

func headTable() table[headRow] {
	return table[headRow]{
		"account_head", cols("id n hash sealed updated_at"), 1,
		func(h *headRow) []any {
			return []any{&h.id, &h.N, digest{&h.Hash}, &h.Sealed, &h.UpdatedAt}
		},
	}
}

func markTable() table[accounts.Mark] {
	return table[accounts.Mark]{"account_marks", cols("reference token"), 1, func(m *accounts.Mark) []any { return []any{&m.Key, &m.Token} }}
}

// ledgers are the rows of entries and balances, among the others.
type ledgers rows

// mark notes that what is known under these keys changed. The token is one that no mark of
// the same key had before, so that whoever read an older one can not take this one away.
func mark(ctx context.Context, r *rows, keys ...string) error {
	keys = slices.DeleteFunc(keys, func(k string) bool { return k == "" })
	slices.Sort(keys) // everybody locks in one order
	keys = slices.Compact(keys)
	marks := make([]accounts.Mark, len(keys))
	for i, k := range keys {
		marks[i] = accounts.Mark{Key: k, Token: rand.Int64()}
	}
	return insert(ctx, r, markTable(), replace, marks)
}

func (r *ledgers) QROrders(ctx context.Context, serials []string) ([]acquiring.Order, error) {
	return in(ctx, r.q, qrOrderTable(), serials, "")
}

func (r *ledgers) AccountHead(ctx context.Context) (accounts.Head, error) {
	h, err := queryOne(ctx, r.q, headTable(), "WHERE id = 1"+r.forUpdate)
	return h.Head, err
}

func (r *ledgers) PutAccountHead(ctx context.Context, h accounts.Head) error {
	return insert(ctx, (*rows)(r), headTable(), replace, []headRow{{1, h}})
}

func (r *ledgers) AddEntries(ctx context.Context, es []accounts.Entry) error {
	return insert(ctx, (*rows)(r), entryTable(), fail, es)
}

func (r *ledgers) Entries(ctx context.Context, n int64, limit int) ([]accounts.Entry, error) {
	return query(ctx, r.q, entryTable(), "WHERE n > $1 ORDER BY n LIMIT $2", n, limit)
}

func (r *ledgers) EntriesOf(ctx context.Context, keys []string) ([]accounts.Entry, error) {
	return among(ctx, r.q, entryTable(), "reference", keys, "ORDER BY n")
}

func (r *ledgers) Balances(ctx context.Context, ids []string) ([]accounts.Balance, error) {
	return bare(in(ctx, r.q, balanceTable(), ids, ""))
}

func (r *ledgers) ListBalances(ctx context.Context, f accounts.Filter) ([]accounts.Balance, error) {
	var conditions []string
	var args []any
	for _, c := range []struct{ condition, value string }{{"business_date >= $%d", f.From}, {"business_date <= $%d", f.To}, {"kiosk = $%d", f.Kiosk}} {
		if c.value != "" {
			args = append(args, c.value)
			conditions = append(conditions, fmt.Sprintf(c.condition, len(args)))
		}
	}
	where := ""
	if len(conditions) > 0 {
		where = "WHERE " + strings.Join(conditions, " AND ") + " "
	}
	return bare(query(ctx, r.q, balanceTable(), where+"ORDER BY business_date, kiosk, account", args...))
}

func bare(rows []balanceRow, err error) ([]accounts.Balance, error) {
	out := make([]accounts.Balance, len(rows))
	for i, b := range rows {
		out[i] = b.Balance
	}
	return out, err
}

func (r *ledgers) PutBalances(ctx context.Context, bs []accounts.Balance) error {
	all := make([]balanceRow, len(bs))
	for i, b := range bs {
		all[i] = balanceRow{b.ID(), b}
	}
	return insert(ctx, (*rows)(r), balanceTable(), replace, all)
}

func (r *ledgers) MarkedKeys(ctx context.Context, after string, limit int) ([]accounts.Mark, error) {
	return query(ctx, r.q, markTable(), "WHERE reference > $1 ORDER BY reference LIMIT $2", after, limit)
}

func (r *ledgers) Unmark(ctx context.Context, marks []accounts.Mark) (still []accounts.Mark, _ error) {
	for _, m := range marks {
		n, err := exec(ctx, r.q, "DELETE FROM account_marks WHERE reference = $1 AND token = $2", m.Key, m.Token)
		if err != nil {
			return nil, fmt.Errorf("cannot unmark %s: %w", m.Key, err)
		}
		if n > 0 {
			still = append(still, m)
		}
	}
	return still, nil
}

func (r *ledgers) CountMarked(ctx context.Context) (n int64, err error) {
	err = scalar(ctx, r.q, []any{&n}, "SELECT count(*) FROM account_marks")
	return n, err
}
