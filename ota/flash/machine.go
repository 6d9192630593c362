package flash

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Machine is the Linux that a board's disk is plugged into.
type Machine struct {
	Sys  string // where sysfs is
	Proc string // where procfs is
}

// This is the machine that runs.
func This() Machine { return Machine{Sys: "/sys", Proc: "/proc"} }

// Find looks at a disk, and refuses what must not be written to: a partition, a disk
// that is in use or write-protected. Nothing keeps it so until it is opened.
func (m Machine) Find(path string) (Device, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return Device{}, fmt.Errorf("cannot look at %s: %w", path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFBLK {
		return Device{}, refuse(NotADisk, "%s is no disk; for a file there is --file", path)
	}
	return m.Disk(path, unix.Major(uint64(st.Rdev)), unix.Minor(uint64(st.Rdev)))
}

// Disk is Find for the number of a device.
func (m Machine) Disk(path string, major, minor uint32) (Device, error) {
	number := fmt.Sprintf("%d:%d", major, minor)
	dir, err := filepath.EvalSymlinks(filepath.Join(m.Sys, "dev/block", number))
	if err != nil {
		return Device{}, fmt.Errorf("cannot look at %s: %w", path, err)
	}
	d := Device{Path: path, Name: filepath.Base(dir)}
	switch {
	case has(dir, "partition"):
		return d, refuse(NotADisk, "%s is a partition of %s; name the disk", path, filepath.Base(filepath.Dir(dir)))
	case has(dir, "dm"), has(dir, "md"):
		return d, refuse(NotADisk, "%s is made of other disks", path)
	case word(dir, "ro") == "1":
		return d, refuse(ReadOnly, "%s is write-protected", path)
	case word(dir, "queue/logical_block_size") != strconv.Itoa(sector):
		return d, refuse(NotADisk, "%s has sectors of %s bytes, not %d", path, word(dir, "queue/logical_block_size"), sector)
	}
	sectors, err := strconv.ParseInt(word(dir, "size"), 10, 64)
	if err != nil {
		return d, fmt.Errorf("cannot size %s: %w", path, err)
	}
	d.Size = sectors * 512 // the kernel's unit, whatever the disk's
	d.Model = strings.TrimSpace(word(dir, "device/vendor") + " " + first(word(dir, "device/model"), word(dir, "device/name")))
	d.Serial = first(word(dir, "device/serial"), word(dir, "serial"), printable(word(dir, "device/vpd_pg80")))
	return d, m.free(d, dir)
}

func has(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// word is the text of one of the kernel's files; "" if it is not there.
func word(dir, name string) string {
	b, _ := os.ReadFile(filepath.Join(dir, name))
	return strings.TrimSpace(string(b))
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// printable leaves out what is no text: the header of a SCSI page.
func printable(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s))
}

// free refuses a disk that the machine uses: it, or a partition of it, is mounted, is
// swapped on, or is part of another device.
func (m Machine) free(d Device, dir string) error {
	names, numbers, err := family(dir)
	if err != nil {
		return fmt.Errorf("cannot tell who uses %s: %w", d.Path, err)
	}
	for _, name := range names {
		sub := filepath.Join(dir, name, "holders")
		if name == d.Name {
			sub = filepath.Join(dir, "holders")
		}
		holders, err := os.ReadDir(sub)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cannot tell who uses %s: %w", d.Path, err)
		}
		if len(holders) > 0 {
			return refuse(InUse, "%s is part of %s", name, holders[0].Name())
		}
	}
	if err := m.mounted(names, numbers); err != nil {
		return err
	}
	return m.swapped(names)
}

// family are the names and the numbers of a disk and its partitions.
func family(dir string) (names, numbers []string, err error) {
	names, numbers = []string{filepath.Base(dir)}, []string{word(dir, "dev")}
	list, err := os.ReadDir(dir)
	for _, e := range list {
		if part := filepath.Join(dir, e.Name()); has(part, "partition") {
			names, numbers = append(names, e.Name()), append(numbers, word(part, "dev"))
		}
	}
	return names, numbers, err
}

// mounted refuses a family of which a file system is mounted, the machine's own root
// included. One whose number is its own (btrfs) is known by its name.
func (m Machine) mounted(names, numbers []string) error {
	return m.lines("self/mountinfo", func(f []string) error {
		dash := slices.Index(f, "-")
		if len(f) < 6 || dash < 0 || dash+2 >= len(f) {
			return nil
		}
		source := f[dash+2]
		if slices.Contains(numbers, f[2]) || strings.HasPrefix(source, "/dev/") && slices.Contains(names, filepath.Base(source)) {
			return refuse(InUse, "a file system on it is mounted (%s on %s)", source, f[4])
		}
		return nil
	})
}

func (m Machine) swapped(names []string) error {
	return m.lines("swaps", func(f []string) error {
		if len(f) > 0 && slices.Contains(names, filepath.Base(f[0])) && strings.HasPrefix(f[0], "/dev/") {
			return refuse(InUse, "the machine swaps on it (%s)", f[0])
		}
		return nil
	})
}

// lines gives the fields of each line of a file of procfs.
func (m Machine) lines(name string, see func(fields []string) error) error {
	f, err := os.Open(filepath.Join(m.Proc, name))
	if errors.Is(err, fs.ErrNotExist) && name == "swaps" {
		return nil // a kernel without swapping
	}
	if err != nil {
		return fmt.Errorf("cannot tell what is in use: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if err := see(strings.Fields(lines.Text())); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("cannot tell what is in use: %w", err)
	}
	return nil
}
