package child

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Command is what Start starts.
type Command struct {
	Path string
	Args []string

	Wrapper []string          // put before Path, for an emulator in tests; usually empty
	Env     map[string]string // beside PATH and LANG, which it may replace

	// Ended, if not nil, is called once when the child is gone; crashed if it ended in any
	// other way than by Close or Stop.
	Ended func(crashed bool)
}

// Process is a child. Read and Write are its frames. Its methods are safe for concurrent
// use.
type Process struct {
	cmd   *exec.Cmd
	in    *os.File
	out   *os.File
	ended func(crashed bool)
	gone  chan struct{}

	mu      sync.Mutex
	stopped bool
	closed  bool
}

// Start starts a child in a process group of its own, which the kernel kills with us.
func Start(c Command) (*Process, error) {
	toChild, in, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start child: %w", err)
	}

	out, fromChild, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start child: %w", err), toChild.Close(), in.Close())
	}

	args := append(append(append([]string(nil), c.Wrapper...), c.Path), c.Args...)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"}
	for name, value := range c.Env {
		cmd.Env = append(cmd.Env, name+"="+value) // of two of a name, the last counts
	}
	cmd.ExtraFiles = []*os.File{toChild, fromChild} // 3 and 4: what a library prints must not be in a frame
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	err = errors.Join(cmd.Start(), toChild.Close(), fromChild.Close())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start child: %w", err), in.Close(), out.Close())
	}

	p := &Process{cmd: cmd, in: in, out: out, ended: c.Ended, gone: make(chan struct{})}
	go p.wait()
	return p, nil
}

func (p *Process) Read(b []byte) (int, error)  { return p.out.Read(b) }
func (p *Process) Write(b []byte) (int, error) { return p.in.Write(b) }

// Stop ends the requests, so that the child may take its leave of whoever it is connected
// to, and closes it when it has gone or grace is over.
func (p *Process) Stop(grace time.Duration) error {
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	_ = p.in.Close() // the child sees the end
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-p.gone:
	case <-late.C:
	}

	return p.Close()
}

// Close kills the child, its group with it, and waits for its end.
func (p *Process) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	select {
	case <-p.gone: // reaped: its number may be another process by now
		_, _ = p.in.Close(), p.out.Close()
		return nil
	default:
	}

	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("cannot kill child: %w", err)
	}

	<-p.gone
	_, _ = p.in.Close(), p.out.Close() // both are gone with the child
	return nil
}

// wait notices the end of the child. Its read end is closed only by Close: what it said
// before it died is still to be read.
func (p *Process) wait() {
	_ = p.cmd.Wait() // its error is the status, which is looked at below
	if p.ended != nil {
		p.ended(p.crashed())
	}
	close(p.gone)
}

// crashed reports whether a child that is gone ended unasked: before Close, or Close found
// it dead already.
func (p *Process) crashed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	status, _ := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	killed := p.closed && status.Signaled() && status.Signal() == syscall.SIGKILL
	left := p.stopped && status.Exited() && status.ExitStatus() == 0
	return !killed && !left
}
