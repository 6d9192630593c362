package journal

import (
	"fmt"

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
		prefix := txnKeys(serial)
		it := v.iterate(prefix, prefix)
		defer it.Close()
		for ; it.Valid(); it.Next() {
			_, seq, err := parseTxnKey(it.Item().Key())
			if err != nil {
				return err
			}
			if seq > v.head.Seq {
				break
			}
			r, err := v.record(seq)
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read transaction %s: %w", serial, err)
	}
	return out, nil
}
