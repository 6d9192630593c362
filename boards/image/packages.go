package image

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// suite is the Debian release that images are made of.
const suite = "bookworm"

// dropped is what a kiosk does not need of the packages it has.
var dropped = []string{
	"usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian", "usr/share/bash-completion", "usr/share/perl*",
	"usr/share/i18n", "usr/share/zsh", "usr/share/common-licenses", "usr/share/initramfs-tools", "usr/share/polkit-1", "usr/share/gcc", "usr/share/bug",
	"usr/share/gdb", "usr/share/mime", "usr/share/sounds", "usr/share/alsa/speaker-test", "usr/share/debianutils", "usr/share/dpkg", "usr/share/pam",
	"usr/share/applications", "usr/share/icons", "usr/share/pixmaps", "usr/share/xml", "usr/share/nano",
	"usr/lib/*/perl*", "usr/lib/perl*", "usr/bin/perl*", "usr/lib/*/libperl*", "usr/lib/apt", "usr/lib/dpkg", "usr/bin/apt*", "usr/bin/dpkg*", "usr/share/perl5",
	"usr/lib/linux-image-*", "usr/lib/initramfs-tools", "usr/lib/*/libapt*", "etc/apt", "etc/dpkg", "var/lib/apt", "var/cache/apt", "etc/initramfs-tools",
	"usr/lib/systemd/system-generators", "usr/lib/systemd/system-environment-generators", "usr/lib/*/gconv", "usr/sbin/update-initramfs", "usr/sbin/mkinitramfs",
	"usr/lib/udev/hwdb.d", "usr/lib/udev/hwdb.bin", "usr/bin/localedef", "usr/bin/systemd-analyze", "usr/bin/openssl", "usr/lib/*/libdb-*",
	"usr/lib/*/dri/*_drv_video.so", "usr/sbin/update-*", "usr/share/debconf", "usr/bin/debconf*", "usr/sbin/dpkg*", "usr/share/tabset",
	"usr/lib/systemd/catalog", "usr/lib/tmpfiles.d/dbus.conf", "usr/lib/tmpfiles.d/home.conf", "usr/lib/tmpfiles.d/provision.conf", "usr/lib/tmpfiles.d/x11.conf",
	"usr/lib/udev/rules.d/55-dm.rules", "usr/lib/udev/rules.d/60-infiniband.rules", "usr/lib/udev/rules.d/60-cdrom_id.rules", "usr/lib/udev/rules.d/60-persistent-storage-*.rules",
	"usr/lib/udev/rules.d/64-btrfs.rules", "usr/lib/udev/rules.d/70-joystick.rules", "usr/lib/udev/rules.d/75-probe_mtd.rules", "usr/lib/udev/rules.d/85-hwclock.rules",
	"usr/lib/udev/rules.d/90-alsa-restore.rules", "usr/lib/udev/rules.d/95-dm-notify.rules", "usr/lib/udev/rules.d/96-e2scrub.rules", "usr/share/zoneinfo/right", "usr/share/zoneinfo/posix", "var/lib/dpkg", "var/lib/systemd", "usr/lib/locale/C.utf8/LC_COLLATE.big",
}

// packages fills the tree from Debian's packages, without what is dropped, and
// takes the kernel out of it: vmlinuz.packed, and its modules in initrd. Both the
// packages as they come and what is left of them are kept in the cache.
func (b *builder) packages() error {
	list := append(packages(b.Variant), b.kernel)
	slices.Sort(list)
	whole := b.cached(append(list, suite, b.debian)...)
	left := b.cached(slices.Concat(list, []string{suite, b.debian, b.packing()}, dropped, b.modules, initrdModules)...)
	if _, err := os.Stat(left); err != nil {
		if err := b.fetch(list, whole); err != nil {
			return err
		}
		if err := b.trim(whole); err != nil {
			return err
		}
		if err := b.run("tar", "-cf", left+".new", "--numeric-owner", "--sort=name", "tree", "initrd", "vmlinuz.packed"); err != nil {
			return err
		}
		return os.Rename(left+".new", left)
	}
	return b.run("tar", "-xf", left, "--numeric-owner")
}

// cached is the file in the cache for what the words say.
func (b *builder) cached(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\n")))
	return filepath.Join(b.Cache, fmt.Sprintf("%s-%s.tar", b.debian, hex.EncodeToString(sum[:6])))
}

// fetch has mmdebstrap extract the packages into an archive, if it is not there.
func (b *builder) fetch(list []string, archive string) error {
	if _, err := os.Stat(archive); err == nil {
		return nil
	}
	hook := `mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib"; for d in bin sbin lib; do ln -s usr/$d "$1/$d"; done`
	// The versions are listed before mmdebstrap removes its own files.
	record := `mkdir -p "$1/usr/share/wattkiosk"; for f in "$1"/var/cache/apt/archives/*.deb; do [ -e "$f" ] || continue; ` +
		`dpkg-deb -f "$f" Package Version Architecture Source | tr '\n' '\t'; sha256sum <"$f" | cut -d' ' -f1; done >"$1/usr/share/wattkiosk/packages.txt"`
	err := b.run("mmdebstrap", "--architectures="+b.debian, "--variant=extract", "--mode=root", "--format=tar", "--include="+strings.Join(list, ","),
		"--setup-hook="+hook, "--skip=extract/unlink", "--skip=essential/unlink", "--extract-hook="+record, suite, archive+".new")
	if err != nil {
		return err
	}
	return os.Rename(archive+".new", archive)
}

// trim unpacks an archive of packages and takes away what a kiosk does not need.
func (b *builder) trim(archive string) error {
	tree := b.in("tree")
	if err := os.Mkdir(tree, 0o755); err != nil {
		return err
	}
	if err := b.run("tar", "-xf", archive, "-C", "tree", "--numeric-owner", "--exclude=./dev/*", "--exclude=./usr/share/doc", "--exclude=./usr/share/locale", "--exclude=./usr/share/man"); err != nil {
		return err
	}
	if err := b.keepKernel(tree); err != nil {
		return err
	}
	for _, pattern := range dropped {
		found, err := filepath.Glob(filepath.Join(tree, pattern))
		if err != nil {
			return err
		}
		for _, path := range found {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	if b.packing() == "none" {
		return os.Rename(b.in("vmlinuz"), b.in("vmlinuz.packed"))
	}
	return b.run("lz4", "-9", "-q", "--no-frame-crc", "vmlinuz", "vmlinuz.packed")
}
