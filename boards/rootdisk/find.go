package rootdisk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"wattkiosk/ota/slot"
)

// Asked is what the boot script says.
type Asked struct {
	slot.Running
	Partition string // UUID of the root partition; "" = a boot script that does not say
}

// ReadAsked reads a kernel command line.
func ReadAsked(cmdline string) (Asked, error) {
	running, err := slot.Started(cmdline)
	a := Asked{Running: running}
	for word := range strings.FieldsSeq(cmdline) {
		if id, ok := strings.CutPrefix(word, "kiosk.root="); ok {
			a.Partition = strings.ToLower(id)
		}
	}
	return a, err
}

func (a Asked) name() string { return "root_" + string(a.Slot) }

// Partition is one that the kernel has found.
type Partition struct {
	Node    string // of /dev
	Name    string // in its disk's table
	Disk    string // node of its disk
	Numbers string // of the device, as "254:5"
	number  int
}

// Tree is where the kernel shows devices.
type Tree struct{ Sys, Dev string }

// ErrNotYet tells that the disk has not come, or not all of its partitions.
var ErrNotYet = errors.New("the board's disk is not there")

// TwoError tells that a start cannot choose between disks.
type TwoError struct {
	Partition string
	Disks     []string
}

func (e *TwoError) Error() string {
	return fmt.Sprintf("%s is on %s: this board starts from one disk only; take the other one out", e.Partition, strings.Join(e.Disks, " and on "))
}

// Find returns the partitions of the board's disk by their names. It is ErrNotYet as
// long as the disk, or its data, are missing, and TwoError where more than one disk is
// what the boot script asked for.
func (t Tree) Find(a Asked) (map[string]Partition, error) {
	all, err := t.partitions()
	if err != nil {
		return nil, err
	}
	var disks []string
	for _, p := range all {
		if p.Name != a.name() || slices.Contains(disks, p.Disk) {
			continue
		}
		if a.Partition != "" {
			id, err := t.uuid(p)
			if err != nil || id != a.Partition {
				continue
			}
		}
		disks = append(disks, p.Disk)
	}
	switch {
	case len(disks) == 0:
		return nil, fmt.Errorf("%w: no disk has the partition %s %s", ErrNotYet, a.name(), a.Partition)
	case len(disks) > 1:
		return nil, &TwoError{a.name(), disks}
	}
	return ofDisk(all, disks[0])
}

// ofDisk are the partitions of one disk, if those that a start needs are there once.
func ofDisk(all []Partition, disk string) (map[string]Partition, error) {
	found := map[string]Partition{}
	for _, p := range all {
		if p.Disk != disk || p.Name == "" {
			continue
		}
		if other, there := found[p.Name]; there {
			return nil, fmt.Errorf("%s and %s are both called %s: this disk was not made for a board", other.Node, p.Node, p.Name)
		}
		found[p.Name] = p
	}
	for _, name := range []string{"state", "data"} {
		if _, there := found[name]; !there {
			return nil, fmt.Errorf("%w: %s has no partition %s", ErrNotYet, disk, name)
		}
	}
	return found, nil
}

// partitions are all that the kernel shows, in the order of their nodes.
func (t Tree) partitions() (list []Partition, err error) {
	entries, err := os.ReadDir(filepath.Join(t.Sys, "class/block"))
	if err != nil {
		return nil, fmt.Errorf("cannot look for disks: %w", err)
	}
	for _, e := range entries {
		at := filepath.Join(t.Sys, "class/block", e.Name())
		said, err := os.ReadFile(filepath.Join(at, "uevent"))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has gone meanwhile
		} else if err != nil {
			return nil, fmt.Errorf("cannot look for disks: %w", err)
		}
		p, isPart := parsePartition(string(said))
		place, err := filepath.EvalSymlinks(at)
		if !isPart || err != nil {
			continue
		}
		p.Disk = filepath.Base(filepath.Dir(place))
		list = append(list, p)
	}
	return list, nil
}

func parsePartition(said string) (p Partition, ok bool) {
	var major, minor string
	for line := range strings.Lines(said) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		switch key {
		case "DEVNAME":
			p.Node = value
		case "PARTNAME":
			p.Name = value
		case "PARTN":
			p.number, _ = strconv.Atoi(value) // 0 is no partition
		case "MAJOR":
			major = value
		case "MINOR":
			minor = value
		}
	}
	p.Numbers = major + ":" + minor
	return p, p.Node != "" && p.number > 0
}

// The partition table is a GPT (UEFI 2.10, 5.3): a header in the second sector, then
// entries of 128 bytes.
const (
	sector    = 512
	entrySize = 128
	atID      = 16 // of the partition's UUID in its entry
)

// uuid is the UUID of a partition as its disk's table has it.
func (t Tree) uuid(p Partition) (string, error) {
	f, err := os.Open(filepath.Join(t.Dev, p.Disk))
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, sector)
	if _, err := f.ReadAt(head, sector); err != nil {
		return "", err
	}
	le := binary.LittleEndian
	if !bytes.HasPrefix(head, []byte("EFI PART")) || le.Uint64(head[72:]) != 2 || le.Uint32(head[84:]) != entrySize || p.number > int(le.Uint32(head[80:])) {
		return "", fmt.Errorf("%s has no table as boards have it", p.Disk)
	}
	b := make([]byte, 16)
	if _, err := f.ReadAt(b, 2*sector+int64(p.number-1)*entrySize+atID); err != nil {
		return "", err
	}
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", le.Uint32(b), le.Uint16(b[4:]), le.Uint16(b[6:]), b[8:10], b[10:]), nil
}
