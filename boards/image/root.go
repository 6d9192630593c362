package image

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"wattkiosk/ota/manifest"
)

// enabled are the systemd units of every image, by the target that wants them.
var enabled = map[string][]string{
	"multi-user.target": {"enrol.service", "keys.service", "kioskd.service", "rootcheck.service", "settle.service", "update.service", "systemd-networkd.service", "systemd-resolved.service"},
	"sysinit.target":    {"packet-filter.service", "systemd-timesyncd.service"},
	"sockets.target":    {"pcscd.socket", "vendorhost.socket"},
	"local-fs.target":   {"tmp.mount"},
}

// masked units would write to the root or ask for what is not there.
var masked = []string{
	"systemd-remount-fs.service", "systemd-firstboot.service", "systemd-machine-id-commit.service", "systemd-update-done.service", "ldconfig.service",
	"systemd-sysusers.service", "systemd-hwdb-update.service", "systemd-journal-catalog-update.service", "apt-daily.timer", "apt-daily-upgrade.timer",
	"e2scrub_all.timer", "fstrim.timer", "dpkg-db-backup.timer", "e2scrub_reap.service", "systemd-networkd-wait-online.service",
	"alsa-restore.service", "alsa-state.service", "dbus.service", "dbus.socket", "systemd-logind.service",
	// Of no use on a kiosk, and each of them takes its time at the start.
	"proc-sys-fs-binfmt_misc.automount", "systemd-binfmt.service", "sys-fs-fuse-connections.mount", "sys-kernel-config.mount", "sys-kernel-tracing.mount",
	"dev-hugepages.mount", "dev-mqueue.mount", "systemd-repart.service", "systemd-pcrphase.service", "systemd-pcrphase-sysinit.service",
	"cryptsetup.target", "integritysetup.target", "veritysetup.target", "systemd-update-utmp.service", "systemd-update-utmp-runlevel.service",
	"systemd-ask-password-console.path", "systemd-ask-password-wall.path", "systemd-modules-load.service", "systemd-journal-flush.service", "kmod-static-nodes.service",
	"systemd-tmpfiles-setup-dev.service", "getty-static.service", "systemd-journald-audit.socket", "systemd-initctl.socket",
}

// root lays our files over the tree of the packages.
func (b *builder) root() error {
	tree := b.in("tree")
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
		if err := b.run("cp", "-a", "--remove-destination", b.Extra+"/.", tree); err != nil {
			return err
		}
	}
	u, err := reach(tree)
	if err != nil {
		return err
	}
	if err := u.prune(); err != nil {
		return err
	}
	return present(tree, b.in("files"))
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
	said := map[string]any{
		"product": "wattkiosk", "board": b.Board, "variant": b.Variant, "version": b.Version, "build": b.Build,
		"data": manifest.Current(),
	}
	if b.Lab {
		said["lab"] = manifest.LabMark
	}
	release, err := json.Marshal(said)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(tree, "etc/wattkiosk/release.json"), append(release, '\n'), 0o644); err != nil {
		return err
	}
	links := map[string]string{
		"etc/localtime": "/usr/share/zoneinfo/Asia/Shanghai", "etc/mtab": "../proc/self/mounts", "etc/resolv.conf": "/run/systemd/resolve/stub-resolv.conf",
		"etc/wattkiosk/kiosk.d": "/data/config/kiosk.d",
	}
	if b.Console == "" {
		links["etc/shadow"] = "/data/console/shadow" // each board's own; nobody logs in where there is none
	} else if err := write(filepath.Join(tree, "etc/shadow"), []byte("technician:"+b.Console+":20000::::::\n"), 0o600); err != nil {
		return err
	}
	for link, to := range links {
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

// ours are the files of our own programs in the folder that a recipe names, by where
// they lie on the board.
var ours = map[string]string{"usr/bin/wattkiosk": "wattkiosk", "usr/lib/wattkiosk/vendorhost": "vendorhost"}

// calledBy are the names of the board's one program.
var calledBy = []string{"kioskd", "kioskctl", "halsmoke"}

func (b *builder) programs(tree string) error {
	for to, name := range ours {
		data, err := os.ReadFile(filepath.Join(b.Programs, name))
		if err != nil {
			return err
		}
		if err := write(filepath.Join(tree, to), data, 0o755); err != nil {
			return err
		}
	}
	for _, name := range calledBy {
		if err := os.Symlink("wattkiosk", filepath.Join(tree, "usr/bin", name)); err != nil {
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
			if _, err := os.Stat(filepath.Join(dir, unit)); err == nil { // ours
				to = "/etc/systemd/system/" + unit
			}
			if unit == "tmp.mount" {
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
	// What systemd's generators would find out at every start is known here.
	console, _, _ := strings.Cut(b.console, ",")
	if err := link("/usr/lib/systemd/system/serial-getty@.service", filepath.Join(dir, "getty.target.wants/serial-getty@"+console+".service")); err != nil {
		return err
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
