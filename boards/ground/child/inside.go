package child

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// File descriptors of the frames in the child.
const (
	requests  = 3
	responses = 4
)

// Files are the frames of this process, which was started by Start, or for a Connect: it
// reads in and writes out. One that was started for a Connect ends soon after its
// connection, whatever it is doing.
func Files() (in, out *os.File, err error) {
	var stat syscall.Stat_t
	if syscall.Fstat(requests, &stat) == nil && stat.Mode&syscall.S_IFMT == syscall.S_IFSOCK {
		return connection()
	}

	for _, fd := range []int{requests, responses} {
		var stat syscall.Stat_t
		if err := syscall.Fstat(fd, &stat); err != nil {
			return nil, nil, errors.New("file descriptors 3 and 4 are not open: this program is started by another one")
		}
		syscall.CloseOnExec(fd)
	}

	return os.NewFile(requests, "requests"), os.NewFile(responses, "responses"), nil
}

// connection reads ahead of whoever works on the requests, who may be in a call that does not
// return when the connection ends.
func connection() (in, out *os.File, err error) {
	in, ahead, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read requests: %w", err)
	}

	syscall.CloseOnExec(requests)
	out = os.NewFile(requests, "connection")
	go func() {
		_, _ = io.Copy(ahead, out) // its end is what matters
		_ = ahead.Close()
		time.Sleep(grace)
		os.Exit(exitGone)
	}()

	return in, out, nil
}

// exitGone is the status of a process whose connection ended before it did.
const exitGone = 4

const setDumpable = 4 // PR_SET_DUMPABLE

// Harden keeps a library from leaving a core file of this process with what is secret in
// it. It is best effort: the unit of the parent does it as well.
func Harden() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setDumpable, 0, 0)
}
