package vendor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"wattkiosk/hal/port"
)

// When a library counts as unfit.
const (
	// CrashLimit children that end within CrashWindow put the library in quarantine
	// for QuarantineTime.
	CrashLimit     = 5
	CrashWindow    = 10 * time.Minute
	QuarantineTime = time.Hour
)

// ErrQuarantined means that the library crashed too often and is left alone.
var ErrQuarantined = errors.New("vendor library is in quarantine: it crashed too often")

// Host starts the children of one library. Its methods are safe for concurrent
// use.
type Host struct {
	Command string   // path of vendorhost
	ABI     string   // path of the description
	Wrapper []string // put before Command, for an emulator in tests; usually empty
	Now     func() time.Time

	mu      sync.Mutex
	crashes []time.Time // newest last, at most CrashLimit
	until   time.Time   // quarantine
}

// Open starts a child and returns its port: what hal/port.Run opens. Closing the
// port kills the child. It fails with ErrQuarantined while the library is left
// alone.
func (h *Host) Open(context.Context) (port.Port, error) {
	if until := h.Quarantined(); !until.IsZero() {
		return nil, fmt.Errorf("%w, until %s", ErrQuarantined, until.Format(time.RFC3339))
	}

	toChild, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start library host: %w", err)
	}

	out, fromChild, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start library host: %w", err), toChild.Close(), in.Close())
	}

	args := append(append([]string(nil), h.Wrapper...), h.Command, "--description", h.ABI)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"}
	cmd.ExtraFiles = []*os.File{toChild, fromChild} // 3 and 4: what a library prints must not be in a frame
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	err = cmd.Start()
	err = errors.Join(err, toChild.Close(), fromChild.Close())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start library host: %w", err), in.Close(), out.Close())
	}

	c := &child{host: h, cmd: cmd, in: in, out: out, gone: make(chan struct{})}
	go c.wait()
	return c, nil
}

// Quarantined is until when the library is left alone; zero when it is not.
func (h *Host) Quarantined() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.now().Before(h.until) {
		return h.until
	}
	return time.Time{}
}

// Release ends a quarantine: a technician has put in another library.
func (h *Host) Release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.until, h.crashes = time.Time{}, nil
}

func (h *Host) now() time.Time {
	if h.Now == nil {
		return time.Now()
	}
	return h.Now()
}

// crashed counts a child that ended unasked.
func (h *Host) crashed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	h.crashes = append(h.crashes, now)
	if len(h.crashes) < CrashLimit {
		return
	}
	h.crashes = h.crashes[len(h.crashes)-CrashLimit:]
	if now.Sub(h.crashes[0]) <= CrashWindow {
		h.until, h.crashes = now.Add(QuarantineTime), nil
	}
}

// child is the port of one child process.
type child struct {
	host *Host
	cmd  *exec.Cmd
	in   *os.File
	out  *os.File
	gone chan struct{}

	mu     sync.Mutex
	closed bool
}

func (c *child) Read(b []byte) (int, error)  { return c.out.Read(b) }
func (c *child) Write(b []byte) (int, error) { return c.in.Write(b) }

// Close kills the child, its group with it, and waits for its end.
func (c *child) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	select {
	case <-c.gone: // reaped: its number may be another process by now
		_, _ = c.in.Close(), c.out.Close()
		return nil
	default:
	}

	if err := syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("cannot kill library host: %w", err)
	}

	<-c.gone
	_, _ = c.in.Close(), c.out.Close() // both are gone with the child
	return nil
}

// wait notices the end of the child. Its read end is closed only by Close: what it
// said before it died is still to be read.
func (c *child) wait() {
	_ = c.cmd.Wait() // its error is the status, which is looked at below
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	status, _ := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !closed || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		c.host.crashed() // before Close, or Close found it dead already
	}
	close(c.gone)
}
