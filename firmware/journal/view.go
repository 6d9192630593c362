package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"sort"

	"wattkiosk/payments/record"
)

// view is a consistent look at the log: what it shows does not change, and no
// segment of it is removed, until its function returns.
type view struct {
	j            *Journal
	segs         []*segment
	anchor, head record.Head
}

// view calls fn with what is durable now.
func (j *Journal) view(fn func(view) error) error {
	if err := j.enter(); err != nil {
		return err
	}
	defer j.active.Done()
	j.mu.Lock()
	v := view{j, j.segs, j.c.anchor, j.c.head}
	j.views++
	j.mu.Unlock()
	defer j.leave()
	return fn(v)
}

func (j *Journal) leave() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.views--; j.views == 0 {
		j.removeDoomed()
	}
}

// removeDoomed removes segments of which every record was trimmed; mu is held. One
// that cannot be removed is tried again later, and those after it wait: so numbers
// stay without a gap.
func (j *Journal) removeDoomed() {
	for len(j.doomed) > 0 {
		err := j.log.disk.remove(j.doomed[0].path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			j.opts.Logger.Warn("journal: cannot remove a trimmed segment", "err", err)
			return
		}
		j.doomed = j.doomed[1:]
	}
}

// at gives the head at seq, which must lie between anchor and head.
func (v view) at(seq uint64) (record.Head, error) {
	switch seq {
	case v.anchor.Seq:
		return v.anchor, nil
	case v.head.Seq:
		return v.head, nil
	}
	r, err := v.record(seq)
	if err != nil {
		return record.Head{}, err
	}
	_, sum, err := r.Sum()
	return record.Head{Seq: seq, Hash: sum}, err
}

func (v view) record(seq uint64) (r record.Record, err error) {
	err = v.scan(seq, seq, func(x record.Record, _ int) (bool, error) {
		r = x
		return false, nil
	})
	return r, err
}

// scan calls fn with each record from number from to number to, and its encoded
// size, until fn answers false or an error. A record that is missing is an error.
func (v view) scan(from, to uint64, fn func(record.Record, int) (bool, error)) error {
	seq, more := from, from <= to
	for i := max(v.find(from), 0); i < len(v.segs) && more; i++ {
		err := v.segs[i].records(v.j.log.disk, seq, func(b []byte) (bool, error) {
			if n := seqOf(b); n != seq {
				return false, fmt.Errorf("%w: record %d is missing, %d is next", record.ErrChain, seq, n)
			}
			r, err := decodeRecord(seq, b)
			if err != nil {
				return false, err
			}
			more, err = fn(r, len(b))
			if seq++; seq > to {
				more = false
			}
			return more, err
		})
		if err != nil {
			return err
		}
	}
	if more {
		return fmt.Errorf("%w: record %d is missing", record.ErrChain, seq)
	}
	return nil
}

// find gives the index of the segment with record seq, if it is there at all, or -1.
func (v view) find(seq uint64) int {
	return sort.Search(len(v.segs), func(i int) bool { return v.segs[i].start.Seq >= seq }) - 1
}
