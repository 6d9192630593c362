package ca

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	fileMode = 0o600
	dirMode  = 0o700

	maxFile = 64 << 10 // bytes of any file of an authority
)

// makeDir creates dir for the owner only and makes its name durable.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	return syncDir(filepath.Dir(filepath.Clean(dir)))
}

// createNew writes path unless it is there already. A file of another process
// that was faster is not an error; the caller reads what is there.
func createNew(path string, data []byte) error {
	return place(path, data, func(tmp string) error {
		if err := os.Link(tmp, path); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return nil
	})
}

// replace writes path in one step: readers see the old or the new file.
func replace(path string, data []byte) error {
	return place(path, data, func(tmp string) error { return os.Rename(tmp, path) })
}

func place(path string, data []byte, move func(tmp string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already after a rename
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(fileMode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := move(f.Name()); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// readSecret reads a small file that nobody else may read.
func readSecret(path string) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: mode %#o, want %#o", path, st.Mode().Perm(), fileMode)
	}
	return readSmall(path, st)
}

// secretOr reads a secret file, which it makes of fresh if it is not there.
func secretOr(path string, fresh func() ([]byte, error)) ([]byte, error) {
	data, err := readSecret(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	b, err := fresh()
	if err != nil {
		return nil, err
	}
	if err := createNew(path, b); err != nil {
		return nil, err
	}
	return readSecret(path)
}

func readSmall(path string, st fs.FileInfo) ([]byte, error) {
	if !st.Mode().IsRegular() || st.Size() > maxFile {
		return nil, fmt.Errorf("%s: not a file of at most %d bytes", path, maxFile)
	}
	return os.ReadFile(path)
}
