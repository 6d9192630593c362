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
	failing := false
	j := mustOpen(t, journal.WithFaults(options(t.TempDir()), func(op, _ string) bool { return failing && op == "sync" }))
	fill(t, j, 3)
	failing = true
	_, err := j.Append(record.Draft{Type: "x"})
	wantErr(t, err, journal.ErrBroken)
	wantErr(t, err, journal.ErrInjected)
	failing = false // too late
	_, err = j.Append(record.Draft{Type: "x"})
	wantErr(t, err, journal.ErrBroken)
	wantErr(t, j.Acknowledge(j.Head()), journal.ErrBroken)
	wantErr(t, j.Ready(), journal.ErrBroken)
	wantErr(t, j.Probe(), journal.ErrBroken)
	wantErr(t, j.Wait(t.Context(), 3), journal.ErrBroken)
	if rs, err := j.Read(1, 10, 1<<20); err != nil || len(rs) != 3 {
		t.Fatalf("read %d records, %v", len(rs), err)
	}
}

// TestOpensWithoutSpace: the outbox can go on, and what the ballast gives back is
// enough to go on with.
func TestOpensWithoutSpace(t *testing.T) {
	for _, free := range []uint64{0, 1 << 20, 20 << 20, 32 << 20, 50 << 20, 62 << 20} {
		o := options(t.TempDir())
		left := uint64(1 << 40)
		o.ReserveBytes, o.BallastBytes = 0, 1 // only that there is one
		ballast := filepath.Join(o.Dir, "ballast")
		o.FreeSpace = func(string) (uint64, error) {
			if _, err := os.Stat(ballast); err != nil && left < 1<<40 {
				return left + journal.DefaultBallastBytes, nil
			}
			return left, nil
		}
		j := mustOpen(t, o)
		fill(t, j, 5)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		left = free
		j = mustOpen(t, o)
		fill(t, j, 5)
		if err := j.Acknowledge(j.Head()); err != nil {
			t.Errorf("with %d bytes free: %v", free, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}

		o.FreeSpace = func(string) (uint64, error) { return left, nil } // the ballast is gone
		j = mustOpen(t, o)
		if boot := j.Boot(); boot != 3 {
			t.Errorf("with %d bytes free: boot %d", free, boot)
		}
		_, err := j.Append(record.Draft{Type: "x"})
		wantErr(t, err, journal.ErrFull)
		wantErr(t, j.Ready(), journal.ErrFull)
		if rs, err := j.Read(0, 20, 1<<20); err != nil || len(rs) != 10 {
			t.Errorf("with %d bytes free: read %d records, %v", free, len(rs), err)
		}
		left = 1 << 40
		fill(t, j, 1)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if j = mustOpen(t, o); j.Boot() != 4 || j.Head().Seq != 11 {
			t.Errorf("with %d bytes free: boot %d, head %d afterwards", free, j.Boot(), j.Head().Seq)
		}
	}
}

// TestGivesTheBallastUpInService: what is open can be finished.
func TestGivesTheBallastUpInService(t *testing.T) {
	o := options(t.TempDir())
	free := uint64(1 << 40)
	o.ReserveBytes, o.BallastBytes = 64<<20, 96<<20
	ballast := filepath.Join(o.Dir, "ballast")
	o.FreeSpace = func(string) (uint64, error) {
		if _, err := os.Stat(ballast); err != nil && free < 1<<40 {
			return free + 96<<20, nil
		}
		return free, nil
	}
	j := mustOpen(t, o)
	free = 64<<20 - 1
	wantErr(t, j.Ready(), journal.ErrFull)
	fill(t, j, 1)
	if _, err := os.Stat(ballast); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the ballast is still there: %v", err)
	}
	free = 1 << 40
	if err := j.Compact(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(ballast); err != nil {
		t.Errorf("the ballast is not back: %v", err)
	}
}

// TestEmptyReadOnly: nothing was ever committed.
func TestEmptyReadOnly(t *testing.T) {
	o := options(t.TempDir())
	for _, how := range []string{"never opened", "folder only", "opened"} {
		switch how {
		case "never opened":
			_, err := journal.OpenReadOnly(o)
			wantErr(t, err, os.ErrNotExist) // there is no lock, so no journal
			continue
		case "folder only":
			if err := os.WriteFile(filepath.Join(o.Dir, "lock"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		case "opened":
			if err := mustOpen(t, o).Close(); err != nil {
				t.Fatal(err)
			}
		}
		j, err := journal.OpenReadOnly(o)
		if err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		rep, err := j.Verify(t.Context())
		if err != nil || rep.Records != 0 || rep.Head.Hash != record.Genesis("K001", 1) {
			t.Errorf("%s: report %+v, %v", how, rep, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMark: a journal that is gone, or was put back, is not begun anew.
func TestMark(t *testing.T) {
	dir := t.TempDir()
	o := options(filepath.Join(dir, "journal"))
	o.Mark = filepath.Join(dir, "certificate", "journal.mark")
	again := func(change func(*journal.Options)) error {
		o := o
		if change != nil {
			change(&o)
		}
		j, err := journal.Open(o)
		if err == nil {
			fill(t, j, 3)
			err = j.Close()
		}
		return err
	}
	if err := again(nil); err != nil {
		t.Fatal(err)
	}
	old := copyDir(t, o.Dir)
	if err := again(nil); err != nil {
		t.Fatal(err)
	}
	whole := copyDir(t, o.Dir)
	put := func(from string) {
		t.Helper()
		err := os.RemoveAll(o.Dir)
		if err == nil && from != "" {
			err = os.CopyFS(o.Dir, os.DirFS(from))
		}
		if err != nil {
			t.Fatal(err)
		}
	}

	put("")
	wantErr(t, again(nil), journal.ErrLost)
	wantErr(t, again(nil), journal.ErrLost) // trying leaves nothing that is taken for a journal
	put(old)
	wantErr(t, again(nil), journal.ErrLost)
	if _, err := journal.OpenReadOnly(o); err != nil {
		t.Errorf("cannot be looked at: %v", err)
	}
	put(whole)
	if err := again(nil); err != nil {
		t.Error(err)
	}

	mark := read(t, o.Mark)
	change(t, o.Mark, func(b []byte) []byte { return b[:len(b)/2] })
	if err := again(nil); err != nil {
		t.Errorf("a journal with a broken mark: %v", err)
	}
	put("")
	change(t, o.Mark, func([]byte) []byte { return mark[:len(mark)/2] })
	wantErr(t, again(nil), journal.ErrLost)
	change(t, o.Mark, func([]byte) []byte { return mark })
	if err := again(func(o *journal.Options) { o.Incarnation = 2 }); err != nil {
		t.Errorf("the next incarnation: %v", err)
	}
	put("")
	wantErr(t, again(nil), journal.ErrLost) // incarnation 1 is over
}
