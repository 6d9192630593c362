package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"wattkiosk/boards/ground/durable"
)

// names lists a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func wantFile(t *testing.T, path, content string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || string(b) != content {
		t.Errorf("%s holds %q (%v), want %q", filepath.Base(path), b, err, content)
	}
	st, err := os.Stat(path)
	if err != nil || st.Mode() != 0o600 {
		t.Errorf("%s has mode %v (%v), want -rw-------", filepath.Base(path), st.Mode(), err)
	}
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	for _, content := range []string{"first", "second, longer", ""} {
		if err := durable.Replace(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		wantFile(t, path, content)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"state"}) {
		t.Errorf("the folder holds %v", got)
	}
}

func TestReplaceThatFailsLeavesTheOldFileAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.Replace(path, []byte("new")); err == nil {
		t.Error("a folder was replaced by a file")
	}
	if got := names(t, dir); !slices.Equal(got, []string{"state"}) {
		t.Errorf("the folder holds %v", got)
	}
	if err := durable.Replace(filepath.Join(dir, "absent", "state"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file in a folder that is absent: %v", err)
	}
}

func TestCreateKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	if err := durable.Create(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := durable.Create(path, []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second Create answers %v, want fs.ErrExist", err)
	}
	wantFile(t, path, "first")
	if got := names(t, dir); !slices.Equal(got, []string{"key"}) {
		t.Errorf("the folder holds %v", got)
	}
}

// TestCreateHasOneWinner: of many that make the same file at once one succeeds, and
// the file is its own.
func TestCreateHasOneWinner(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	var won sync.Map
	var wg sync.WaitGroup
	for _, who := range []string{"a", "b", "c", "d", "e", "f"} {
		wg.Go(func() {
			if err := durable.Create(path, []byte(who)); err == nil {
				won.Store(who, true)
			} else if !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
		})
	}
	wg.Wait()

	winners := []string{}
	won.Range(func(who, _ any) bool {
		winners = append(winners, who.(string))
		return true
	})
	if len(winners) != 1 {
		t.Fatalf("winners: %v", winners)
	}
	wantFile(t, path, winners[0])
}

func TestFileInPieces(t *testing.T) {
	dir := t.TempDir()
	f, err := durable.Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, piece := range []string{"one ", "two"} {
		if _, err := f.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, dir); len(got) != 1 || !durable.Unfinished(got[0]) {
		t.Errorf("before it takes its place the folder holds %v", got)
	}
	b := make([]byte, 3)
	if _, err := f.ReadAt(b, 4); err != nil || string(b) != "two" {
		t.Errorf("read back %q (%v)", b, err)
	}
	if err := f.Replace(filepath.Join(dir, "bundle")); err != nil {
		t.Fatal(err)
	}
	f.Discard()
	wantFile(t, filepath.Join(dir, "bundle"), "one two")

	if f, err = durable.Begin(dir); err != nil {
		t.Fatal(err)
	}
	f.Discard()
	if got := names(t, dir); !slices.Equal(got, []string{"bundle"}) {
		t.Errorf("the folder holds %v", got)
	}
}

func TestRemove(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	if err := durable.Replace(path, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := durable.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("the folder holds %v", got)
	}
}

func TestFolders(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "a", "b")
	for range 2 {
		if err := durable.MakeFolder(dir); err != nil {
			t.Fatal(err)
		}
	}
	if st, err := os.Stat(dir); err != nil || st.Mode() != fs.ModeDir|0o700 {
		t.Errorf("the folder is %v (%v)", st, err)
	}
	if err := durable.Replace(filepath.Join(dir, "file"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := durable.MakeFolder(filepath.Join(dir, "file")); err == nil {
		t.Error("a file was taken for a folder")
	}

	to := filepath.Join(top, "a", "c")
	if err := durable.MoveFolder(dir, to); err != nil {
		t.Fatal(err)
	}
	wantFile(t, filepath.Join(to, "file"), "x")
	if err := durable.MakeFolder(dir); err != nil {
		t.Fatal(err)
	}
	if err := durable.MoveFolder(dir, to); err == nil {
		t.Error("a folder that is not empty was replaced")
	}
}

func TestSweepRemovesUnfinishedFilesOnly(t *testing.T) {
	dir := t.TempDir()
	if _, err := durable.Begin(dir); err != nil { // its process ends here
		t.Fatal(err)
	}
	if err := durable.Replace(filepath.Join(dir, "state"), nil); err != nil {
		t.Fatal(err)
	}
	if err := durable.Sweep(dir); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"state"}) {
		t.Errorf("the folder holds %v", got)
	}
	if err := durable.Sweep(filepath.Join(dir, "absent")); err != nil {
		t.Error(err)
	}
}
