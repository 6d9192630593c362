package journal_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

// crashed makes a journal of n records as it is when the process has died: with
// all that was written, and nothing flushed.
func crashed(t testing.TB, n int) string {
	t.Helper()
	live := t.TempDir()
	j := mustOpen(t, options(live))
	fill(t, j, n)
	dir := copyDir(t, live)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// closed makes a journal of n records in tables.
func closed(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	j := mustOpen(t, options(dir))
	fill(t, j, n)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func copyDir(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// files gives the paths that match, failing on none.
func files(t testing.TB, dir, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "db", pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no %s in %s: %v", pattern, dir, err)
	}
	return names
}

func change(t testing.TB, path string, edit func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, edit(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// written gives the length of a log without the zeros at its end.
func written(b []byte) int {
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	return n
}

// examine opens and verifies.
func examine(t testing.TB, dir string) (journal.Report, error) {
	j, err := journal.Open(options(dir))
	if err != nil {
		return journal.Report{}, err
	}
	defer func() { _ = j.Close() }()
	return j.Verify(t.Context())
}

func wantDamage(t testing.TB, err error) {
	t.Helper()
	if !errors.Is(err, journal.ErrCorrupt) && !errors.Is(err, record.ErrChain) {
		t.Fatalf("damage was not found: %v", err)
	}
}

func TestFlippedBitInLog(t *testing.T) {
	dir := crashed(t, 1500)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 6 {
		dir := copyDir(t, dir)
		change(t, files(t, dir, "*.mem")[0], func(b []byte) []byte {
			at := rng.IntN(written(b))
			b[at] ^= 1 << rng.IntN(8)
			t.Logf("bit in byte %d", at)
			return b
		})
		if _, err := examine(t, dir); err == nil {
			t.Fatal("damage was not found")
		}
	}
}

func TestFlippedBitInTable(t *testing.T) {
	dir := closed(t, 1500)
	rng := rand.New(rand.NewPCG(1, 3))
	for range 6 {
		dir := copyDir(t, dir)
		change(t, files(t, dir, "*.sst")[0], func(b []byte) []byte {
			at := rng.IntN(len(b))
			b[at] ^= 1 << rng.IntN(8)
			t.Logf("bit in byte %d", at)
			return b
		})
		_, err := examine(t, dir)
		wantDamage(t, err)
	}
}

func TestDamagedFiles(t *testing.T) {
	dir := closed(t, 300)
	for name, damage := range map[string]func(t *testing.T, dir string){
		"manifest gone":   func(t *testing.T, dir string) { remove(t, files(t, dir, "MANIFEST")...) },
		"table gone":      func(t *testing.T, dir string) { remove(t, files(t, dir, "*.sst")...) },
		"store gone":      func(t *testing.T, dir string) { remove(t, files(t, dir, "*")...) },
		"table cut short": func(t *testing.T, dir string) { cutTail(t, files(t, dir, "*.sst")[0], 5000) },
		"table cut to 3": func(t *testing.T, dir string) {
			change(t, files(t, dir, "*.sst")[0], func(b []byte) []byte { return b[:3] })
		},
		"footer": func(t *testing.T, dir string) { flipLast(t, files(t, dir, "*.sst")[0], 1) },
		"index":  func(t *testing.T, dir string) { flipLast(t, files(t, dir, "*.sst")[0], 40) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyDir(t, dir)
			damage(t, dir)
			if rep, err := examine(t, dir); err == nil {
				t.Fatalf("damage was not found: %+v", rep)
			}
		})
	}
}

func remove(t *testing.T, names ...string) {
	for _, name := range names {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

func cutTail(t *testing.T, name string, n int) {
	change(t, name, func(b []byte) []byte { return b[:len(b)-n] })
}

func flipLast(t *testing.T, name string, n int) {
	change(t, name, func(b []byte) []byte { b[len(b)-n] ^= 0x10; return b })
}

// TestTornTail cuts or garbles the end of the newest log, as a power cut can do
// to what was not synced, with a witness from before that: what is left is a
// prefix that verifies.
func TestTornTail(t *testing.T) {
	live := t.TempDir()
	j := mustOpen(t, options(live))
	fill(t, j, 400)
	old, err := os.ReadFile(filepath.Join(live, "witness"))
	if err != nil {
		t.Fatal(err)
	}
	synced := written(read(t, files(t, live, "*.mem")[0]))
	fill(t, j, 100) // one transaction: the one that is torn
	whole := copyDir(t, live)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 4))
	for i := range 9 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			dir := copyDir(t, whole)
			change(t, filepath.Join(dir, "witness"), func([]byte) []byte { return old })
			change(t, files(t, dir, "*.mem")[0], func(b []byte) []byte {
				at := synced + 1 + rng.IntN(written(b)-synced-1)
				return tear(rng, i%3, b, at)
			})
			rep, err := examine(t, dir)
			if err != nil || rep.Records != 400 {
				t.Fatalf("report %+v, %v", rep, err)
			}
		})
	}
}

func tear(rng *rand.Rand, how int, b []byte, at int) []byte {
	switch end := written(b); how {
	case 0:
		return b[:at]
	case 1:
		clear(b[at:])
	default:
		for i := at; i < end; i++ {
			b[i] = byte(rng.Uint32())
		}
	}
	return b
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLostRecords cuts acknowledged records off the log: not a torn tail.
func TestLostRecords(t *testing.T) {
	dir := crashed(t, 400)
	change(t, files(t, dir, "*.mem")[0], func(b []byte) []byte { clear(b[written(b)-10:]); return b })
	_, err := examine(t, dir)
	wantErr(t, err, journal.ErrCorrupt)
}

func TestUnreadableWitness(t *testing.T) {
	dir := crashed(t, 40)
	change(t, filepath.Join(dir, "witness"), func(b []byte) []byte { b[6] ^= 1; return b })
	if rep, err := examine(t, dir); err != nil || rep.Records != 40 {
		t.Fatalf("report %+v, %v", rep, err)
	}
}
