package journal

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"wattkiosk/payments/record"
)

// format1 reads a journal of format 1 (2026-11-23 to 2026-11-29), which was kept in
// Badger alone, in db/, under these keys:
//
//	r seq(8)                    the record's encoding (payments/record)
//	t len(1) serial seq(8)      empty; index of the records of a transaction
//	s name                      state value
//	m format                    1 byte: 1; then incarnation (1), kiosk
//	m head | ack | anchor       seq(8) hash(32)
//	m boot                      big-endian (4)
type format1 struct{ txn *badger.Txn }

// openFormat1 opens the store. It replays Badger's own log, so it changes the
// directory, but loses nothing of it.
func openFormat1(dir string, o Options) (*badger.DB, error) {
	if err := dropEmptyLogs(dir); err != nil {
		return nil, err
	}
	eo := format1Options(dir, o.Key, o.Logger)
	if err := checkTables(eo, false); err != nil {
		return nil, err
	}
	return openEngine(eo)
}

func (f format1) get(key string) ([]byte, error) {
	item, err := f.txn.Get([]byte(key))
	if err != nil {
		return nil, err
	}
	return item.ValueCopy([]byte{})
}

func (f format1) head(name string) (record.Head, error) {
	b, err := f.get("m" + name)
	if err != nil {
		return record.Head{}, fmt.Errorf("%w: no %s: %w", ErrCorrupt, name, err)
	}
	return decodeHead(b)
}

// contents reads all but the records; nil where nothing was ever committed.
func (f format1) contents(o Options) (*contents, error) {
	id, err := f.get("mformat")
	switch {
	case errors.Is(err, badger.ErrKeyNotFound):
		return nil, f.empty()
	case err != nil:
		return nil, fmt.Errorf("%w: format: %w", ErrCorrupt, err)
	case len(id) < 2 || id[0] != 1:
		return nil, fmt.Errorf("%w: format %x", ErrCorrupt, id)
	case string(id[2:]) != o.Kiosk || id[1] != o.Incarnation:
		return nil, fmt.Errorf("%w: %q, incarnation %d", ErrIdentity, id[2:], id[1])
	}
	c := &contents{state: map[string][]byte{}}
	for name, h := range map[string]*record.Head{"head": &c.head, "ack": &c.ack, "anchor": &c.anchor} {
		if *h, err = f.head(name); err != nil {
			return nil, err
		}
	}
	b, err := f.get("mboot")
	if err != nil || len(b) != 4 {
		return nil, fmt.Errorf("%w: boot counter %x: %w", ErrCorrupt, b, err)
	}
	c.boot = binary.BigEndian.Uint32(b)
	if c.anchor.Seq > c.ack.Seq || c.ack.Seq > c.head.Seq {
		return nil, fmt.Errorf("%w: trimmed up to %d, acknowledged to %d, head %d", ErrCorrupt, c.anchor.Seq, c.ack.Seq, c.head.Seq)
	}
	err = scanKeys(f.txn, []byte{'s'}, func(k, v []byte) error {
		c.state[string(k[1:])] = append([]byte{}, v...)
		return nil
	})
	return c, err
}

// empty makes sure that a store without a format did not lose everything.
func (f format1) empty() error {
	o := badger.DefaultIteratorOptions
	o.PrefetchValues = false
	it := f.txn.NewIterator(o)
	defer it.Close()
	if it.Rewind(); it.Valid() {
		return fmt.Errorf("%w: entries without a format", ErrCorrupt)
	}
	return nil
}

// records calls fn with every record, verified from the anchor to the head.
func (f format1) records(c *contents, fn func(r record.Record, b []byte) error) error {
	at := c.anchor
	err := scanKeys(f.txn, []byte{'r'}, func(k, b []byte) error {
		r, err := decodeRecord(at.Seq+1, b)
		if err == nil {
			at, err = at.Follow(r)
		}
		if err == nil && (len(k) != 9 || binary.BigEndian.Uint64(k[1:]) != r.Seq) {
			err = fmt.Errorf("%w: record %d under key %x", ErrCorrupt, r.Seq, k)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		return fn(r, b)
	})
	if err == nil && at != c.head {
		err = fmt.Errorf("%w: record %d has hash %s, the head is %d %s", ErrCorrupt, at.Seq, at.Hash, c.head.Seq, c.head.Hash)
	}
	return err
}
