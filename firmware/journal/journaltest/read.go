package journaltest

import (
	"context"
	"fmt"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

// Read is as of journal.Journal.
func (m *Memory) Read(from uint64, limit, maxBytes int) ([]record.Record, error) {
	rs, err := m.from(from)
	if err != nil {
		return nil, fmt.Errorf("cannot read the journal from %d: %w", from, err)
	}
	n, size := 0, 0
	for ; n < min(limit, len(rs)); n++ {
		if size += encodedSize(rs[n]); n > 0 && size > maxBytes {
			break
		}
	}
	return rs[:n:n], nil
}

// Each is as of journal.Journal.
func (m *Memory) Each(from uint64, fn func(record.Record) error) error {
	rs, err := m.from(from)
	for i := 0; err == nil && i < len(rs); i++ {
		err = fn(rs[i])
	}
	if err != nil {
		return fmt.Errorf("cannot walk the journal from %d: %w", from, err)
	}
	return nil
}

// from gives the records from a number on; they never change.
func (m *Memory) from(seq uint64) ([]record.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch first := m.anchor.Seq + 1; {
	case m.closed:
		return nil, journal.ErrClosed
	case seq == 0:
		return m.records, nil
	case seq < first:
		return nil, fmt.Errorf("%w: first is %d", journal.ErrTrimmed, first)
	case seq > m.head.Seq:
		return nil, nil
	default:
		return m.records[seq-first:], nil
	}
}

func encodedSize(r record.Record) int {
	const fixed = 1 + 8 + 32 + 4 + 8 + 1 + 1 + 1 + 2 + 4
	return fixed + len(r.Type) + len(r.Txn) + len(r.Payload)
}

// Txn is as of journal.Journal.
func (m *Memory) Txn(serial string) ([]record.Record, error) {
	if serial == "" || len(serial) > 255 {
		return nil, fmt.Errorf("%w: serial of %d bytes", record.ErrMalformed, len(serial))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, journal.ErrClosed
	}
	var out []record.Record
	for _, seq := range m.index[serial] {
		if seq > m.anchor.Seq {
			out = append(out, m.records[seq-m.anchor.Seq-1])
		}
	}
	return out, nil
}

// State is as of journal.Journal.
func (m *Memory) State(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, journal.ErrClosed
	}
	v, ok := m.state[name]
	if !ok {
		return nil, fmt.Errorf("cannot read state %s: %w", name, journal.ErrNoState)
	}
	return append([]byte{}, v...), nil
}

// Wait is as of journal.Journal.
func (m *Memory) Wait(ctx context.Context, after uint64) error {
	for {
		grown, err := m.beyond(after)
		if grown == nil {
			return err
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return fmt.Errorf("cannot wait for record %d: %w", after+1, context.Cause(ctx))
		}
	}
}

func (m *Memory) beyond(after uint64) (<-chan struct{}, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return nil, journal.ErrClosed
	case m.head.Seq > after:
		return nil, nil
	case m.dead != nil:
		return nil, m.dead
	}
	if m.grown == nil {
		m.grown = make(chan struct{})
	}
	return m.grown, nil
}

func (m *Memory) wake() {
	if m.grown != nil {
		close(m.grown)
		m.grown = nil
	}
}

// Head is as of journal.Journal.
func (m *Memory) Head() record.Head {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.head
}

// First is as of journal.Journal.
func (m *Memory) First() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.anchor.Seq + 1
}

// Boot is as of journal.Journal.
func (m *Memory) Boot() uint32 { return m.boot }

// Ready is as of journal.Journal.
func (m *Memory) Ready() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.writable(m.opts.ReserveBytes+m.opts.ReserveBytes/2, false)
}
