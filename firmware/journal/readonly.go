package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/dgraph-io/badger/v4"
)

// OpenReadOnly opens a journal that no process has open, without changing it, to
// read and verify; writes answer ErrReadOnly. Any number of readers may. While
// the kiosk program runs it answers ErrLocked: ask the program instead.
//
// Badger cannot read a store that was not closed (a dead process, a power cut)
// without first cutting its log. In that case the whole store is copied to
// Options.Scratch, which needs as much space as the store, and the copy is
// opened; Close removes it.
func OpenReadOnly(o Options) (*Journal, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("cannot open the journal: %w", err)
	}
	j := &Journal{opts: o}
	if err := j.openReadOnly(); err != nil {
		return nil, fmt.Errorf("cannot open the journal in %s to read: %w", o.Dir, errors.Join(err, j.abandon()))
	}
	return j, nil
}

func (j *Journal) openReadOnly() (err error) {
	if j.lock, err = lockDir(j.opts.Dir, true); err != nil {
		return err
	}
	j.witness, err = openWitness(j.opts.Dir, os.O_RDONLY)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	eo := engineOptions(j.opts.engineDir(), j.opts.Key, j.opts.Logger).WithReadOnly(true)
	if err := checkTables(eo); err != nil {
		return err
	}
	clean, err := closedCleanly(eo.Dir)
	if err != nil {
		return err
	}
	if !clean {
		if eo, err = j.copyEngine(eo); err != nil {
			return err
		}
	}
	if j.db, err = openEngine(eo); err != nil {
		return err
	}
	return j.load()
}

// closedCleanly says whether there is no log left to replay.
func closedCleanly(dir string) (bool, error) {
	logs, err := fs.Glob(os.DirFS(dir), "*.mem")
	return len(logs) == 0, err
}

// copyEngine copies the store to scratch and gives options to open the copy.
func (j *Journal) copyEngine(eo badger.Options) (badger.Options, error) {
	dir, err := os.MkdirTemp(j.opts.Scratch, "journal-copy-")
	if err != nil {
		return eo, fmt.Errorf("cannot make a copy: %w", err)
	}
	j.scratch = dir
	if err := os.CopyFS(dir, os.DirFS(eo.Dir)); err != nil {
		return eo, fmt.Errorf("cannot copy the store: %w", err)
	}
	return eo.WithReadOnly(false).WithDir(dir).WithValueDir(dir), nil
}
