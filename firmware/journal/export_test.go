package journal

import "errors"

// EngineOptions are those of format 1, for the plain Badger in benchmarks.
var EngineOptions = format1Options

// ErrInjected is what a fault answers with.
var ErrInjected = errors.New("input/output error")

// WithFaults has the log asked before each operation on its files whether it fails:
// create, open, rename, remove, syncdir, read, write, sync or truncate. A write that fails
// has written the first half.
func WithFaults(o Options, fails func(op, path string) bool) Options {
	o.disk = faultyDisk{osDisk{}, fails}
	return o
}

// WithSegments has segments of another size.
func WithSegments(o Options, bytes int64) Options {
	o.segmentBytes = bytes
	return o
}

type faultyDisk struct {
	disk
	fails func(op, path string) bool
}

func (d faultyDisk) check(op, path string) error {
	if d.fails(op, path) {
		return ErrInjected
	}
	return nil
}

func (d faultyDisk) create(path string) (logFile, error) {
	if err := d.check("create", path); err != nil {
		return nil, err
	}
	f, err := d.disk.create(path)
	return faultyFile{f, d, path}, err
}

func (d faultyDisk) open(path string, write bool) (logFile, error) {
	if err := d.check("open", path); err != nil {
		return nil, err
	}
	f, err := d.disk.open(path, write)
	return faultyFile{f, d, path}, err
}

func (d faultyDisk) rename(from, to string) error {
	return errors.Join(d.check("rename", to), d.disk.rename(from, to))
}

func (d faultyDisk) remove(path string) error {
	if err := d.check("remove", path); err != nil {
		return err
	}
	return d.disk.remove(path)
}

func (d faultyDisk) syncDir(path string) error {
	return errors.Join(d.disk.syncDir(path), d.check("syncdir", path))
}

type faultyFile struct {
	logFile
	d    faultyDisk
	path string
}

func (f faultyFile) WriteAt(b []byte, at int64) (int, error) {
	if err := f.d.check("write", f.path); err != nil {
		n, _ := f.logFile.WriteAt(b[:len(b)/2], at)
		return n, err
	}
	return f.logFile.WriteAt(b, at)
}

func (f faultyFile) ReadAt(b []byte, at int64) (int, error) {
	if err := f.d.check("read", f.path); err != nil {
		return 0, err
	}
	return f.logFile.ReadAt(b, at)
}

func (f faultyFile) Sync() error {
	return errors.Join(f.logFile.Sync(), f.d.check("sync", f.path))
}

func (f faultyFile) Truncate(size int64) error {
	if err := f.d.check("truncate", f.path); err != nil {
		return err
	}
	return f.logFile.Truncate(size)
}

// WaitForIndex waits until the index has what it is to get.
func (j *Journal) WaitForIndex() { j.index.feeders.Wait() }

// Indexed counts the segments that the index has.
func (j *Journal) Indexed() (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, s := range j.segs {
		s.mu.Lock()
		if s.indexed {
			n++
		}
		s.mu.Unlock()
	}
	return n
}
