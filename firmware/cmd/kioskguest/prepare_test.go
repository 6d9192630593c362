package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSettingsAreForTheKiosk: what is laid onto a board's data is root's, and its group, that
// kioskd is of, reads it: kioskd starts before anything of the system would give it away.
func TestSettingsAreForTheKiosk(t *testing.T) {
	for _, tool := range []string{"mke2fs", "debugfs"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	group, err := os.ReadFile(filepath.Join("..", "..", "..", "boards", "image", "files", "root", "etc", "group"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(group), "\nwattkiosk:x:"+kioskGroup+":") {
		t.Errorf("the image's group wattkiosk is not %s", kioskGroup)
	}

	disk, file := filepath.Join(t.TempDir(), "data.img"), filepath.Join(t.TempDir(), "kiosk.toml")
	if err := os.WriteFile(file, []byte("kiosk = \"10000001\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mke2fs", "-q", "-F", "-t", "ext4", disk, "4M").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	script := append([]string{"mkdir config"}, kioskReads("config", "040750")...)
	script = append(append(script, "write "+file+" config/kiosk.toml"), kioskReads("config/kiosk.toml", "0100640")...)
	cmd := exec.Command("debugfs", "-w", "-f", "-", disk)
	cmd.Stdin = strings.NewReader(strings.Join(append(script, "stat config", "stat config/kiosk.toml"), "\n") + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	said := regexp.MustCompile(`Type: (\w+) +Mode: +(\d+)|User: +(\d+) +Group: +(\d+)`).FindAllString(string(out), -1)
	for i := range said {
		said[i] = strings.Join(strings.Fields(said[i]), " ")
	}
	want := "Type: directory Mode: 0750, User: 0 Group: 990, Type: regular Mode: 0640, User: 0 Group: 990"
	if got := strings.Join(said, ", "); got != want {
		t.Errorf("%s; want %s", got, want)
	}
}
