package journaltest

import (
	"context"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

// Store is everything that a journal can do; consumers declare the part of it
// that they use.
type Store interface {
	Append(drafts ...record.Draft) ([]record.Record, error)
	AppendWith(state map[string][]byte, drafts ...record.Draft) ([]record.Record, error)
	Read(from uint64, limit, maxBytes int) ([]record.Record, error)
	Each(from uint64, fn func(record.Record) error) error
	Txn(serial string) ([]record.Record, error)
	Wait(ctx context.Context, after uint64) error
	Head() record.Head
	First() uint64
	Boot() uint32
	Ready() error
	Acknowledge(h record.Head) error
	Acknowledged() uint64
	Rewind(h record.Head) error
	SetState(name string, value []byte) error
	State(name string) ([]byte, error)
	Trim(now time.Time) (removed int, err error)
	Verify(ctx context.Context) (journal.Report, error)
	Close() error
}

var (
	_ Store = (*journal.Journal)(nil)
	_ Store = (*Memory)(nil)
)
