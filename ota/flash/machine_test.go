package flash_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/flash"
)

// files makes a folder of small files and links ("-> to").
func files(t *testing.T, list map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range list {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if to, link := strings.CutPrefix(text, "-> "); err == nil && link {
			err = os.Symlink(to, path)
		} else if err == nil {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// sysfs has a card reader's sdb with two partitions, a machine's own nvme0n1, an eMMC
// that is write-protected, a disk of large sectors, and two that are made of others.
var sysfs = map[string]string{
	"dev/block/8:16":  "-> ../../devices/sdb",
	"dev/block/8:17":  "-> ../../devices/sdb/sdb1",
	"dev/block/259:0": "-> ../../devices/nvme0n1",
	"dev/block/179:8": "-> ../../devices/mmcblk1",
	"dev/block/8:32":  "-> ../../devices/sdc",
	"dev/block/252:0": "-> ../../devices/dm-0",
	"dev/block/9:0":   "-> ../../devices/md0",

	"devices/sdb/dev": "8:16\n", "devices/sdb/ro": "0\n", "devices/sdb/size": "62333952\n", "devices/sdb/queue/logical_block_size": "512\n",
	"devices/sdb/device/vendor": "Generic \n", "devices/sdb/device/model": "STORAGE DEVICE  \n", "devices/sdb/device/vpd_pg80": "\x00\x80\x00\x08 0000123",
	"devices/sdb/sdb1/partition": "1\n", "devices/sdb/sdb1/dev": "8:17\n", "devices/sdb/sdb2/partition": "2\n", "devices/sdb/sdb2/dev": "8:18\n",

	"devices/nvme0n1/dev": "259:0\n", "devices/nvme0n1/ro": "0\n", "devices/nvme0n1/size": "2000409264\n", "devices/nvme0n1/queue/logical_block_size": "512\n",
	"devices/nvme0n1/nvme0n1p1/partition": "1\n", "devices/nvme0n1/nvme0n1p1/dev": "259:1\n",

	"devices/mmcblk1/dev": "179:8\n", "devices/mmcblk1/ro": "1\n", "devices/mmcblk1/size": "8192\n", "devices/mmcblk1/queue/logical_block_size": "512\n",
	"devices/sdc/dev": "8:32\n", "devices/sdc/ro": "0\n", "devices/sdc/size": "62333952\n", "devices/sdc/queue/logical_block_size": "4096\n",
	"devices/dm-0/dm/name": "x\n", "devices/md0/md/level": "raid1\n",
}

const rootMount = "22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p1 rw\n23 22 0:21 / /proc rw shared:5 - proc proc rw\n"

// TestFind has a machine of files.
func TestFind(t *testing.T) {
	for _, tt := range []struct {
		name         string
		major, minor uint32
		sys          map[string]string // beside sysfs
		mounts       string            // beside the root's
		swaps        string
		want         bundle.Code
	}{
		{name: "free", major: 8, minor: 16},
		{name: "the root's disk", major: 259, want: flash.InUse},
		{name: "a partition", major: 8, minor: 17, want: flash.NotADisk},
		{name: "write-protected", major: 179, minor: 8, want: flash.ReadOnly},
		{name: "large sectors", major: 8, minor: 32, want: flash.NotADisk},
		{name: "a mapping", major: 252, want: flash.NotADisk},
		{name: "a RAID", major: 9, want: flash.NotADisk},
		{name: "mounted whole", major: 8, minor: 16, mounts: "30 22 8:16 / /media rw - vfat /dev/sdb rw\n", want: flash.InUse},
		{name: "a partition is mounted", major: 8, minor: 16, mounts: "30 22 8:18 / /media/with\\040space rw shared:9 - ext4 /dev/sdb2 rw\n", want: flash.InUse},
		{name: "mounted under a number of its own", major: 8, minor: 16, mounts: "30 22 0:45 /@ /media rw - btrfs /dev/sdb2 rw\n", want: flash.InUse},
		{name: "another disk is mounted", major: 8, minor: 16, mounts: "30 22 8:1 / /boot rw - ext4 /dev/sda1 rw\n"},
		{name: "swapped on", major: 8, minor: 16, swaps: "Filename Type Size Used Priority\n/dev/sdb2 partition 1024 0 -2\n", want: flash.InUse},
		{name: "another is swapped on", major: 8, minor: 16, swaps: "Filename Type Size Used Priority\n/dev/sda2 partition 1024 0 -2\n/swap/sdb file 10 0 -3\n"},
		{name: "a partition is part of another", major: 8, minor: 16, sys: map[string]string{"devices/sdb/sdb2/holders/dm-0": ""}, want: flash.InUse},
		{name: "it is part of another", major: 8, minor: 16, sys: map[string]string{"devices/sdb/holders/md0": ""}, want: flash.InUse},
	} {
		list := map[string]string{}
		for _, part := range []map[string]string{sysfs, tt.sys} {
			for name, text := range part {
				list[name] = text
			}
		}
		m := flash.Machine{Sys: files(t, list), Proc: files(t, map[string]string{"self/mountinfo": rootMount + tt.mounts, "swaps": tt.swaps})}
		d, err := m.Disk("/dev/it", tt.major, tt.minor)
		if code(err) != tt.want || tt.want == "" && err != nil {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		if tt.name == "free" && (d.Name != "sdb" || d.Size != 31914983424 || d.Model != "Generic STORAGE DEVICE" || d.Serial != "0000123") {
			t.Errorf("%+v", d)
		}
	}
	m := flash.Machine{Sys: files(t, sysfs), Proc: t.TempDir()}
	if _, err := m.Disk("/dev/it", 8, 16); err == nil {
		t.Error("a machine that does not tell what is mounted")
	}
	if _, err := flash.This().Find("/dev/null"); code(err) != flash.NotADisk {
		t.Errorf("/dev/null: %v", err)
	}
	if _, err := flash.This().Find(filepath.Join(m.Sys, "devices/sdb/dev")); code(err) != flash.NotADisk {
		t.Errorf("a file: %v", err)
	}
}

// TestRealDisk flashes a loop device: a disk as the kernel has it. It needs root.
func TestRealDisk(t *testing.T) {
	d := newDesk(t)
	path := filepath.Join(t.TempDir(), "disk")
	d.must(os.WriteFile(path, bytes.Repeat([]byte{0xA5}, 16*mib), 0o600))
	out, err := exec.Command("losetup", "--find", "--show", path).CombinedOutput()
	if err != nil {
		t.Skipf("no loop device here: %v %s", err, out)
	}
	loop := strings.TrimSpace(string(out))
	t.Cleanup(func() { _ = exec.Command("losetup", "--detach", loop).Run() })
	dev, err := flash.This().Find(loop)
	d.must(err)
	if dev.Size != 16*mib || dev.Name != filepath.Base(loop) {
		t.Errorf("%+v", dev)
	}
	file := d.disk(nil)
	p := d.plan(file, dev.Size, nil)
	disk, err := flash.Open(dev)
	d.must(err)
	if _, err := flash.Open(dev); code(err) != flash.InUse {
		t.Errorf("opened twice: %v", err)
	}
	d.must(p.Run(t.Context(), disk, nil))
	d.must(disk.Close())
	got, err := os.ReadFile(path)
	d.must(err)
	want := newMedium(16 * mib)
	copy(want.stored[imageSize:], bytes.Repeat([]byte{0xA5}, 16*mib))
	copy(want.now, want.stored)
	d.must(p.Run(t.Context(), want, nil))
	if !bytes.Equal(got, want.stored) {
		t.Errorf("byte %d differs", differ(got, want.stored))
	}
	if was, err := dev.Look(); err != nil || was.What != `partitions "boot", "state", "data"` {
		t.Errorf("%+v, %v", was, err)
	}
	tool(t, "", "mkfs.ext4", "-q", loop)
	place := t.TempDir()
	if out, err := exec.Command("mount", loop, place).CombinedOutput(); err != nil {
		t.Skipf("nothing can be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", place).Run() })
	if _, err := flash.This().Find(loop); code(err) != flash.InUse || !strings.Contains(err.Error(), place) {
		t.Errorf("mounted: %v", err)
	}
	if _, err := flash.Open(dev); code(err) != flash.InUse {
		t.Errorf("mounted, and opened: %v", err)
	}
}

// TestFile makes a card's image, and writes over one that is there.
func TestFile(t *testing.T) {
	d := newDesk(t)
	file := d.disk(nil)
	path := filepath.Join(t.TempDir(), "card.img")
	for range 2 {
		dev, err := flash.File(path, imageSize)
		d.must(err)
		disk, err := flash.Open(dev)
		d.must(err)
		if _, err := flash.Open(dev); code(err) != flash.InUse {
			t.Errorf("opened twice: %v", err)
		}
		d.must(d.plan(file, dev.Size, nil).Run(t.Context(), disk, nil))
		d.must(disk.Close())
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, d.image) {
			t.Errorf("%v, byte %d differs", err, differ(got, d.image))
		}
		d.must(os.WriteFile(path, bytes.Repeat([]byte{0xA5}, imageSize), 0o600))
	}
	if _, err := flash.File(t.TempDir(), imageSize); code(err) != flash.NotADisk {
		t.Errorf("a folder: %v", err)
	}
	dev, err := flash.File(path, imageSize)
	d.must(err)
	d.must(os.Truncate(path, imageSize+512))
	if _, err := flash.Open(dev); err == nil {
		t.Error("a file that is not what it was")
	}
}

// TestLook tells what a technician would lose, and the floor of a board's disk.
func TestLook(t *testing.T) {
	d := newDesk(t)
	for _, tt := range []struct {
		disk []byte
		want flash.Holding
	}{
		{d.image, flash.Holding{What: `partitions "boot", "state", "data"`}},
		{make([]byte, imageSize), flash.Holding{What: "nothing in its first MiB"}},
		{d.image[mib : 2*mib], flash.Holding{What: "an MBR: partitions, or a FAT file system"}},
		{bytes.Repeat([]byte("x"), 4096), flash.Holding{What: "something without partitions"}},
	} {
		if got := flash.Look(bytes.NewReader(tt.disk), int64(len(tt.disk))); got != tt.want {
			t.Errorf("%+v, want %+v", got, tt.want)
		}
	}
	state := make([]byte, 0x4000)
	copy(state[4:], "good=a\x00seq=5\x00floor=2a\x00")
	copy(d.image[2*mib:], state)
	putCRC(d.image[2*mib : 2*mib+0x4000])
	if got := flash.Look(bytes.NewReader(d.image), imageSize); got.Floor != 42 {
		t.Errorf("%+v", got)
	}
}

// putCRC makes the checksum of an environment of U-Boot's right.
func putCRC(block []byte) {
	binary.LittleEndian.PutUint32(block, crc32.ChecksumIEEE(block[4:]))
}
