package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/sqlstore"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	options = "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_txlock=immediate"

	maxReaders    = 4
	maxStatements = 256 // compiled for the writer; more would be a leak
)

// engine is one file.
type engine struct {
	readers *sql.DB
	writers *sql.DB

	group group

	mu    sync.Mutex // of the one writer
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// Open opens or creates the books in file, and brings the schema up to date. No user of
// the machine but their own, and a group that they are given to, may read them.
func Open(ctx context.Context, file string, r books.Rules) (*store.Store, error) {
	e, err := open(ctx, file)
	if err != nil {
		return nil, fmt.Errorf("cannot open books %s: %w", file, err)
	}
	return store.Open(ctx, sqlstore.New(e), r)
}

func open(ctx context.Context, file string) (*engine, error) {
	if file == "" {
		return nil, errors.New("no file")
	}
	if err := private(file); err != nil {
		return nil, err
	}
	dsn := "file:" + (&url.URL{Path: file}).EscapedPath() + "?" + options
	w, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	w.SetMaxOpenConns(1)
	if err := migrate(ctx, w); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	conn, err := w.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	rd, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, errors.Join(err, conn.Close(), w.Close())
	}
	rd.SetMaxOpenConns(maxReaders)
	return &engine{readers: rd, writers: w, conn: conn, stmts: map[string]*sql.Stmt{}}, nil
}

// private makes the file if there is none, and takes it from those whom it does not
// concern. SQLite gives the files beside it the same rights.
func private(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	if err == nil && st.Mode().Perm()&0o007 != 0 {
		err = f.Chmod(st.Mode().Perm() &^ 0o007)
	}
	return errors.Join(err, f.Close())
}

func migrate(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir)
	if err != nil {
		return fmt.Errorf("cannot read migrations: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("cannot migrate: %w", err)
	}
	return nil
}

// writer runs statements on the writing connection, compiled once.
type writer engine

func (w *writer) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := w.stmts[query]; s != nil {
		return s, nil
	}
	if len(w.stmts) >= maxStatements {
		return nil, errors.New("too many different statements")
	}
	s, err := w.conn.PrepareContext(context.WithoutCancel(ctx), query)
	if err == nil {
		w.stmts[query] = s
	}
	return s, err
}

func (w *writer) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := w.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (w *writer) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := w.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// View runs fn on one snapshot.
func (e *engine) View(ctx context.Context, fn func(sqlstore.Querier) error) error {
	tx, err := e.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("cannot begin: %w", err)
	}
	err = fn(tx)
	if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
		err = errors.Join(err, undo)
	}
	return err
}

// ForUpdate is empty: there is one writer.
func (e *engine) ForUpdate() string { return "" }

// Mark is anonymous: a bound $n costs a search through all names of the statement.
func (e *engine) Mark(int) string { return "?" }

// Close closes the file. What is in the write-ahead log is in the file afterwards,
// and the log is gone.
func (e *engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	err := e.readers.Close()
	for _, s := range e.stmts { // an open statement would keep the connection, and the log with it
		err = errors.Join(err, s.Close())
	}
	clear(e.stmts)
	if _, bad := e.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)"); bad != nil {
		err = errors.Join(err, fmt.Errorf("cannot empty the write-ahead log: %w", bad))
	}
	return errors.Join(err, e.conn.Close(), e.writers.Close())
}
