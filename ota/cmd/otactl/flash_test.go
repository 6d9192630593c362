package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// newBoard makes disk.img, of 8 MiB, and a bundle of it.
func (b *bench) newBoard() {
	b.t.Helper()
	disk, fat := filepath.Join(b.dir, "disk.img"), filepath.Join(b.dir, "boot.vfat")
	script := "truncate -s 8M " + disk + " && truncate -s 1M " + fat + " && mkfs.vfat " + fat + " >/dev/null && " +
		"printf 'label: gpt\\nsize=1MiB, name=boot\\nsize=4MiB, name=data\\n' | sfdisk -q " + disk + " && " +
		"dd if=" + fat + " of=" + disk + " bs=1M seek=1 conv=notrunc status=none"
	if out, err := exec.Command("sh", "-c", script).CombinedOutput(); err != nil {
		b.t.Skipf("no sfdisk or mkfs.vfat: %v %s", err, out)
	}
	b.ok("bundle", "--board", "qemuarm64", "--version", "v8", "--build", "8", "--disk", "disk.img", "--level", "1", "--keyring", "keyring.json", "--sign", "release.key", "--out", "board.wkb")
}

func (b *bench) read(name string) []byte {
	b.t.Helper()
	data, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil {
		b.t.Fatal(err)
	}
	return data
}

func TestFlash(t *testing.T) {
	b := newBench(t)
	b.newBoard()
	if said := b.ok("verify", "--root", "root.pub", "board.wkb"); !strings.Contains(said, "a running board refuses it") || !strings.Contains(said, "disk       disk         8.39 MB") {
		t.Errorf("%s", said)
	}
	said := b.ok("flash", "--root", "root.pub", "--board", "qemuarm64", "--no-console", "--file", "board.wkb", "card.img")
	for _, want := range []string{"v8 build 8 for board qemuarm64", "signed by release", "image   8.4 MB", "card.img, 8.4 MB, a file", "written and read back"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in:\n%s", want, said)
		}
	}
	if !isImage(b.read("card.img"), b.read("disk.img")) {
		t.Error("the file is not the image")
	}
}

// TestFlashGivesEachBoardItsPassword: it is shown once, when all is written, and the board has
// its hash; the next board has another.
func TestFlashGivesEachBoardItsPassword(t *testing.T) {
	b := newBench(t)
	b.newBoard()
	shown := regexp.MustCompile(`(?m)^console technician, password ([a-z2-9-]{19}): `)
	hashed := regexp.MustCompile(`\$2a\$10\$[A-Za-z0-9./]{53}\n`)
	var passwords, hashes []string
	for _, card := range []string{"one.img", "two.img"} {
		said := b.ok("flash", "--root", "root.pub", "--file", "board.wkb", card)
		password, hash := shown.FindAllStringSubmatch(said, -1), hashed.FindAll(b.read(card), -1)
		if len(password) != 1 || len(hash) != 1 || bytes.Contains(b.read(card), []byte(password[0][1])) {
			t.Fatalf("%d passwords, %d hashes, or the password itself is on the card:\n%s", len(password), len(hash), said)
		}
		passwords, hashes = append(passwords, password[0][1]), append(hashes, string(hash[0]))
	}
	if passwords[0] == passwords[1] || hashes[0] == hashes[1] {
		t.Error("two boards have the same password")
	}
}

// isImage compares a disk with the image that it was flashed from, apart from both
// copies of its table: the disk and its partitions have UUIDs of their own.
func isImage(disk, image []byte) bool {
	const table, backup = 34 * 512, 33 * 512
	return len(disk) == len(image) && !bytes.Equal(disk[:table], image[:table]) &&
		bytes.Equal(disk[table:len(disk)-backup], image[table:len(image)-backup])
}

// TestFlashAsks: what is there is lost only if its name is typed, or with --yes.
func TestFlashAsks(t *testing.T) {
	b := newBench(t)
	b.newBoard()
	rubbish := bytes.Repeat([]byte("x"), 8<<20)
	for _, tt := range []struct {
		typed   string
		yes     bool
		written bool
	}{
		{typed: ""},
		{typed: "yes\n"},
		{typed: "card.img\n", written: true},
		{yes: true, written: true},
	} {
		if err := os.WriteFile(filepath.Join(b.dir, "card.img"), rubbish, 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"flash", "--root", "root.pub", "--no-console", "--file", "board.wkb", "card.img"}
		if tt.yes {
			args = append(args, "--yes")
		}
		b.in = tt.typed
		exit, _, errs := b.run(args...)
		if got := b.read("card.img"); exit == 0 != tt.written || bytes.Equal(got, rubbish) == tt.written || isImage(got, b.read("disk.img")) != tt.written {
			t.Errorf("%+v: exit %d: %s", tt, exit, errs)
		}
	}
}

// TestFlashRefuses: nothing is written, and nothing made.
func TestFlashRefuses(t *testing.T) {
	b := newBench(t)
	b.newBoard()
	b.ok("bundle", "--board", "qemuarm64", "--version", "v8", "--build", "8", "--image", "new", "--level", "1", "--keyring", "keyring.json", "--sign", "release.key", "--out", "u.wkb")
	for _, tt := range []struct {
		words string
		args  []string
	}{
		{"it is an update", []string{"--root", "root.pub", "u.wkb"}},
		{"for board qemuarm64, not rpicm4", []string{"--root", "root.pub", "--board", "rpicm4", "board.wkb"}},
		{"not signed by a root key", []string{"--root", "other.pub", "board.wkb"}},
		{"expired", []string{"--root", "root.pub", "--at", "2098-01-01", "board.wkb"}},
		{"token is none of head office's", []string{"--root", "root.pub", "--office", "https://office.example", "--kiosk", "10000001", "--token", "a b", "board.wkb"}},
		{"not 8 digits", []string{"--root", "root.pub", "--office", "https://office.example", "board.wkb"}},
	} {
		exit, _, errs := b.run(append(append([]string{"flash", "--yes", "--file"}, tt.args...), "new-card.img")...)
		if _, err := os.Stat(filepath.Join(b.dir, "new-card.img")); exit != 1 || !strings.Contains(errs, tt.words) || err == nil {
			t.Errorf("%v: exit %d: %s", tt.args, exit, errs)
		}
	}
}

// TestFlashSite puts a site's settings onto the boot partition; what is no TOML is
// refused before a byte is written.
func TestFlashSite(t *testing.T) {
	b := newBench(t)
	b.newBoard()
	const text = "profile = \"query\"\r\n"
	for name, content := range map[string]string{"site.toml": text, "bad.toml": "profile = query\n"} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, words := range map[string]string{"bad.toml": "site.toml is not TOML", "none.toml": "no such file"} {
		exit, _, errs := b.run("flash", "--root", "root.pub", "--yes", "--file", "board.wkb", "new-card.img", "--site", name)
		if _, err := os.Stat(filepath.Join(b.dir, "new-card.img")); exit != 1 || !strings.Contains(errs, words) || err == nil {
			t.Errorf("%s: exit %d: %s", name, exit, errs)
		}
	}
	if said := b.ok("flash", "--root", "root.pub", "--file", "--site", "site.toml", "board.wkb", "card.img"); !strings.Contains(said, "site    site.toml, 19 bytes\n") {
		t.Errorf("%s", said)
	}
	got, err := exec.Command("mtype", "-i", filepath.Join(b.dir, "card.img")+"@@1M", "::site.toml").Output()
	if err != nil || string(got) != text {
		t.Errorf("%q, %v", got, err)
	}
}

// TestFlashEnrols puts the token onto the boot partition and nowhere else.
func TestFlashEnrols(t *testing.T) {
	b := newBench(t)
	b.newBoard()
	const token = "QWERTY-one-time"
	if err := os.WriteFile(filepath.Join(b.dir, "enrol.env"), []byte("OFFICE=https://office.example\r\nKIOSK=10000001\r\nTOKEN="+token+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"by file":  {"--enrol", "enrol.env"},
		"by flags": {"--office", "https://office.example/", "--kiosk", "10000001", "--token", token},
		"typed":    {"--office", "https://office.example", "--kiosk", "10000001", "--token", "-"},
	} {
		b.in = token + "\ncard.img\n"
		if name != "typed" {
			b.in = "card.img\n"
		}
		exit, out, errs := b.run(append(append([]string{"flash", "--root", "root.pub", "--file"}, args...), "board.wkb", "card.img")...)
		if exit != 0 || strings.Contains(out+errs, token) || !strings.Contains(out, "kiosk 10000001 at https://office.example\n") {
			t.Errorf("%s: exit %d: %s%s", name, exit, out, errs)
		}
		got, err := exec.Command("mtype", "-i", filepath.Join(b.dir, "card.img")+"@@1M", "::enrol.env").Output()
		if err != nil || string(got) != "OFFICE=https://office.example\nKIOSK=10000001\nTOKEN="+token+"\n" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
