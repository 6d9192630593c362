package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFirstBootReadsItsFile runs the part of first-boot that reads enrol.env: three
// values come out, however the file was written, and nothing of it is run.
func TestFirstBootReadsItsFile(t *testing.T) {
	script, err := os.ReadFile("files/root/usr/libexec/wattkiosk/first-boot")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(script), "# The file comes from")
	body, _, ok2 := strings.Cut(rest, "# kioskctl leaves out")
	if !ok || !ok2 {
		t.Fatal("first-boot does not read enrol.env where this test looks for it")
	}

	const want = "https://office:8443|10000001|abc=def-1"
	for name, text := range map[string]string{
		"plain":            "OFFICE=https://office:8443\nKIOSK=10000001\nTOKEN=abc=def-1\n",
		"Windows":          "OFFICE=https://office:8443\r\nKIOSK=10000001\r\nTOKEN=abc=def-1\r\n",
		"quoted, no end":   "OFFICE=\"https://office:8443\"\nKIOSK='10000001'\nTOKEN=\"abc=def-1\"",
		"with other lines": "# made by a person\n\nTOKEN=abc=def-1\nKIOSK=10000001\nPATH=/tmp\nOFFICE=https://office:8443\ntouch ran\n$(touch ran)\n",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "enrol.env"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-euc", "env=enrol.env\n#"+body+"\nprintf '%s|%s|%s' \"$OFFICE\" \"$KIOSK\" \"$TOKEN\"")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != want {
			t.Errorf("%s: %q, %v; want %q", name, out, err, want)
		}
		if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
			t.Errorf("%s: a line of the file was run", name)
		}
	}
}

// TestPurlNames: as the package URL specification wants them.
func TestPurlNames(t *testing.T) {
	for name, want := range map[string]string{
		"libstdc++6": "libstdc%2B%2B6", "g++": "g%2B%2B", "libc6": "libc6", "python3.11-minimal": "python3.11-minimal", "a_b~c": "a_b~c",
	} {
		if got := purlName(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
