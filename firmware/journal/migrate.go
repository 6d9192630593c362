package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"wattkiosk/payments/record"
)

// Names in a journal's directory.
func (o Options) logDir() string     { return filepath.Join(o.Dir, "log") }
func (o Options) format1Dir() string { return filepath.Join(o.Dir, "db") }

// migrate turns a journal of format 1 into a log. The log is made beside it, in
// log.new, read back and compared, and takes its name in one step; until then
// the old store is the journal, and a power cut has it done again from the start. After
// that the old store is only in the way, and is removed.
func (o Options) migrate() error {
	old := o.format1Dir()
	if there, err := isDir(old); err != nil || !there {
		return err
	}
	done, err := isDir(o.logDir())
	if err == nil && !done {
		err = o.convert(old, o.logDir())
	}
	if err == nil {
		done, err = isDir(o.logDir()) // not from an empty store, which goes the next time
	}
	if err == nil && done {
		if err = os.RemoveAll(old); err == nil {
			err = o.disk.syncDir(o.Dir)
		}
	}
	if err != nil {
		return fmt.Errorf("cannot take the journal over from format 1: %w", err)
	}
	return nil
}

func isDir(path string) (bool, error) {
	fi, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && fi.IsDir(), err
}

// convert makes a log in folder to out of a store of format 1; nothing where that
// is empty.
func (o Options) convert(from, to string) error {
	fresh := to + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := o.roomToConvert(from); err != nil {
		return err
	}
	if err := os.MkdirAll(fresh, 0o700); err != nil {
		return err
	}
	want, err := o.copyFormat1(from, fresh)
	if err == nil && want != nil {
		err = o.compareCopy(fresh, want)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(fresh))
	}
	if want == nil {
		return os.RemoveAll(fresh)
	}
	if err := o.disk.rename(fresh, to); err != nil {
		return err
	}
	return o.disk.syncDir(filepath.Dir(to))
}

// roomToConvert asks for as much space as the old store takes.
func (o Options) roomToConvert(from string) error {
	size := o.forUpkeep()
	tables, err := filepath.Glob(filepath.Join(from, "*.sst"))
	if err != nil {
		return err
	}
	logs, err := filepath.Glob(filepath.Join(from, "*.mem"))
	if err != nil {
		return err
	}
	for _, name := range append(tables, logs...) {
		fi, err := os.Stat(name)
		if err != nil {
			return err
		}
		size += fi.Size()
	}
	if o.ReserveBytes == 0 {
		return nil
	}
	if o.gate(size) != nil {
		o.giveUpBallast()
	}
	return o.gate(size)
}

// copyFormat1 writes the log, synced, and gives what must be in it.
func (o Options) copyFormat1(from, fresh string) (c *contents, err error) {
	db, err := openFormat1(from, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, guard(db.Close)) }()

	l := &log{disk: o.disk, dir: fresh, opts: o}
	err = guard(func() error {
		f := format1{db.NewTransaction(false)}
		defer f.txn.Discard()
		if c, err = f.contents(o); err != nil || c == nil {
			return err
		}
		return l.fill(c, func(fn func(record.Record, []byte) error) error { return f.records(c, fn) })
	})
	return c, errors.Join(err, l.close())
}

// fill writes a whole log: the contents and the records, of which each that each
// gives follows the one before.
func (l *log) fill(c *contents, each func(func(record.Record, []byte) error) error) error {
	var body []byte
	at, snapshot := c.anchor, c.snapshot()
	flush := func(to record.Head) error {
		if l.full() {
			number := uint32(1)
			if l.seg != nil {
				if err := l.file.Sync(); err != nil {
					return err
				}
				number = l.seg.number + 1
			}
			if _, err := l.begin(number, at, snapshot); err != nil {
				return err
			}
		}
		at = to
		if len(body) == 0 {
			return nil
		}
		err := l.write(body)
		body = body[:0]
		return err
	}
	last := c.anchor
	err := each(func(r record.Record, b []byte) error {
		body = entry{kind: entryRecord, value: b}.append(body)
		var err error
		if last, err = last.Follow(r); err == nil && len(body) >= maxBatchBytes/2 {
			err = flush(last)
		}
		return err
	})
	if err == nil {
		err = flush(last)
	}
	if err == nil {
		err = l.file.Sync()
	}
	return err
}

// compareCopy reads a log back, all of it, and compares it with what was to be in it.
func (o Options) compareCopy(dir string, want *contents) error {
	l := &log{disk: o.disk, dir: dir, opts: o}
	segs, err := l.segments()
	if err != nil {
		return err
	}
	got, err := l.load(segs)
	if err != nil {
		return err
	}
	if got.torn || got.head != want.head || got.ack != want.ack || got.anchor != want.anchor || got.boot != want.boot || len(got.state) != len(want.state) {
		return fmt.Errorf("%w: the copy differs: head %d of %d", ErrCorrupt, got.head.Seq, want.head.Seq)
	}
	for name, v := range want.state {
		if string(got.state[name]) != string(v) {
			return fmt.Errorf("%w: the copy differs in state %s", ErrCorrupt, name)
		}
	}
	at := want.anchor
	v := view{j: &Journal{log: l}, segs: segs, anchor: want.anchor, head: want.head}
	return v.scan(want.anchor.Seq+1, want.head.Seq, func(r record.Record, _ int) (more bool, err error) {
		at, err = at.Follow(r)
		return true, err
	})
}
