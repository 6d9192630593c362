// Package journalkey keeps the key that a kiosk's journal is encrypted with, in a
// file of its own.
//
// The key is made once, before the journal is, and never replaced while there is a
// journal: a key that is missing or damaged then is an error, as another one opens
// nothing, and no key would keep customers' data in the clear.
package journalkey

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"wattkiosk/boards/ground/durable"
)

// size is that of a key made here; those of other makers may have 16 or 24 bytes.
const size = 32

// Read returns the key in file. No file name means that the journal is not encrypted:
// the key is nil. A file that is missing is fs.ErrNotExist, one that holds no key is
// an error too.
func Read(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	st, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("journal.key_file: %w", err)
	}
	if !st.Mode().IsRegular() || !isKeySize(st.Size()) {
		return nil, fmt.Errorf("journal.key_file: %w", &sizeError{file, st.Size()})
	}

	key, err := os.ReadFile(file)
	if err == nil && !isKeySize(int64(len(key))) {
		err = &sizeError{file, int64(len(key))}
	}
	if err != nil {
		return nil, fmt.Errorf("journal.key_file: %w", err)
	}
	return key, nil
}

// ReadOrMake is Read, and makes the key where there is no journal yet and the file is
// missing or holds the beginning of a key, which a power cut may leave. The key is
// durable when it returns.
func ReadOrMake(file, journal string) ([]byte, error) {
	key, err := Read(file)
	var wrong *sizeError
	missing := errors.Is(err, fs.ErrNotExist)
	if !missing && !(errors.As(err, &wrong) && wrong.size < size) {
		return key, err
	}

	switch _, statErr := os.Stat(journal); {
	case statErr == nil:
		return nil, fmt.Errorf("%w, but the journal exists", err)
	case !errors.Is(statErr, fs.ErrNotExist):
		return nil, fmt.Errorf("journal.key_file: %w", statErr)
	}
	return make32(file, missing)
}

func make32(file string, missing bool) ([]byte, error) {
	key := make([]byte, size)
	_, _ = rand.Read(key) // never fails

	err := durable.MakeFolder(filepath.Dir(file))
	switch {
	case err != nil:
	case missing:
		err = durable.Create(file, key)
	default:
		err = durable.Replace(file, key)
	}
	if err != nil {
		return nil, fmt.Errorf("journal.key_file: %w", err)
	}
	return key, nil
}

func isKeySize(n int64) bool { return n == 16 || n == 24 || n == size }

// sizeError says that a file holds no key.
type sizeError struct {
	file string
	size int64
}

func (e *sizeError) Error() string {
	return fmt.Sprintf("%s holds no key: it has %d bytes, not 16, 24 or 32", e.file, e.size)
}
