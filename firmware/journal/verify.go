package journal

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"

	"wattkiosk/payments/record"
)

// Report is what Verify looked at.
type Report struct {
	Records uint64      `json:"records"` // number of records walked
	First   uint64      `json:"first"`   // number of the first stored record
	Head    record.Head `json:"head"`
	Anchor  record.Head `json:"anchor"`
}

// Verify walks every stored record from the anchor to the head: no gap, each
// stored under its number and chained to the one before, the last one the head;
// the index holds exactly the records with a serial; every block of every table
// has its checksum. It works on a snapshot, so the journal may go on being
// written. A break wraps record.ErrChain and names the record; other damage is
// ErrCorrupt. The report is filled as far as it came.
func (j *Journal) Verify(ctx context.Context) (Report, error) {
	var rep Report
	err := j.view(func(v view) error {
		rep = Report{First: v.anchor.Seq + 1, Head: v.head, Anchor: v.anchor}
		// Records first: their errors say which one.
		err := v.verify(ctx, &rep)
		if sum := j.db.VerifyChecksum(); sum != nil {
			err = errors.Join(err, fmt.Errorf("%w: %w", ErrCorrupt, sum))
		}
		return err
	})
	if err != nil {
		return rep, fmt.Errorf("cannot verify the journal: %w", err)
	}
	return rep, nil
}

// tally is an order-free sum over (serial, seq) pairs.
type tally struct {
	seed       maphash.Seed
	count, sum uint64
}

func (t *tally) add(serial string, seq uint64) {
	t.count++
	t.sum += maphash.Comparable(t.seed, struct {
		serial string
		seq    uint64
	}{serial, seq})
}

func (v view) verify(ctx context.Context, rep *Report) error {
	records := tally{seed: maphash.MakeSeed()}
	at := v.anchor
	err := v.scan(v.anchor.Seq+1, v.head.Seq, func(r record.Record, _ int) (bool, error) {
		var err error
		if at, err = at.Follow(r); err != nil {
			return false, err
		}
		if r.Txn != "" {
			records.add(r.Txn, r.Seq)
		}
		rep.Records++
		return true, ctx.Err()
	})
	if err != nil {
		return err
	}
	if at != v.head {
		return fmt.Errorf("%w: record %d has hash %s, the head says %s", record.ErrChain, at.Seq, at.Hash, v.head.Hash)
	}
	index := tally{seed: records.seed}
	if err := v.tallyIndex(ctx, &index); err != nil {
		return err
	}
	if index != records {
		return fmt.Errorf("%w: the index has %d entries, the records %d", ErrCorrupt, index.count, records.count)
	}
	return nil
}

func (v view) tallyIndex(ctx context.Context, t *tally) error {
	it := v.iterate([]byte{txnPrefix}, []byte{txnPrefix})
	defer it.Close()
	for ; it.Valid(); it.Next() {
		serial, seq, err := parseTxnKey(it.Item().Key())
		if err != nil {
			return err
		}
		if seq <= v.head.Seq { // the snapshot may be ahead of the head
			t.add(serial, seq)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}
