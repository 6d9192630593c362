package durable_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/boards/ground/durable"
)

// TestExchange: the old file until the new one was looked at, then the new one, and nothing
// of the old one.
func TestExchange(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	if err := os.WriteFile(path, []byte("the old one"), 0o640); err != nil {
		t.Fatal(err)
	}
	old, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()

	looked := errors.New("not good")
	err = durable.Exchange(path, []byte("new"), func(beside string) error {
		holds(t, beside, "new")
		holds(t, path, "the old one")
		return looked
	})
	if !errors.Is(err, looked) || len(names(t, dir)) != 1 {
		t.Errorf("%v, %v", err, names(t, dir))
	}
	holds(t, path, "the old one")

	if err := durable.Exchange(path, []byte("new"), func(string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	holds(t, path, "new")
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o640 || len(names(t, dir)) != 1 {
		t.Errorf("%v, %v, %v", st.Mode(), err, names(t, dir))
	}
	was := make([]byte, 11)
	if _, err := old.ReadAt(was, 0); err != nil || !bytes.Equal(was, make([]byte, 11)) {
		t.Errorf("the old file's blocks hold %q, %v", was, err)
	}
	if err := durable.Exchange(filepath.Join(dir, "none"), nil, func(string) error { return nil }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func holds(t *testing.T, path, content string) {
	t.Helper()
	if b, err := os.ReadFile(path); err != nil || string(b) != content {
		t.Errorf("%s holds %q, %v; want %q", path, b, err, content)
	}
}
