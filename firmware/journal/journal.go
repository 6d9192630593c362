package journal

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"

	"wattkiosk/payments/record"
)

// Journal is an open journal. All methods are safe for concurrent use. No method
// but Close may be called after Close; those that are answer ErrClosed.
type Journal struct {
	opts    Options
	db      *badger.DB
	lock    *os.File
	witness witness
	scratch string // copy to remove at Close, or empty
	boot    uint32
	lastRun time.Time // newest stamp of the runs before this one, as far as known

	queue     chan *call
	committed chan struct{}           // closed when the committer has ended
	commit    func(*badger.Txn) error // replaced by tests
	upkeep    sync.Mutex              // one Acknowledge or Trim at a time
	active    sync.WaitGroup          // calls that use db or queue

	mu     sync.Mutex // guards what follows
	head   record.Head
	ack    record.Head
	anchor record.Head
	broken error
	closed bool
	grown  chan struct{} // closed and forgotten at the next change of head, broken or closed
}

// Head is the last durable record.
func (j *Journal) Head() record.Head {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.head
}

// First is the sequence number of the first record that is still stored, or that
// the next record will have.
func (j *Journal) First() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.anchor.Seq + 1
}

// Acknowledged is the highest sequence number that head office has stored.
func (j *Journal) Acknowledged() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.ack.Seq
}

// Boot is the boot counter that new records carry, from 1.
func (j *Journal) Boot() uint32 { return j.boot }

// Ready says whether money may be taken: it answers ErrFull while there is less
// space than half as much again as the reserve, so that what was begun can still
// be recorded; ErrBroken; ErrClosed; or nil.
func (j *Journal) Ready() error {
	if err := j.enter(); err != nil {
		return err
	}
	defer j.active.Done()
	if err := j.writable(); err != nil {
		return err
	}
	return j.opts.gate(j.opts.forMoney())
}

func (j *Journal) writable() error {
	if j.queue == nil {
		return ErrReadOnly
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.broken
}

// enter keeps the journal open until active.Done.
func (j *Journal) enter() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return ErrClosed
	}
	j.active.Add(1)
	return nil
}

// Close waits for the calls under way and closes the store. It may be called
// again. A broken journal, or one without space to flush, is left as it is: all
// that was reported durable is, and only the end of the process frees it.
func (j *Journal) Close() error {
	j.mu.Lock()
	again := j.closed
	j.closed = true
	j.wake()
	j.mu.Unlock()
	if again {
		return nil
	}
	j.active.Wait()
	if j.queue != nil {
		close(j.queue)
		<-j.committed
	}
	return j.release()
}

func (j *Journal) release() error {
	var err error
	if j.broken == nil && (j.queue == nil || j.opts.gate(j.opts.forEngine()) == nil) {
		err = closeEngine(j.db)
	}
	err = errors.Join(err, j.witness.close())
	if j.scratch != "" {
		err = errors.Join(err, os.RemoveAll(j.scratch))
	}
	if j.lock != nil {
		err = errors.Join(err, j.lock.Close())
	}
	if err != nil {
		return fmt.Errorf("cannot close the journal: %w", err)
	}
	return nil
}

func closeEngine(db *badger.DB) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrCorrupt, p)
		}
	}()
	return db.Close()
}

// wake ends every Wait; mu is held.
func (j *Journal) wake() {
	if j.grown != nil {
		close(j.grown)
		j.grown = nil
	}
}
