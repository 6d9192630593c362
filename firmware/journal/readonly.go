package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// OpenReadOnly opens a journal that no process has open, without changing it, to
// read and verify; writes answer ErrReadOnly. Any number of readers may. While
// the kiosk program runs it answers ErrLocked: ask the program instead. An empty
// journal has no records and the head 0.
//
// A journal of format 1 is copied to Options.Scratch, which needs twice as much
// space as it has, and the copy is converted; Close removes it.
func OpenReadOnly(o Options) (*Journal, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("cannot open the journal: %w", err)
	}
	j := &Journal{opts: o}
	if err := j.openReadOnly(); err != nil {
		return nil, fmt.Errorf("cannot open the journal in %s to read: %w", o.Dir, errors.Join(err, j.release()))
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
	dir := j.opts.logDir()
	done, err := isDir(dir)
	if err == nil && !done {
		if dir, err = j.convertCopy(dir); err != nil {
			return err
		}
	}
	j.log = &log{disk: j.opts.disk, dir: dir, opts: j.opts}
	return j.read(false)
}

// convertCopy makes a log in scratch out of a journal of format 1, and gives its
// folder; that of an empty journal where there is none.
func (j *Journal) convertCopy(dir string) (string, error) {
	old, err := isDir(j.opts.format1Dir())
	if err != nil || !old {
		return dir, err
	}
	if j.scratch, err = os.MkdirTemp(j.opts.Scratch, "journal-copy-"); err != nil {
		return "", fmt.Errorf("cannot make a copy: %w", err)
	}
	store := filepath.Join(j.scratch, "db")
	if err := os.CopyFS(store, os.DirFS(j.opts.format1Dir())); err != nil {
		return "", fmt.Errorf("cannot copy the store: %w", err)
	}
	o := j.opts
	o.ReserveBytes, o.BallastBytes = 0, 0 // it is not this disk
	dir = filepath.Join(j.scratch, "log")
	return dir, o.convert(store, dir)
}
