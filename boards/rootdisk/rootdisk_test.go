package rootdisk_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/boards/rootdisk"
	"wattkiosk/ota/slot"
	"wattkiosk/ota/verity"
)

const rootA = "77617474-6b69-4f73-8b00-000000000014"

var asked = rootdisk.Asked{Running: slot.Running{Slot: slot.A, Mode: slot.Good}, Partition: rootA}

// machine is what a kernel shows of disks, in files.
type machine struct {
	t    *testing.T
	tree rootdisk.Tree
}

func newMachine(t *testing.T) machine {
	t.Helper()
	dir := t.TempDir()
	m := machine{t, rootdisk.Tree{Sys: filepath.Join(dir, "sys"), Dev: filepath.Join(dir, "dev")}}
	m.must(os.MkdirAll(filepath.Join(m.tree.Sys, "class/block"), 0o755))
	m.must(os.MkdirAll(m.tree.Dev, 0o755))
	return m
}

func (m machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// plug adds a disk whose partitions have these names, numbered from 1, by sfdisk. The
// UUID of the nth ends in n+15.
func (m machine) plug(disk, sep, id string, names ...string) {
	m.t.Helper()
	path := filepath.Join(m.tree.Dev, disk)
	m.must(os.WriteFile(path, nil, 0o600))
	m.must(os.Truncate(path, 16<<20))
	table := "label: gpt\n"
	m.block(disk, filepath.Join("devices", disk), fmt.Sprintf("MAJOR=254\nMINOR=0\nDEVNAME=%s\nDEVTYPE=disk\n", disk))
	for i, name := range names {
		table += fmt.Sprintf("size=1MiB, name=%s, uuid=%s%02X\n", name, strings.ToUpper(id[:34]), i+0x10)
		node := fmt.Sprint(disk, sep, i+1)
		m.block(node, filepath.Join("devices", disk, node), fmt.Sprintf("MAJOR=254\nMINOR=%d\nDEVNAME=%s\nDEVTYPE=partition\nPARTN=%d\nPARTNAME=%s\n", i+1, node, i+1, name))
	}
	cmd := exec.Command("sfdisk", "-q", path)
	cmd.Stdin = strings.NewReader(table)
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("%v: %s", err, out)
	}
}

func (m machine) block(node, place, uevent string) {
	m.t.Helper()
	dir := filepath.Join(m.tree.Sys, place)
	m.must(os.MkdirAll(dir, 0o755))
	m.must(os.WriteFile(filepath.Join(dir, "uevent"), []byte(uevent), 0o600))
	m.must(os.Symlink("../../"+place, filepath.Join(m.tree.Sys, "class/block", node)))
}

var names = []string{"boot", "state", "boot_a", "boot_b", "root_a", "root_b", "data"}

const stranger = "11111111-2222-4333-8444-000000000000"

// TestAttackCardBesideTheBoardsDisk: a card with an image of its own, of whatever names,
// is not looked at, be it in front of the board's disk or after it.
func TestAttackCardBesideTheBoardsDisk(t *testing.T) {
	for _, card := range []string{"mmcblk0", "mmcblk2"} {
		m := newMachine(t)
		m.plug(card, "p", stranger, names...)
		m.plug("mmcblk1", "p", rootA, names...)
		found, err := m.tree.Find(asked)
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			p := found[name]
			if want := fmt.Sprint("mmcblk1p", i+1); p.Node != want || p.Disk != "mmcblk1" || p.Numbers != fmt.Sprint("254:", i+1) {
				t.Errorf("%s beside a card in %s: %+v, want %s", name, card, p, want)
			}
		}
		m.must(m.tree.Link(found))
		if to, err := os.Readlink(filepath.Join(m.tree.Dev, "wattkiosk/data")); err != nil || to != "../mmcblk1p7" {
			t.Errorf("data is linked to %s, %v", to, err)
		}
	}
}

// TestAttackCopyOfTheDisk: a copy has the same UUIDs; no start guesses.
func TestAttackCopyOfTheDisk(t *testing.T) {
	m := newMachine(t)
	m.plug("mmcblk0", "p", rootA, names...)
	m.plug("mmcblk1", "p", rootA, names...)
	_, err := rootdisk.Finder{Tree: m.tree, Tries: 20}.Wait(asked)
	var two *rootdisk.TwoError
	if !errors.As(err, &two) || err.Error() != "root_a is on mmcblk0 and on mmcblk1: this board starts from one disk only; take the other one out" {
		t.Error(err)
	}
}

func TestAttackDisksThatAreNone(t *testing.T) {
	for _, tt := range []struct {
		name string
		plug func(machine)
		ask  rootdisk.Asked
		want string
	}{
		{"no disk", func(machine) {}, asked, "no disk has the partition root_a " + rootA},
		{"a stranger's alone", func(m machine) { m.plug("vda", "", stranger, names...) }, asked, "no disk has"},
		{"no data", func(m machine) { m.plug("vda", "", rootA, names[:6]...) }, asked, "vda has no partition data"},
		{"data elsewhere", func(m machine) {
			m.plug("vda", "", rootA, names[:6]...)
			m.plug("vdb", "", stranger, "data")
		}, asked, "vda has no partition data"},
		{"data twice", func(m machine) { m.plug("vda", "", rootA, append(names, "data")...) }, asked, "both called data"},
		{"by name alone, twice", func(m machine) {
			m.plug("vda", "", rootA, names...)
			m.plug("vdb", "", stranger, names...)
		}, rootdisk.Asked{Running: asked.Running}, "take the other one out"},
	} {
		m := newMachine(t)
		tt.plug(m)
		if _, err := m.tree.Find(tt.ask); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	m := newMachine(t)
	m.plug("vda", "", rootA, names...)
	if found, err := m.tree.Find(rootdisk.Asked{Running: asked.Running}); err != nil || found["root_a"].Node != "vda5" {
		t.Errorf("a boot script that does not say which partition: %v %v", found, err)
	}
	if err := m.tree.Link(map[string]rootdisk.Partition{"../../etc": {Node: "vda9"}}); err == nil {
		t.Error("a name that leads out of the folder was linked")
	}
}

func TestAsked(t *testing.T) {
	got, err := rootdisk.ReadAsked("ro kiosk.slot=a kiosk.mode=good kiosk.root=" + strings.ToUpper(rootA) + " quiet\n")
	if err != nil || got != asked {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := rootdisk.ReadAsked("root=/dev/sda1"); err == nil {
		t.Error("a start without a slot was taken")
	}
}

// disks are a root with its tree, and a state partition of a new board.
func disks(t *testing.T) (verity.Root, []byte, *os.File) {
	t.Helper()
	data := bytes.Repeat([]byte("a root file system "), 10000)
	data = data[:len(data)/verity.BlockSize*verity.BlockSize]
	root, tree, err := verity.Make(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	block, err := slot.State{Good: slot.A, Seq: 1, Floor: 7}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(block, 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(4 << 20); err != nil {
		t.Fatal(err)
	}
	return root, append(data, tree...), f
}

// counted is a disk that knows whether it was read.
type counted struct {
	io.ReaderAt
	reads int
}

func (c *counted) ReadAt(b []byte, at int64) (int, error) {
	c.reads++
	return c.ReaderAt.ReadAt(b, at)
}

// TestJudge goes from start to start. The root is read ahead only where the start before
// was not seen to its end.
func TestJudge(t *testing.T) {
	root, disk, state := disks(t)
	read := func(want bool) {
		t.Helper()
		r := &counted{ReaderAt: bytes.NewReader(disk)}
		if err := rootdisk.Judge(asked, root, state, r); err != nil || (r.reads > 0) != want {
			t.Errorf("%v, %d reads, want any: %v", err, r.reads, want)
		}
		if got, err := slot.ReadStart(state); err != nil || got != (slot.Start{Begun: slot.A}) {
			t.Errorf("the mark is %+v %v", got, err)
		}
	}
	read(false)
	read(true)
	if err := slot.WriteStart(state, slot.Start{}); err != nil {
		t.Fatal(err)
	}
	read(false)
}

// TestAttackChangedRoot: the next start takes the other slot; one on trial only fails.
func TestAttackChangedRoot(t *testing.T) {
	for _, tt := range []struct {
		mode slot.Mode
		good slot.Name
	}{{slot.Good, slot.B}, {slot.Fallback, slot.B}, {slot.Trial, slot.A}} {
		root, disk, state := disks(t)
		disk[len(disk)/3] ^= 0x40
		if err := slot.WriteStart(state, slot.Start{Begun: slot.A}); err != nil {
			t.Fatal(err)
		}
		a := rootdisk.Asked{Running: slot.Running{Slot: slot.A, Mode: tt.mode}}
		err := rootdisk.Judge(a, root, state, bytes.NewReader(disk))
		if !errors.Is(err, verity.ErrChanged) || errors.Is(err, rootdisk.ErrOther) != (tt.mode != slot.Trial) {
			t.Errorf("%s: %v", tt.mode, err)
		}
		s, _, err := slot.Read(state)
		if err != nil || s.Good != tt.good || s.Floor != 7 {
			t.Errorf("%s: %+v %v", tt.mode, s, err)
		}
		mark, err := slot.ReadStart(state)
		if err != nil || mark.Changed != slot.A || mark.Begun == "" {
			t.Errorf("%s: %+v %v", tt.mode, mark, err)
		}
	}
}
