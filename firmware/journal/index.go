package journal

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// index is the store of what closed segments hold of each transaction: Badger, in
// index/, with these keys:
//
//	s number(4)           salt(16) of the segment, and the first name(8) of each of its chunks
//	c number(4) chunk(2)  up to chunkPairs of name(8) offset(4), in order
//
// A name is a keyed hash of a serial, so that nothing can be read there, and an offset
// added to the segment's start is a record's number. Everything is looked up by a key
// that must be there: Badger skips a damaged block without a word, so an iterator
// proves nothing.
//
// It holds nothing that is not in the log. Whatever fails in it, it is left out, and
// made anew from the log at the next opening or Compact; meanwhile the files are read.
// No table of it is ever merged, and nothing in it deleted: when too much of it is of
// trimmed records it is made anew too.
//
// A nil index has nothing and takes nothing.
type index struct {
	dir  string
	opts Options

	mu       sync.RWMutex // guards what follows; held to read while db is in use
	db       *badger.DB   // nil: not in use
	doubtful bool         // to be made anew
	trimmed  int          // segments in it that are gone
	tables   int          // at opening

	feeding sync.Mutex     // one feeder at a time
	feeders sync.WaitGroup // goroutines of feed
	stop    chan struct{}  // closed by close
}

const (
	pairSize      = 8 + 4
	chunkPairs    = 1024
	staleSegments = 64 // trimmed ones in the index, above which it is made anew
	staleTables   = 128
	closePatience = 5 * time.Second // Badger tries a flush that fails again without end
)

// openIndex opens or makes the index, and marks the segments that it has. It gives
// nil where it cannot be used.
func openIndex(o Options, segs []*segment) *index {
	x := &index{dir: filepath.Join(o.Dir, "index"), opts: o, stop: make(chan struct{})}
	if o.gate(o.forIndex()) != nil {
		return x
	}
	err := x.open()
	if err == nil {
		err = x.compare(segs)
	}
	if err != nil {
		o.Logger.Warn("journal: the index is made anew", "err", err)
		x.reset(segs)
	}
	return x
}

func (x *index) open() error {
	if err := dropEmptyLogs(x.dir); err != nil {
		return err
	}
	// Badger reads in goroutines of its own, where a panic cannot be caught. Where it
	// ended the process, the next opening begins an index anew.
	opening := x.dir + ".opening"
	if _, err := os.Stat(opening); err == nil {
		if err := os.RemoveAll(x.dir); err != nil {
			return err
		}
	}
	if err := os.WriteFile(opening, nil, 0o600); err != nil {
		return err
	}
	eo := indexOptions(x.dir, nil, x.opts.Logger)
	if err := checkTables(eo, true); err != nil {
		return err
	}
	db, err := openEngine(eo)
	if err = errors.Join(err, os.Remove(opening)); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.db, x.doubtful, x.trimmed, x.tables = db, false, 0, len(db.Tables())
	return nil
}

// reset throws the index away and begins an empty one.
func (x *index) reset(segs []*segment) {
	x.shut()
	for _, s := range segs {
		s.setIndexed(false, false)
	}
	err := os.RemoveAll(x.dir)
	if err == nil {
		err = x.open()
	}
	if err != nil {
		x.opts.Logger.Error("journal: no index, transactions are looked for in the log", "err", err)
		x.shut()
	}
}

// setIndexed says whether the index has the segment, and whether memory may forget.
func (s *segment) setIndexed(is, forget bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.indexed = is
	if forget {
		s.txns = nil
	}
}

// compare marks the segments that the index has, and counts those that are gone.
func (x *index) compare(segs []*segment) error {
	stored, found := 0, 0
	err := x.use(func(db *badger.DB) error {
		return look(db, func(txn *badger.Txn) error {
			for _, s := range segs {
				_, err := directory(txn, s)
				if err == nil {
					found++
				} else if !errors.Is(err, badger.ErrKeyNotFound) {
					return err
				}
				s.setIndexed(err == nil, false)
			}
			return scanKeys(txn, []byte{'s'}, func(_, _ []byte) error { stored++; return nil })
		})
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.trimmed = stored - found
	return nil
}

// use calls fn with the store. A failure ends its use.
func (x *index) use(fn func(*badger.DB) error) error {
	if x == nil {
		return errNoIndex
	}
	x.mu.RLock()
	err := errNoIndex
	if x.db != nil {
		err = fn(x.db)
	}
	x.mu.RUnlock()
	if errors.Is(err, errNoIndex) {
		return err
	}
	if err != nil {
		x.opts.Logger.Warn("journal: the index is left out", "err", err)
		x.doubt()
	}
	return err
}

var errNoIndex = errors.New("there is no index")

// doubt ends the use of the index until it is made anew.
func (x *index) doubt() {
	if x == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.doubtful = true
}

func (x *index) usable() bool {
	if x == nil {
		return false
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.db != nil && !x.doubtful
}

// name stands for a serial in the index. Badger's own encryption is not used: where
// its key file is damaged it dies.
func (x *index) name(serial string) (n uint64) {
	m := hmac.New(sha256.New, append([]byte(indexPurpose), x.opts.Key...))
	m.Write([]byte(serial))
	return binary.BigEndian.Uint64(m.Sum(nil))
}

// nameOf is name with a memory; without an index there is nothing to compare with,
// and all are the same.
func (x *index) nameOf(known map[string]uint64, serial string) uint64 {
	if x == nil {
		return 0
	}
	n, ok := known[serial]
	if !ok {
		if len(known) > 10_000 {
			clear(known)
		}
		n = x.name(serial)
		known[serial] = n
	}
	return n
}

const indexPurpose = "wattkiosk journal index v1"

// pair says that a record is of a transaction.
type pair struct{ name, seq uint64 }

func comparePairs(a, b pair) int {
	return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.seq, b.seq))
}

func directoryKey(s *segment) []byte { return binary.BigEndian.AppendUint32([]byte{'s'}, s.number) }

func chunkKey(s *segment, i int) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32([]byte{'c'}, s.number), uint16(i))
}

// directory gives the first name of each chunk of a segment.
func directory(txn *badger.Txn, s *segment) (first []uint64, err error) {
	b, err := getValue(txn, directoryKey(s))
	switch {
	case err != nil:
		return nil, err
	case len(b) < saltSize || len(b)%8 != 0:
		return nil, fmt.Errorf("%w: the index of segment %d has %d bytes", ErrCorrupt, s.number, len(b))
	case string(b[:saltSize]) != string(s.salt[:]):
		return nil, fmt.Errorf("segment %d: %w", s.number, badger.ErrKeyNotFound) // of another log
	}
	for b = b[saltSize:]; len(b) > 0; b = b[8:] {
		first = append(first, binary.BigEndian.Uint64(b))
	}
	return first, nil
}

// chunk gives the pairs of one chunk.
func chunk(txn *badger.Txn, s *segment, i int) (pairs []pair, err error) {
	b, err := getValue(txn, chunkKey(s, i))
	if err == nil && (len(b) == 0 || len(b)%pairSize != 0) {
		err = fmt.Errorf("%w: %d bytes", ErrCorrupt, len(b))
	}
	if err != nil {
		return nil, fmt.Errorf("chunk %d of segment %d: %w", i, s.number, err)
	}
	for ; len(b) > 0; b = b[pairSize:] {
		pairs = append(pairs, pair{binary.BigEndian.Uint64(b), s.start.Seq + uint64(binary.BigEndian.Uint32(b[8:]))})
	}
	return pairs, nil
}

func getValue(txn *badger.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if err != nil {
		return nil, err
	}
	return item.ValueCopy(nil)
}

// lookup gives the numbers of a segment's records that may be of a transaction.
func (x *index) lookup(s *segment, serial string) (seqs []uint64, err error) {
	if !x.usable() {
		return nil, errNoIndex
	}
	name := x.name(serial)
	err = x.pairs(s, name, func(p pair) {
		if p.name == name {
			seqs = append(seqs, p.seq)
		}
	})
	return seqs, err
}

// all calls fn with every pair of a segment.
func (x *index) all(s *segment, fn func(pair)) error { return x.pairs(s, 0, fn) }

// pairs calls fn with those chunks' pairs of a segment that can have a name, or with
// all for 0.
func (x *index) pairs(s *segment, name uint64, fn func(pair)) error {
	return x.use(func(db *badger.DB) error {
		return look(db, func(txn *badger.Txn) error {
			first, err := directory(txn, s)
			if err != nil {
				return err
			}
			for i := range first {
				if name != 0 && (first[i] > name || i+1 < len(first) && first[i+1] < name) {
					continue
				}
				pairs, err := chunk(txn, s, i)
				if err != nil {
					return err
				}
				for _, p := range pairs {
					fn(p)
				}
			}
			return nil
		})
	})
}

// add stores what a segment holds, and only then that it does.
func (x *index) add(s *segment, txns map[string][]uint64) error {
	var pairs []pair
	for serial, seqs := range txns {
		n := x.name(serial)
		for _, seq := range seqs {
			pairs = append(pairs, pair{n, seq})
		}
	}
	slices.SortFunc(pairs, comparePairs)
	dir := append([]byte{}, s.salt[:]...)
	return x.use(func(db *badger.DB) error {
		return guard(func() error {
			batch := db.NewWriteBatch()
			defer batch.Cancel()
			for i := 0; len(pairs) > 0; i++ {
				n := min(len(pairs), chunkPairs)
				dir = binary.BigEndian.AppendUint64(dir, pairs[0].name)
				v := make([]byte, 0, n*pairSize)
				for _, p := range pairs[:n] {
					v = binary.BigEndian.AppendUint64(v, p.name)
					v = binary.BigEndian.AppendUint32(v, uint32(p.seq-s.start.Seq))
				}
				if err := batch.Set(chunkKey(s, i), v); err != nil {
					return err
				}
				pairs = pairs[n:]
			}
			if err := batch.Flush(); err != nil {
				return err
			}
			return db.Update(func(txn *badger.Txn) error { return txn.Set(directoryKey(s), dir) })
		})
	})
}

// keepInMemory is how many closed segments may wait for the index: so that one that
// begins again and again does not make a table each time.
const keepInMemory = 2

// feed gives the index the closed segments that it has not got, in the background.
func (x *index) feed(j *Journal) {
	if !x.usable() || x.opts.gate(x.opts.forIndex()) != nil {
		return
	}
	x.feeders.Go(func() {
		x.feeding.Lock()
		defer x.feeding.Unlock()
		for _, s := range j.toIndex() {
			select {
			case <-x.stop:
				return
			default:
			}
			if !x.usable() || x.opts.gate(x.opts.forIndex()) != nil || x.feedOne(j, s) != nil {
				return
			}
		}
	})
}

// toIndex gives the closed segments that the index lacks, if there are enough.
func (j *Journal) toIndex() (list []*segment) {
	j.mu.Lock()
	segs := j.segs
	j.mu.Unlock()
	if len(segs) == 0 {
		return nil
	}
	for _, s := range segs[:len(segs)-1] {
		s.mu.Lock()
		if !s.indexed {
			list = append(list, s)
		}
		s.mu.Unlock()
	}
	if len(list) < keepInMemory {
		return nil
	}
	return list
}

func (x *index) feedOne(j *Journal, s *segment) error {
	s.mu.Lock()
	txns := s.txns // a closed segment gets no more
	s.mu.Unlock()
	if txns == nil {
		txns = map[string][]uint64{}
		err := s.records(j.log.disk, 0, func(b []byte) (bool, error) {
			r, err := viewRecord(seqOf(b), b)
			if err == nil && r.Txn != "" {
				txns[r.Txn] = append(txns[r.Txn], r.Seq)
			}
			return true, err
		})
		if err != nil {
			return err
		}
	}
	if err := x.add(s, txns); err != nil {
		return err
	}
	s.setIndexed(true, true)
	return nil
}

// renew makes the index anew where it is in doubt, or much of it is of trimmed
// records, and feeds it.
func (x *index) renew(j *Journal) {
	if x == nil || x.opts.gate(x.opts.forIndex()) != nil {
		return
	}
	j.mu.Lock()
	segs := j.segs
	j.mu.Unlock()
	x.mu.Lock()
	stale := x.db == nil || x.doubtful || x.tables > staleTables
	x.mu.Unlock()
	if !stale {
		_ = x.compare(segs)
		x.mu.Lock()
		stale = x.doubtful || x.trimmed > max(staleSegments, len(segs))
		x.mu.Unlock()
	}
	if stale {
		x.feeding.Lock()
		x.reset(segs)
		x.feeding.Unlock()
	}
	x.feed(j)
}

// shut closes the store, and leaves it behind if that takes too long.
func (x *index) shut() {
	x.mu.Lock()
	defer x.mu.Unlock()
	db := x.db
	if x.db = nil; db == nil {
		return
	}
	done := make(chan error, 1)
	go func() { done <- guard(db.Close) }()
	select {
	case err := <-done:
		if err != nil {
			x.opts.Logger.Warn("journal: cannot close the index", "err", err)
		}
	case <-time.After(closePatience):
		x.opts.Logger.Error("journal: the index does not close")
	}
}

func (x *index) close() {
	if x == nil {
		return
	}
	close(x.stop)
	x.feeders.Wait()
	x.mu.Lock()
	doubtful := x.doubtful
	x.mu.Unlock()
	x.shut()
	if doubtful {
		_ = os.RemoveAll(x.dir)
	}
}
