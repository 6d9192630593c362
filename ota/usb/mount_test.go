package usb

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// loop makes a block device of a new FAT file system, where that is allowed.
func loop(t *testing.T) string {
	t.Helper()
	img := filepath.Join(t.TempDir(), "stick.img")
	f, err := os.Create(img)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(20 << 20); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if out, err := exec.Command("mkfs.vfat", img).CombinedOutput(); err != nil {
		t.Skipf("no file system can be made: %v %s", err, out)
	}
	out, err := exec.Command("losetup", "-f", "--show", img).Output()
	dev := strings.TrimSpace(string(out))
	if err != nil || dev == "" {
		t.Skipf("no loop device: %v", err)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("losetup", "-d", dev).CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
	})
	return filepath.Base(dev)
}

// TestMounts reads a real file system and writes a report to it.
func TestMounts(t *testing.T) {
	m := Mounts{Dev: "/dev", Place: filepath.Join(t.TempDir(), "stick")}
	part := loop(t)
	if _, unmount, err := m.Mount(part, true); err != nil {
		t.Skipf("mounting is not allowed here: %v", err)
	} else if err := os.WriteFile(filepath.Join(m.Place, "v8.wkb"), []byte("12345"), 0o644); err != nil {
		t.Error(err)
	} else if err := unmount(); err != nil {
		t.Error(err)
	}
	dir, unmount, err := m.Mount(part, false)
	if err != nil {
		t.Fatal(err)
	}
	if files, err := Find(dir, 8); err != nil || len(files) != 1 || files[0] != (File{"v8.wkb", 5}) {
		t.Errorf("%v, %v", files, err)
	}
	if _, err := Write(dir, "report", ".txt", []byte("x")); err == nil {
		t.Error("a stick that is only read was written to")
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, dir) && !strings.Contains(line, " vfat ro,nosuid,nodev,noexec") {
			t.Errorf("%s", line)
		}
	}
	f, _, err := Open(dir, "v8.wkb")
	if err != nil {
		t.Fatal(err)
	}
	if err := unmount(); err == nil { // in use: it goes all the same, and that is said
		t.Error("nothing is said of a stick that was let go in use")
	}
	f.Close()
	dir, unmount, err = m.Mount(part, true)
	if err != nil {
		t.Fatal(err)
	}
	if name, err := Write(dir, "report", ".txt", []byte("x")); err != nil || name != "wattkiosk/report.txt" {
		t.Errorf("%q, %v", name, err)
	}
	if err := unmount(); err != nil {
		t.Error(err)
	}
	if list, err := os.ReadDir(m.Place); err != nil || len(list) != 0 {
		t.Errorf("still mounted: %v, %v", list, err)
	}
}
