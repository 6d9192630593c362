package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/sqlstore"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	maxConns = 16
	maxTries = 5 // of an update that lost against another
)

type engine struct{ db *sql.DB }

// Open opens the books at url (postgres://…), and brings the schema up to date;
// of several offices that start together one migrates.
func Open(ctx context.Context, url string, r books.Rules) (*store.Store, error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return nil, fmt.Errorf("cannot open books: %w", err)
	}
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	if err := migrate(ctx, db); err != nil {
		return nil, fmt.Errorf("cannot open books: %w", errors.Join(err, db.Close()))
	}
	return store.Open(ctx, sqlstore.New(&engine{db}), r)
}

func migrate(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("cannot read migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("cannot migrate: %w", err)
	}
	return nil
}

// Update runs fn in a transaction, again if it lost against another one.
func (e *engine) Update(ctx context.Context, fn func(sqlstore.Querier) error) error {
	var err error
	for range maxTries {
		if err = e.run(ctx, nil, fn); !lost(err) {
			return err
		}
	}
	return err
}

// lost reports serialisation failures, deadlocks and a row that another
// inserted first.
func lost(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01" || pg.Code == "23505")
}

// View runs fn on one snapshot.
func (e *engine) View(ctx context.Context, fn func(sqlstore.Querier) error) error {
	return e.run(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}, fn)
}

func (e *engine) run(ctx context.Context, opts *sql.TxOptions, fn func(sqlstore.Querier) error) error {
	tx, err := e.db.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("cannot begin: %w", err)
	}
	if err := fn(tx); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			err = errors.Join(err, fmt.Errorf("cannot roll back: %w", undo))
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("cannot commit: %w", err)
	}
	return nil
}

// ForUpdate locks the row.
func (e *engine) ForUpdate() string { return " FOR UPDATE" }

// Mark is $n.
func (e *engine) Mark(n int) string { return "$" + strconv.Itoa(n) }

// Close closes the connections.
func (e *engine) Close() error { return e.db.Close() }
