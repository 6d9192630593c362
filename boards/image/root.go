package image

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
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
	"usr/lib/systemd/system-generators/systemd-gpt-auto-generator", "usr/lib/*/gconv", "usr/sbin/update-initramfs", "usr/sbin/mkinitramfs",
	"usr/lib/udev/hwdb.d", "usr/lib/udev/hwdb.bin", "usr/bin/localedef", "usr/bin/systemd-analyze", "usr/bin/openssl", "usr/lib/*/libdb-*",
	"usr/lib/*/dri/*_drv_video.so", "usr/sbin/update-*", "usr/share/debconf", "usr/bin/debconf*", "usr/sbin/dpkg*", "usr/share/tabset",
	"usr/lib/systemd/catalog", "usr/share/zoneinfo/right", "usr/share/zoneinfo/posix", "var/lib/dpkg", "var/lib/systemd", "usr/lib/locale/C.utf8/LC_COLLATE.big",
}

// enabled are the systemd units of every image, by the target that wants them.
var enabled = map[string][]string{
	"multi-user.target": {"enrol.service", "kioskd.service", "settle.service", "systemd-networkd.service", "systemd-resolved.service"},
	"sysinit.target":    {"systemd-timesyncd.service"},
	"sockets.target":    {"pcscd.socket"},
	"local-fs.target":   {"tmp.mount"},
}

// masked units would write to the root or ask for what is not there.
var masked = []string{
	"systemd-remount-fs.service", "systemd-firstboot.service", "systemd-machine-id-commit.service", "systemd-update-done.service", "ldconfig.service",
	"systemd-sysusers.service", "systemd-hwdb-update.service", "systemd-journal-catalog-update.service", "apt-daily.timer", "apt-daily-upgrade.timer",
	"e2scrub_all.timer", "fstrim.timer", "dpkg-db-backup.timer", "e2scrub_reap.service", "systemd-networkd-wait-online.service",
	"alsa-restore.service", "alsa-state.service", "dbus.service", "dbus.socket", "systemd-logind.service",
}

// packages extracts Debian's packages, or takes them from the cache.
func (b *builder) packages() error {
	list := append(packages(b.Variant), b.kernel)
	slices.Sort(list)
	sum := sha256.Sum256([]byte(strings.Join(append(list, suite, b.debian), "\n")))
	tree := filepath.Join(b.Cache, fmt.Sprintf("%s-%s.tar", b.debian, hex.EncodeToString(sum[:6])))
	if _, err := os.Stat(tree); err != nil {
		hook := `mkdir -p "$1/usr/bin" "$1/usr/sbin" "$1/usr/lib"; for d in bin sbin lib; do ln -s usr/$d "$1/$d"; done`
		// The versions are listed before mmdebstrap removes its own files.
		record := `mkdir -p "$1/usr/share/wattkiosk"; for f in "$1"/var/cache/apt/archives/*.deb; do [ -e "$f" ] || continue; ` +
			`dpkg-deb -f "$f" Package Version Architecture Source | tr '\n' '\t'; sha256sum <"$f" | cut -d' ' -f1; done >"$1/usr/share/wattkiosk/packages.txt"`
		err := b.run("mmdebstrap", "--architectures="+b.debian, "--variant=extract", "--mode=root", "--format=tar", "--include="+strings.Join(list, ","),
			"--setup-hook="+hook, "--skip=extract/unlink", "--skip=essential/unlink", "--extract-hook="+record, suite, tree+".new")
		if err != nil {
			return err
		}
		if err := os.Rename(tree+".new", tree); err != nil {
			return err
		}
	}
	if err := os.Mkdir(b.in("tree"), 0o755); err != nil {
		return err
	}
	return b.run("tar", "-xf", tree, "-C", "tree", "--numeric-owner", "--exclude=./dev/*")
}

// root trims the tree and lays our files over it.
func (b *builder) root() error {
	tree := b.in("tree")
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
	if err := b.overlay(tree); err != nil {
		return err
	}
	if err := b.programs(tree); err != nil {
		return err
	}
	if err := b.units(tree); err != nil {
		return err
	}
	for _, dir := range []string{"data", "sysroot", "boot"} {
		if err := os.MkdirAll(filepath.Join(tree, dir), 0o755); err != nil {
			return err
		}
	}
	if b.Extra != "" {
		return b.run("cp", "-a", "--remove-destination", b.Extra+"/.", tree)
	}
	return nil
}

// overlay copies files/root, fills in its templates, and writes what depends on
// the recipe.
func (b *builder) overlay(tree string) error {
	err := fs.WalkDir(files, "files/root", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel := strings.TrimPrefix(path, "files/root/")
		data, err := b.template("root/" + rel)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if bytes.HasPrefix(data, []byte("#!")) {
			mode = 0o755
		}
		return write(filepath.Join(tree, rel), data, mode)
	})
	if err != nil {
		return err
	}
	release, err := json.Marshal(map[string]any{
		"product": "wattkiosk", "board": b.Board, "variant": b.Variant, "version": b.Version, "build": b.Build,
		"data": map[string]int{"readsFrom": 1, "reads": 1, "writes": 1},
	})
	if err != nil {
		return err
	}
	if err := write(filepath.Join(tree, "etc/wattkiosk/release.json"), append(release, '\n'), 0o644); err != nil {
		return err
	}
	hash := "*"
	if b.Console != "" {
		hash = b.Console
	}
	shadow := "root:*:20000::::::\nwattkiosk:*:20000::::::\nscreen:*:20000::::::\ntechnician:" + hash + ":20000::::::\n"
	if err := write(filepath.Join(tree, "etc/shadow"), []byte(shadow), 0o600); err != nil {
		return err
	}
	for link, to := range map[string]string{
		"etc/localtime": "/usr/share/zoneinfo/Asia/Shanghai", "etc/mtab": "../proc/self/mounts", "etc/resolv.conf": "/run/systemd/resolve/stub-resolv.conf",
		"etc/wattkiosk/kiosk.d": "/data/config/kiosk.d",
	} {
		_ = os.Remove(filepath.Join(tree, link)) // absent in most packages
		if err := os.Symlink(to, filepath.Join(tree, link)); err != nil {
			return err
		}
	}
	return b.roots(tree)
}

// roots puts the public keys that updates must lead back to into the image.
func (b *builder) roots(tree string) error {
	if b.Roots == "" {
		return nil
	}
	found, err := filepath.Glob(filepath.Join(b.Roots, "root*.pub"))
	if err != nil || len(found) == 0 {
		return fmt.Errorf("no root*.pub in %s", b.Roots)
	}
	for _, path := range found {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(tree, "etc/wattkiosk/ota", filepath.Base(path)), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) programs(tree string) error {
	for name, to := range map[string]string{
		"kioskd": "usr/bin/kioskd", "kioskctl": "usr/bin/kioskctl", "halsmoke": "usr/bin/halsmoke", "vendorhost": "usr/libexec/wattkiosk/vendorhost",
	} {
		data, err := os.ReadFile(filepath.Join(b.Programs, name))
		if err != nil {
			return err
		}
		if err := write(filepath.Join(tree, to), data, 0o755); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) units(tree string) error {
	dir := filepath.Join(tree, "etc/systemd/system")
	link := func(to, path string) error {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		_ = os.Remove(path)
		return os.Symlink(to, path)
	}
	for want, units := range enabled {
		for _, unit := range units {
			to := "/usr/lib/systemd/system/" + unit
			switch unit {
			case "kioskd.service", "enrol.service", "settle.service":
				to = "/etc/systemd/system/" + unit
			case "tmp.mount":
				to = "/usr/share/systemd/tmp.mount"
			}
			if err := link(to, filepath.Join(dir, want+".wants", unit)); err != nil {
				return err
			}
		}
	}
	for _, unit := range masked {
		if err := link("/dev/null", filepath.Join(dir, unit)); err != nil {
			return err
		}
	}
	if err := link("/usr/share/systemd/tmp.mount", filepath.Join(dir, "tmp.mount")); err != nil {
		return err
	}
	if b.Variant == Screen {
		if err := link("/etc/systemd/system/screen.service", filepath.Join(dir, "multi-user.target.wants/screen.service")); err != nil {
			return err
		}
	}
	return link("/usr/lib/systemd/system/multi-user.target", filepath.Join(dir, "default.target"))
}

func write(path string, data []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	_ = os.Remove(path) // a link of a package must not be followed
	if err := os.WriteFile(path, data, mode); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}
