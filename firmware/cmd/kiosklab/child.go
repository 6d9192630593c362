package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/boards/ground/labclock"
	"wattkiosk/firmware/config"
)

// Bounds of keeping a child running.
const (
	minBackoff = 200 * time.Millisecond // before a child is started again
	maxBackoff = 5 * time.Second
	goodRun    = 10 * time.Second // after which the back-off starts over
	stopWithin = 10 * time.Second // from SIGTERM to SIGKILL
)

// child is a program that is kept running while it is wanted. Its methods may be
// called from any goroutine.
type child struct {
	name string
	path string
	args []string
	log  *output
	tmp  string // its folder of temporary files; empty for the system's
	time string // file of the lab's clock

	cancel context.CancelFunc // set by who runs it
	done   chan struct{}      // closed when run has returned

	mu      sync.Mutex
	wanted  bool
	struck  bool          // the present run was killed by the lab
	changed chan struct{} // closed and replaced when wanted or proc changed
	proc    *os.Process   // nil while it does not run
	starts  int
	exit    string // how the last run ended
	code    int    // of the last exit
}

func newChild(name, path string, log *output, args ...string) *child {
	return &child{name: name, path: path, args: args, log: log, changed: make(chan struct{}), done: make(chan struct{})}
}

// stop ends the child by SIGTERM, or by SIGKILL if that takes too long, and
// returns when it is over.
func (c *child) stop() {
	c.cancel()
	<-c.done
}

// childState is a child for /api/state.
type childState struct {
	Wanted  bool   `json:"wanted"`
	Running bool   `json:"running"`
	PID     int    `json:"pid,omitempty"`
	Starts  int    `json:"starts"`
	Exit    string `json:"exit,omitempty"` // how the last run ended
}

func (c *child) state() childState {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := childState{Wanted: c.wanted, Running: c.proc != nil, Starts: c.starts, Exit: c.exit}
	if c.proc != nil {
		s.PID = c.proc.Pid
	}
	return s
}

// update needs no lock held.
func (c *child) update(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	close(c.changed)
	c.changed = make(chan struct{})
}

// want switches the child on or, with SIGKILL, off. Off returns when it is dead.
func (c *child) want(ctx context.Context, on bool) error {
	c.update(func() { c.wanted = on })
	if on {
		return nil
	}
	return c.kill(ctx)
}

// kill ends the present run, if there is one, by SIGKILL, and returns when it is
// over.
func (c *child) kill(ctx context.Context) error {
	c.mu.Lock()
	was := c.proc
	c.mu.Unlock()
	if was == nil {
		return nil
	}
	c.update(func() { c.struck = true })
	if err := was.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("cannot kill %s: %w", c.name, err)
	}
	return c.until(ctx, func() bool { return c.proc != was })
}

// until waits for a condition on the fields under the lock.
func (c *child) until(ctx context.Context, met func() bool) error {
	for {
		c.mu.Lock()
		ok, changed := met(), c.changed
		c.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// run keeps the child until ctx ends; then it stops it. The goroutine keeps its
// thread, for the child dies with the thread that made it: so no child survives
// the lab.
func (c *child) run(ctx context.Context) {
	runtime.LockOSThread()
	failures := 0
	for c.until(ctx, func() bool { return c.wanted }) == nil && ctx.Err() == nil {
		begun := time.Now()
		code := c.once(ctx)
		if time.Since(begun) > goodRun || c.forgive() {
			failures = 0
		}
		if ctx.Err() != nil || !c.state().Wanted {
			failures = 0
			continue
		}
		pause := backoff.Wait(failures, minBackoff, maxBackoff)
		c.log.tell(fmt.Sprintf("%s has ended (%s); it is started again in %v", c.name, c.state().Exit, pause))
		if code != exitKilled {
			c.log.tellTail()
		}
		c.sleep(ctx, pause)
		failures++
	}
}

// forgive reports whether the lab itself killed the last run: that is no sign of
// a program that cannot run.
func (c *child) forgive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	struck := c.struck
	c.struck = false
	return struck
}

// sleep ends early when the child is no longer wanted.
func (c *child) sleep(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	_ = c.until(ctx, func() bool { return !c.wanted }) // however it ends, the pause is over
}

// exitKilled is the code of a run that a signal ended.
const exitKilled = -1

// once is one run of the program; it returns its exit code.
func (c *child) once(ctx context.Context) int {
	cmd := exec.Command(c.path, c.args...)
	cmd.Env = environment()
	if c.tmp != "" {
		cmd.Env = append(cmd.Env, "TMPDIR="+c.tmp)
	}
	if c.time != "" {
		cmd.Env = append(cmd.Env, labclock.Env+"="+c.time)
	}
	cmd.Stdout, cmd.Stderr = c.log, c.log
	cmd.WaitDelay = stopWithin
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		c.update(func() { c.starts, c.exit, c.code = c.starts+1, err.Error(), 1 })
		return 1
	}

	c.update(func() { c.starts, c.proc = c.starts+1, cmd.Process })
	if !c.state().Wanted { // switched off between decision and start
		_ = cmd.Process.Kill() // it may be over already
	}

	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(stopWithin):
			_ = cmd.Process.Kill()
		}
	})

	err := cmd.Wait()
	close(done)
	stop()
	code, how := cmd.ProcessState.ExitCode(), strings.TrimSpace(cmd.ProcessState.String())
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		how += ": " + err.Error()
	}

	c.update(func() { c.proc, c.exit, c.code = nil, how, code })
	return code
}

// environment is ours without what would configure a kiosk: the lab's is
// configured by its file alone.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, config.EnvPrefix) })
}
