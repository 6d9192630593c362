package journal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journal/journaltest"
)

// TestAttackLinksOnADisk: a disk that somebody brings has links, and pipes, where a journal has
// files. Nothing that they lead to is waited for or written.
func TestAttackLinksOnADisk(t *testing.T) {
	text := bytes.Repeat([]byte("head office's own\n"), 100)
	for name, lay := range map[string]func(o journal.Options, to string) error{
		"a link in an old store": func(o journal.Options, to string) error {
			return os.Symlink(to, filepath.Join(o.Dir, "db", "00099.mem"))
		},
		"a log of values": func(o journal.Options, to string) error {
			return os.Symlink(to, filepath.Join(o.Dir, "db", "000099.vlog"))
		},
		"a link for the old store": func(o journal.Options, to string) error { return moved(o, "db", to+".d") },
		"a link for the lock":      func(o journal.Options, to string) error { return linked(o, "lock", to) },
		"a link for the witness":   func(o journal.Options, to string) error { return linked(o, "witness", to) },
		"a link for the log": func(o journal.Options, to string) error {
			return os.Symlink(filepath.Dir(to), filepath.Join(o.Dir, "log"))
		},
		"a pipe": func(o journal.Options, _ string) error {
			return syscall.Mkfifo(filepath.Join(o.Dir, "db", "00098.mem"), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := journaltest.Corpora(t)[0].Unpack(t)
			victim := filepath.Join(t.TempDir(), "books.db")
			if err := os.WriteFile(victim, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := lay(o, victim); err != nil {
				t.Fatal(err)
			}
			if j, err := journal.OpenReadOnly(o); err == nil { // what leads to nothing of a journal is as if it were not there
				_ = j.Close()
			}
			if got, err := os.ReadFile(victim); err != nil || !bytes.Equal(got, text) {
				t.Errorf("what the link leads to has %d bytes now, %v", len(got), err)
			}
		})
	}
}

// moved lays a folder of a journal elsewhere, with a link to it.
func moved(o journal.Options, name, to string) error {
	from := filepath.Join(o.Dir, name)
	if err := os.Rename(from, to); err != nil {
		return err
	}

	return os.Symlink(to, from)
}

// linked has a link where a journal has a file, or none.
func linked(o journal.Options, name, to string) error {
	path := filepath.Join(o.Dir, name)
	if err := os.RemoveAll(path); err != nil {
		return err
	}

	return os.Symlink(to, path)
}
