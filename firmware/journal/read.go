package journal

import (
	"fmt"
	"slices"

	"wattkiosk/payments/record"
)

// Read gives the records from number from on, in order: at most limit, and no
// more than fit in maxBytes of encodings, but one at least if there is one. From
// 0 reads from First. It answers none beyond the head, ErrTrimmed below First.
func (j *Journal) Read(from uint64, limit, maxBytes int) ([]record.Record, error) {
	var out []record.Record
	size := 0
	err := j.each(from, func(r record.Record, n int) (bool, error) {
		if size += n; len(out) >= limit || len(out) > 0 && size > maxBytes {
			return false, nil
		}
		out = append(out, r)
		return len(out) < limit, nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the journal from %d: %w", from, err)
	}
	return out, nil
}

// Each calls fn with the records from number from (0: First) to the head at the
// time of the call, in order, and ends at fn's first error, which it wraps. It
// holds a snapshot: fn may append, and Trim may run, without being seen.
func (j *Journal) Each(from uint64, fn func(record.Record) error) error {
	err := j.each(from, func(r record.Record, _ int) (bool, error) { return true, fn(r) })
	if err != nil {
		return fmt.Errorf("cannot walk the journal from %d: %w", from, err)
	}
	return nil
}

func (j *Journal) each(from uint64, fn func(record.Record, int) (bool, error)) error {
	return j.view(func(v view) error {
		if from == 0 {
			from = v.anchor.Seq + 1
		}
		if from <= v.anchor.Seq {
			return fmt.Errorf("%w: first is %d", ErrTrimmed, v.anchor.Seq+1)
		}
		return v.scan(from, v.head.Seq, fn)
	})
}

// Txn gives the stored records of one transaction, in order; none if there are
// none.
func (j *Journal) Txn(serial string) ([]record.Record, error) {
	var out []record.Record
	if serial == "" || len(serial) > 255 {
		return nil, fmt.Errorf("%w: serial of %d bytes", record.ErrMalformed, len(serial))
	}
	err := j.view(func(v view) error {
		seqs, err := v.txn(serial)
		for _, seq := range seqs {
			r, err := v.record(seq)
			if err != nil {
				return err
			}
			if r.Txn == serial { // else of one with the same name in the index
				out = append(out, r)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read transaction %s: %w", serial, err)
	}
	return out, nil
}

// txn gives the numbers of the stored records of a transaction, in order: from
// memory, from the index, and from the files of which neither knows. Memory is asked
// first, as it forgets what the index has got.
func (v view) txn(serial string) ([]uint64, error) {
	var seqs []uint64
	var indexed, files []*segment
	for _, s := range v.segs {
		own, where := s.of(serial)
		seqs = append(seqs, own...)
		switch where {
		case inIndex:
			indexed = append(indexed, s)
		case inFile:
			files = append(files, s)
		}
	}
	for _, s := range indexed {
		own, err := v.j.index.lookup(s, serial)
		if err != nil {
			files = append(files, s)
		}
		seqs = append(seqs, own...)
	}
	for _, s := range files {
		err := s.records(v.j.log.disk, 0, func(b []byte) (bool, error) {
			r, err := viewRecord(seqOf(b), b)
			if err == nil && r.Txn == serial {
				seqs = append(seqs, r.Seq)
			}
			return true, err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(seqs)
	return slices.DeleteFunc(slices.Compact(seqs), func(seq uint64) bool { return seq <= v.anchor.Seq || seq > v.head.Seq }), nil
}

// Where a segment's part of the index is.
const (
	inMemory = iota
	inIndex
	inFile
)

// of gives what is in memory of a transaction, or says where else to look.
func (s *segment) of(serial string) (seqs []uint64, where int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.txns != nil:
		return s.txns[serial], inMemory
	case s.indexed:
		return nil, inIndex
	default:
		return nil, inFile
	}
}
