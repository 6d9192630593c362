package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// lockDir takes the lock of a journal's directory: exclusive for a writer, shared
// for readers. It never waits. The lock goes with the process.
func lockDir(dir string, shared bool) (*os.File, error) {
	how, mode := unix.LOCK_EX, os.O_RDWR|os.O_CREATE
	if shared {
		how, mode = unix.LOCK_SH, os.O_RDONLY
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), mode, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open the lock: %w", err)
	}
	err = unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
	if err == nil {
		return f, nil
	}
	err = fmt.Errorf("cannot lock %s: %w", dir, err)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = fmt.Errorf("%w: %s", ErrLocked, dir)
	}
	return nil, errors.Join(err, f.Close())
}
