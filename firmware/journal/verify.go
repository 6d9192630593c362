package journal

import (
	"context"
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

// Verify walks every stored record from the anchor to the head: every frame with
// its checksum, no gap, each record chained to the one before, the last one the
// head. It works on a consistent look, so the journal may go on being written. A
// break wraps record.ErrChain and names the record; other damage is ErrCorrupt. The
// report is filled as far as it came.
//
// The index of transactions is compared too. Where it differs it is made anew from
// the records, which is no error.
func (j *Journal) Verify(ctx context.Context) (Report, error) {
	var rep Report
	err := j.view(func(v view) error {
		rep = Report{First: v.anchor.Seq + 1, Head: v.head, Anchor: v.anchor}
		return v.verify(ctx, &rep)
	})
	if err != nil {
		return rep, fmt.Errorf("cannot verify the journal: %w", err)
	}
	return rep, nil
}

// tally is an order-free sum over pairs of a transaction and a record of it.
type tally struct {
	seed       maphash.Seed
	count, sum uint64
}

func (t *tally) add(p pair) {
	t.count++
	t.sum += maphash.Comparable(t.seed, p)
}

func (v view) verify(ctx context.Context, rep *Report) error {
	records := tally{seed: maphash.MakeSeed()}
	names := map[string]uint64{}
	at := v.anchor
	err := v.scan(v.anchor.Seq+1, v.head.Seq, func(r record.Record, _ int) (bool, error) {
		var err error
		if at, err = at.Follow(r); err != nil {
			return false, err
		}
		if r.Txn != "" {
			records.add(pair{v.j.index.nameOf(names, r.Txn), r.Seq})
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
	return v.verifyIndex(ctx, records, names)
}

// verifyIndex compares what is remembered of transactions with the records.
func (v view) verifyIndex(ctx context.Context, records tally, names map[string]uint64) error {
	index := tally{seed: records.seed}
	within := func(p pair) {
		if p.seq > v.anchor.Seq && p.seq <= v.head.Seq {
			index.add(p)
		}
	}
	for _, s := range v.segs {
		memory, indexed := s.each(func(serial string, seq uint64) { within(pair{v.j.index.nameOf(names, serial), seq}) })
		if memory {
			continue
		}
		if !indexed || v.j.index.all(s, within) != nil {
			return nil // a part is read from the files, and cannot differ
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if index != records {
		v.j.opts.Logger.Warn("journal: the index differs from the records and is made anew", "entries", index.count, "records", records.count)
		v.j.index.doubt()
	}
	return nil
}

// each gives what is in memory of the segment, and says whether that, or the index,
// has it.
func (s *segment) each(fn func(serial string, seq uint64)) (memory, indexed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for serial, seqs := range s.txns {
		for _, seq := range seqs {
			fn(serial, seq)
		}
	}
	return s.txns != nil, s.indexed
}
