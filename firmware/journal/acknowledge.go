package journal

import (
	"fmt"

	"wattkiosk/payments/record"
)

// Acknowledge stores that head office has every record up to h. The hash must be
// that of our own record h.Seq, else it answers ErrAckMismatch and nothing
// changes; ErrAckBeyond where there is no such record yet. One that is not above the last is checked as far as the record is
// still stored, and otherwise ignored. It is durable on return, and goes on while
// records are refused for lack of space.
func (j *Journal) Acknowledge(h record.Head) error {
	if err := j.acknowledge(h); err != nil {
		return fmt.Errorf("cannot acknowledge up to %d: %w", h.Seq, err)
	}
	return nil
}

func (j *Journal) acknowledge(h record.Head) error {
	j.upkeep.Lock()
	defer j.upkeep.Unlock()
	if err := j.ours(h); err != nil || h.Seq <= j.Acknowledged() {
		return err
	}
	return j.moveAck(h)
}

// Rewind stores that head office has the records up to h only, less than it has
// acknowledged before: it was restored from an older copy. They count as not
// acknowledged again, so the outbox sends them and Trim leaves them. The hash
// must be that of our own record h.Seq (ErrAckMismatch). ErrTrimmed says that the
// records after h are not all here any more; nothing has changed then, and somebody
// must look. At or above what is acknowledged it changes nothing. It is durable on
// return. How often it may be called is for the caller to bound.
func (j *Journal) Rewind(h record.Head) error {
	if err := j.rewind(h); err != nil {
		return fmt.Errorf("cannot go back to record %d: %w", h.Seq, err)
	}
	return nil
}

func (j *Journal) rewind(h record.Head) error {
	j.upkeep.Lock()
	defer j.upkeep.Unlock()
	if first := j.First(); h.Seq+1 < first {
		return fmt.Errorf("%w: first is %d", ErrTrimmed, first)
	}
	if err := j.ours(h); err != nil || h.Seq >= j.Acknowledged() {
		return err
	}
	return j.moveAck(h)
}

// moveAck makes h what is acknowledged; upkeep is held.
func (j *Journal) moveAck(h record.Head) error {
	return j.submit(&call{house: true, count: 1, bytes: perWrite, changes: []entry{{kind: entryAck, value: encodeHead(h)}}})
}

// ours checks h against the record of the same number.
func (j *Journal) ours(h record.Head) error {
	return j.view(func(v view) error {
		switch {
		case h.Seq > v.head.Seq:
			return fmt.Errorf("%w, %d", ErrAckBeyond, v.head.Seq)
		case h.Seq < v.anchor.Seq:
			return nil
		}
		own, err := v.at(h.Seq)
		if err == nil && own.Hash != h.Hash {
			err = fmt.Errorf("%w: hash %s, ours is %s", ErrAckMismatch, h.Hash, own.Hash)
		}
		return err
	})
}
