package image

import "slices"

// What an image keeps of its packages. A library is on no list here unless a program
// opens it by itself: it stays if a file that stays needs it (package elf's
// DT_NEEDED), and goes if not. Everything else stays by being named.

// programs are those of Debian's in usr/bin and usr/sbin.
var programs = []string{
	// The start, and what systemd starts.
	"usr/sbin/init", "usr/bin/systemctl", "usr/bin/udevadm", "usr/bin/systemd-tmpfiles", "usr/bin/journalctl", "usr/bin/mount", "usr/bin/umount",
	"usr/sbin/agetty", "usr/bin/login", "usr/sbin/nologin", "usr/sbin/sulogin", "usr/sbin/pcscd",
	// The initrd's, for a data partition that must be mended.
	"usr/sbin/e2fsck",
	// The first start's, for a disk that is larger than the image.
	"usr/sbin/resize2fs",
	// The packet filter's.
	"usr/sbin/nft",
	// The kernel's, for modules that it asks for by itself.
	"usr/bin/kmod", "usr/sbin/modprobe",
	// kioskd's: prompts, their volume, stills. The update agent's is systemctl.
	"usr/bin/aplay", "usr/bin/amixer", "usr/bin/v4l2-ctl",
	// A technician's on the serial console, beside the applets.
	"usr/sbin/reboot", "usr/sbin/poweroff", "usr/sbin/halt", "usr/sbin/shutdown", "usr/bin/networkctl",
	"usr/bin/busybox",
}

var screenPrograms = []string{"usr/bin/cage", "usr/bin/cog", "usr/sbin/seatd"}

// applets are busybox's, as links in usr/bin: the shell of the scripts, and what a
// technician expects at a shell.
var applets = []string{
	"sh", "[", "test", "false", "true", "echo", "printf", "sleep", "timeout", "usleep", "env", "id", "whoami", "groups", "tty", "stty", "reset", "clear",
	"ls", "cp", "mv", "rm", "rmdir", "mkdir", "ln", "touch", "chmod", "chown", "chgrp", "cat", "dd", "df", "du", "stat", "sync", "truncate", "mktemp",
	"readlink", "realpath", "basename", "dirname", "pwd", "find", "xargs", "which", "head", "tail", "wc", "sort", "uniq", "cut", "tr", "tee", "tac",
	"grep", "egrep", "fgrep", "sed", "awk", "diff", "cmp", "less", "more", "vi", "hexdump", "xxd", "od", "strings", "base64", "md5sum", "sha256sum",
	"tar", "gzip", "gunzip", "zcat", "xz", "xzcat", "unzip", "date", "hwclock", "hostname", "uname", "uptime", "dmesg", "free", "ps", "top", "kill", "killall",
	"pidof", "renice", "ionice", "lsmod", "sysctl", "losetup", "blockdev", "lsscsi", "chroot",
	"ip", "ifconfig", "route", "ping", "ping6", "traceroute", "netstat", "nslookup", "microcom",
	"i2cdetect", "i2cget", "i2cdump", "seq", "expr", "watch", "nproc", "yes", "logger",
}

// folders and files that stay whole, as patterns of filepath.Match; what is below a
// folder stays with it.
var folders = []string{
	// Settings of programs that stay. Those of the image itself are laid over them.
	"etc/host.conf", "etc/issue", "etc/debian_version", "etc/os-release", "usr/lib/os-release", "etc/ld.so.conf", "etc/ld.so.conf.d", "etc/login.defs",
	"etc/security/pam_env.conf", "etc/ssl/certs", "etc/ssl/openssl.cnf", "usr/lib/ssl/certs", "usr/lib/ssl/openssl.cnf", "etc/sysctl.d", "etc/systemd/*.conf", "etc/udev/udev.conf",
	"etc/reader.conf.d", "etc/libccid_Info.plist",
	// systemd: itself, and the helper programs of units that stay. The units are seen to
	// when the image's own lie beside them.
	"usr/lib/systemd/systemd", "usr/lib/systemd/systemd-journald", "usr/lib/systemd/systemd-udevd", "usr/lib/systemd/systemd-networkd",
	"usr/lib/systemd/systemd-resolved", "usr/lib/systemd/systemd-timesyncd", "usr/lib/systemd/systemd-shutdown", "usr/lib/systemd/systemd-sulogin-shell",
	"usr/lib/systemd/systemd-sysctl", "usr/lib/systemd/systemd-random-seed", "usr/lib/systemd/systemd-user-sessions",
	"usr/lib/systemd/systemd-socket-proxyd", // a guest's line to the host, in tests
	"usr/lib/systemd/system", "usr/lib/systemd/network/*.link", "usr/lib/systemd/resolv.conf", "usr/share/systemd/tmp.mount",
	"usr/lib/sysctl.d", "usr/lib/modprobe.d", "usr/lib/modules",
	"usr/lib/tmpfiles.d/debian.conf", "usr/lib/tmpfiles.d/legacy.conf", "usr/lib/tmpfiles.d/systemd*.conf", "usr/lib/tmpfiles.d/static-nodes-permissions.conf",
	"usr/lib/tmpfiles.d/tmp.conf", "usr/lib/tmpfiles.d/var.conf",
	"usr/lib/udev/ata_id", "usr/lib/udev/scsi_id", "usr/lib/udev/v4l_id", "usr/lib/udev/libinput-*",
	// What the programs read.
	"usr/share/zoneinfo", "usr/share/alsa/alsa.conf", "usr/share/alsa/alsa.conf.d", "usr/share/alsa/pcm", "usr/share/alsa/cards", "usr/share/alsa/ctl",
	packagesFile,
	// Modules that programs open by name. PAM's are those of etc/pam.d.
	"usr/lib/*/security/pam_unix.so", "usr/lib/*/security/pam_nologin.so", "usr/lib/*/security/pam_env.so", "usr/lib/*/security/pam_deny.so",
	"usr/lib/pcsc",
	// Libraries of C programs that nothing in the packages needs: libgcc_s is opened by
	// libc when a thread ends early, and all of them are for makers' libraries, which come
	// after the image and are loaded by vendorhost.
	"usr/lib/*/libgcc_s.so.1", "usr/lib/*/libstdc++.so.6", "usr/lib/*/libpthread.so.0", "usr/lib/*/libdl.so.2", "usr/lib/*/librt.so.1", "usr/lib/*/libm.so.6",
	"usr/lib/*/libpcsclite.so.1", "usr/lib/*/libusb-1.0.so.0", "usr/lib/*/libz.so.1",
}

// unopened are libraries that a program would open by name for something that a kiosk
// does not do, and that the image lacks for that reason.
var unopened = []string{
	"libcryptsetup.so.12",            // systemd and libmount, for encrypted volumes
	"libp11-kit.so.0",                // systemd, for keys in tokens
	"libsepol.so.2",                  // libselinux, to load a policy
	"libnss_files.so.2",              // in libc itself by now
	"libWPEWebInspectorResources.so", // the browser, for its developers
}

// rules are udev's. Of no use here are those of devices that a kiosk does not have,
// of sessions of users, and those that ask the hardware database, which is not kept.
var rules = []string{
	"50-firmware", "50-udev-default", "60-block", "60-drm", "60-evdev", "60-input-id", "60-persistent-alsa", "60-persistent-input", "60-persistent-storage",
	"60-persistent-v4l", "60-serial", "73-special-net-names", "75-net-description", "78-sound-card", "80-drivers", "80-net-setup-link",
	"80-libinput-device-groups", "90-libinput-fuzz-override", "92-libccid", "99-systemd",
}

// drivers are the names under which mesa's one driver is opened: QEMU's and those of
// the boards' graphics and display processors.
var drivers = []string{"swrast", "kms_swrast", "virtio_gpu", "vc4", "v3d", "rockchip", "panfrost", "imx-drm", "mxsfb-drm", "etnaviv"}

var screenFolders = []string{
	"etc/fonts", "usr/share/fontconfig", "usr/share/fonts/truetype/wqy", "usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
	// Keyboards: what the default keymap is compiled from.
	"usr/share/X11/xkb/rules/base", "usr/share/X11/xkb/rules/evdev", "usr/share/X11/xkb/keycodes", "usr/share/X11/xkb/types", "usr/share/X11/xkb/compat",
	"usr/share/X11/xkb/symbols/us", "usr/share/X11/xkb/symbols/cn", "usr/share/X11/xkb/symbols/pc", "usr/share/X11/xkb/symbols/inet", "usr/share/X11/xkb/symbols/keypad",
	"usr/share/X11/xkb/symbols/srvr_ctrl", "usr/share/X11/xkb/symbols/latin", "usr/share/X11/xkb/symbols/kpdl", "usr/share/X11/xkb/symbols/level*", "usr/share/X11/xkb/symbols/terminate",
	"usr/share/X11/locale/compose.dir", "usr/share/X11/locale/locale.*", "usr/share/X11/locale/C", "usr/share/X11/locale/iso8859-1", "usr/share/X11/locale/en_US.UTF-8",
	"usr/share/drirc.d", "usr/share/glvnd", "usr/share/libinput", "usr/share/libdrm",
	// The browser's processes and what they open. It shows kioskd's page over the
	// loopback: no module of gio, for there is no TLS, no proxy, no desktop's settings.
	"usr/lib/*/wpe-webkit-1.1/WPENetworkProcess", "usr/lib/*/wpe-webkit-1.1/WPEWebProcess", "usr/lib/*/wpe-webkit-1.1/injected-bundle", "usr/lib/*/cog/modules/libcogplatform-wl.so",
	"usr/lib/*/gstreamer-1.0", "usr/lib/*/gstreamer1.0/gstreamer-1.0/gst-plugin-scanner",
	// cog, glvnd and epoxy open these by name.
	"usr/lib/*/libWPEBackend-fdo-1.0.so",
	"usr/lib/*/libEGL.so.1", "usr/lib/*/libEGL_mesa.so.0", "usr/lib/*/libGLESv2.so.2", "usr/lib/*/libgbm.so.1",
}

func (b *builder) programsKept() []string {
	if b.Variant == Screen {
		return slices.Concat(programs, screenPrograms)
	}
	return programs
}

// kept are the patterns of all that stays beside libraries.
func kept(v Variant) []string {
	all := slices.Concat(programs, folders)
	if v == Screen {
		all = slices.Concat(all, screenPrograms, screenFolders)
		for _, name := range drivers {
			all = append(all, "usr/lib/*/dri/"+name+"_dri.so")
		}
	}
	for _, name := range rules {
		all = append(all, "usr/lib/udev/rules.d/"+name+".rules")
	}
	return all
}

// keepList is all that decides what stays, for the name of its result.
func (b *builder) keepList() []string { return slices.Concat(kept(b.Variant), applets) }
