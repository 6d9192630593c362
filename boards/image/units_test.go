package image

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReach: wants, requirements, sockets, templates, drop-ins and links lead to
// units; masked ones and those that nobody names do not.
func TestReach(t *testing.T) {
	tree := plant(t, map[string]string{
		"lib":                               "-> usr/lib",
		"etc/systemd/system/default.target": "-> /usr/lib/systemd/system/multi-user.target",
		"etc/systemd/system/multi-user.target.wants/a.service": "-> /usr/lib/systemd/system/a.service",
		"etc/systemd/system/masked.service":                    "-> /dev/null",
		"etc/systemd/system/a.service.d/x.conf":                "[Service]\nExecStartPre=-/usr/bin/pre\n",
		"usr/lib/systemd/system/multi-user.target":             "[Unit]\nRequires=basic.target\n# Wants=comment.service\n",
		"usr/lib/systemd/system/basic.target":                  "[Unit]\nWants=in.socket \\\n masked.service getty@tty1.service\n",
		"usr/lib/systemd/system/in.socket":                     "[Socket]\n",
		"usr/lib/systemd/system/in.service":                    "[Service]\nExecStart=@!/usr/bin/in in --flag\n",
		"usr/lib/systemd/system/getty@.service":                "[Service]\nExecStart=\nExecStart=-agetty -o x\n",
		"usr/lib/systemd/system/a.service":                     "[Unit]\nAfter=only-after.service\n[Service]\nExecStart=/usr/bin/a\n",
		"usr/lib/systemd/system/masked.service":                "[Unit]\nWants=behind.service\n[Service]\nExecStart=/usr/bin/masked\n",
		"usr/lib/systemd/system/behind.service":                "[Service]\nExecStart=/usr/bin/behind\n",
		"usr/lib/systemd/system/only-after.service":            "[Service]\nExecStart=/usr/bin/after\n",
		"usr/lib/systemd/system/basic.target.wants/gone":       "-> ../gone",
		"usr/lib/systemd/system/other.target.wants/x":          "-> ../a.service",
	})
	u, err := reach(tree)
	if err != nil {
		t.Fatal(err)
	}
	programs, err := u.programs()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		got = append(got, name+": "+strings.Join(programs[name], " "))
	}
	want := []string{"a.service: /usr/bin/a /usr/bin/pre", "getty@.service: agetty", "in.service: /usr/bin/in"}
	if !slices.Equal(got, want) {
		t.Errorf("programs %q, want %q", got, want)
	}
	if err := u.prune(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(tree, "usr/lib/systemd/system"))
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if s := strings.Join(left, " "); s != "a.service basic.target basic.target.wants getty@.service in.service in.socket multi-user.target" {
		t.Errorf("left: %s", s)
	}
}

// TestServicesOfOursAreShutIn: what each of our services may not do to the machine it runs
// on, beside what only it needs.
func TestServicesOfOursAreShutIn(t *testing.T) {
	all := []string{"NoNewPrivileges=yes", "ProtectHome=yes", "RestrictSUIDSGID=yes"}
	kernel := append(slices.Clone(all), "ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectKernelLogs=yes", "ProtectControlGroups=yes",
		"ProtectHostname=yes", "RestrictNamespaces=yes", "RestrictRealtime=yes", "LockPersonality=yes", "SystemCallArchitectures=native")
	calls := append(slices.Clone(kernel), "ProtectSystem=strict", "SystemCallErrorNumber=EPERM", "AmbientCapabilities=")
	units := map[string][]string{
		"enrol.service": append(slices.Clone(kernel), "PrivateTmp=yes"),
		"settle.service": append(slices.Clone(kernel), "PrivateTmp=yes", "ProtectSystem=strict", "ReadWritePaths=/data/ota", "DevicePolicy=closed", "DeviceAllow=block-* rw",
			"DeviceAllow=char-tpm rw", "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6"),
		"packet-filter.service": append(slices.Clone(kernel), "ProtectSystem=strict", "TemporaryFileSystem=/tmp:mode=1777 /var/tmp:mode=1777", "DevicePolicy=closed",
			"CapabilityBoundingSet=CAP_NET_ADMIN CAP_DAC_READ_SEARCH", "RestrictAddressFamilies=AF_UNIX AF_NETLINK", "UMask=0077"),
		"vendorhost@.service": append(slices.Clone(calls), "User=vendor", "Group=vendor", "SupplementaryGroups=reader", "PrivateNetwork=yes", "PrivateIPC=yes",
			"InaccessiblePaths=-/var/lib/wattkiosk -/data/config -/data/ota -/run/wattkiosk -/run/wattkiosk-update -/run/vendorhost.sock -/var/log/journal",
			"RestrictAddressFamilies=AF_UNIX AF_NETLINK", "DevicePolicy=closed", "@READERS@DeviceAllow=char-usb_device rw", "ProtectProc=invisible",
			"SystemCallFilter=@system-service", "CapabilityBoundingSet=", "UMask=0077", "TasksMax=64", "MemoryMax=64M", "LimitCORE=0"),
		"keys.service": append(slices.Clone(kernel), "ProtectSystem=strict", "PrivateTmp=yes", "PrivateNetwork=yes", "DevicePolicy=closed", "DeviceAllow=char-tpm rw",
			"ReadWritePaths=/data/config/kiosk.d", "CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER", "RestrictAddressFamilies=AF_UNIX"),
		"rootcheck.service": append(slices.Clone(kernel), "ProtectSystem=strict", "PrivateTmp=yes", "DevicePolicy=closed", "ReadWritePaths=/data/ota",
			"CapabilityBoundingSet=CAP_DAC_OVERRIDE", "RestrictAddressFamilies=AF_UNIX"),
		"screen.service": append(slices.Clone(all), "User=screen", "ProtectKernelTunables=yes", "ProtectKernelModules=yes", "IPAddressDeny=any", "IPAddressAllow=localhost",
			"RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK", "CapabilityBoundingSet=", "ProtectSystem=strict", "TemporaryFileSystem=/tmp:mode=1777 /var/tmp:mode=1777",
			"ProtectKernelLogs=yes", "ProtectControlGroups=yes", "ProtectHostname=yes", "RestrictRealtime=yes", "LockPersonality=yes", "SystemCallArchitectures=native"),
		"kioskd.service": append(slices.Clone(calls), "User=wattkiosk", "TemporaryFileSystem=/tmp:mode=1777 /var/tmp:mode=1777", "UMask=0077",
			"CapabilityBoundingSet=", "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6", "SystemCallFilter=@system-service adjtimex clock_adjtime"),
		"update.service": append(slices.Clone(calls), "PrivateTmp=yes", "PrivateIPC=yes", "PrivateMounts=yes", "DevicePolicy=closed", "ReadWritePaths=/data/ota /data/content",
			"CapabilityBoundingSet=CAP_SYS_ADMIN CAP_DAC_OVERRIDE", "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
			"SystemCallFilter=@system-service @mount adjtimex clock_adjtime"),
	}

	files, err := filepath.Glob("files/root/etc/systemd/system/*.service")
	if err != nil || len(files) != len(units) {
		t.Errorf("units %v, %v; this table knows %v", files, err, slices.Sorted(maps.Keys(units)))
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, service, _ := strings.Cut(string(b), "\n[Service]\n")
		service, _, _ = strings.Cut(service, "\n[")
		lines := strings.Split(service, "\n")
		want, known := units[filepath.Base(file)]
		if !known {
			t.Errorf("%s is not in the table", file)
		}
		for _, line := range want {
			if !slices.Contains(lines, line) {
				t.Errorf("%s has no %s", file, line)
			}
		}
	}
}
