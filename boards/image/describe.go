package image

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// descriptionFile lies beside the parts of an image.
const descriptionFile = "image.json"

// Description is what a program needs to use an image: its parts, as names in its
// folder, and where the partitions lie.
type Description struct {
	Board       string      `json:"board"`
	Variant     Variant     `json:"variant"`
	Version     string      `json:"version"`
	Build       uint64      `json:"build"`
	Disk        string      `json:"disk"`
	Packed      string      `json:"packed,omitempty"`      // the disk as it is shipped, by zstd --long
	PackedSize  int64       `json:"packedSize,omitempty"`  // bytes
	Boot        string      `json:"boot"`                  // image of one boot partition, as an update brings it
	Root        string      `json:"root"`                  // image of one root partition
	SBOM        string      `json:"sbom"`                  // CycloneDX
	UBoot       string      `json:"uboot,omitempty"`       // for QEMU
	KeyTree     string      `json:"keyTree"`               // device tree of the key that boot images must be signed by, and of nothing else
	DTB         string      `json:"dtb,omitempty"`         // QEMU's device tree with that key
	Environment string      `json:"environment,omitempty"` // QEMU's flash with U-Boot's environment
	Partitions  []Partition `json:"partitions"`
	dir         string
}

// Partition is one partition of the disk, in bytes.
type Partition struct {
	Name   string `json:"name"`
	Offset int64  `json:"offset"`
	Size   int64  `json:"size"`
}

// Describe reads the description of the image in a folder.
func Describe(dir string) (Description, error) {
	data, err := os.ReadFile(filepath.Join(dir, descriptionFile))
	if err != nil {
		return Description{}, fmt.Errorf("no image in %s: %w", dir, err)
	}
	d := Description{dir: dir}
	if err := json.Unmarshal(data, &d); err != nil {
		return Description{}, fmt.Errorf("image in %s: %w", dir, err)
	}
	return d, nil
}

// Path is where a part lies.
func (d Description) Path(part string) string { return filepath.Join(d.dir, part) }

// Partition finds a partition by its name.
func (d Description) Partition(name string) (Partition, bool) {
	i := slices.IndexFunc(d.Partitions, func(p Partition) bool { return p.Name == name })
	if i < 0 {
		return Partition{}, false
	}
	return d.Partitions[i], true
}

// Drive is the disk that a guest is given.
type Drive struct {
	Path string // a copy of an image's disk: the guest writes to it
	Log  string // file in which QEMU records every write and flush (its blklogwrites driver); "" = none
}

// Emulate is QEMU's command line for a disk of this image, without its serial ports
// and its network. It fails for boards that QEMU does not have.
func (d Description) Emulate(disk Drive) ([]string, error) {
	if d.UBoot == "" {
		return nil, fmt.Errorf("board %s does not run under QEMU", d.Board)
	}
	args := append([]string{Emulator(d.Board)}, Machine(d.Board)...)
	args = append(args, "-bios", d.UBoot, "-dtb", d.Path(d.DTB), "-drive", "if=pflash,unit=1,format=raw,readonly=on,file="+d.Path(d.Environment))
	if disk.Log == "" {
		args = append(args, "-drive", "if=none,id=disk,format=raw,file="+disk.Path)
	} else {
		args = append(args, "-blockdev", "driver=blklogwrites,node-name=disk,file.driver=file,file.filename="+disk.Path+",log.driver=file,log.filename="+disk.Log)
	}
	args = append(args, "-device", "virtio-blk-pci,drive=disk", "-device", "i6300esb", "-action", "watchdog=reset", "-device", "virtio-rng-pci", "-monitor", "none", "-display", "none")
	if d.Variant == Screen {
		args = append(args, "-device", "virtio-gpu-pci", "-device", "virtio-tablet-pci")
	}
	return args, nil
}

func (b *builder) describe() error {
	d := Description{
		Board: b.Board, Variant: b.Variant, Version: b.Version, Build: b.Build,
		Disk: "disk.img", Boot: "boot.img", Root: "root.squashfs", SBOM: "sbom.cdx.json", KeyTree: "key.dtb", Partitions: b.parts,
	}
	if b.packed > 0 {
		d.Packed, d.PackedSize = packedFile, b.packed
	}
	if b.tested {
		d.UBoot, d.DTB, d.Environment = b.uboot, "board.dtb", "uboot.env"
	}
	data, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return write(b.out(descriptionFile), append(data, '\n'), 0o644)
}
