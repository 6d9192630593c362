package journaltest

import (
	"bytes"
	"fmt"
	"maps"
	"sync"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

// Memory is a journal in memory, deterministic and fast enough for millions of
// appends. It is safe for concurrent use. Records that it gives out share their
// payload with it and must not be changed.
type Memory struct {
	opts journal.Options
	boot uint32

	mu      sync.Mutex // guards what follows
	records []record.Record
	index   map[string][]uint64
	state   map[string][]byte
	head    record.Head
	ack     record.Head
	anchor  record.Head
	dead    error // answer of every write once set
	closed  bool
	full    bool
	cut     cut
	lastRun time.Time // newest stamp of the runs before this one
	grown   chan struct{}
}

// cut is a power cut to come: at the n-th append, before or after it is durable.
type cut struct {
	in      int
	durable bool
}

// NewMemory makes an empty journal at boot 1. Of the options it uses Kiosk,
// Incarnation, Clock, Trust, Retention, Pinned and, if FreeSpace is set, FreeSpace and
// ReserveBytes. A missing Clock or Trust panics at the first append.
func NewMemory(o journal.Options) *Memory {
	if o.Retention == 0 {
		o.Retention = journal.DefaultRetention
	}
	genesis := record.Head{Hash: record.Genesis(o.Kiosk, o.Incarnation)}
	return &Memory{
		opts: o, boot: 1, index: map[string][]uint64{}, state: map[string][]byte{},
		head: genesis, ack: genesis, anchor: genesis,
	}
}

// Append is as of journal.Journal.
func (m *Memory) Append(drafts ...record.Draft) ([]record.Record, error) {
	return m.AppendWith(nil, drafts...)
}

// SetState is as of journal.Journal.
func (m *Memory) SetState(name string, value []byte) error {
	_, err := m.AppendWith(map[string][]byte{name: value})
	return err
}

// AppendWith is as of journal.Journal.
func (m *Memory) AppendWith(state map[string][]byte, drafts ...record.Draft) ([]record.Record, error) {
	if err := journal.CheckAppend(state, drafts); err != nil {
		return nil, fmt.Errorf("cannot append: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(state)+len(drafts) == 0 {
		return nil, nil
	}
	out, err := m.append(state, drafts)
	if err != nil {
		return nil, fmt.Errorf("cannot append: %w", err)
	}
	return out, nil
}

func (m *Memory) append(state map[string][]byte, drafts []record.Draft) ([]record.Record, error) {
	if err := m.writable(m.opts.ReserveBytes, false); err != nil {
		return nil, err
	}
	now := m.cutNow()
	if now && !m.cut.durable {
		return nil, m.kill()
	}
	out, err := m.seal(drafts)
	if err != nil {
		return nil, err
	}
	for name, value := range state {
		if value == nil {
			delete(m.state, name)
		} else {
			m.state[name] = append([]byte{}, value...)
		}
	}
	if now {
		return nil, m.kill()
	}
	if len(drafts) > 0 {
		m.wake()
	}
	return out, nil
}

func (m *Memory) seal(drafts []record.Draft) ([]record.Record, error) {
	stamp := record.Stamp{Boot: m.boot, Time: m.opts.Clock(), Trust: m.opts.Trust()}
	start, head := len(m.records), m.head
	for _, d := range drafts {
		d.Payload = bytes.Clone(d.Payload)
		r, _, next, err := head.Seal(stamp, d)
		if err != nil {
			m.records = m.records[:start]
			return nil, err
		}
		m.records, head = append(m.records, r), next
	}
	m.head = head
	added := m.records[start:len(m.records):len(m.records)]
	for _, r := range added {
		if r.Txn != "" {
			m.index[r.Txn] = append(m.index[r.Txn], r.Seq)
		}
	}
	return added, nil
}

// writable says whether a write may be made with least bytes free; upkeep goes on
// while Full is set.
func (m *Memory) writable(least int64, upkeep bool) error {
	switch {
	case m.closed:
		return journal.ErrClosed
	case m.dead != nil:
		return m.dead
	case m.full && !upkeep:
		return journal.ErrFull
	}
	return m.gate(least)
}

func (m *Memory) gate(least int64) error {
	if m.opts.FreeSpace == nil || least <= 0 {
		return nil
	}
	free, err := m.opts.FreeSpace(m.opts.Dir)
	if err != nil {
		return fmt.Errorf("%w: %w", journal.ErrFull, err)
	}
	if free < uint64(least) {
		return fmt.Errorf("%w: %d bytes free, %d needed", journal.ErrFull, free, least)
	}
	return nil
}

// Close is as of journal.Journal; Reopen works after it.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.wake()
	return nil
}

// Reopen is the next start of the kiosk, after Close, a power cut or in the midst
// of work: it gives a fresh Memory with what is durable, the boot counted, and no
// faults. It takes the content over, so the old one answers journal.ErrClosed.
func (m *Memory) Reopen() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := &Memory{
		opts: m.opts, boot: m.boot + 1,
		records: m.records, index: m.index, state: m.state,
		head: m.head, ack: m.ack, anchor: m.anchor, lastRun: newestStamp(m.records),
	}
	m.closed, m.records, m.index, m.state = true, nil, nil, nil
	m.wake()
	return n
}

// Clone gives an independent copy with the same boot counter and no faults, to
// try two continuations of one history.
func (m *Memory) Clone() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := &Memory{
		opts: m.opts, boot: m.boot, records: m.records[:len(m.records):len(m.records)],
		index: map[string][]uint64{}, state: maps.Clone(m.state),
		head: m.head, ack: m.ack, anchor: m.anchor, lastRun: m.lastRun,
	}
	for serial, seqs := range m.index {
		n.index[serial] = seqs[:len(seqs):len(seqs)]
	}
	return n
}
