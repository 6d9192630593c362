package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/boards/image"
)

// lookingAround is a maker's library that says on its standard error what it gets at.
const lookingAround = `
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
static void tell(const char *what, int failed) { fprintf(stderr, "maker: %s: %s\n", what, failed ? strerror(errno) : "done"); }
static void look(const char *path, int how) { int f = open(path, how); tell(path, f < 0); if (f >= 0) close(f); }
int dev_open(int kiosk) {
	look("/var/lib/wattkiosk/journal.key", O_RDONLY);
	look("/data/config/kiosk.d/key.pem", O_RDONLY);
	look("/run/wattkiosk/control.sock", O_RDONLY);
	look("/dev/ttyS0", O_RDWR | O_NOCTTY | O_NONBLOCK);
	look("/dev/vda", O_RDONLY);
	look("/data/content/left", O_WRONLY | O_CREAT);
	tell("signal", kill(kiosk, 0) != 0);
	tell("network", socket(AF_INET, SOCK_STREAM, 0) < 0);
	fprintf(stderr, "maker: user %d\n", (int)getuid());
	return 0;
}
int dev_status(int *v) { *v = 1; return 0; }
int dev_apdu(const unsigned char *in, int n, unsigned char *out, int *len) { memcpy(out, in, n); memcpy(out + n, "\x90\x00", 2); *len = n + 2; return 0; }
`

// TestImageAttackLibrary has kioskd's account call a maker's library on the board: it gets at
// no key, no setting, no port of another device, no disk, no process and no network, and a
// card is read through it.
func TestImageAttackLibrary(t *testing.T) {
	needImage(t)
	t.Parallel()
	img, err := image.Describe(imageDir())
	if err != nil {
		t.Fatal(err)
	}
	cc := map[string]string{"qemuarm64": "aarch64-linux-gnu-gcc", "qemuarm": "arm-linux-gnueabihf-gcc"}[img.Board]
	if _, err := exec.LookPath(cc); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "maker.c")
	if err := os.WriteFile(source, []byte(lookingAround), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(cc, "-shared", "-fPIC", "-o", filepath.Join(dir, "maker.so"), source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s := newShell(t, dir)
	r := startRig(t)
	r.serving()

	out := s.run(`set -e
mkdir -p /data/content/maker
busybox wget -q -O /data/content/maker/maker.so http://10.0.2.2:` + s.port + `/files/maker.so
cat >/data/content/maker/maker.toml <<END
library = "/data/content/maker/maker.so"
[op.open]
function = "dev_open"
args = ["$(systemctl show -p MainPID --value kioskd.service)"]
[op.status]
function = "dev_status"
args = ["value"]
media = { 1 = "present" }
[op.transmit]
function = "dev_apdu"
args = ["data", "len(data)", "out", "len(out)"]
END
(sleep 8; echo apdu 00A40000; sleep 4) | ` + as("wattkiosk", "halsmoke card --driver vendor --set library=/data/content/maker/maker.toml") + `
sleep 2
journalctl -b -o cat | grep maker:
grep -c . /var/lib/wattkiosk/journal.key`)
	if !strings.Contains(out, "90 00") && !strings.Contains(out, "9000") {
		t.Errorf("no card was read:\n%s", out)
	}
	for _, want := range []string{
		"maker: /var/lib/wattkiosk/journal.key: Permission denied", "maker: /data/config/kiosk.d/key.pem: Permission denied", "maker: /run/wattkiosk/control.sock: Permission denied",
		"maker: /data/content/left: Read-only file system", "maker: network: Address family not supported by protocol", "maker: user 993",
	} {
		if !strings.Contains(out, want+"\n") {
			t.Errorf("the library's words lack %q:\n%s", want, out)
		}
	}
	for _, what := range []string{"/dev/ttyS0", "/dev/vda", "signal"} {
		if !strings.Contains(out, "maker: "+what+": ") || strings.Contains(out, "maker: "+what+": done") {
			t.Errorf("the library gets at %s:\n%s", what, out)
		}
	}
	last := r.pay1000000001()
	r.booked(last.text("serial"), "posted")
	t.Logf("the guest says:\n%s", out)
}
