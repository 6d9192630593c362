package journal_test

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
	_ "modernc.org/sqlite"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

// BenchmarkCommit compares a durable commit of a 300-byte record: the journal
// against plain Badger with the same options and other engines, and against the
// floor, an append and fdatasync on a preallocated file. Compare ratios within
// one run.
func BenchmarkCommit(b *testing.B) {
	for _, e := range []struct {
		name string
		open func(testing.TB) func([]byte) error
	}{
		{"floor", openFloor},
		{"floor-grouped", openGroupedFloor},
		{"journal", openJournal},
		{"badger", openBadger},
		{"sqlite", openSQLite},
		{"bbolt", openBolt},
	} {
		for _, writers := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/writers=%d", e.name, writers), func(b *testing.B) {
				measure(b, writers, e.open(b))
			})
		}
	}
}

// measure runs b.N commits from some writers.
func measure(b *testing.B, writers int, commit func([]byte) error) {
	took := make([][]time.Duration, writers)
	var wg sync.WaitGroup
	b.ResetTimer()
	start := time.Now()
	for w := range writers {
		wg.Go(func() {
			value := make([]byte, 300)
			for i := w; i < b.N; i += writers {
				binary.BigEndian.PutUint64(value, uint64(i))
				at := time.Now()
				if err := commit(value); err != nil {
					b.Error(err)
					return
				}
				took[w] = append(took[w], time.Since(at))
			}
		})
	}
	wg.Wait()
	all := slices.Concat(took...)
	slices.Sort(all)
	if len(all) > 0 {
		b.ReportMetric(float64(all[len(all)/2].Nanoseconds())/1e3, "p50-us")
		b.ReportMetric(float64(len(all))/time.Since(start).Seconds(), "commits/s")
	}
}

func closing(tb testing.TB, c interface{ Close() error }) {
	tb.Cleanup(func() {
		if err := c.Close(); err != nil {
			tb.Error(err)
		}
	})
}

// floorSpace bounds what one benchmark run can write to the floor file.
const floorSpace = 256 << 20

func floorFile(tb testing.TB) *os.File {
	f, err := os.Create(filepath.Join(tb.TempDir(), "log"))
	if err == nil {
		// Written, not only allocated, so that a sync has no metadata to store.
		_, err = f.Write(make([]byte, floorSpace))
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		tb.Fatal(err)
	}
	closing(tb, f)
	return f
}

func openFloor(tb testing.TB) func([]byte) error {
	f := floorFile(tb)
	var mu sync.Mutex
	var at int64
	return func(v []byte) error {
		mu.Lock()
		defer mu.Unlock()
		if _, err := f.WriteAt(v, at%floorSpace); err != nil {
			return err
		}
		at += int64(len(v))
		return unix.Fdatasync(int(f.Fd()))
	}
}

// openGroupedFloor is the floor with the journal's way of sharing one sync.
func openGroupedFloor(tb testing.TB) func([]byte) error {
	type call struct {
		v    []byte
		done chan error
	}
	f := floorFile(tb)
	queue := make(chan call, 256)
	tb.Cleanup(func() { close(queue) })
	go func() {
		var at int64
		for c := range queue {
			batch := []call{c}
			for len(queue) > 0 {
				batch = append(batch, <-queue)
			}
			var b []byte
			for _, c := range batch {
				b = append(b, c.v...)
			}
			_, err := f.WriteAt(b, at%(floorSpace/2))
			if at += int64(len(b)); err == nil {
				err = unix.Fdatasync(int(f.Fd()))
			}
			for _, c := range batch {
				c.done <- err
			}
		}
	}()
	return func(v []byte) error {
		c := call{v, make(chan error, 1)}
		queue <- c
		return <-c.done
	}
}

func openJournal(tb testing.TB) func([]byte) error {
	o := options(tb.TempDir())
	o.Key = nil // as the others
	o.ReserveBytes = 1 << 20
	j, err := journal.Open(o)
	if err != nil {
		tb.Fatal(err)
	}
	closing(tb, j)
	return func(v []byte) error {
		// With the layout's 62 bytes, type and serial the record has 300.
		_, err := j.Append(record.Draft{Type: "note-stacked", Txn: "20261123000001", Version: 1, Payload: v[:212]})
		return err
	}
}

func openBadger(tb testing.TB) func([]byte) error {
	db, err := badger.Open(journal.EngineOptions(tb.TempDir(), nil, slog.New(slog.DiscardHandler)))
	if err != nil {
		tb.Fatal(err)
	}
	closing(tb, db)
	return func(v []byte) error {
		return db.Update(func(txn *badger.Txn) error {
			return txn.Set(append([]byte{'r'}, v[:8]...), slices.Clone(v))
		})
	}
}

func openSQLite(tb testing.TB) func([]byte) error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(tb.TempDir(), "db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		tb.Fatal(err)
	}
	closing(tb, db)
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("create table record (seq integer primary key, body blob not null)"); err != nil {
		tb.Fatal(err)
	}
	insert, err := db.Prepare("insert into record (seq, body) values ($1, $2)")
	if err != nil {
		tb.Fatal(err)
	}
	return func(v []byte) error {
		_, err := insert.Exec(int64(binary.BigEndian.Uint64(v)), v)
		return err
	}
}

func openBolt(tb testing.TB) func([]byte) error {
	db, err := bbolt.Open(filepath.Join(tb.TempDir(), "db"), 0o600, nil)
	if err != nil {
		tb.Fatal(err)
	}
	closing(tb, db)
	bucket := []byte("record")
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket(bucket)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return func(v []byte) error {
		return db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bucket).Put(v[:8], v) })
	}
}

// BenchmarkOpen opens a journal of 200,000 records, with the check of its tail.
func BenchmarkOpen(b *testing.B) {
	dir := closed(b, 200_000)
	for b.Loop() {
		j, err := journal.Open(options(dir))
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := j.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
