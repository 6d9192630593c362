package main_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestGuest boots a guest whose init is this command. WATTKIOSK_KERNEL is an arm64
// kernel image with the PL061 driver built in, as Debian's is; without it, or
// without QEMU, the test is skipped.
func TestGuest(t *testing.T) {
	kernel := os.Getenv("WATTKIOSK_KERNEL")
	if kernel == "" {
		t.Skip("WATTKIOSK_KERNEL names no kernel")
	}
	qemu, err := exec.LookPath("qemu-system-aarch64")
	if err != nil {
		t.Skip("qemu-system-aarch64 is not installed")
	}
	dir := t.TempDir()
	initrd, qmp := filepath.Join(dir, "initrd"), filepath.Join(dir, "qmp")
	if err := os.WriteFile(initrd, archive(t, build(t, dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), qemu, "-M", "virt", "-cpu", "cortex-a57", "-m", "256", "-display", "none", "-serial", "stdio", "-monitor", "none",
		"-qmp", "unix:"+qmp+",server=on,wait=off", "-no-reboot", "-kernel", kernel, "-initrd", initrd, "-append", "console=ttyAMA0 quiet panic=-1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dead := time.AfterFunc(3*time.Minute, func() { _ = cmd.Process.Kill() })
	defer dead.Stop()
	var said []string
	for sc := bufio.NewScanner(out); sc.Scan(); {
		_, line, ok := strings.Cut(sc.Text(), "gpioguest: ")
		if !ok {
			continue
		}
		t.Log(line)
		said = append(said, line)
		if strings.HasPrefix(line, "READY") {
			press(t, qmp)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("qemu: %v", err)
	}
	got := strings.Join(said, "\n")
	want := []string{
		"DRIVEN",
		"REFUSED board qemuarm64: line door (/dev/gpiochip0 line 99): chip has 8 lines",
		"REFUSED board qemuarm64: line door (pinctrl-nothing line 1): no such GPIO chip",
		"REFUSED board qemuarm64: line lamp (/dev/gpiochip0 line 5): line is open already, as cash-light",
		"READY staff-button false", "PRESSED staff-button", "RELEASED staff-button", "PASS",
	}
	for _, w := range want {
		before, after, ok := strings.Cut(got, w)
		if !ok {
			t.Fatalf("the guest did not say %q; it said:\n%s", w, strings.Join(said, "\n"))
		}
		got = after
		_ = before
	}
}

func build(t *testing.T, dir string) []byte {
	t.Helper()
	path := filepath.Join(dir, "init")
	cmd := exec.Command("go", "build", "-ldflags", "-s -w", "-o", path, ".")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// archive is an initramfs: a gzipped cpio in the "newc" form with /init and
// /dev/console.
func archive(t *testing.T, program []byte) []byte {
	t.Helper()
	var cpio bytes.Buffer
	entry := func(name string, mode, major, minor int, data []byte) {
		fmt.Fprintf(&cpio, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 0, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name)+1, 0)
		cpio.WriteString(name + "\x00")
		pad := func() {
			for cpio.Len()%4 != 0 {
				cpio.WriteByte(0)
			}
		}
		pad()
		cpio.Write(data)
		pad()
	}
	entry("dev", 0o040755, 0, 0, nil)
	entry("dev/console", 0o020600, 5, 1, nil)
	entry("init", 0o100755, 0, 0, program)
	entry("TRAILER!!!", 0, 0, 0, nil)
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(cpio.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Bytes()
}

// press presses the machine's power button, which QEMU lets go of by itself.
func press(t *testing.T, path string) {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	r := bufio.NewReader(c)
	for _, command := range []string{"", "qmp_capabilities", "system_powerdown"} { // first its greeting
		if command != "" {
			if err := json.NewEncoder(c).Encode(map[string]string{"execute": command}); err != nil {
				t.Error(err)
				return
			}
		}
		if _, err := r.ReadString('\n'); err != nil {
			t.Errorf("qmp %s: %v", command, err)
			return
		}
	}
}
