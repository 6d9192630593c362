package boardkey

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"wattkiosk/boards/ground/durable"
)

// half ends the name of a sealed file that has not taken the clear one's place yet.
const half = ".sealed"

// Write puts a secret into a file, durably, in the best way that works on this board.
func (b *Board) Write(path, purpose string, secret []byte) error {
	text, _, err := b.seal(secret, purpose, Clear)
	if err != nil {
		return err
	}

	return durable.Replace(path, text)
}

// Create is Write for a file that is not there: one that is stays, and the error is
// fs.ErrExist.
func (b *Board) Create(path, purpose string, secret []byte) error {
	text, _, err := b.seal(secret, purpose, Clear)
	if err != nil {
		return err
	}

	return durable.Create(path, text)
}

// ReadKey is Read of a key of the kiosk's certificate (mqttlink.KeyFiles).
func (b *Board) ReadKey(path string) ([]byte, error) { return b.Read(path, KioskKey) }

// WriteKey is Write of such a key.
func (b *Board) WriteKey(path string, key []byte) error { return b.Write(path, KioskKey, key) }

// SealKey is Seal of such a key. One that is not there is no error.
func (b *Board) SealKey(path string) error {
	_, err := b.Seal(path, KioskKey)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	return err
}

// Seal seals a file where it lies, if it lies in clear or is sealed in a weaker way than
// this board has. Owner and mode stay. It reports how the file is kept afterwards; beside
// an error the file is what it was.
func (b *Board) Seal(path, purpose string) (Way, error) {
	text, err := readFile(path)
	if err != nil {
		return "", err
	}
	f, err := parse(text)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	have := Clear
	if f != nil {
		have = f.way
	}
	if !weaker(have, b.Best()) {
		return have, nil
	}

	secret, _, err := b.open(path, text, purpose, false)
	if err != nil {
		return have, err
	}
	better, way, err := b.seal(secret, purpose, have)
	if err != nil || !weaker(have, way) {
		return have, err // it stays as good as it is
	}
	if err := b.exchange(path, purpose, better, secret); err != nil {
		return have, fmt.Errorf("cannot seal %s: %w", path, err)
	}

	return way, nil
}

// exchange has a sealed file, which is durable and was opened by way of the board itself,
// take the place of a clear one.
func (b *Board) exchange(path, purpose string, text, secret []byte) error {
	old, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { _ = old.Close() }() // written to its end, or not at all

	beside := path + half
	if err := durable.Replace(beside, text); err != nil {
		return err
	}
	if err := sameOwner(old, beside); err != nil {
		return err
	}
	back, err := readFile(beside)
	if err != nil {
		return err
	}
	opened, _, err := b.open(beside, back, purpose, true)
	if err != nil {
		return err
	}
	if !bytes.Equal(opened, secret) {
		return errors.New("it does not open as it was sealed")
	}

	if err := os.Rename(beside, path); err != nil {
		return err
	}
	if err := durable.SyncFolder(filepath.Dir(path)); err != nil {
		return err
	}

	return erase(old)
}

// sameOwner gives a file the owner and the mode of another one, durably.
func sameOwner(as *os.File, path string) error {
	st, err := as.Stat()
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // synced
	if sys, ok := st.Sys().(*syscall.Stat_t); ok && (int(sys.Uid) != os.Geteuid() || int(sys.Gid) != os.Getegid()) {
		if err := f.Chown(int(sys.Uid), int(sys.Gid)); err != nil {
			return err
		}
	}

	return errors.Join(f.Chmod(st.Mode().Perm()), f.Sync())
}

// erase writes over the blocks of a file that has no name any more. One that has another
// name is somebody's copy, and stays.
func erase(f *os.File) error {
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); !ok || sys.Nlink != 0 {
		return nil
	}
	_, err = f.WriteAt(make([]byte, st.Size()), 0)

	return errors.Join(err, f.Sync())
}
