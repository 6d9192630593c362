package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

func options(dir string) journal.Options {
	return journal.Options{
		Dir: dir, Kiosk: "K001", Incarnation: 1, Key: []byte("0123456789abcdef"),
		Clock: time.Now, Trust: func() record.Trust { return record.RTC },
		BallastBytes: -1, ReserveBytes: -1,
	}
}

func mustOpen(t testing.TB, o journal.Options) *journal.Journal {
	t.Helper()
	j, err := journal.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func fill(t testing.TB, j *journal.Journal, n int) {
	t.Helper()
	for n > 0 {
		batch := make([]record.Draft, min(n, 100))
		for i := range batch {
			batch[i] = record.Draft{Type: "note-stacked", Txn: "T1", Payload: make([]byte, 200)}
		}
		if _, err := j.Append(batch...); err != nil {
			t.Fatal(err)
		}
		n -= len(batch)
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

func TestRefusesToOpen(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, options(dir))
	fill(t, j, 10)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*journal.Options)
		want   error
	}{
		"other key":         {func(o *journal.Options) { o.Key = []byte("fedcba9876543210") }, journal.ErrKey},
		"no key":            {func(o *journal.Options) { o.Key = nil }, journal.ErrKey},
		"other kiosk":       {func(o *journal.Options) { o.Kiosk = "K002" }, journal.ErrIdentity},
		"other incarnation": {func(o *journal.Options) { o.Incarnation = 2 }, journal.ErrIdentity},
		"no space": {func(o *journal.Options) {
			o.ReserveBytes = 4096
			o.FreeSpace = func(string) (uint64, error) { return 1023, nil }
		}, journal.ErrFull},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(dir)
			c.change(&o)
			_, err := journal.Open(o)
			wantErr(t, err, c.want)
		})
	}
	j = mustOpen(t, options(dir))
	if j.Head().Seq != 10 || j.Boot() != 2 {
		t.Fatalf("head %d, boot %d after refusals", j.Head().Seq, j.Boot())
	}
}

func TestRefusesOptions(t *testing.T) {
	for name, change := range map[string]func(*journal.Options){
		"dir":       func(o *journal.Options) { o.Dir = "" },
		"kiosk":     func(o *journal.Options) { o.Kiosk = "" },
		"key":       func(o *journal.Options) { o.Key = []byte("short") },
		"clock":     func(o *journal.Options) { o.Clock = nil },
		"trust":     func(o *journal.Options) { o.Trust = nil },
		"retention": func(o *journal.Options) { o.Retention = -1 },
	} {
		o := options(t.TempDir())
		change(&o)
		if _, err := journal.Open(o); err == nil {
			t.Errorf("opened without a good %s", name)
		}
	}
}

func TestOneOpener(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, options(dir))
	_, err := journal.Open(options(dir))
	wantErr(t, err, journal.ErrLocked)
	_, err = journal.OpenReadOnly(options(dir))
	wantErr(t, err, journal.ErrLocked)
	fill(t, j, 1) // unharmed
}

func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	j := mustOpen(t, options(dir))
	fill(t, j, 50)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	a, err := journal.OpenReadOnly(options(dir))
	if err != nil {
		t.Fatal(err)
	}
	b, err := journal.OpenReadOnly(options(dir)) // readers share
	if err != nil {
		t.Fatal(err)
	}
	_, err = journal.Open(options(dir))
	wantErr(t, err, journal.ErrLocked)
	_, err = a.Append(record.Draft{Type: "x"})
	wantErr(t, err, journal.ErrReadOnly)
	wantErr(t, a.Acknowledge(a.Head()), journal.ErrReadOnly)
	wantErr(t, a.Ready(), journal.ErrReadOnly)
	for _, r := range []*journal.Journal{a, b} {
		rep, err := r.Verify(t.Context())
		if err != nil || rep.Records != 50 {
			t.Fatalf("report %+v, %v", rep, err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadOnlyAfterCrash(t *testing.T) {
	dir := crashed(t, 50)
	o := options(dir)
	o.Scratch = t.TempDir()
	j, err := journal.OpenReadOnly(o)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := j.Verify(t.Context())
	if err != nil || rep.Records != 50 {
		t.Fatalf("report %+v, %v", rep, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(o.Scratch); err != nil || len(left) != 0 {
		t.Fatalf("%d files left in scratch, %v", len(left), err)
	}
	if j := mustOpen(t, options(dir)); j.Boot() != 2 || j.Head().Seq != 50 {
		t.Fatalf("boot %d, head %d: the reader changed the journal", j.Boot(), j.Head().Seq)
	}
}

func TestBallast(t *testing.T) {
	o := options(t.TempDir())
	free := uint64(1 << 30)
	o.FreeSpace = func(string) (uint64, error) { return free, nil }
	o.ReserveBytes, o.BallastBytes = 1<<20, 3<<20
	path := filepath.Join(o.Dir, "ballast")
	j := mustOpen(t, o)
	if fi, err := os.Stat(path); err != nil || fi.Size() != 3<<20 {
		t.Fatalf("ballast %v, %v", fi, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	o.FreeSpace = func(string) (uint64, error) {
		if _, err := os.Stat(path); err == nil {
			return 0, nil
		}
		return free, nil
	}
	free = 3 << 20
	j = mustOpen(t, o)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("ballast is still there: %v", err)
	}
	fill(t, j, 1)
	free = 1 << 30
	if err := j.Compact(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("ballast is not back: %v", err)
	}
}

func TestBroken(t *testing.T) {
	j := mustOpen(t, options(t.TempDir()))
	fill(t, j, 3)
	cause := errors.New("input/output error")
	j.BreakCommits(cause)
	_, err := j.Append(record.Draft{Type: "x"})
	wantErr(t, err, journal.ErrBroken)
	wantErr(t, err, cause)
	j.BreakCommits(nil) // too late
	_, err = j.Append(record.Draft{Type: "x"})
	wantErr(t, err, journal.ErrBroken)
	wantErr(t, j.Acknowledge(j.Head()), journal.ErrBroken)
	wantErr(t, j.Ready(), journal.ErrBroken)
	wantErr(t, j.Wait(t.Context(), 3), journal.ErrBroken)
	if rs, err := j.Read(1, 10, 1<<20); err != nil || len(rs) != 3 {
		t.Fatalf("read %d records, %v", len(rs), err)
	}
}
