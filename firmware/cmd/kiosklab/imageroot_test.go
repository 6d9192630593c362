package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/boards/image"
	"wattkiosk/ota/slot"
)

// console is what the board has said on its console since it was switched on.
func (r *rig) console() string {
	r.t.Helper()
	said, err := os.ReadFile(filepath.Join(r.dir, "kiosk/console.log"))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(said)
}

// boardDisk opens the disk of the board.
func (r *rig) boardDisk() *os.File {
	r.t.Helper()
	f, err := os.OpenFile(filepath.Join(r.dir, "kiosk/disk.img"), os.O_RDWR, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = f.Close() })
	return f
}

// seen waits until all of the root was read after a start.
func (r *rig) seen(img image.Description) {
	r.t.Helper()
	f := r.boardDisk()
	state, _ := img.Partition("state")
	until(r.t, "the root was read whole behind the start", func() (bool, string) {
		wait(r.t.Context(), seldom)
		s, err := slot.ReadStart(io.NewSectionReader(f, state.Offset, state.Size))
		return err == nil && s == slot.Start{}, r.console()
	})
}

// flip changes a byte of a file in a slot's root.
func (r *rig) flip(img image.Description, n slot.Name, file string) {
	r.t.Helper()
	content, err := exec.Command("unsquashfs", "-cat", img.Path(img.Root), file).Output()
	if err != nil || len(content) < 256 {
		r.t.Fatalf("%s: %d bytes, %v", file, len(content), err)
	}
	root, err := os.ReadFile(img.Path(img.Root))
	if err != nil {
		r.t.Fatal(err)
	}
	middle := content[len(content)/2:]
	at := bytes.Index(root, middle[:min(len(middle), 128)])
	if at < 0 {
		r.t.Fatalf("%s does not lie in one piece", file)
	}
	part, _ := img.Partition("root_" + string(n))
	f := r.boardDisk()
	if _, err := f.WriteAt([]byte{^middle[0]}, part.Offset+int64(at)); err != nil {
		r.t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		r.t.Fatal(err)
	}
}

// bootScript puts a stranger's boot script onto the board's disk, where U-Boots look for one.
func (r *rig) bootScript(img image.Description) {
	r.t.Helper()
	dir := r.t.TempDir()
	text, script := filepath.Join(dir, "boot.cmd"), filepath.Join(dir, "boot.scr")
	if err := os.WriteFile(text, []byte("echo stranger; reset\n"), 0o600); err != nil {
		r.t.Fatal(err)
	}
	boot, _ := img.Partition("boot")
	for _, args := range [][]string{
		{"mkimage", "-A", "arm64", "-T", "script", "-C", "none", "-d", text, script},
		{"mcopy", "-o", "-i", fmt.Sprint(filepath.Join(r.dir, "kiosk/disk.img"), "@@", boot.Offset), script, "::"},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			r.t.Fatalf("%v: %v: %s", args, err, out)
		}
	}
}

// TestImageAttackRoot puts a boot script onto the disk, which is not run, and changes a byte of the running root, in a file that no start needs:
// it is found after the next start, and the board takes its other slot by itself. Then
// it changes one that every start needs: what was changed does not run.
func TestImageAttackRoot(t *testing.T) {
	needImage(t)
	t.Parallel()
	coldRestarts(t)
	img, err := image.Describe(imageDir())
	if err != nil {
		t.Fatal(err)
	}
	r := startRig(t)
	r.serving()
	r.seen(img)
	r.power(false)
	r.bootScript(img)
	r.flip(img, slot.A, "usr/share/zoneinfo/America/New_York")
	begun := time.Now()
	r.power(true)
	until(t, "the board starts its other slot", func() (bool, string) {
		wait(t.Context(), seldom)
		said := r.console()
		return strings.Contains(said, "wattkiosk: slot b (good)"), said
	})
	r.serving()
	r.seen(img)
	t.Logf("a byte in a file that no start needs: slot b serves, and its root was read whole, %v after power-on", time.Since(begun).Round(100*time.Millisecond))
	if said := r.console(); strings.Contains(said, "stranger") {
		t.Errorf("the disk's boot script was run: %s", said)
	}
	last := r.pay1000000001()
	r.booked(last.text("serial"), "posted")
	r.power(false)
	r.flip(img, slot.B, "usr/lib/systemd/systemd")
	r.power(true)
	until(t, "neither slot starts, and the board says why", func() (bool, string) {
		wait(t.Context(), seldom)
		said := r.console()
		return strings.Contains(said, "the root is not the one that was signed"), said
	})
}

// TestImageAttackSecondDisk has a second disk with an image beside the board's: a
// stranger's is not looked at, and with a copy of its own disk the board does not start.
func TestImageAttackSecondDisk(t *testing.T) {
	needImage(t)
	t.Parallel()
	img, err := image.Describe(imageDir())
	if err != nil {
		t.Fatal(err)
	}
	second := filepath.Join(t.TempDir(), "second.img")
	setLab(t, "LAB_SECOND_DISK", second)
	r := startRig(t)
	r.serving()
	r.power(false)
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
	}
	run("cp", "--sparse=always", img.Path(img.Disk), second)
	r.power(true)
	until(t, "the board says that there are two disks", func() (bool, string) {
		wait(t.Context(), seldom)
		said := r.console()
		return strings.Contains(said, "root_a is on vda and on vdb: this board starts from one disk only; take the other one out"), said
	})
	r.power(false)
	for n := range img.Partitions {
		run("sfdisk", "-q", "--part-uuid", second, string(rune('1'+n)), "11111111-2222-4333-8444-00000000001"+string(rune('0'+n)))
	}
	r.power(true)
	r.serving()
	last := r.pay1000000001()
	r.booked(last.text("serial"), "posted")
	if _, err := r.verify(); err != nil {
		t.Error(err)
	}
}
