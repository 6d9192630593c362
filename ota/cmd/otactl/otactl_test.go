package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/ota/manifest"
)

// bench is a folder with keys and files to make bundles of.
type bench struct {
	t   *testing.T
	dir string
	in  string // what is typed
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir()}
	for name, text := range map[string]string{
		"old/root.squashfs": strings.Repeat("root of seven ", 5000), "old/boot.img": "boot of seven",
		"new/root.squashfs": strings.Repeat("root of eight ", 5000), "new/boot.img": "boot of eight",
		"clips/a/film.webm": "film", "clips/playlist.json": "[]", "nv9.bin": "firmware",
	} {
		path := filepath.Join(b.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"root", "newroot", "release", "other"} {
		b.ok("keygen", "--unencrypted", "--out", name)
	}
	b.ok("fleetkey", "--out", "fleet")
	b.ok("fleetkey", "--out", "stranger")
	b.ok("keyring", "--version", "3", "--expires", "2099-01-01", "--root", "root.key", "--key", "release.pub", "--key", "other.pub", "--out", "keyring.json")
	return b
}

// run runs a command line in the folder; what ends like a file of it is put there.
func (b *bench) run(args ...string) (code int, out, errs string) {
	b.t.Helper()
	for i, arg := range args {
		before, path, isPair := strings.Cut(arg, "=")
		if !isPair {
			before, path = "", arg
		}
		if strings.HasPrefix(path, "-") || i == 0 || !isPair && !takesPath(args[i-1]) && !strings.HasSuffix(arg, ".wkb") && !strings.HasSuffix(arg, ".img") {
			continue
		}
		args[i] = filepath.Join(b.dir, path)
		if isPair {
			args[i] = before + "=" + args[i]
		}
	}
	var o, e bytes.Buffer
	code = execute(b.t.Context(), args, strings.NewReader(b.in), &o, &e)
	return code, o.String(), e.String()
}

func takesPath(flag string) bool {
	switch flag {
	case "--out", "--root", "--key", "--sign", "--keyring", "--image", "--from", "--encrypt-to", "--fleet-key", "--roots", "--old", "--disk", "--enrol", "--site":
		return true
	}
	return false
}

func (b *bench) ok(args ...string) string {
	b.t.Helper()
	code, out, errs := b.run(args...)
	if code != 0 {
		b.t.Fatalf("%v: exit %d: %s", args, code, errs)
	}
	return out
}

func TestWholeWay(t *testing.T) {
	b := newBench(t)
	b.ok("bundle", "--board", "qemuarm64", "--version", "v8", "--build", "8", "--floor", "6", "--image", "new", "--from", "old", "--content", "media=clips",
		"--encrypt-to", "fleet.pub", "--keyring", "keyring.json", "--sign", "release.key", "--out", "u.wkb")
	shown := b.ok("verify", "--root", "root.pub", "--fleet-key", "fleet.key", "u.wkb")
	for _, want := range []string{
		"v8 build 8 for board qemuarm64", "signed by release (1 needed)", "keyring 3, expires 2099-01-01", "root keys: set 1", "floor 6", "encrypted to 1 fleet keys\n",
		"content    media", "delta",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not in:\n%s", want, shown)
		}
	}
	var f finding
	if err := json.Unmarshal([]byte(b.ok("verify", "--json", "--root", "root.pub", "u.wkb")), &f); err != nil {
		t.Fatal(err)
	}
	if !f.OK || f.Locked != "fleet-key-missing" || f.Keyring.Version != 3 || f.Manifest.Build != 8 || len(f.Manifest.Payloads) != 3 || f.Roots != 1 {
		t.Errorf("%+v", f)
	}
	for _, old := range []string{"", "old/root.squashfs"} {
		args := []string{"unpack", "--root", "root.pub", "--fleet-key", "fleet.key", "--payload", "root", "--out", "out"}
		if old != "" {
			args = append(args, "--old", old)
		}
		said := b.ok(append(args, "u.wkb")...)
		got, err := os.ReadFile(filepath.Join(b.dir, "out"))
		if err != nil || string(got) != strings.Repeat("root of eight ", 5000) || strings.Contains(said, "delta") != (old != "") {
			t.Errorf("%v, %d bytes: %s", err, len(got), said)
		}
	}
	if code, _, errs := b.run("unpack", "--root", "root.pub", "--fleet-key", "stranger.key", "--payload", "root", "--out", "out2", "u.wkb"); code != 1 || !strings.Contains(errs, "another fleet") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestFirmwareOfADevice(t *testing.T) {
	b := newBench(t)
	b.ok("bundle", "--board", "qemuarm64", "--version", "nv9", "--build", "1", "--peripheral", "bill,ssp,NV9USB,4.12=nv9.bin", "--keyring", "keyring.json", "--sign", "release.key", "--out", "u.wkb")
	if out := b.ok("verify", "--root", "root.pub", "u.wkb"); !strings.Contains(out, "bill NV9USB 4.12 (ssp)") {
		t.Errorf("%s", out)
	}
}

func TestRotation(t *testing.T) {
	b := newBench(t)
	b.ok("roots", "--version", "2", "--key", "newroot.pub", "--sign", "root.key", "--sign", "newroot.key", "--out", "roots.2.json")
	b.ok("keyring", "--version", "4", "--expires", "2099-01-01", "--root", "newroot.key", "--key", "other.pub", "--out", "ring4.json")
	b.ok("bundle", "--version", "autumn", "--build", "1", "--content", "media=clips", "--roots", "roots.2.json", "--keyring", "ring4.json", "--sign", "other.key", "--out", "u.wkb")
	for _, root := range []string{"root.pub", "newroot.pub"} {
		if out := b.ok("verify", "--root", root, "u.wkb"); !strings.Contains(out, "root keys: set 2") || !strings.Contains(out, "for board *") {
			t.Errorf("%s", out)
		}
	}
}

// TestExitCodes: 1 with a code in the JSON for what is wrong with the bundle, 2 for
// the command line.
func TestExitCodes(t *testing.T) {
	b := newBench(t)
	b.ok("bundle", "--version", "v", "--build", "1", "--content", "media=clips", "--keyring", "keyring.json", "--sign", "release.key", "--out", "u.wkb")
	late := time.Now().AddDate(0, 0, 91).Format(time.DateOnly)
	for _, tt := range []struct {
		exit int
		code string
		args []string
	}{
		{0, "", []string{"verify", "--json", "--root", "root.pub", "u.wkb"}},
		{1, "keyring-untrusted", []string{"verify", "--json", "--root", "other.pub", "u.wkb"}},
		{1, "expired", []string{"verify", "--json", "--root", "root.pub", "--at", late, "u.wkb"}},
		{1, "keyring-older", []string{"verify", "--json", "--root", "root.pub", "--keyring-seen", "4", "u.wkb"}},
		{1, "", []string{"verify", "--json", "--root", "root.pub", "absent.wkb"}},
		{1, "", []string{"keygen", "--unencrypted", "--out", "root"}},
		{2, "", []string{"keygen", "--out", "clear"}},
		{2, "", []string{}},
		{2, "", []string{"sing"}},
		{2, "", []string{"verify", "u.wkb"}},
		{2, "", []string{"verify", "--root", "root.pub"}},
		{2, "", []string{"verify", "--rot", "root.pub", "u.wkb"}},
		{2, "", []string{"verify", "--root", "root.pub", "--at", "tomorrow", "u.wkb"}},
		{2, "", []string{"bundle", "--version", "v", "--build", "1", "--sign", "release.key"}},
		{2, "", []string{"bundle", "--version", "v", "--build", "1", "--sign", "release.key", "--content", "media"}},
		{2, "", []string{"bundle", "--board", "qemuarm64", "--version", "v", "--build", "1", "--image", "new", "--peripheral", "bill,ssp,NV9USB,4.12=nv9.bin", "--keyring", "keyring.json", "--sign", "release.key"}},
		{2, "", []string{"bundle", "--board", "qemuarm64", "--version", "v", "--build", "1", "--disk", "new/boot.img", "--image", "new", "--sign", "release.key"}},
		{2, "", []string{"bundle", "--board", "qemuarm64", "--version", "v", "--build", "1", "--disk", "new/boot.img", "--content", "media=clips", "--sign", "release.key"}},
		{2, "", []string{"flash", "u.wkb", "card.img", "--file"}},
		{2, "", []string{"flash", "--root", "root.pub", "u.wkb"}},
		{2, "", []string{"flash", "--root", "root.pub", "--enrol", "enrol.env", "--token", "x", "u.wkb", "card.img"}},
		{1, "", []string{"flash", "--root", "root.pub", "--file", "u.wkb", "card.img"}},
		{1, "", []string{"flash", "--root", "root.pub", "u.wkb", "/dev/null"}},
		{2, "", []string{"keyring", "--expires", "soon", "--key", "release.pub", "--root", "root.key"}},
	} {
		exit, out, errs := b.run(tt.args...)
		if exit != tt.exit || exit != 0 && !strings.HasPrefix(errs, "otactl: ") {
			t.Errorf("%v: exit %d, want %d: %s", tt.args, exit, tt.exit, errs)
		}
		if tt.code != "" {
			var f finding
			if err := json.Unmarshal([]byte(out), &f); err != nil || f.OK || f.Code != tt.code || f.Reason == "" {
				t.Errorf("%v: %v %s", tt.args, err, out)
			}
		}
	}
}

// TestAttackLabImageInABundle: an image for tests is bundled only by who says so.
func TestAttackLabImageInABundle(t *testing.T) {
	b := newBench(t)
	mark := []byte(`{"lab":"` + manifest.LabMark + `"}`)
	if err := os.WriteFile(filepath.Join(b.dir, "new/root.squashfs"), append(bytes.Repeat([]byte("x"), 5000), mark...), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"bundle", "--board", "qemuarm64", "--version", "v8", "--build", "8", "--image", "new", "--level", "1", "--keyring", "keyring.json", "--sign", "release.key", "--out", "u.wkb"}
	exit, _, errs := b.run(slices.Clone(args)...)
	if _, err := os.Stat(filepath.Join(b.dir, "u.wkb")); exit != 1 || !strings.Contains(errs, "is an image for tests") || err == nil {
		t.Errorf("exit %d: %s", exit, errs)
	}
	b.ok(append(args, "--lab")...)
}
