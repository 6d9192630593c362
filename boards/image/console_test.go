package image

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFirstBootTakesTheConsolesPassword runs the part of first-boot that takes the hash of
// the board's console: a hash goes into the file that the board's login reads, which root
// alone may read, and whatever else lies there changes nothing.
func TestFirstBootTakesTheConsolesPassword(t *testing.T) {
	script, err := os.ReadFile("files/root/usr/libexec/wattkiosk/first-boot")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(script), "take_console() {")
	body, _, ok2 := strings.Cut(rest, "\n}\n")
	if !ok || !ok2 {
		t.Fatal("first-boot has no take_console where this test looks for it")
	}
	const hash = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
	for name, tt := range map[string]struct{ text, want string }{
		"a hash":           {hash + "\n", "technician:" + hash + ":20000::::::\n"},
		"Windows":          {hash + "\r\n", "technician:" + hash + ":20000::::::\n"},
		"no end":           {hash, "technician:" + hash + ":20000::::::\n"},
		"nothing":          {"", ""},
		"no password":      {"\n" + hash + "\n", ""},
		"a password":       {"hunter2\n", ""},
		"too short":        {hash[:59] + "\n", ""},
		"too long":         {hash + "y\n", ""},
		"another line":     {"x:0:\nroot::0::::::\n", ""},
		"another field":    {hash[:58] + "::\n", ""},
		"a weak function":  {"$1$" + strings.Repeat("a", 57) + "\n", ""},
		"another function": {"$6$" + strings.Repeat("a", 57) + "\n", ""},
	} {
		dir := t.TempDir()
		from, to := filepath.Join(dir, "console.hash"), filepath.Join(dir, "console/shadow")
		if err := os.WriteFile(from, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-euc", "sync() { :; }\ntake() {"+body+"\n}\ntake "+from+" "+to)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", name, err, out)
		}
		got, _ := os.ReadFile(to) // absent where nothing was taken
		if string(got) != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
		if st, err := os.Stat(to); err == nil && st.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v", name, st.Mode())
		}
	}
}

// TestNoPasswordForAnImage: an image for boards in the street has no console password.
func TestNoPasswordForAnImage(t *testing.T) {
	dir := t.TempDir()
	_, err := Build(t.Context(), Recipe{Board: "qemuarm64", Console: "$6$x$y", Out: filepath.Join(dir, "out"), Cache: filepath.Join(dir, "cache"), Keys: filepath.Join(dir, "keys")}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "--lab") {
		t.Errorf("built with one: %v", err)
	}
}
