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
	if err := m.acknowledge(h, false, nil); err != nil {
		return fmt.Errorf("cannot acknowledge up to %d: %w", h.Seq, err)
	}
	return nil
}

// acknowledge moves the mark to h if that lies in the wanted direction; below is
// the answer to what was trimmed.
func (m *Memory) acknowledge(h record.Head, back bool, below error) error {
	own := m.anchor
	switch {
	case m.closed:
		return journal.ErrClosed
	case h.Seq > m.head.Seq:
		return fmt.Errorf("%w, %d", journal.ErrAckBeyond, m.head.Seq)
	case h.Seq < m.anchor.Seq:
		return below
	case h.Seq == m.head.Seq:
		own = m.head
	case h.Seq > m.anchor.Seq:
		own = record.Head{Seq: h.Seq, Hash: m.records[h.Seq-m.anchor.Seq].Prev}
	}
	if own.Hash != h.Hash {
		return fmt.Errorf("%w: hash %s, ours is %s", journal.ErrAckMismatch, h.Hash, own.Hash)
	}
	if back != (h.Seq < m.ack.Seq) || h.Seq == m.ack.Seq {
		return nil
	}
	if err := m.writable(m.opts.ReserveBytes/16, true); err != nil {
		return err
	}
	m.ack = h
	return nil
}

// Rewind is as of journal.Journal.
func (m *Memory) Rewind(h record.Head) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	trimmed := fmt.Errorf("%w: first is %d", journal.ErrTrimmed, m.anchor.Seq+1)
	if err := m.acknowledge(h, true, trimmed); err != nil {
		return fmt.Errorf("cannot go back to record %d: %w", h.Seq, err)
	}
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
	pinned, err := m.pinned()
	if err != nil {
		return 0, fmt.Errorf("cannot trim: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	trust := m.opts.Trust()
	leapt := !m.lastRun.IsZero() && now.Sub(m.lastRun) > m.opts.Retention
	if trust == record.Untrusted || trust == record.RTC && leapt {
		return 0, nil
	}
	n := m.expired(now, pinned)
	if n == 0 {
		return 0, nil
	}
	if err := m.writable(m.opts.ReserveBytes/16, true); err != nil {
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

// pinned gives the serials that must stay.
func (m *Memory) pinned() (map[string]bool, error) {
	if m.opts.Pinned == nil {
		return nil, nil
	}
	serials, err := m.opts.Pinned(m.State)
	stay := map[string]bool{}
	for _, s := range serials {
		stay[s] = true
	}
	return stay, err
}

// expired counts the records that may go: those up to the last whose age is known
// and old enough, before the first that has to stay.
func (m *Memory) expired(now time.Time, pinned map[string]bool) (n int) {
	latest := time.Time{}
	for i, r := range m.records {
		if r.Seq > m.ack.Seq || pinned[r.Txn] {
			return n
		}
		known := r.Trust != record.Untrusted && !r.Time.After(now) && !r.Time.Before(latest)
		if !known {
			continue
		}
		if now.Sub(r.Time) <= m.opts.Retention {
			return n
		}
		n, latest = i+1, r.Time
	}
	return n
}

// newestStamp is that of the last 1000 records, synchronised ones before others.
func newestStamp(recs []record.Record) (at time.Time) {
	best := record.RTC
	for _, r := range recs[max(0, len(recs)-1000):] {
		if r.Trust > best || r.Trust == best && r.Time.After(at) {
			best, at = r.Trust, r.Time
		}
	}
	return at
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
