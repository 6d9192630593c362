package usb

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Disk is a stick that is plugged in.
type Disk struct {
	Name  string   // of the block device, e.g. sdb
	Seq   uint64   // the kernel's number of the insertion; 0 if it has none
	Parts []string // block devices that may hold a file system, e.g. sdb1
}

// Bounds of what is looked at.
const (
	maxDisks = 8
	maxParts = 8
	maxAttr  = 4 << 10 // bytes of a file in sysfs
)

// own are the names of this product's partitions.
var own = []string{"state", "boot_a", "boot_b", "root_a", "root_b"}

// Scan lists the disks by name. Sys is where sysfs is mounted.
func Scan(sys string) ([]Disk, error) {
	dir := filepath.Join(sys, "class", "block")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var disks []Disk
	for _, e := range entries {
		path, err := filepath.EvalSymlinks(filepath.Join(dir, e.Name()))
		if err != nil || attr(path, "partition") != "" || !removable(path) || size(path) == 0 {
			continue // gone meanwhile, or none of ours to look at
		}
		d := Disk{Name: e.Name()}
		d.Seq, _ = strconv.ParseUint(attr(path, "diskseq"), 10, 64) // older kernels have none
		if d.Parts = parts(path, e.Name()); len(d.Parts) > 0 && len(disks) < maxDisks {
			disks = append(disks, d)
		}
	}
	return disks, nil
}

// removable reports whether a disk hangs on USB or has a medium that can be taken
// out. Disks of the kernel's own making (loop, ram, zram, dm) are not.
func removable(path string) bool {
	if strings.Contains(path, "/virtual/") || strings.HasPrefix(filepath.Base(path), "sr") {
		return false
	}
	for dir := range strings.SplitSeq(path, "/") {
		if rest, ok := strings.CutPrefix(dir, "usb"); ok && rest != "" && strings.Trim(rest, "0123456789") == "" {
			return true
		}
	}
	return attr(path, "removable") == "1"
}

// parts are a disk's partitions in order; nil if one of them is this product's.
func parts(path, disk string) []string {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil
	}
	type numbered struct {
		n    int
		name string
	}
	var found []numbered
	for _, e := range entries {
		part := filepath.Join(path, e.Name())
		n, err := strconv.Atoi(attr(part, "partition"))
		if err != nil {
			continue
		}
		if slices.Contains(own, label(attr(part, "uevent"))) {
			return nil
		}
		found = append(found, numbered{n, e.Name()})
	}
	if len(found) == 0 {
		return []string{disk}
	}
	slices.SortFunc(found, func(a, b numbered) int { return a.n - b.n })
	var names []string
	for _, f := range found[:min(len(found), maxParts)] {
		names = append(names, f.name)
	}
	return names
}

// label is the PARTNAME of a uevent file.
func label(uevent string) string {
	for line := range strings.Lines(uevent) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "PARTNAME="); ok {
			return name
		}
	}
	return ""
}

func size(path string) uint64 {
	n, err := strconv.ParseUint(attr(path, "size"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// attr reads a file of sysfs; "" if it is not there.
func attr(dir, name string) string {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	defer f.Close()
	b := make([]byte, maxAttr)
	n, err := f.Read(b)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b[:n]))
}
