package journalkey_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/boards"
	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/journalkey"
)

// clear is a board that seals nothing.
var clear = boardkey.New(boardkey.Config{})

// TestKeyFiles: what a key file of each size is taken for, with and without a journal.
func TestKeyFiles(t *testing.T) {
	const absent = -1
	for _, tt := range []struct {
		size          int
		read          bool // it is a key
		made, refused bool // without a journal: a new one is made, or it is an error
	}{
		{absent, false, true, false},
		{0, false, true, false}, // created, but nothing of it on disk
		{1, false, true, false},
		{15, false, true, false},
		{16, true, false, false},
		{24, true, false, false},
		{31, false, true, false},
		{32, true, false, false},
		{33, false, false, true}, // no beginning of ours
		{64, false, false, true},
	} {
		for _, journal := range []bool{false, true} {
			dir := t.TempDir()
			file, at := filepath.Join(dir, "keys", "journal.key"), filepath.Join(dir, "journal")
			content := bytes.Repeat([]byte{7}, max(tt.size, 0))
			if tt.size != absent {
				if err := errors.Join(os.Mkdir(filepath.Dir(file), 0o700), os.WriteFile(file, content, 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			if journal {
				if err := os.Mkdir(at, 0o700); err != nil {
					t.Fatal(err)
				}
			}

			key, err := journalkey.Read(clear, file)
			if (err == nil) != tt.read || tt.read && !bytes.Equal(key, content) || !tt.read && key != nil {
				t.Errorf("%d bytes: Read = %d bytes, %v", tt.size, len(key), err)
			}
			if (tt.size == absent) != errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%d bytes: %v", tt.size, err)
			}

			key, err = journalkey.ReadOrMake(clear, file, at)
			switch {
			case tt.read:
				if err != nil || !bytes.Equal(key, content) {
					t.Errorf("%d bytes, journal %v: %d bytes, %v", tt.size, journal, len(key), err)
				}
			case tt.made && !journal:
				if err != nil || len(key) != 32 || bytes.Equal(key, make([]byte, 32)) {
					t.Errorf("%d bytes, no journal: %d bytes, %v", tt.size, len(key), err)
				}
				if again, err := journalkey.ReadOrMake(clear, file, at); err != nil || !bytes.Equal(again, key) {
					t.Errorf("%d bytes: another key the second time: %v", tt.size, err)
				}
			case err == nil || key != nil:
				t.Errorf("%d bytes, journal %v: taken for a key", tt.size, journal)
			}
			if tt.made && !journal {
				continue
			}
			if after, err := os.ReadFile(file); tt.size != absent && (err != nil || !bytes.Equal(after, content)) {
				t.Errorf("%d bytes, journal %v: the file was changed", tt.size, journal)
			}
		}
	}
}

func TestNoFileIsNoKey(t *testing.T) {
	for _, read := range []func() ([]byte, error){
		func() ([]byte, error) { return journalkey.Read(clear, "") },
		func() ([]byte, error) { return journalkey.ReadOrMake(clear, "", t.TempDir()) },
	} {
		if key, err := read(); key != nil || err != nil {
			t.Errorf("%v, %v", key, err)
		}
	}
}

func TestFolderIsNoKey(t *testing.T) {
	dir := t.TempDir()
	if key, err := journalkey.ReadOrMake(clear, dir, filepath.Join(dir, "journal")); err == nil {
		t.Errorf("a folder is a key of %d bytes", len(key))
	}
}

// TestAKeyThatDoesNotOpen: none is made in its place, with a journal or without.
func TestAKeyThatDoesNotOpen(t *testing.T) {
	dir := t.TempDir()
	number, file := filepath.Join(dir, "serial-number"), filepath.Join(dir, "journal.key")
	if err := os.WriteFile(number, []byte("100000003d1d1c36"), 0o600); err != nil {
		t.Fatal(err)
	}
	own := boardkey.New(boardkey.Config{IDs: []boards.ID{{Name: "cpu", Path: number}}})
	made, err := journalkey.ReadOrMake(own, file, filepath.Join(dir, "journal"))
	if err != nil || len(made) != 32 {
		t.Fatalf("%d bytes, %v", len(made), err)
	}
	sealed, err := os.ReadFile(file)
	if err != nil || bytes.Contains(sealed, made) {
		t.Errorf("it lies in clear, %v", err)
	}
	if key, err := journalkey.ReadOrMake(clear, file, filepath.Join(dir, "journal")); err == nil || key != nil {
		t.Errorf("%d bytes", len(key))
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(after, sealed) {
		t.Errorf("the file was changed, %v", err)
	}
	if again, err := journalkey.ReadOrMake(own, file, filepath.Join(dir, "journal")); err != nil || !bytes.Equal(again, made) {
		t.Errorf("%d bytes, %v", len(again), err)
	}
}
