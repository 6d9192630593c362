// Package journalkey keeps the key that a kiosk's journal is encrypted with, in a
// file of its own.
//
// The key is made once, before the journal is, and never replaced while there is a
// journal: a key that is missing or damaged then is an error, as another one opens
// nothing, and no key would keep customers' data in the clear.
//
// How the file is kept is Files' matter: sealed to the board (package boardkey), or in clear.
// A sealed one that does not open is an error in any case, with a journal or without.
package journalkey

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/firmware/boardkey"
)

// Files reads and writes the file: a *boardkey.Board. Write and Create are durable, and
// Create leaves a file that is there, with fs.ErrExist.
type Files interface {
	Read(path, purpose string) ([]byte, error)
	Write(path, purpose string, secret []byte) error
	Create(path, purpose string, secret []byte) error
}

var _ Files = (*boardkey.Board)(nil)

// size is that of a key made here; those of other makers may have 16 or 24 bytes.
const size = 32

// Read returns the key in file. No file name means that the journal is not encrypted:
// the key is nil. A file that is missing is fs.ErrNotExist, one that holds no key is
// an error too.
func Read(files Files, file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	key, err := files.Read(file, boardkey.JournalKey)
	if err == nil && !isKeySize(len(key)) {
		err = &sizeError{file, len(key)}
	}
	if err != nil {
		return nil, fmt.Errorf("journal.key_file: %w", err)
	}
	return key, nil
}

// ReadOrMake is Read, and makes the key where there is no journal yet and the file is
// missing or holds the beginning of a key, which a power cut may leave. The key is
// durable when it returns.
func ReadOrMake(files Files, file, journal string) ([]byte, error) {
	key, err := Read(files, file)
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
	return make32(files, file, missing)
}

func make32(files Files, file string, missing bool) ([]byte, error) {
	key := make([]byte, size)
	_, _ = rand.Read(key) // never fails

	err := durable.MakeFolder(filepath.Dir(file))
	switch {
	case err != nil:
	case missing:
		err = files.Create(file, boardkey.JournalKey, key)
	default:
		err = files.Write(file, boardkey.JournalKey, key)
	}
	if err != nil {
		return nil, fmt.Errorf("journal.key_file: %w", err)
	}
	return key, nil
}

func isKeySize(n int) bool { return n == 16 || n == 24 || n == size }

// sizeError says that a file holds no key.
type sizeError struct {
	file string
	size int
}

func (e *sizeError) Error() string {
	return fmt.Sprintf("%s holds no key: it has %d bytes, not 16, 24 or 32", e.file, e.size)
}
