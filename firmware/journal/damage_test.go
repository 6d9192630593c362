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
	names, err := filepath.Glob(filepath.Join(dir, "log", pattern))
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

func TestFlippedBit(t *testing.T) {
	dir := closed(t, 1500)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		dir := copyDir(t, dir)
		change(t, files(t, dir, "*.log")[0], func(b []byte) []byte {
			at := rng.IntN(written(b))
			b[at] ^= 1 << rng.IntN(8)
			t.Logf("bit in byte %d", at)
			return b
		})
		if rep, err := examine(t, dir); err == nil {
			t.Fatalf("damage was not found: %+v", rep)
		}
	}
}

// TestFlippedBitInIndex: the index holds nothing that the log has not got.
func TestFlippedBitInIndex(t *testing.T) {
	dir := indexed(t)
	rng := rand.New(rand.NewPCG(1, 3))
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	for range rounds {
		dir := copyDir(t, dir)
		names, err := filepath.Glob(filepath.Join(dir, "index", "*"))
		if err != nil || len(names) == 0 {
			t.Fatalf("no index: %v", err)
		}
		name := names[rng.IntN(len(names))]
		t.Logf("a bit in %s", filepath.Base(name))
		change(t, name, func(b []byte) []byte {
			if len(b) > 0 {
				b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
			}
			return b
		})
		wantIndexed(t, dir)
	}
}

// TestIndexIsMadeAnew from the log, where it is gone, of another key, or cut short.
func TestIndexIsMadeAnew(t *testing.T) {
	whole := indexed(t)
	for name, damage := range map[string]func(dir string){
		"gone":  func(dir string) { removeAll(t, dir) },
		"empty": func(dir string) { removeAll(t, dir+"/*") },
		"no manifest": func(dir string) {
			remove(t, filepath.Join(dir, "MANIFEST"))
		},
		"no tables":     func(dir string) { removeAll(t, dir+"/*.sst") },
		"cut logs":      func(dir string) { truncateAll(t, dir+"/*.mem") },
		"no key":        func(dir string) { removeAll(t, dir+"/KEYREGISTRY") },
		"of nothing":    func(dir string) { truncateAll(t, dir+"/*") },
		"a file itself": func(dir string) { removeAll(t, dir); writeFile(t, dir, "what") },
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "gone" && name != "no tables" {
				t.Skip("takes seconds")
			}
			dir := copyDir(t, whole)
			damage(filepath.Join(dir, "index"))
			wantIndexed(t, dir)
			wantIndexed(t, dir)
		})
	}
}

const indexedTxns = 40

// indexed makes a journal of some segments, closed, with an index of them.
func indexed(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	j := mustOpen(t, journal.WithSegments(options(dir), 128<<10))
	for i := range 4 * indexedTxns { // 1.6 MB
		drafts := make([]record.Draft, 8)
		for k := range drafts {
			drafts[k] = record.Draft{Type: "x", Txn: fmt.Sprint("T", i%indexedTxns), Payload: make([]byte, 1000)}
		}
		if _, err := j.Append(drafts...); err != nil {
			t.Fatal(err)
		}
	}
	j.WaitForIndex()
	if n := j.Indexed(); n < 2 {
		t.Fatalf("%d segments in the index", n)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// wantIndexed says that every transaction is found, whatever the index says.
func wantIndexed(t *testing.T, dir string) {
	t.Helper()
	j := mustOpen(t, journal.WithSegments(options(dir), 128<<10))
	defer func() { _ = j.Close() }()
	for range 2 { // the second time after it was found to differ
		for i := range indexedTxns {
			rs, err := j.Txn(fmt.Sprint("T", i))
			if err != nil || len(rs) != 32 || rs[31].Seq-rs[0].Seq != 3*8*indexedTxns+7 {
				t.Fatalf("transaction %d has %d records, %v", i, len(rs), err)
			}
		}
		if rep, err := j.Verify(t.Context()); err != nil || rep.Records != 32*indexedTxns {
			t.Fatalf("report %+v, %v", rep, err)
		}
		if err := j.Compact(); err != nil {
			t.Fatal(err)
		}
		j.WaitForIndex()
	}
}

func removeAll(t *testing.T, pattern string) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	for _, name := range names {
		err = errors.Join(err, os.RemoveAll(name))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func truncateAll(t *testing.T, pattern string) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	for _, name := range names {
		err = errors.Join(err, os.Truncate(name, 0))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedFiles(t *testing.T) {
	dir := indexed(t)
	segment := func(t *testing.T, dir string, i int) string {
		all := files(t, dir, "*.log")
		if i < 0 {
			i += len(all)
		}
		return all[i]
	}
	for name, damage := range map[string]func(t *testing.T, dir string){
		"log gone":           func(t *testing.T, dir string) { remove(t, files(t, dir, "*")...) },
		"first segment gone": func(t *testing.T, dir string) { remove(t, segment(t, dir, 0)) },
		"segment gone":       func(t *testing.T, dir string) { remove(t, segment(t, dir, 1)) },
		"last segment gone":  func(t *testing.T, dir string) { remove(t, segment(t, dir, -1)) },
		"segment cut short":  func(t *testing.T, dir string) { cutTail(t, segment(t, dir, 1), 50_000) },
		"last cut short": func(t *testing.T, dir string) {
			change(t, segment(t, dir, -1), func(b []byte) []byte { return b[:written(b)-100] })
		},
		"segment of 3 bytes": func(t *testing.T, dir string) { change(t, segment(t, dir, 1), func(b []byte) []byte { return b[:3] }) },
		"segment of 0 bytes": func(t *testing.T, dir string) { change(t, segment(t, dir, -1), func([]byte) []byte { return nil }) },
		"segment without body": func(t *testing.T, dir string) {
			change(t, segment(t, dir, 2), func(b []byte) []byte { return b[:200] })
		},
		"segments swapped": func(t *testing.T, dir string) {
			a, b := read(t, segment(t, dir, 1)), read(t, segment(t, dir, 2))
			change(t, segment(t, dir, 1), func([]byte) []byte { return b })
			change(t, segment(t, dir, 2), func([]byte) []byte { return a })
		},
		"a page of zeros": func(t *testing.T, dir string) {
			change(t, segment(t, dir, 1), func(b []byte) []byte { clear(b[64<<10:][:4096]); return b })
		},
		"a page of zeros in the last": func(t *testing.T, dir string) {
			change(t, segment(t, dir, -1), func(b []byte) []byte { clear(b[16<<10:][:4096]); return b })
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyDir(t, dir)
			damage(t, dir)
			rep, err := examine(t, dir)
			if err == nil {
				t.Fatalf("damage was not found: %+v", rep)
			}
			wantDamage(t, err)
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
	synced := written(read(t, files(t, live, "*.log")[0]))
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
			change(t, files(t, dir, "*.log")[0], func(b []byte) []byte {
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
	change(t, files(t, dir, "*.log")[0], func(b []byte) []byte { clear(b[written(b)-10:]); return b })
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
