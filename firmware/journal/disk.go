package journal

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// disk is the file layer under the log. The real one is osDisk; tests put their
// faults in here.
type disk interface {
	create(path string) (logFile, error) // a new file, to read and write
	open(path string, write bool) (logFile, error)
	rename(from, to string) error
	remove(path string) error
	syncDir(path string) error
	names(dir string) ([]string, error) // sorted; of a folder that is absent: none
}

// logFile is one file of the log.
type logFile interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Sync() error // the data and what is needed to read it back
	Truncate(size int64) error
	Size() (int64, error)
}

type osDisk struct{}

func (osDisk) create(path string) (logFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	return osFile{f}, err
}

func (osDisk) open(path string, write bool) (logFile, error) {
	mode := os.O_RDONLY
	if write {
		mode = os.O_RDWR
	}
	f, err := os.OpenFile(path, mode, 0)
	return osFile{f}, err
}

func (osDisk) rename(from, to string) error { return os.Rename(from, to) }

func (osDisk) remove(path string) error { return os.Remove(path) }

func (osDisk) syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (osDisk) names(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

type osFile struct{ *os.File }

// Sync is fdatasync: it stores a changed length too, but no times.
func (f osFile) Sync() error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func (f osFile) Size() (int64, error) {
	fi, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return fi.Size(), nil
}
