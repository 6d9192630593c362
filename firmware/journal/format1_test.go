package journal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journal/journaltest"
	"wattkiosk/payments/record"
)

// wantCorpus says that a journal is exactly the one that was kept.
func wantCorpus(t *testing.T, c journaltest.Corpus, j *journal.Journal) {
	t.Helper()
	rep, err := j.Verify(t.Context())
	if err != nil || rep.Head != c.Head || rep.First != c.First || rep.Records != c.Head.Seq-c.First+1 || j.Acknowledged() != c.Acknowledged {
		t.Fatalf("report %+v, %v, acknowledged %d", rep, err, j.Acknowledged())
	}
	stored := 0
	for serial, what := range c.Txns {
		rs, err := j.Txn(serial)
		if err != nil {
			t.Fatal(err)
		}
		stored += len(rs)
		if gone := what == "paid" && c.First > 1; (len(rs) == 0) != gone {
			t.Errorf("%s has %d records", what, len(rs))
		}
	}
	if want := map[uint64]int{1: 46, 14: 35}[c.First]; stored != want { // 3 of 49 and 1 of 36 are of no transaction
		t.Errorf("%d records of transactions, want %d", stored, want)
	}
	for name, want := range map[string]string{
		"open-transactions": `["10000001000000000036","10000001000000000044"]`,
		"last-transaction":  "10000001000000000044",
		"cassette":          `{"notes":10,"total":62000}`,
	} {
		if v, err := j.State(name); err != nil || string(v) != want {
			t.Errorf("state %s is %s, %v; want %s", name, v, err, want)
		}
	}
}

// TestOpensWhatOlderVersionsLeft, to read and to write, and drains it.
func TestOpensWhatOlderVersionsLeft(t *testing.T) {
	for _, c := range journaltest.Corpora(t) {
		t.Run(c.Name, func(t *testing.T) {
			o := c.Unpack(t)
			before := listing(t, o.Dir)
			r, err := journal.OpenReadOnly(o)
			if err != nil {
				t.Fatal(err)
			}
			wantCorpus(t, c, r)
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if after := listing(t, o.Dir); !slices.Equal(before, after) {
				t.Errorf("reading changed the folder:\n%v\n%v", before, after)
			}
			if left, err := os.ReadDir(o.Scratch); err != nil || len(left) > 0 {
				t.Errorf("left in scratch: %v, %v", left, err)
			}

			for _, change := range []func(*journal.Options){
				func(o *journal.Options) { o.Key = []byte("another key of 1") },
				func(o *journal.Options) { o.Kiosk = "10000002" },
			} {
				o := o
				change(&o)
				if _, err := journal.Open(o); !errors.Is(err, journal.ErrKey) && !errors.Is(err, journal.ErrIdentity) {
					t.Fatalf("opened as another's: %v", err)
				}
			}

			j := mustOpen(t, o)
			wantCorpus(t, c, j)
			if _, err := os.Stat(filepath.Join(o.Dir, "db")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the old store is still there: %v", err)
			}
			if j.Boot() != c.Boot+1 {
				t.Errorf("boot %d", j.Boot())
			}
			rs, err := j.Append(record.Draft{Type: "started"})
			if err != nil || rs[0].Seq != 50 || rs[0].Prev != c.Head.Hash {
				t.Fatalf("append gave %+v, %v", rs, err)
			}
			if err := j.Acknowledge(j.Head()); err != nil {
				t.Fatal(err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			j = mustOpen(t, o)
			rep, err := j.Verify(t.Context())
			if err != nil || rep.Head.Seq != 50 || rep.First != c.First || j.Acknowledged() != 50 || j.Boot() != c.Boot+2 {
				t.Errorf("report %+v, %v, acknowledged %d, boot %d", rep, err, j.Acknowledged(), j.Boot())
			}
		})
	}
}

func listing(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.Walk(dir, func(path string, fi os.FileInfo, err error) error {
		if err == nil && !fi.IsDir() {
			list = append(list, fmt.Sprint(strings.TrimPrefix(path, dir), fi.Size(), fi.ModTime()))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestTakingOverSurvivesAnyFault fails each operation in turn, and each time opens
// what that left, once with the fault gone and once as after a power cut.
func TestTakingOverSurvivesAnyFault(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 4
	}
	for _, c := range journaltest.Corpora(t) {
		if !strings.HasSuffix(c.Name, "-cut") || testing.Short() && c.Key == nil {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			for n := 1; ; n += step {
				o := c.Unpack(t)
				count, hit := 0, ""
				j, err := journal.Open(journal.WithFaults(o, func(op, path string) bool {
					if count++; count == n {
						hit = op + " " + filepath.Base(path)
					}
					return count == n
				}))
				if err == nil {
					_ = j.Close()
				}
				if hit == "" {
					if n < 10 {
						t.Fatalf("only %d operations", n)
					}
					return
				}
				j, err = journal.Open(o)
				if err != nil {
					t.Fatalf("after a fault of operation %d, %s: %v", n, hit, err)
				}
				wantCorpus(t, c, j)
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestTakingOverIsBegunAgain with what an interrupted one has left.
func TestTakingOverIsBegunAgain(t *testing.T) {
	c := journaltest.Corpora(t)[3]
	o := c.Unpack(t)
	half := filepath.Join(o.Dir, "log.new")
	if err := os.Mkdir(half, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "00000001.log"), []byte("WKJ2"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantCorpus(t, c, mustOpen(t, o))
}

// TestOldStoreIsRemovedLater: the log had its name when power failed.
func TestOldStoreIsRemovedLater(t *testing.T) {
	c := journaltest.Corpora(t)[0]
	o := c.Unpack(t)
	old := copyDir(t, filepath.Join(o.Dir, "db"))
	j := mustOpen(t, o)
	fill(t, j, 1)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(o.Dir, "db"), os.DirFS(old)); err != nil {
		t.Fatal(err)
	}
	if j = mustOpen(t, o); j.Head().Seq != 50 {
		t.Errorf("head %d: the old store was taken for the journal", j.Head().Seq)
	}
	if _, err := os.Stat(filepath.Join(o.Dir, "db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old store is still there: %v", err)
	}
}

// TestDamagedOldStoreIsRefused, and stays as it is.
func TestDamagedOldStoreIsRefused(t *testing.T) {
	c := journaltest.Corpora(t)[0]
	for name, damage := range map[string]func(dir string){
		"manifest gone": func(dir string) { remove(t, filepath.Join(dir, "MANIFEST")) },
		"table gone":    func(dir string) { remove(t, filepath.Join(dir, "000001.sst")) },
		"table damaged": func(dir string) {
			change(t, filepath.Join(dir, "000001.sst"), func(b []byte) []byte { b[2000] ^= 1; return b })
		},
		"tables gone": func(dir string) {
			remove(t, filepath.Join(dir, "000001.sst"), filepath.Join(dir, "000002.sst"), filepath.Join(dir, "MANIFEST"))
		},
	} {
		o := c.Unpack(t)
		dir := filepath.Join(o.Dir, "db")
		damage(dir)
		_, err := journal.Open(o)
		wantErr(t, err, journal.ErrCorrupt)
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEmptyLogsOfTheOldStore are left by a power cut, and hold nothing.
func TestEmptyLogsOfTheOldStore(t *testing.T) {
	for _, c := range journaltest.Corpora(t) {
		for _, name := range []string{"00099.mem", "000099.vlog"} {
			o := c.Unpack(t)
			if err := os.WriteFile(filepath.Join(o.Dir, "db", name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := journal.OpenReadOnly(o)
			if err != nil {
				t.Fatalf("%s, %s: to read: %v", c.Name, name, err)
			}
			wantCorpus(t, c, r)
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			wantCorpus(t, c, mustOpen(t, o))
		}
	}
}

// TestNoSpaceToTakeOver: the old store stays.
func TestNoSpaceToTakeOver(t *testing.T) {
	c := journaltest.Corpora(t)[0]
	o := c.Unpack(t)
	o.ReserveBytes = 1 << 20
	free := uint64(64 << 10)
	o.FreeSpace = func(string) (uint64, error) { return free, nil }
	_, err := journal.Open(o)
	wantErr(t, err, journal.ErrFull)
	free = 1 << 30
	wantCorpus(t, c, mustOpen(t, o))
}
