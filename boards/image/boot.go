package image

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// fit describes the boot image: kernel and initrd, each with its hash, and a
// configuration whose signature covers them.
var fit = template.Must(template.New("fit").Parse(`/dts-v1/;
/ {
	description = "Wattkiosk";
	#address-cells = <1>;
	timestamp = <{{.Epoch}}>;
	images {
		kernel {
			data = /incbin/("{{.Dir}}/vmlinuz.packed");
			type = "kernel"; arch = "{{.Arch}}"; os = "linux"; compression = "{{.Packing}}";
			load = <{{.Load}}>; entry = <{{.Load}}>;
			hash { algo = "sha256"; };
		};
		initrd {
			data = /incbin/("{{.Dir}}/initrd.gz");
			type = "ramdisk"; arch = "{{.Arch}}"; os = "linux"; compression = "none";
			hash { algo = "sha256"; };
		};
	};
	configurations {
		default = "kiosk";
		kiosk {
			kernel = "kernel"; ramdisk = "initrd";
			signature { algo = "sha256,rsa2048"; key-name-hint = "fit"; sign-images = "kernel", "ramdisk"; };
		};
	};
};
`))

// partition sizes in MiB. A slot's root has room to grow.
const (
	bootMiB  = 4
	stateMiB = 4
	slotMiB  = 40 // kernel and initrd
)

// packing is how the kernel lies in the FIT. That of arm unpacks itself; that of arm64
// does not, and U-Boot unpacks lz4 quickest.
func (t target) packing() string {
	if t.fitArch == "arm" {
		return "none"
	}
	return "lz4"
}

// boot makes the signed FIT, the image of a boot partition, and QEMU's device tree
// with the public key.
func (b *builder) boot() error {
	if err := b.keys(); err != nil {
		return err
	}
	var its strings.Builder
	if err := fit.Execute(&its, map[string]any{"Dir": b.work, "Arch": b.fitArch, "Load": b.load, "Packing": b.packing(), "Epoch": epoch.Unix()}); err != nil {
		return err
	}
	if err := write(b.in("kernel.its"), []byte(its.String()), 0o644); err != nil {
		return err
	}
	if err := b.sign(); err != nil {
		return err
	}
	if err := b.forUBoot(); err != nil {
		return err
	}
	if b.tested {
		if err := b.environment(); err != nil {
			return err
		}
	}
	return b.vfat(b.out("boot.img"), slotMiB, "kernel.itb")
}

// flashMiB is the size of the flash that QEMU's machine keeps U-Boot's environment in.
const flashMiB = 64

// environment is U-Boot's environment for QEMU's flash: what is built into the U-Boot of a real
// board.
func (b *builder) environment() error {
	if err := b.run("mkenvimage", "-s", "0x40000", "-o", b.out("uboot.env"), b.out(ubootText)); err != nil {
		return err
	}
	return os.Truncate(b.out("uboot.env"), flashMiB<<20)
}

// sign makes kernel.itb, and key.dtb with the public key. For QEMU the key goes
// into its device tree too.
func (b *builder) sign() error {
	const empty = "/dts-v1/;\n/ { #address-cells = <1>; #size-cells = <0>; };\n"
	if err := b.runIn([]byte(empty), "dtc", "-q", "-I", "dts", "-O", "dtb", "-p", "4096", "-o", b.out("key.dtb"), "-"); err != nil {
		return err
	}
	trees := []string{b.out("key.dtb")}
	if b.tested {
		if err := b.deviceTree(); err != nil {
			return err
		}
		trees = append(trees, b.out("board.dtb"))
	}
	for _, tree := range trees {
		if err := b.run("mkimage", "-f", "kernel.its", "-k", b.Keys, "-r", "-K", tree, "kernel.itb"); err != nil {
			return err
		}
	}
	return nil
}

// keys makes the key that signs boot images, if there is none: a key for tests. A
// fleet's own is made once and kept away from the build machine's disk.
func (b *builder) keys() error {
	key, crt := filepath.Join(b.Keys, "fit.key"), filepath.Join(b.Keys, "fit.crt")
	if _, err := os.Stat(key); err == nil {
		return nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if !b.Lab {
		return fmt.Errorf("there is no %s: an image for boards in the street is signed by the fleet's own key; one for tests is made with --lab", key)
	}
	return b.run("openssl", "req", "-batch", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "36500", "-subj", "/CN=wattkiosk-fit",
		"-keyout", key, "-out", crt)
}

// Machine are the arguments that describe QEMU's machine; the device tree is made
// for exactly these.
func Machine(board string) []string {
	if board == "qemuarm" {
		return []string{"-M", "virt,highmem=off,acpi=off", "-cpu", "cortex-a15", "-smp", "2", "-m", "1024"}
	}
	return []string{"-M", "virt,acpi=off", "-cpu", "cortex-a57", "-smp", "2", "-m", "1024"}
}

// Emulator is QEMU's command for a board.
func Emulator(board string) string {
	if board == "qemuarm" {
		return "qemu-system-arm"
	}
	return "qemu-system-aarch64"
}

func (b *builder) deviceTree() error {
	args := Machine(b.Board)
	args[1] += ",dtb-randomness=off,dumpdtb=" + b.in("qemu.dtb")
	if err := b.run(Emulator(b.Board), append(args, "-bios", b.uboot, "-display", "none")...); err != nil {
		return err
	}
	// QEMU's own seed differs at every run. With none the guest waits for noise; it has
	// a random number generator beside this one.
	if err := b.run("fdtput", "-t", "x", "qemu.dtb", "/chosen", "rng-seed", "57", "61", "74", "74", "6b", "69", "6f", "73"); err != nil {
		return err
	}
	// Room for the key, which mkimage adds.
	return b.run("dtc", "-q", "-I", "dtb", "-O", "dtb", "-p", "4096", "-o", b.out("board.dtb"), "qemu.dtb")
}

// vfat makes a file system image of the given files.
func (b *builder) vfat(path string, mib int, names ...string) error {
	if err := blank(path, int64(mib)<<20); err != nil {
		return err
	}
	if err := b.run("mkfs.vfat", "--invariant", "-i", "57415454", "-n", "WATTKIOSK", path); err != nil {
		return err
	}
	for _, name := range names {
		if err := b.run("touch", "-d", fmt.Sprint("@", epoch.Unix()), name); err != nil {
			return err
		}
		if err := b.run("mcopy", "-m", "-i", path, name, "::"+filepath.Base(name)); err != nil {
			return err
		}
	}
	return nil
}

func blank(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Close())
}
