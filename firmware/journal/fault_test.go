package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

// life is what a journal told its caller.
type life struct {
	hashes map[uint64]record.Hash // of acknowledged records
	acked  uint64
	broken error
}

// live works a little: appends with a state value, acknowledges, trims, and closes.
// It ends at the first error.
func live(o journal.Options, l *life) error {
	j, err := journal.Open(o)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	for i := range 16 {
		n := int(j.Head().Seq)
		drafts := []record.Draft{{Type: "x", Txn: "T1", Payload: make([]byte, 3000)}, {Type: "y", Txn: fmt.Sprint("T", i)}}
		rs, err := j.AppendWith(map[string][]byte{"count": []byte(strconv.Itoa(n + 2))}, drafts...)
		if err != nil {
			if _, again := j.Append(drafts...); !errors.Is(again, journal.ErrBroken) {
				l.broken = fmt.Errorf("after %w the next append answers %v", err, again)
			}
			return err
		}
		at := record.Head{Seq: rs[0].Seq - 1, Hash: rs[0].Prev}
		for _, r := range rs {
			if at, err = at.Follow(r); err != nil {
				return err
			}
			l.hashes[r.Seq] = at.Hash
		}
		if i%5 == 4 {
			if err := j.Acknowledge(j.Head()); err != nil {
				return err
			}
			l.acked = j.Head().Seq
		}
		if i%8 == 7 {
			if _, err := j.Trim(time.Now().Add(time.Hour)); err != nil {
				return err
			}
		}
	}
	return j.Probe()
}

// check opens what is left, and compares.
func (l *life) check(o journal.Options) error {
	if l.broken != nil {
		return l.broken
	}
	j, err := journal.Open(o)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	if _, err := j.Verify(context.Background()); err != nil {
		return err
	}
	if j.Acknowledged() < l.acked || j.First() > j.Acknowledged()+1 {
		return fmt.Errorf("acknowledged %d, first %d, head office had %d", j.Acknowledged(), j.First(), l.acked)
	}
	at := record.Head{}
	err = j.Each(0, func(r record.Record) error {
		var err error
		if at.Seq == 0 {
			at = record.Head{Seq: r.Seq - 1, Hash: r.Prev}
		}
		if at, err = at.Follow(r); err != nil {
			return err
		}
		if want, ok := l.hashes[r.Seq]; ok && want != at.Hash {
			return fmt.Errorf("record %d is another", r.Seq)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for seq := range l.hashes {
		if seq > j.Head().Seq {
			return fmt.Errorf("record %d is lost, the head is %d", seq, j.Head().Seq)
		}
	}
	if v, err := j.State("count"); j.Head().Seq > 0 && (err != nil || string(v) != fmt.Sprint(j.Head().Seq)) {
		return fmt.Errorf("state %s with head %d, %w", v, j.Head().Seq, err)
	}
	return nil
}

// TestFaultAtEveryOperation fails one operation on the disk after the other, for
// good from then on and once only: what was acknowledged is there, and nothing is
// acknowledged after it.
func TestFaultAtEveryOperation(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 9
	}
	base := journal.WithSegments(options(t.TempDir()), 20_000)
	base.Retention, base.Trust = time.Nanosecond, func() record.Trust { return record.Synchronised }
	before := &life{hashes: map[uint64]record.Hash{}}
	if err := live(base, before); err != nil {
		t.Fatal(err)
	}
	for _, lasting := range []bool{false, true} {
		for n := 1; ; n += step {
			o := base
			o.Dir = copyDir(t, base.Dir)
			l := &life{hashes: maps.Clone(before.hashes), acked: before.acked}
			count, hit := 0, ""
			err := live(journal.WithFaults(o, func(op, path string) bool {
				if count++; count == n {
					hit = op + " " + filepath.Base(path)
				}
				return count == n || lasting && count > n
			}), l)
			if hit == "" {
				if err != nil || n < 60 {
					t.Fatalf("ended after %d operations: %v", n, err)
				}
				break
			}
			if err := l.check(o); err != nil {
				t.Fatalf("operation %d, %s (lasting %v): %v", n, hit, lasting, err)
			}
		}
	}
}

// TestFileLimit is the same for the whole process, index and all: no file may grow
// over the limit, as with a bad block or a full disk.
func TestFileLimit(t *testing.T) {
	signal.Ignore(unix.SIGXFSZ)
	t.Cleanup(func() { signal.Reset(unix.SIGXFSZ) })
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	for _, limit := range []uint64{300_000, 1 << 20, 8 << 20} {
		o := options(t.TempDir())
		j := mustOpen(t, o)
		fill(t, j, 1)
		low := old
		low.Cur = limit
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &low); err != nil {
			t.Fatal(err)
		}
		stored := 1
		var err error
		for i := 0; i < 1000 && err == nil; i++ {
			var rs []record.Record
			rs, err = j.Append(bytesDrafts(8, byte(i))...)
			stored += len(rs)
		}
		j.WaitForIndex()
		if e := unix.Setrlimit(unix.RLIMIT_FSIZE, &old); e != nil {
			t.Fatal(e)
		}
		if limit < 4<<20 != errors.Is(err, journal.ErrBroken) {
			t.Errorf("limit %d: %v after %d records", limit, err, stored)
		}
		rep, err := j.Verify(t.Context())
		if err != nil || rep.Records != uint64(stored) {
			t.Errorf("limit %d: %d of %d records, %v", limit, rep.Records, stored, err)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		j = mustOpen(t, o)
		rep, err = j.Verify(t.Context())
		if err != nil || rep.Records < uint64(stored) {
			t.Errorf("limit %d, afterwards: %d of %d records, %v", limit, rep.Records, stored, err)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
}

func bytesDrafts(n int, fill byte) (ds []record.Draft) {
	for range n {
		ds = append(ds, record.Draft{Type: "x", Txn: fmt.Sprint("T", fill%50), Payload: bytes.Repeat([]byte{fill}, 4000)})
	}
	return ds
}

// TestProbeFindsWhatIsGone: somebody removed the log under a running kiosk, or the
// disk gives other bytes than were written.
func TestProbeFindsWhatIsGone(t *testing.T) {
	for name, damage := range map[string]func(dir string, at int){
		"removed": func(dir string, _ int) { removeAll(t, filepath.Join(dir, "log")) },
		"header":  func(dir string, _ int) { flip(t, dir, 10) },
		"end":     func(dir string, at int) { flip(t, dir, at-1) },
	} {
		o := options(t.TempDir())
		j := mustOpen(t, o)
		fill(t, j, 3)
		if err := j.Probe(); err != nil {
			t.Fatal(err)
		}
		damage(o.Dir, written(read(t, files(t, o.Dir, "*.log")[0])))
		wantErr(t, j.Probe(), journal.ErrBroken)
		wantErr(t, j.Ready(), journal.ErrBroken)
		_, err := j.Append(record.Draft{Type: "x"})
		wantErr(t, err, journal.ErrBroken)
		t.Logf("%s: %v", name, err)
	}
}

func flip(t *testing.T, dir string, at int) {
	t.Helper()
	f, err := os.OpenFile(files(t, dir, "*.log")[0], os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	_, err = f.ReadAt(b, int64(at))
	b[0] ^= 4
	if err == nil {
		_, err = f.WriteAt(b, int64(at))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}
