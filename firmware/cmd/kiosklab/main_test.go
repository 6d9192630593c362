package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "kiosklab")
	if err == nil {
		err = os.Setenv(binVariable, dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// binVariable tells where the programs are built.
const binVariable = "WATTKIOSK_LAB_BIN"

// buildOnce builds the real programs, for the first test that needs them.
var buildOnce = sync.OnceValues(func() (string, error) {
	dir := os.Getenv(binVariable)
	kiosk := "wattkiosk/firmware/cmd/kioskd"
	if image := imageDir(); image != "" {
		kiosk = "wattkiosk/firmware/cmd/kioskguest"
		if err := os.Symlink(image, filepath.Join(dir, "image")); err != nil {
			return dir, err
		}
	}
	for _, args := range [][]string{
		{"-o", dir + "/", "wattkiosk/uplink/cmd/officed", "wattkiosk/firmware/cmd/kioskctl", "wattkiosk/firmware/cmd/kiosklab", "wattkiosk/hal/cmd/vendorhost"},
		{"-o", filepath.Join(dir, "kioskd"), kiosk},
	} {
		cmd := exec.Command("go", append([]string{"build"}, args...)...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return dir, fmt.Errorf("cannot build: %w\n%s", err, out)
		}
	}
	return dir, nil
})

// programsDir is the folder of the real programs; the test is skipped under
// -short.
func programsDir(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("real processes: not with -short")
	}
	dir, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// rig is a lab that runs as a process of its own.
type rig struct {
	t      *testing.T
	bin    string
	dir    string
	places places
	cmd    *exec.Cmd
	errs   *bytes.Buffer
	office officeClient
}

// labVariables are the variables of the environment that only one test's lab sees, by its *testing.T.
var labVariables sync.Map

// setLab gives the labs that this test starts a variable of the environment. t.Setenv
// would give it to those of the tests that run beside it, and forbids these.
func setLab(t *testing.T, name, value string) {
	t.Helper()
	own, found := labVariables.Load(t)
	if !found {
		t.Cleanup(func() { labVariables.Delete(t) })
		own = []string(nil)
	}
	labVariables.Store(t, append(own.([]string), name+"="+value))
}

// startRig starts a lab with free ports and quick devices, in a folder of its own.
func startRig(t *testing.T, flags ...string) *rig {
	t.Helper()
	bin := programsDir(t)
	dir, err := os.MkdirTemp("", "lab") // short: it holds a unix socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	r := &rig{t: t, bin: bin, dir: dir}
	r.start(flags...)
	t.Cleanup(r.stop)
	return r
}

func (r *rig) start(flags ...string) {
	r.t.Helper()
	args := append([]string{
		"--dir", r.dir, "--json", "--headless", "--quick", "--screen-addr", "127.0.0.1:0", "--bench-addr", "127.0.0.1:0",
		"--office-addr", "127.0.0.1:0", "--broker-addr", "127.0.0.1:0",
	}, flags...)
	r.errs = &bytes.Buffer{}
	r.cmd = exec.Command(filepath.Join(r.bin, "kiosklab"), args...)
	r.cmd.Stderr = r.errs
	if own, ok := labVariables.Load(r.t); ok {
		r.cmd.Env = append(os.Environ(), own.([]string)...)
	}
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &r.places)
	}
	if err != nil {
		_ = r.cmd.Wait()
		r.t.Fatalf("the lab did not start: %v\n%s", err, r.errs)
	}
	r.office = newOfficeClient(r.places, r.places.Accounts[0])
}

// stop ends the lab as a person does, and wants exit code 0 and no child left.
func (r *rig) stop() {
	r.t.Helper()
	if r.cmd == nil {
		return
	}
	s := r.mustState()
	begun := time.Now()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		r.t.Errorf("cannot stop the lab: %v", err)
	}
	if err := r.cmd.Wait(); err != nil {
		r.t.Errorf("the lab ended with %v\n%s", err, r.errs)
	}
	r.cmd = nil
	if took := time.Since(begun); took > stopWithin {
		r.t.Errorf("the lab took %v to stop", took)
	}
	for _, pid := range []int{s.Kioskd.PID, s.Office.PID} {
		if pid > 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			r.t.Errorf("process %d has outlived the lab", pid)
		}
	}
	r.tellLogs()
}

// tellLogs shows what the programs said, after a failure.
func (r *rig) tellLogs() {
	r.t.Helper()
	if !r.t.Failed() {
		return
	}
	for _, name := range []string{"kioskd.log", "officed.log"} {
		if b, err := os.ReadFile(filepath.Join(r.dir, name)); err == nil {
			r.t.Logf("%s:\n%s", name, b[max(0, len(b)-6000):])
		}
	}
	r.t.Logf("kiosklab:\n%s", r.errs)
}

// ctl runs kioskctl against the lab.
func (r *rig) ctl(args ...string) ([]byte, error) {
	cmd := exec.Command(filepath.Join(r.bin, "kioskctl"), append(args, "--dir", r.dir, "--json")...)
	cmd.Env = environment()
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("kioskctl %v: %w: %s", args, err, exit.Stderr)
	}
	return out, err
}
