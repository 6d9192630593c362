package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"

	"wattkiosk/payments/record"
)

// tailCheck is how many of the last records Open verifies.
const tailCheck = 1000

// Open opens a journal for writing, or makes it, and counts the boot. It verifies
// the identity, the last records and the head. Errors: ErrLocked, ErrKey,
// ErrIdentity, ErrFull (not even the ballast gave enough space), ErrCorrupt (what
// is stored does not match; nothing was changed but a torn tail cut off).
func Open(o Options) (*Journal, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("cannot open the journal: %w", err)
	}
	j := &Journal{
		opts: o, queue: make(chan *call, maxWaiting), committed: make(chan struct{}),
		commit: (*badger.Txn).Commit,
	}
	if err := j.open(); err != nil {
		return nil, fmt.Errorf("cannot open the journal in %s: %w", o.Dir, errors.Join(err, j.abandon()))
	}
	go j.run()
	return j, nil
}

func (o Options) engineDir() string { return filepath.Join(o.Dir, "db") }

func (j *Journal) open() (err error) {
	o := j.opts
	if err := os.MkdirAll(o.engineDir(), 0o700); err != nil {
		return err
	}
	if j.lock, err = lockDir(o.Dir, false); err != nil {
		return err
	}
	if err := o.makeRoom(); err != nil {
		return err
	}
	if j.witness, err = openWitness(o.Dir, os.O_RDWR|os.O_CREATE); err != nil {
		return err
	}
	eo := engineOptions(o.engineDir(), o.Key, o.Logger)
	if err := checkTables(eo); err != nil {
		return err
	}
	if j.db, err = openEngine(eo); err != nil {
		return err
	}
	if j.db.MaxBatchSize() < maxBatchBytes || j.db.MaxBatchCount() < maxBatchWrites {
		return fmt.Errorf("a transaction takes %d bytes and %d writes only", j.db.MaxBatchSize(), j.db.MaxBatchCount())
	}
	if err := j.load(); err != nil {
		return err
	}
	if err := j.begin(); err != nil {
		return err
	}
	if err := o.refill(); err != nil {
		o.Logger.Warn("journal: no ballast", "err", err)
	}
	return nil
}

// abandon undoes open as far as it came.
func (j *Journal) abandon() error {
	var err error
	if j.db != nil {
		err = closeEngine(j.db)
	}
	if j.scratch != "" {
		err = errors.Join(err, os.RemoveAll(j.scratch))
	}
	err = errors.Join(err, j.witness.close())
	if j.lock != nil {
		err = errors.Join(err, j.lock.Close())
	}
	return err
}

// identity is the value of "m format".
func (o Options) identity() []byte {
	return append([]byte{format, o.Incarnation}, o.Kiosk...)
}

// load reads and checks what is stored; an empty store is a new journal.
func (j *Journal) load() error {
	return look(j.db, func(v view) error {
		id, err := v.get(metaKey("format"))
		switch {
		case errors.Is(err, badger.ErrKeyNotFound):
			return j.loadNew(v)
		case err != nil:
			return fmt.Errorf("%w: format: %w", ErrCorrupt, err)
		case len(id) < 2 || id[0] != format:
			return fmt.Errorf("%w: format %x", ErrCorrupt, id)
		case string(id) != string(j.opts.identity()):
			return fmt.Errorf("%w: %q, incarnation %d", ErrIdentity, id[2:], id[1])
		}
		return j.loadHeads(v)
	})
}

// loadNew makes sure that an empty store is new, and did not lose everything.
func (j *Journal) loadNew(v view) error {
	it := v.iterate(nil, nil)
	defer it.Close()
	if it.Valid() {
		return fmt.Errorf("%w: entries without a format", ErrCorrupt)
	}
	genesis := record.Head{Hash: record.Genesis(j.opts.Kiosk, j.opts.Incarnation)}
	j.head, j.anchor, j.ack = genesis, genesis, genesis
	return j.checkWitness(v)
}

func (j *Journal) loadHeads(v view) (err error) {
	if j.head, err = v.headAt("head"); err != nil {
		return err
	}
	if j.ack, err = v.headAt("ack"); err != nil {
		return err
	}
	if j.anchor, err = v.headAt("anchor"); err != nil {
		return err
	}
	b, err := v.get(metaKey("boot"))
	if err != nil || len(b) != 4 {
		return fmt.Errorf("%w: boot counter %x: %w", ErrCorrupt, b, err)
	}
	j.boot = binary.BigEndian.Uint32(b)
	if j.anchor.Seq > j.ack.Seq || j.ack.Seq > j.head.Seq {
		return fmt.Errorf("%w: trimmed up to %d, acknowledged to %d, head %d", ErrCorrupt, j.anchor.Seq, j.ack.Seq, j.head.Seq)
	}
	v.anchor, v.head = j.anchor, j.head
	var last clockLast
	if err := v.checkTail(&last); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	j.lastRun = last.time()
	return j.checkWitness(v)
}

// checkTail verifies the last records and that nothing follows the head.
func (v view) checkTail(last *clockLast) error {
	at := v.anchor
	if v.head.Seq-v.anchor.Seq > tailCheck {
		var err error
		if at, err = v.at(v.head.Seq - tailCheck); err != nil {
			return err
		}
	}
	err := v.scan(at.Seq+1, v.head.Seq, func(r record.Record, _ int) (more bool, err error) {
		at, err = at.Follow(r)
		last.see(r)
		return true, err
	})
	if err != nil {
		return err
	}
	if at != v.head {
		return fmt.Errorf("%w: record %d has hash %s, the head says %s", record.ErrChain, at.Seq, at.Hash, v.head.Hash)
	}
	it := v.iterate([]byte{recordPrefix}, recordKey(v.head.Seq+1))
	defer it.Close()
	if it.Valid() {
		return fmt.Errorf("%w: there are records after the head %d", record.ErrChain, v.head.Seq)
	}
	return nil
}

// checkWitness finds records that were reported durable and are gone.
func (j *Journal) checkWitness(v view) error {
	if j.witness.f == nil {
		return nil
	}
	w, ok, err := j.witness.read()
	if err != nil || !ok || w.Seq < j.anchor.Seq {
		return err
	}
	if w.Seq > j.head.Seq {
		return fmt.Errorf("%w: the head is %d, but %d was durable", ErrCorrupt, j.head.Seq, w.Seq)
	}
	v.anchor, v.head = j.anchor, j.head
	own, err := v.at(w.Seq)
	if err == nil && own != w {
		err = fmt.Errorf("hash %s, the witness says %s", own.Hash, w.Hash)
	}
	if err != nil {
		return fmt.Errorf("%w: record %d: %w", ErrCorrupt, w.Seq, err)
	}
	return nil
}

// begin counts the boot; a new journal gets its first entries with it.
func (j *Journal) begin() error {
	first := j.boot == 0
	j.boot++
	err := j.db.Update(func(txn *badger.Txn) error {
		entries := []write{{metaKey("boot"), binary.BigEndian.AppendUint32(nil, j.boot)}}
		if first {
			entries = append(entries,
				write{metaKey("format"), j.opts.identity()}, write{metaKey("head"), encodeHead(j.head)},
				write{metaKey("ack"), encodeHead(j.ack)}, write{metaKey("anchor"), encodeHead(j.anchor)})
		}
		for _, w := range entries {
			if err := txn.Set(w.key, w.value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("cannot count the boot: %w", err)
	}
	if err := j.witness.write(j.head); err != nil {
		j.opts.Logger.Warn("journal: no witness", "err", err)
	}
	return nil
}
