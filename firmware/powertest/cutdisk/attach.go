package cutdisk

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Format makes a file with an ext4 as a board's data partition has it.
func Format(path string, size int64) error {
	f, err := os.Create(path)
	if err == nil {
		err = errors.Join(f.Truncate(size), f.Close())
	}
	if err != nil {
		return err
	}
	return tool("mke2fs", "-q", "-F", "-t", "ext4", "-E", "lazy_itable_init=0,lazy_journal_init=0", "-m", "0",
		"-O", "^metadata_csum_seed,^orphan_file", path)
}

// Mounted is a disk in use.
type Mounted struct {
	Repaired bool // e2fsck was needed, which a board runs too

	dir      string // of the file system on the disk
	loop     string
	serveEnd func() error
}

// Attach has the kernel mount the ext4 on the disk at dir, as a board does: where it
// cannot, e2fsck repairs it first. The folder work is the disk's own.
func (d *Disk) Attach(work, dir string) (*Mounted, error) {
	if err := errors.Join(os.MkdirAll(work, 0o700), os.MkdirAll(dir, 0o700)); err != nil {
		return nil, err
	}
	end, err := d.serve(work)
	if err != nil {
		return nil, fmt.Errorf("cannot serve the disk: %w", err)
	}
	m := &Mounted{dir: dir, serveEnd: end}
	if err := m.mount(filepath.Join(work, fileName)); err != nil {
		return nil, errors.Join(err, m.Detach())
	}
	return m, nil
}

func (m *Mounted) mount(file string) error {
	out, err := exec.Command("losetup", "-f", "--show", file).CombinedOutput()
	if err != nil {
		return fmt.Errorf("losetup: %w: %s", err, out)
	}
	m.loop = strings.TrimSpace(string(out))
	// One request of the loop device is one write, so that one that failed is not
	// taken for a short one.
	queue := filepath.Join("/sys/block", filepath.Base(m.loop), "queue/max_sectors_kb")
	if err := os.WriteFile(queue, fmt.Append(nil, maxRequest>>10), 0o644); err != nil {
		return err
	}

	flags := uintptr(unix.MS_NOATIME | unix.MS_NOSUID | unix.MS_NODEV)
	if err = unix.Mount(m.loop, m.dir, "ext4", flags, ""); err == nil {
		return nil
	}
	m.Repaired = true
	if tool("e2fsck", "-p", m.loop) != nil {
		_ = tool("e2fsck", "-y", m.loop) // the mount says whether it helped
	}
	if err = unix.Mount(m.loop, m.dir, "ext4", flags, ""); err != nil {
		return fmt.Errorf("%w: %w", ErrFileSystem, err)
	}
	return nil
}

// ErrFileSystem means that ext4 itself could not be mounted, even after a repair.
var ErrFileSystem = errors.New("the file system cannot be mounted")

// Detach ends it all. Without Disk.Cut before, what is in the kernel's cache is
// written first.
func (m *Mounted) Detach() error {
	var errs []error
	if err := again(func() error { return unmounted(unix.Unmount(m.dir, 0)) }); err != nil {
		errs = append(errs, err, unix.Unmount(m.dir, unix.MNT_DETACH))
	}
	if m.loop != "" {
		errs = append(errs, tool("losetup", "-d", m.loop))
	}
	return errors.Join(append(errs, m.serveEnd())...)
}

func unmounted(err error) error {
	if errors.Is(err, unix.EINVAL) { // it was not mounted
		return nil
	}
	return err
}

func tool(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}
