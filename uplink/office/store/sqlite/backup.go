package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"wattkiosk/boards/ground/durable"
)

// Backup writes the books in file, as they are at one instant, into a new file to. An
// office may be running on them. to is whole and on the disk when Backup returns nil;
// one that exists already is an error. The copy says of itself that it is one, made at now:
// books that are opened on it know that they are out of a backup.
func Backup(ctx context.Context, file, to string, now time.Time) error {
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("cannot read books: %w", err)
	}
	if _, err := os.Lstat(to); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s is there already", to)
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?_pragma=busy_timeout(5000)&_pragma=query_only(0)")
	if err != nil {
		return err
	}

	part := to + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(err, db.Close())
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", part)
	if err = errors.Join(err, db.Close()); err != nil {
		return errors.Join(fmt.Errorf("cannot copy books: %w", err), os.RemoveAll(part))
	}
	if err := mark(ctx, part, now); err != nil {
		return errors.Join(fmt.Errorf("cannot mark the copy: %w", err), os.RemoveAll(part))
	}
	if err := errors.Join(flush(part), os.Rename(part, to), durable.SyncFolder(filepath.Dir(to))); err != nil {
		return fmt.Errorf("cannot keep the copy: %w", err)
	}
	return nil
}

// mark has a copy say that it may lack the end of every journal. Books that older software
// made, and no newer one has opened, cannot say so.
func mark(ctx context.Context, part string, now time.Time) error {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: part}).EscapedPath())
	if err != nil {
		return err
	}
	var can int
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM pragma_table_info('journals') WHERE name = 'restored_at'").Scan(&can)
	if err == nil && can == 1 {
		_, err = db.ExecContext(ctx, "UPDATE journals SET restored_at = ? WHERE restored_at = 0", now.UnixMilli())
	}

	return errors.Join(err, db.Close())
}

// flush has what was written to a file on the disk.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
