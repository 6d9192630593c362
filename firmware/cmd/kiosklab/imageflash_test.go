package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"wattkiosk/boards/image"
)

// TestImageFlash goes the way of a new board: the image's disk in a signed bundle, put
// onto a blank and larger disk by otactl flash with a one-time token of head office's
// and the site's settings. Nobody touches the board after that: it starts, has its data
// take the larger disk, enrols itself, is told by head office where the broker is, and
// takes a payment.
func TestImageFlash(t *testing.T) {
	needImage(t)
	t.Parallel()
	s := newShell(t, t.TempDir())
	r := startRig(t, "--broker-url", "tls://127.0.0.1:18883") // the guest's end of the line
	r.power(false)
	f := newFlasher(r)
	f.bundle()
	token, err := tool(t.Context(), filepath.Join(r.bin, "officed"), "enrol-token", kioskID, "--data", filepath.Join(r.dir, "office"))
	if err != nil {
		t.Fatal(err)
	}
	f.flash(strings.TrimSpace(token))
	f.join(s)
	begun := time.Now()
	r.power(true)
	until(t, "the board is enrolled", func() (bool, string) {
		out, _ := s.try("cat /data/config/kiosk.d/*.toml; ls /data/config", time.Minute)
		return strings.Contains(out, `kiosk = "`+kioskID+`"`) && strings.Contains(out, site) && !strings.Contains(out, "enrol.env"), out
	})
	t.Logf("enrolled %v after its first power-on", time.Since(begun).Round(time.Second))
	r.serving()
	t.Logf("in service %v after its first power-on", time.Since(begun).Round(time.Second))
	f.grown(s)
	f.ownConsole(s)
	last := r.pay1000000001()
	serial := last.text("serial")
	if got := r.booked(serial, "posted"); got.Total != 13000 || got.Account != "1000000001" {
		t.Errorf("head office has %+v", got)
	}
	r.posted(serial)
	r.slip(serial, "130.00")
}

// site is what the board is told of where it stands.
const site = `profile = "lobby"
[journal]
key_file = "/var/lib/wattkiosk/journal.key"
[devices.validator]
driver = "ccnet"
`

// flasher is a technician at a desk: keys, the image, and a blank disk.
type flasher struct {
	r    *rig
	img  image.Description
	dir  string
	disk string // the board's
}

func newFlasher(r *rig) flasher {
	r.t.Helper()
	img, err := image.Describe(imageDir())
	if err != nil {
		r.t.Fatal(err)
	}
	f := flasher{r, img, r.t.TempDir(), filepath.Join(r.dir, "kiosk", "disk.img")}
	build := exec.Command("go", "build", "-o", f.path("otactl"), "wattkiosk/ota/cmd/otactl")
	if out, err := build.CombinedOutput(); err != nil {
		r.t.Fatalf("cannot build otactl: %v\n%s", err, out)
	}
	return f
}

func (f flasher) path(name string) string { return filepath.Join(f.dir, name) }

// shownPassword is how otactl flash shows a board's console password, which no log has.
var shownPassword = regexp.MustCompile(`password \S+:`)

// otactl runs the tool, and returns how long it took.
func (f flasher) otactl(args ...string) time.Duration {
	f.r.t.Helper()
	begun := time.Now()
	ctx, cancel := context.WithTimeout(f.r.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, f.path("otactl"), args...)
	cmd.Dir = f.dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	said, err := cmd.Output()
	out := shownPassword.ReplaceAll(said, []byte("password HIDDEN:"))
	if err != nil {
		f.r.t.Fatalf("otactl %s: %v\n%s%s", args[0], err, out, errs.Bytes())
	}
	if len(out) > 0 {
		f.r.t.Logf("otactl %s:\n%s", args[0], out)
	}
	return time.Since(begun).Round(100 * time.Millisecond)
}

// bundle makes keys and a bundle of the image's disk.
func (f flasher) bundle() {
	f.r.t.Helper()
	for _, name := range []string{"root", "release"} {
		f.otactl("keygen", "--unencrypted", "--out", name)
	}
	f.otactl("keyring", "--version", "1", "--root", "root.key", "--expires", "2099-01-01", "--key", "release.pub")
	took := f.otactl("bundle", "--lab", "--board", f.img.Board, "--version", f.img.Version, "--build", fmt.Sprint(f.img.Build), "--disk", f.img.Path(f.img.Disk),
		"--level", "3", "--sign", "release.key", "--out", "board.wkb")
	st, err := os.Stat(f.path("board.wkb"))
	if err != nil {
		f.r.t.Fatal(err)
	}
	f.r.t.Logf("a bundle of %.1f MB in %v", float64(st.Size())/1e6, took)
}

// larger is how much larger the board's disk is than the image, in bytes.
const larger = 500 << 20

// flash takes the board's disk away and flashes a blank one.
func (f flasher) flash(token string) {
	f.r.t.Helper()
	st, err := os.Stat(f.img.Path(f.img.Disk))
	if err == nil {
		err = os.Remove(f.disk)
	}
	if err == nil {
		err = os.WriteFile(f.disk, nil, 0o600)
	}
	if err == nil {
		err = os.Truncate(f.disk, st.Size()+larger)
	}
	if err == nil {
		err = os.WriteFile(f.path("enrol.env"), []byte("OFFICE="+f.guest(f.overTLS(f.r.places.Office))+"\r\nKIOSK="+kioskID+"\r\nTOKEN="+token+"\r\n"), 0o600)
	}
	if err == nil {
		err = os.WriteFile(f.path("site.toml"), []byte(site), 0o600)
	}
	if err != nil {
		f.r.t.Fatal(err)
	}
	took := f.otactl("flash", "--root", "root.pub", "--board", f.img.Board, "--enrol", "enrol.env", "--site", "site.toml", "--file", "--yes", "board.wkb", f.disk)
	f.r.t.Logf("flashed in %v", took)
}

// overTLS is an address at which the lab's head office, which speaks in clear on loopback, is
// reached as head offices are: over https. No board knows the certificate.
func (f flasher) overTLS(office string) string {
	f.r.t.Helper()
	to, err := url.Parse(office)
	if err != nil {
		f.r.t.Fatal(err)
	}
	srv := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }})
	f.r.t.Cleanup(srv.Close)

	return srv.URL
}

// guest is an address of the host as the guest has it.
func (f flasher) guest(url string) string {
	return strings.TrimRight(strings.Replace(url, "127.0.0.1", "10.0.2.2", 1), "/")
}

// join lays the lab's line into the guest and lets the test run commands there. It
// knows nothing of the board's identity.
func (f flasher) join(s *shell) {
	f.r.t.Helper()
	_, line, _ := strings.Cut(f.r.places.Line, ":")
	if err := os.WriteFile(f.path("lab.env"), []byte("LINE_PORT="+line+"\nJOB_PORT="+s.port+"\n"), 0o600); err != nil {
		f.r.t.Fatal(err)
	}
	data, ok := f.img.Partition("data")
	if !ok {
		f.r.t.Fatal("the image has no data partition")
	}
	cmd := exec.Command("debugfs", "-w", "-f", "-", fmt.Sprintf("%s?offset=%d", f.disk, data.Offset))
	cmd.Stdin = strings.NewReader("mkdir config\nwrite " + f.path("lab.env") + " config/lab.env\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		f.r.t.Fatalf("cannot write to the data partition: %v\n%s", err, out)
	}
}

// ownConsole holds that the board's login has the hash that was flashed for it alone, that only
// root reads it, and that the image has none.
func (f flasher) ownConsole(s *shell) {
	f.r.t.Helper()
	boot, _ := f.img.Partition("boot")
	flashed, err := exec.Command("mtype", "-i", fmt.Sprint(f.disk, "@@", boot.Offset), "::console.hash").Output()
	if err != nil {
		f.r.t.Fatal(err)
	}
	hash := strings.TrimSpace(string(flashed))
	if out := s.run("cat /etc/shadow; stat -c '%U %a' /data/console/shadow; " + as("technician", "cat /etc/shadow")); !strings.HasPrefix(out, "technician:"+hash+":20000::::::\nroot 600\n") ||
		!strings.Contains(out, "ermission denied") || !strings.HasPrefix(hash, "$2a$10$") {
		f.r.t.Errorf("the console's password: flashed %d characters, the board says %q", len(hash), strings.ReplaceAll(out, hash, "HASH"))
	}
}

// grown holds that the data have the larger disk, nearly: the file system keeps some
// for itself.
func (f flasher) grown(s *shell) {
	f.r.t.Helper()
	data, ok := f.img.Partition("data")
	if !ok {
		f.r.t.Fatal("the image has no data partition")
	}
	out := s.run("df -k /data; journalctl -b -o cat -u enrol.service")
	f.r.t.Logf("the guest says: %s", out)
	_, rest, _ := strings.Cut(out, "\n")
	fields := strings.Fields(rest) // device, size, used, free
	if len(fields) < 4 {
		f.r.t.Fatalf("df says %q", out)
	}
	size, err := strconv.ParseInt(fields[1], 10, 64)
	if want := (data.Size + larger) / 1024; err != nil || size > want || size < want*9/10 {
		f.r.t.Errorf("the data have %s KiB, the partition %d", fields[1], want)
	}
}
