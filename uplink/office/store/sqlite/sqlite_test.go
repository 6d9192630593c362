package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
)

func open(t testing.TB, file string) *store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), file, books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, filepath.Join(t.TempDir(), "books?%20.db")) })
}

func TestBooksSurviveClosing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.db")
	j := storetest.NewJournal(storetest.Kiosk).Pay(t, 1, "1000000001", 10000)
	s, err := sqlite.Open(t.Context(), file, books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Register(t.Context(), storetest.Kiosk, 0, storetest.T0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Ingest(t.Context(), storetest.Kiosk, j.Recs, storetest.T0); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	k, err := open(t, file).Kiosk(t.Context(), storetest.Kiosk)
	if err != nil || k.Head != j.Head {
		t.Errorf("head %+v, %v; want %+v", k.Head, err, j.Head)
	}
}

// BenchmarkIngest stores 100-record batches of whole payments, synced.
func BenchmarkIngest(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "books.db"))
	if _, err := s.Register(b.Context(), storetest.Kiosk, 0, storetest.T0); err != nil {
		b.Fatal(err)
	}
	j := storetest.NewJournal(storetest.Kiosk)
	const batch = 100
	n := 0
	for b.Loop() {
		b.StopTimer()
		for len(j.Recs) < batch {
			n++
			j.Pay(b, n, "1000000001", 10000, 10000, 10000)
		}
		recs := j.Recs[:batch]
		j.Recs = j.Recs[batch:]
		b.StartTimer()
		if _, err := s.Ingest(b.Context(), storetest.Kiosk, recs, storetest.T0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(batch)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// TestBooksAreForTheirOwner: new books and what lies beside them are the owner's alone,
// and old ones that everybody might read are taken from everybody.
func TestBooksAreForTheirOwner(t *testing.T) {
	dir := t.TempDir()
	for name, modes := range map[string][2]os.FileMode{"new.db": {0, 0o600}, "old.db": {0o644, 0o640}} {
		file := filepath.Join(dir, name)
		if modes[0] != 0 {
			if err := os.WriteFile(file, nil, modes[0]); err != nil {
				t.Fatal(err)
			}
		}
		s := open(t, file)
		if _, err := s.Register(t.Context(), storetest.Kiosk, 0, storetest.T0); err != nil {
			t.Fatal(err)
		}
		for _, f := range []string{file, file + "-wal", file + "-shm"} {
			if st, err := os.Stat(f); err != nil || st.Mode().Perm() != modes[1] {
				t.Errorf("%s: %v, %v; want %v", f, st.Mode(), err, modes[1])
			}
		}
	}
}
