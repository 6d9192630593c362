package ca

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"wattkiosk/boards/ground/durable"
)

const (
	fileMode = 0o600

	maxFile = 64 << 10 // bytes of any file of an authority
)

// createNew writes path unless it is there already. A file of another process
// that was faster is not an error; the caller reads what is there.
func createNew(path string, data []byte) error {
	if err := durable.Create(path, data); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
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

// secretOr reads a secret file, which it makes of fresh if it is not there. With a
// passphrase the file is sealed under it.
func (a *Authority) secretOr(path string, fresh func() ([]byte, error)) ([]byte, error) {
	data, err := readSecret(path)
	if errors.Is(err, fs.ErrNotExist) {
		if data, err = fresh(); err != nil {
			return nil, err
		}
		if data, err = a.phrase.seal(data); err != nil {
			return nil, err
		}
		if err = createNew(path, data); err != nil {
			return nil, err
		}
		data, err = readSecret(path)
	}
	if err != nil {
		return nil, err
	}
	if data, err = a.phrase.open(data); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}

	return data, nil
}

func readSmall(path string, st fs.FileInfo) ([]byte, error) {
	if !st.Mode().IsRegular() || st.Size() > maxFile {
		return nil, fmt.Errorf("%s: not a file of at most %d bytes", path, maxFile)
	}
	return os.ReadFile(path)
}
