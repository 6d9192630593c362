// Package tpmtest has a board's TPM for tests: Debian's swtpm, a process of its own
// with a memory of its own, which outlives restarts.
package tpmtest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Chip is a TPM.
type Chip struct {
	t   testing.TB
	dir string
	off func()
}

// New makes a TPM that was never used, and powers it up. Where swtpm is not installed the
// test is skipped on a developer's machine and fails where CI is set: .ci/install installs
// it there, and a seal that nothing has tested is none.
func New(t testing.TB) *Chip {
	t.Helper()
	if _, err := exec.LookPath("swtpm"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("swtpm is not installed: run .ci/install")
		}
		t.Skip("swtpm is not installed")
	}
	dir, err := os.MkdirTemp("", "tpm") // a short path: it holds a socket
	if err != nil {
		t.Fatal(err)
	}
	c := &Chip{t: t, dir: dir, off: func() {}}
	t.Cleanup(func() { c.Off(); _ = os.RemoveAll(dir) })
	c.On()

	return c
}

// Device is what a board's settings name.
func (c *Chip) Device() string { return filepath.Join(c.dir, "socket") }

// On powers the chip up.
func (c *Chip) On() {
	c.t.Helper()
	_ = os.Remove(c.Device()) // absent at the first start
	cmd := exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+c.dir, "--server", "type=unixio,path="+c.Device(), "--flags", "not-need-init,startup-clear")
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { gone <- cmd.Wait() }()
	c.off = func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		<-gone
		c.off = func() {}
	}
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := net.Dial("unix", c.Device()); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-gone:
			c.t.Fatalf("swtpm ended: %v", err)
		case <-deadline.C:
			c.t.Fatal("swtpm does not start")
		case <-tick.C:
		}
	}
}

// Off takes its power, and the device with it.
func (c *Chip) Off() {
	c.off()
	_ = os.Remove(c.Device()) // gone where it was off
}
