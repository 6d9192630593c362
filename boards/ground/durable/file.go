package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// unfinished begins the name of a file that has not taken its place yet.
const unfinished = ".new-"

// Unfinished reports whether a file of this name is one that a power cut, or the
// end of its process, kept from taking its place.
func Unfinished(name string) bool { return strings.HasPrefix(filepath.Base(name), unfinished) }

// Replace gives the file at path the content data, whether or not there is one.
// Readers see the old content or the new one.
func Replace(path string, data []byte) error {
	return write(path, data, (*File).Replace)
}

// Create makes the file at path. One that is there already stays as it is, and the
// error is fs.ErrExist.
func Create(path string, data []byte) error {
	return write(path, data, (*File).Create)
}

func write(path string, data []byte, place func(*File, string) error) error {
	f, err := Begin(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer f.Discard()

	if _, err := f.Write(data); err != nil {
		return err
	}
	return place(f, path)
}

// Remove removes the file at path for good. One that is not there is no error.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// File is a file that is still being written and has no name yet. It is for content
// that is too large for memory; it serves one goroutine.
type File struct{ f *os.File }

// Begin starts a file that will lie in dir. The caller owes it a Discard.
func Begin(dir string) (*File, error) {
	f, err := os.CreateTemp(dir, unfinished+"*") // mode 0600
	if err != nil {
		return nil, err
	}
	return &File{f}, nil
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (int, error) { return f.f.Write(p) }

// ReadAt implements io.ReaderAt, for whoever checks the content before it takes its
// place.
func (f *File) ReadAt(p []byte, at int64) (int, error) { return f.f.ReadAt(p, at) }

// Replace ends the file and moves it to path, which lies in the folder it was begun
// in. A file that is there already is replaced.
func (f *File) Replace(path string) error { return f.place(path, os.Rename) }

// Create ends the file and moves it to path, which lies in the folder it was begun
// in. A file that is there already stays, and the error is fs.ErrExist.
func (f *File) Create(path string) error {
	return f.place(path, func(from, to string) error {
		if err := os.Link(from, to); err != nil {
			return err
		}
		return os.Remove(from)
	})
}

func (f *File) place(path string, move func(from, to string) error) error {
	if err := errors.Join(f.f.Sync(), f.f.Close()); err != nil {
		return err
	}
	if err := move(f.f.Name(), path); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// Discard removes what has not taken its place. It does nothing after a Replace or a
// Create that succeeded.
func (f *File) Discard() {
	_ = f.f.Close()           // closed already where it was placed
	_ = os.Remove(f.f.Name()) // gone already where it was placed
}
