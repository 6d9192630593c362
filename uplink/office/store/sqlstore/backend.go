package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// Querier runs statements inside one transaction.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Engine is a database. Update commits durably if fn succeeds, else rolls back.
type Engine interface {
	Update(ctx context.Context, fn func(Querier) error) error
	View(ctx context.Context, fn func(Querier) error) error
	// ForUpdate is what locks a selected row until the end of an Update.
	ForUpdate() string
	// Mark is the n-th parameter, from 1, of a statement that uses each once.
	Mark(n int) string
	Close() error
}

// Backend is the rows in a database.
type Backend struct {
	e     Engine
	beats atomic.Uint64
}

var _ store.Backend = (*Backend)(nil)

// New is the books in e.
func New(e Engine) *Backend { return &Backend{e: e} }

// Update runs fn in a database transaction.
func (b *Backend) Update(ctx context.Context, fn func(store.Tx) error) error {
	return b.e.Update(ctx, func(q Querier) error {
		w := &writes{Querier: q}
		r := &rows{w, b.e, b.e.ForUpdate()}
		if err := fn(tx{r, (*orders)(r), (*cards)(r), (*deliveries)(r), (*matters)(r), (*plans)(r), (*settled)(r), (*ledgers)(r), (*tills)(r), (*logins)(r), (*kiosks)(r), (*guards)(r), (*identities)(r), (*spares)(r)}); err != nil || !w.any {
			return err
		}
		return beat(ctx, w, b.beats.Add(1))
	})
}

// View runs fn in a read-only database transaction.
func (b *Backend) View(ctx context.Context, fn func(store.Tx) error) error {
	return b.e.View(ctx, func(q Querier) error {
		r := &rows{q, b.e, ""}
		return fn(tx{r, (*orders)(r), (*cards)(r), (*deliveries)(r), (*matters)(r), (*plans)(r), (*settled)(r), (*ledgers)(r), (*tills)(r), (*logins)(r), (*kiosks)(r), (*guards)(r), (*identities)(r), (*spares)(r)})
	})
}

// Close closes the database.
func (b *Backend) Close() error { return b.e.Close() }

// writes notes whether anything was written.
type writes struct {
	Querier
	any bool
}

func (w *writes) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	w.any = true
	return w.Querier.ExecContext(ctx, query, args...)
}

// tx implements store.Tx.
type tx struct {
	*rows
	*orders
	*cards
	*deliveries
	*matters
	*plans
	*settled
	*ledgers
	*tills
	*logins
	*kiosks
	*guards
	*identities
	*spares
}

// rows are those of all subjects but orders at acquirers and operations at the bank.
type rows struct {
	q         Querier
	e         Engine
	forUpdate string
}

// table says how rows of type T lie in the database. fields returns pointers to
// the columns' values, in order; they serve to read and to write.
type table[T any] struct {
	name    string
	columns []string
	keys    int // the first columns
	fields  func(*T) []any
}

func (t table[T]) selectFrom() string {
	return "SELECT " + strings.Join(t.columns, ", ") + " FROM " + t.name
}

func query[T any](ctx context.Context, q Querier, t table[T], tail string, args ...any) ([]T, error) {
	rs, err := q.QueryContext(ctx, t.selectFrom()+" "+tail, args...)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", t.name, err)
	}
	defer func() { _ = rs.Close() }() // Err below is what counts
	var out []T
	for rs.Next() {
		var row T
		if err := rs.Scan(t.fields(&row)...); err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", t.name, err)
		}
		out = append(out, row)
	}
	if err := rs.Err(); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", t.name, err)
	}
	return out, nil
}

func queryOne[T any](ctx context.Context, q Querier, t table[T], tail string, args ...any) (T, error) {
	out, err := query(ctx, q, t, tail, args...)
	if err == nil && len(out) == 0 {
		err = stored.ErrNotFound
	}
	if err != nil {
		var none T
		return none, err
	}
	return out[0], nil
}

func scalar(ctx context.Context, q Querier, dest []any, stmt string, args ...any) error {
	rs, err := q.QueryContext(ctx, stmt, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rs.Close() }()
	if !rs.Next() {
		return errors.Join(rs.Err(), stored.ErrNotFound)
	}
	if err := rs.Scan(dest...); err != nil {
		return err
	}
	return rs.Err()
}

func exec(ctx context.Context, q Querier, stmt string, args ...any) (int64, error) {
	res, err := q.ExecContext(ctx, stmt, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
