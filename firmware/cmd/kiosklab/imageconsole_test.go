package main

import (
	"strings"
	"testing"
)

// as is a command with the rights of one of the guest's accounts.
func as(user, command string) string {
	return "busybox su -s /bin/sh " + user + " -c '" + command + "'"
}

// TestImageAttackConsole does on a board what somebody with the console's password would:
// that account reads no key, changes no settings, and has nothing installed; it may look.
// Nothing on the data partition but signed content is run, and no port but the kiosk's own
// way to its screen, which the lab opens, is open to the network.
func TestImageAttackConsole(t *testing.T) {
	needImage(t)
	t.Parallel()
	s := newShell(t, t.TempDir())
	r := startRig(t)
	r.serving()
	if out := s.run("id technician"); strings.Contains(out, "wattkiosk") || !strings.Contains(out, "(update)") {
		t.Errorf("the console's account: %s", out)
	}
	for _, tt := range []struct{ script, want string }{
		{as("technician", "cat /data/config/kiosk.d/key.pem"), "ermission denied"},
		{as("technician", "cat /var/lib/wattkiosk/journal.key"), "ermission denied"},
		{as("technician", "touch /data/config/kiosk.d/ca.pem"), "ermission denied"},
		{as("technician", "ls /data/config/kiosk.d"), "ermission denied"},
		{as("technician", "busybox nc local:/run/wattkiosk/control.sock </dev/null"), "exit 1"},
		{as("technician", "kioskctl update stick install x.wkb --by 1001"), "no stick is plugged in"},
		{as("wattkiosk", "touch /data/config/kiosk.d/ca.pem"), "ermission denied"},
		{"cp /usr/bin/busybox /data/ && /data/busybox true", "ermission denied"},
		{"cp /usr/bin/busybox /data/content/ && /data/content/busybox true", "exit 0"},
		{"cp /usr/bin/busybox /var/lib/ && /var/lib/busybox true", "ermission denied"},
		{"rm -f /data/busybox /data/content/busybox /var/lib/busybox", "exit 0"},
		{"ls -l /usr/bin/nc /usr/bin/wget /usr/bin/telnet /usr/bin/devmem", "No such file"},
	} {
		if out := s.run(tt.script); !strings.Contains(out, tt.want) {
			t.Errorf("%s: %q, want %q", tt.script, out, tt.want)
		}
	}
	for line := range strings.Lines(s.run("busybox netstat -lntu")) {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasPrefix(f[0], "tcp") && !strings.HasPrefix(f[0], "udp") {
			continue
		}
		here := f[3]
		if !strings.HasPrefix(here, "127.") && !strings.HasPrefix(here, "::1:") && !strings.HasSuffix(here, ":18080") && !strings.HasSuffix(here, ":68") {
			t.Errorf("open to the network: %s", strings.TrimSpace(line))
		}
	}
}
