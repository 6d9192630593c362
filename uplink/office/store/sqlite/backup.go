package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"wattkiosk/boards/ground/durable"
)

// Backup writes the books in file, as they are at one instant, into a new file to. An
// office may be running on them. to is whole and on the disk when Backup returns nil;
// one that exists already is an error.
func Backup(ctx context.Context, file, to string) error {
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
	if err := errors.Join(flush(part), os.Rename(part, to), durable.SyncFolder(filepath.Dir(to))); err != nil {
		return fmt.Errorf("cannot keep the copy: %w", err)
	}
	return nil
}

// flush has what was written to a file on the disk.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
