package image

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"wattkiosk/ota/verity"
)

const (
	rootSlim   = 160 // MiB
	rootScreen = 480
	dataMiB    = 1024 // the least; sparse in the file
	alignMiB   = 1    // before the first partition
	envSize    = 0x4000
)

// squash packs the tree, not compressed: a compressed root makes a delta nearly as
// large as a full image.
func (b *builder) squash() error {
	err := b.run("env", "-u", "SOURCE_DATE_EPOCH", "mksquashfs", "tree", b.out("root.squashfs"), "-noappend", "-no-progress", "-quiet", "-noI", "-noId", "-noD", "-noF", "-noX",
		"-all-root", "-no-xattrs", "-mkfs-time", fmt.Sprint(epoch.Unix()), "-all-time", fmt.Sprint(epoch.Unix()), "-processors", "2", "-b", "128K")
	if err != nil {
		return err
	}
	return b.addTree()
}

// addTree puts the tree by which the kernel checks the root after the root.
func (b *builder) addTree() error {
	f, err := os.OpenFile(b.out("root.squashfs"), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	root, tree, err := verity.Make(f, size)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(tree, size); err != nil {
		return err
	}
	b.opened = root
	return f.Close()
}

// partition is one entry of the disk.
type partition struct {
	name string
	mib  int
	from string // file that fills it; "" = zeros
}

func (b *builder) disk() error {
	if err := b.vfat(b.in("boot.vfat"), bootMiB); err != nil { // for a board's first start
		return err
	}
	if err := os.WriteFile(b.in("state"), initialState(), 0o644); err != nil {
		return err
	}
	if err := b.dataImage(); err != nil {
		return err
	}
	root := b.rootMiB()
	if st, err := os.Stat(b.out("root.squashfs")); err != nil || st.Size() > int64(root)<<20 {
		return errors.Join(err, fmt.Errorf("the root does not fit %d MiB", root))
	}
	return b.assemble([]partition{
		{"boot", bootMiB, b.in("boot.vfat")},
		{"state", stateMiB, b.in("state")},
		{"boot_a", slotMiB, b.out("boot.img")},
		{"boot_b", slotMiB, b.out("boot.img")},
		{"root_a", root, b.out("root.squashfs")},
		{"root_b", root, b.out("root.squashfs")},
		{"data", dataMiB, b.in("data.ext4")},
	})
}

// rootMiB is the size of a root slot.
func (b *builder) rootMiB() int {
	if b.Variant == Screen {
		return rootScreen
	}
	return rootSlim
}

func (b *builder) dataImage() error {
	if err := os.MkdirAll(b.in("data"), 0o755); err != nil {
		return err
	}
	if err := blank(b.in("data.ext4"), dataMiB<<20); err != nil {
		return err
	}
	const id = "77617474-6b69-4f73-8b00-000000000001"
	return b.run("mke2fs", "-q", "-t", "ext4", "-U", id, "-E", "hash_seed="+id+",lazy_itable_init=0,lazy_journal_init=0", "-L", "data", "-m", "0", "-O", "^metadata_csum_seed,^orphan_file", "-d", "data", "data.ext4")
}

// assemble lays the partitions onto a disk of fixed identity. The file is sparse.
func (b *builder) assemble(parts []partition) error {
	total := 2 * alignMiB
	for _, p := range parts {
		total += p.mib
	}
	disk := b.out("disk.img")
	if err := blank(disk, int64(total)<<20); err != nil {
		return err
	}
	var table strings.Builder
	table.WriteString("label: gpt\nlabel-id: 77617474-6B69-4F73-8B00-000000000000\nfirst-lba: 2048\n")
	for i, p := range parts {
		fmt.Fprintf(&table, "size=%dMiB, name=%s, uuid=77617474-6B69-4F73-8B00-0000000000%02X\n", p.mib, p.name, i+0x10)
	}
	if err := b.runIn([]byte(table.String()), "sfdisk", "-q", disk); err != nil {
		return err
	}
	at := int64(alignMiB) << 20
	for _, p := range parts {
		if err := lay(disk, at, p.from); err != nil {
			return fmt.Errorf("partition %s: %w", p.name, err)
		}
		b.parts = append(b.parts, Partition{p.name, at, int64(p.mib) << 20})
		at += int64(p.mib) << 20
	}
	return nil
}

// lay copies a file into the disk, leaving holes where it is zero.
func lay(disk string, at int64, from string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(disk, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer dst.Close()
	buf, zero := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, err := io.ReadFull(src, buf)
		if n > 0 && string(buf[:n]) != string(zero[:n]) {
			if _, err := dst.WriteAt(buf[:n], at); err != nil {
				return err
			}
		}
		at += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return dst.Close()
		}
		if err != nil {
			return err
		}
	}
}
