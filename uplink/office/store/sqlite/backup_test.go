package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
)

// TestClosedBooksAreOneFile: after a clean end the file alone holds everything, so that
// who copies it has the books.
func TestClosedBooksAreOneFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "books.db")
	s, err := sqlite.Open(t.Context(), file, books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	pay(t, s, 1)
	if _, err := s.Detail(t.Context(), storetest.Serial(storetest.Kiosk, 1)); err != nil { // a reader as well
		t.Error(err)
	}

	backup := filepath.Join(dir, "copy.db")
	if err := sqlite.Backup(t.Context(), file, backup, storetest.T0); err != nil { // while the office runs
		t.Fatal(err)
	}
	if err := sqlite.Backup(t.Context(), file, backup, storetest.T0); err == nil {
		t.Error("a backup was overwritten")
	}
	pay(t, s, 2)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(file + left); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("books.db%s after a clean end: %v", left, err)
		}
	}

	moved := filepath.Join(t.TempDir(), "books.db")
	if err := os.Rename(file, moved); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{moved: 2, backup: 1} {
		again, err := sqlite.Open(t.Context(), name, books.Rules{})
		if err != nil {
			t.Fatal(err)
		}
		if ps, err := again.Postings(t.Context(), books.Filter{}); err != nil || len(ps) != want {
			t.Errorf("%s: %d postings, %v; want %d", filepath.Base(name), len(ps), err, want)
		}
		if missing, err := again.Unreported(t.Context()); err != nil || len(missing) != 2-want {
			t.Errorf("%s lacks the end of %+v, %v", filepath.Base(name), missing, err)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestBackupOfNothing(t *testing.T) {
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := sqlite.Backup(t.Context(), filepath.Join(t.TempDir(), "none.db"), to, storetest.T0); err == nil {
		t.Error("books that are not there were copied")
	}
	if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
}

// pay stores the n-th payment of the suite's kiosk.
func pay(t *testing.T, s *store.Store, n int) {
	t.Helper()
	if _, err := s.Register(t.Context(), storetest.Kiosk, 0, storetest.T0); err != nil {
		t.Fatal(err)
	}
	o := books.Order{Serial: storetest.Serial(storetest.Kiosk, n), Account: "1000000001", Kiosk: storetest.Kiosk, Tender: "cash", Amount: 100, PaidAt: 1}
	if _, err := s.EnsurePosting(t.Context(), o, storetest.T0); err != nil {
		t.Fatal(err)
	}
}
