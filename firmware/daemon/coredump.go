package daemon

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// forbidDumps keeps the memory of the process from being written to a file, or read by
// another one of its user: account numbers and PIN blocks pass through it. It holds for
// the rest of the process's life.
func forbidDumps() error {
	limit := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	dumpable := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) // a handler that the kernel pipes into asks no limit
	if err := errors.Join(limit, dumpable); err != nil {
		return fmt.Errorf("cannot forbid core dumps: %w", err)
	}

	return nil
}
