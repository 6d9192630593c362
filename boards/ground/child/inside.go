package child

import (
	"errors"
	"os"
	"syscall"
)

// File descriptors of the frames in the child.
const (
	requests  = 3
	responses = 4
)

// Files are the frames of this process, which was started by Start: it reads in and
// writes out.
func Files() (in, out *os.File, err error) {
	for _, fd := range []int{requests, responses} {
		var stat syscall.Stat_t
		if err := syscall.Fstat(fd, &stat); err != nil {
			return nil, nil, errors.New("file descriptors 3 and 4 are not open: this program is started by another one")
		}
		syscall.CloseOnExec(fd)
	}

	return os.NewFile(requests, "requests"), os.NewFile(responses, "responses"), nil
}

const setDumpable = 4 // PR_SET_DUMPABLE

// Harden keeps a library from leaving a core file of this process with what is secret in
// it. It is best effort: the unit of the parent does it as well.
func Harden() {
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setDumpable, 0, 0)
}
