package ptysim

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Master is the simulator's end of a pseudo-terminal pair. Its methods are safe
// for concurrent use; Close unblocks Read and Write.
type Master struct {
	file  *os.File
	slave *os.File // held open so that the line never hangs up by itself
	path  string
	link  string
	once  sync.Once
	err   error
}

// Open makes a pair in raw mode. If link is not empty, a symbolic link to the
// slave is put there, in place of an older link (a file that is not a link is
// left alone, and is an error); its folder must exist.
func Open(link string) (*Master, error) {
	m, err := openPair()
	if err != nil {
		return nil, fmt.Errorf("cannot open pseudo terminal: %w", err)
	}
	if link == "" {
		return m, nil
	}
	if err := place(m.path, link); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot link pseudo terminal: %w", err), m.Close())
	}
	m.link = link
	return m, nil
}

func openPair() (*Master, error) {
	f, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}

	var number int
	err = control(f, func(fd int) error {
		if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
			return fmt.Errorf("unlock: %w", err)
		}
		number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
		return err
	})
	if err != nil {
		_ = f.Close()
		return nil, err
	}

	path := fmt.Sprintf("/dev/pts/%d", number)
	slave, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err == nil {
		if err = control(slave, makeRaw); err != nil {
			_ = slave.Close()
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &Master{file: f, slave: slave, path: path}, nil
}

func makeRaw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON | unix.IXOFF
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}

// control keeps f in the runtime's poller, so that Close reaches a pending Read
// (Fd would take it out, and the line would never hang up).
func control(f *os.File, do func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = do(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// place puts a link at path that points to target, atomically.
func place(target, path string) error {
	if st, err := os.Lstat(path); err == nil && st.Mode()&os.ModeSymlink == 0 {
		return fmt.Errorf("%s exists and is not a link", path)
	}
	tmp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Symlink(target, tmp); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// Path is the slave's device file, such as /dev/pts/3.
func (m *Master) Path() string { return m.path }

// Read reads what the host sent.
func (m *Master) Read(p []byte) (int, error) { return m.file.Read(p) }

// Write sends to the host. It blocks while the kernel's buffer is full, which
// happens when no host reads.
func (m *Master) Write(p []byte) (int, error) { return m.file.Write(p) }

// SetWriteDeadline bounds Write.
func (m *Master) SetWriteDeadline(t time.Time) error { return m.file.SetWriteDeadline(t) }

// Close hangs up: a host that has the slave open reads end of file or an error.
// The link is removed if it is still ours.
func (m *Master) Close() error {
	m.once.Do(func() {
		if to, err := os.Readlink(m.link); err == nil && m.link != "" && to == m.path {
			_ = os.Remove(m.link)
		}
		m.err = errors.Join(m.slave.Close(), m.file.Close())
	})
	return m.err
}
