package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

const folderMode = 0o700

// MakeFolder makes dir and the folders above it that are missing, and makes their
// names durable. A folder that is there already is no error.
func MakeFolder(dir string) error {
	dir = filepath.Clean(dir)
	var made []string
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = append(made, d)
	}

	if err := os.MkdirAll(dir, folderMode); err != nil {
		return err
	}
	if len(made) == 0 {
		// Whoever made it may have been ended before its name was durable. Where
		// the folder above may not be read, it is no business of this process.
		if err := SyncFolder(filepath.Dir(dir)); !errors.Is(err, fs.ErrPermission) {
			return err
		}
		return nil
	}
	for _, d := range made {
		if err := SyncFolder(filepath.Dir(d)); err != nil {
			return err
		}
	}
	return nil
}

// SyncFolder makes the names in dir durable: files that were made, renamed or
// removed there. It says nothing of their contents.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// MoveFolder gives the folder from the name to, which must not be taken by a file or
// by a folder that is not empty; both lie in one folder. The files in it are synced
// by whoever wrote them.
func MoveFolder(from, to string) error {
	if err := SyncFolder(from); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(to))
}

// Sweep removes the unfinished files in dir. Only the folder's one writer may call
// it, before it begins to write. A folder that is not there is no error.
func Sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}

	var errs []error
	for _, e := range entries {
		if Unfinished(e.Name()) && e.Type().IsRegular() {
			errs = append(errs, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}
