package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"wattkiosk/uplink/office/stored"
)

// Statements come in few sizes, so that each is compiled once.
var chunks = [...]int{100, 30, 10, 3, 1}

type conflict int

const (
	fail conflict = iota
	ignore
	replace
)

// insert writes rows in statements of many rows.
func insert[T any](ctx context.Context, r *rows, t table[T], c conflict, rows []T) error {
	var args []any
	for _, size := range chunks {
		if len(rows) < size {
			continue
		}
		stmt := t.insertStmt(size, c, r.e.Mark)
		for len(rows) >= size {
			args = args[:0]
			for i := range size {
				args = append(args, t.fields(&rows[i])...)
			}
			if _, err := r.q.ExecContext(ctx, stmt, args...); err != nil {
				return fmt.Errorf("cannot write %s: %w", t.name, err)
			}
			rows = rows[size:]
		}
	}
	return nil
}

func (t table[T]) insertStmt(n int, c conflict, mark func(int) string) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES ")
	p := 0
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range t.columns {
			if j > 0 {
				b.WriteByte(',')
			}
			p++
			b.WriteString(mark(p))
		}
		b.WriteByte(')')
	}
	switch c {
	case ignore:
		b.WriteString(" ON CONFLICT DO NOTHING")
	case replace:
		b.WriteString(" ON CONFLICT (" + strings.Join(t.columns[:t.keys], ", ") + ") DO UPDATE SET " + t.sets("excluded."))
	}
	return b.String()
}

// sets is "column = <prefix>column" for all but the keys.
func (t table[T]) sets(prefix string) string {
	out := make([]string, 0, len(t.columns))
	for _, c := range t.columns[t.keys:] {
		out = append(out, c+" = "+prefix+c)
	}
	return strings.Join(out, ", ")
}

// update replaces the row of one key that has this version, else ErrStale.
func update[T any](ctx context.Context, q Querier, t table[T], row T, version int64) error {
	args := t.fields(&row)
	stmt := "UPDATE " + t.name + " SET "
	for i, c := range t.columns[t.keys:] {
		if i > 0 {
			stmt += ", "
		}
		stmt += c + " = $" + strconv.Itoa(i+t.keys+1)
	}
	stmt += fmt.Sprintf(" WHERE %s = $1 AND version = $%d", t.columns[0], len(args)+1)
	n, err := exec(ctx, q, stmt, append(args, version)...)
	if err == nil && n == 0 {
		err = stored.ErrStale
	}
	return err
}

// in reads the rows whose first column is one of keys.
func in[T any](ctx context.Context, q Querier, t table[T], keys []string, order string) ([]T, error) {
	return among(ctx, q, t, t.columns[0], keys, order)
}

// among reads the rows whose column is one of keys; the order is within each hundred.
func among[T any](ctx context.Context, q Querier, t table[T], column string, keys []string, order string) ([]T, error) {
	var out []T
	for part := range slices.Chunk(keys, chunks[0]) {
		size := chunks[len(chunks)-1]
		for _, s := range chunks {
			if s >= len(part) {
				size = s
			}
		}
		args := make([]any, size)
		marks := make([]string, size)
		for i := range args {
			args[i] = part[min(i, len(part)-1)] // the last one again
			marks[i] = "$" + strconv.Itoa(i+1)
		}
		rows, err := query(ctx, q, t, "WHERE "+column+" IN ("+strings.Join(marks, ",")+") "+order, args...)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}
