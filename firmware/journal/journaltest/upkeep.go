package journaltest

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

// Acknowledge is as of journal.Journal.
func (m *Memory) Acknowledge(h record.Head) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.acknowledge(h); err != nil {
		return fmt.Errorf("cannot acknowledge up to %d: %w", h.Seq, err)
	}
	return nil
}

func (m *Memory) acknowledge(h record.Head) error {
	own := m.anchor
	switch {
	case m.closed:
		return journal.ErrClosed
	case h.Seq > m.head.Seq:
		return fmt.Errorf("%w: the head is %d", journal.ErrAckMismatch, m.head.Seq)
	case h.Seq < m.anchor.Seq:
		return nil
	case h.Seq == m.head.Seq:
		own = m.head
	case h.Seq > m.anchor.Seq:
		own = record.Head{Seq: h.Seq, Hash: m.records[h.Seq-m.anchor.Seq].Prev}
	}
	if own.Hash != h.Hash {
		return fmt.Errorf("%w: hash %s, ours is %s", journal.ErrAckMismatch, h.Hash, own.Hash)
	}
	if h.Seq <= m.ack.Seq {
		return nil
	}
	if err := m.writable(m.opts.ReserveBytes/2, true); err != nil {
		return err
	}
	m.ack = h
	return nil
}

// Acknowledged is as of journal.Journal.
func (m *Memory) Acknowledged() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ack.Seq
}

// Trim is as of journal.Journal.
func (m *Memory) Trim(now time.Time) (removed int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.opts.Trust() == record.Untrusted {
		return 0, nil
	}
	n := m.expired(now.Add(-m.opts.Retention))
	if n == 0 {
		return 0, nil
	}
	if err := m.writable(m.opts.ReserveBytes/2, true); err != nil {
		return 0, fmt.Errorf("cannot trim: %w", err)
	}
	for _, r := range m.records[:n] {
		// The index is in order, so the record is the first of its transaction.
		if seqs := m.index[r.Txn]; len(seqs) > 1 {
			m.index[r.Txn] = seqs[1:]
		} else {
			delete(m.index, r.Txn)
		}
	}
	next := m.head
	if n < len(m.records) {
		next = record.Head{Seq: m.records[n-1].Seq, Hash: m.records[n].Prev}
	}
	m.anchor, m.records = next, m.records[n:]
	return n, nil
}

// expired counts the records that may go.
func (m *Memory) expired(before time.Time) (n int) {
	for i, r := range m.records {
		switch {
		case r.Seq > m.ack.Seq:
			return n
		case r.Trust == record.Untrusted:
		case r.Time.Before(before):
			n = i + 1
		default:
			return n
		}
	}
	return n
}

// Verify is as of journal.Journal.
func (m *Memory) Verify(ctx context.Context) (journal.Report, error) {
	m.mu.Lock()
	records, rep := m.records, journal.Report{First: m.anchor.Seq + 1, Head: m.head, Anchor: m.anchor}
	closed := m.closed
	m.mu.Unlock()
	if closed {
		return journal.Report{}, journal.ErrClosed
	}
	at, err := rep.Anchor, error(nil)
	for _, r := range records {
		if at, err = at.Follow(r); err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return rep, fmt.Errorf("cannot verify the journal: %w", err)
		}
		rep.Records++
	}
	if at != rep.Head {
		return rep, fmt.Errorf("cannot verify the journal: %w: head %d", record.ErrChain, rep.Head.Seq)
	}
	return rep, nil
}
