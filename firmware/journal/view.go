package journal

import (
	"encoding/binary"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"wattkiosk/payments/record"
)

// view is a consistent look at the store: anchor and head fit its records.
type view struct {
	txn          *badger.Txn
	anchor, head record.Head
}

// view calls fn with a snapshot. A panic of Badger over damaged blocks comes back
// as ErrCorrupt.
func (j *Journal) view(fn func(view) error) (err error) {
	if err := j.enter(); err != nil {
		return err
	}
	defer j.active.Done()
	head := j.Head() // before the snapshot: what is in there is at least this
	return look(j.db, func(v view) error {
		v.head = head
		if v.anchor, err = v.headAt("anchor"); err != nil {
			return err
		}
		return fn(v)
	})
}

func look(db *badger.DB, fn func(view) error) (err error) {
	txn := db.NewTransaction(false)
	defer txn.Discard()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrCorrupt, p)
		}
	}()
	return fn(view{txn: txn})
}

func (v view) get(key []byte) ([]byte, error) {
	item, err := v.txn.Get(key)
	if err != nil {
		return nil, err
	}
	return item.ValueCopy([]byte{})
}

func (v view) headAt(name string) (record.Head, error) {
	b, err := v.get(metaKey(name))
	if err != nil {
		return record.Head{}, fmt.Errorf("%w: no %s: %w", ErrCorrupt, name, err)
	}
	return decodeHead(b)
}

func (v view) record(seq uint64) (record.Record, error) {
	b, err := v.get(recordKey(seq))
	if err != nil {
		return record.Record{}, fmt.Errorf("%w: record %d: %w", record.ErrChain, seq, err)
	}
	return decodeRecord(seq, b)
}

// hash gives the head at seq, which must lie between anchor and head.
func (v view) at(seq uint64) (record.Head, error) {
	if seq == v.anchor.Seq {
		return v.anchor, nil
	}
	r, err := v.record(seq)
	if err != nil {
		return record.Head{}, err
	}
	_, sum, err := r.Sum()
	return record.Head{Seq: seq, Hash: sum}, err
}

// scan calls fn with each record from number from to number to, and its encoded
// size, until fn answers false or an error. A record that is missing is an error:
// Badger's iterators end silently at a damaged block.
func (v view) scan(from, to uint64, fn func(record.Record, int) (bool, error)) error {
	it := v.iterate([]byte{recordPrefix}, recordKey(from))
	defer it.Close()
	for seq := from; seq <= to; seq++ {
		if !it.Valid() {
			return fmt.Errorf("%w: record %d is missing", record.ErrChain, seq)
		}
		k := it.Item().Key()
		if len(k) != 9 || binary.BigEndian.Uint64(k[1:]) != seq {
			return fmt.Errorf("%w: record %d is missing, key %x is next", record.ErrChain, seq, k)
		}
		more := false
		err := it.Item().Value(func(b []byte) error {
			r, err := decodeRecord(seq, b)
			if err == nil {
				more, err = fn(r, len(b))
			}
			return err
		})
		if err != nil || !more {
			return err
		}
		it.Next()
	}
	return nil
}

// iterate starts at from and ends with the prefix; the caller closes it.
func (v view) iterate(prefix, from []byte) *badger.Iterator {
	o := badger.DefaultIteratorOptions
	o.Prefix, o.PrefetchValues = prefix, false
	it := v.txn.NewIterator(o)
	it.Seek(from)
	return it
}
