package camera_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/nacl/box"

	"wattkiosk/hal/camera"
)

// tool makes a program in place of v4l2-ctl.
func tool(t *testing.T, script string) camera.V4L2 {
	t.Helper()
	path := filepath.Join(t.TempDir(), "v4l2-ctl")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return camera.V4L2{Command: path, Device: "/dev/video0"}
}

func TestTake(t *testing.T) {
	jpeg := `printf '\377\330\377\340picture\377\331'`
	b, err := tool(t, `[ "$1 $2 $7" = "--device /dev/video0 --stream-to=-" ] || exit 9
`+jpeg).Take(t.Context())
	if want := "\xFF\xD8\xFF\xE0picture\xFF\xD9"; err != nil || string(b) != want {
		t.Errorf("%q, %v", b, err)
	}
	for _, c := range []struct{ name, script string }{
		{"nothing", ""},
		{"no JPEG", "echo hello"},
		{"cut off", `printf '\377\330\377\340pict'`},
		{"too big", `head -c 5000000 /dev/zero`},
		{"fails", jpeg + "; exit 3"},
	} {
		if b, err := tool(t, c.script).Take(t.Context()); err == nil {
			t.Errorf("%s: %d bytes, no error", c.name, len(b))
		}
	}
	if _, err := tool(t, "echo hello").Take(t.Context()); !errors.Is(err, camera.ErrFrame) {
		t.Errorf("no JPEG: %v", err)
	}
}

func archive(t *testing.T) (camera.Archive, *camera.Key) {
	t.Helper()
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return camera.Archive{Dir: filepath.Join(t.TempDir(), "stills"), To: public, Retention: 24 * time.Hour, MaxBytes: 1 << 20}, private
}

func TestOnlyHeadOfficeCanOpenAStill(t *testing.T) {
	a, private := archive(t)
	still := []byte("\xFF\xD8\xFFa face\xFF\xD9")
	if err := a.Store("10000001000000000005-0", still); err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(filepath.Join(a.Dir, "10000001000000000005-0.jpg.sealed"))
	if err != nil || bytes.Contains(sealed, []byte("face")) {
		t.Fatalf("%q, %v", sealed, err)
	}
	if got, ok := box.OpenAnonymous(nil, sealed, a.To, private); !ok || !bytes.Equal(got, still) {
		t.Errorf("opens as %q, %v", got, ok)
	}
	for _, name := range []string{"", "../x", "a/b", strings.Repeat("a", 65)} {
		if err := a.Store(name, still); err == nil {
			t.Errorf("%q was taken as a name", name)
		}
	}
	if err := a.Store("big", make([]byte, camera.MaxFrame+1)); err == nil {
		t.Error("a still over the bound was stored")
	}
}

func TestPrune(t *testing.T) {
	a, _ := archive(t)
	if n, err := a.Prune(time.Now()); n != 0 || err != nil {
		t.Errorf("without a folder: %d, %v", n, err)
	}
	now := time.Now()
	for i, age := range []time.Duration{30 * time.Hour, 23 * time.Hour, 2 * time.Hour, time.Hour} {
		name := fmt.Sprintf("still-%d", i)
		if err := a.Store(name, bytes.Repeat([]byte{1}, 952)); err != nil { // 1,000 bytes sealed
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(a.Dir, name+".jpg.sealed"), now, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	half := filepath.Join(a.Dir, ".new-1")
	if err := os.WriteFile(half, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(half, now, now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.Dir, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := a.Prune(now); n != 1 || err != nil {
		t.Errorf("too old: %d, %v", n, err)
	}
	a.MaxBytes = 2000
	if n, err := a.Prune(now); n != 1 || err != nil {
		t.Errorf("too many: %d, %v", n, err)
	}
	entries, err := os.ReadDir(a.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{"notes.txt", "still-2.jpg.sealed", "still-3.jpg.sealed"}; !slices.Equal(left, want) {
		t.Errorf("left %v, want %v", left, want)
	}
}

func TestRecord(t *testing.T) {
	a, _ := archive(t)
	if err := a.Record(t.Context(), tool(t, `printf '\377\330\377picture\377\331'`), "t-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(a.Dir, "t-1.jpg.sealed")); err != nil {
		t.Error(err)
	}
	if err := a.Record(t.Context(), tool(t, "exit 1"), "t-2"); err == nil {
		t.Error("a camera that fails: no error")
	}
}
