package journal

import (
	"fmt"

	"wattkiosk/payments/record"
)

// Acknowledge stores that head office has every record up to h. The hash must be
// that of our own record h.Seq, else it answers ErrAckMismatch and nothing
// changes. One that is not above the last is checked as far as the record is
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
	err := j.submit(&call{house: true, count: 1, bytes: perWrite, writes: []write{{metaKey("ack"), encodeHead(h)}}})
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ack = h
	return nil
}

// ours checks h against the record of the same number.
func (j *Journal) ours(h record.Head) error {
	return j.view(func(v view) error {
		switch {
		case h.Seq > v.head.Seq:
			return fmt.Errorf("%w: the head is %d", ErrAckMismatch, v.head.Seq)
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
