package journal

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"wattkiosk/payments/record"
)

// Journal is an open journal. All methods are safe for concurrent use. No method
// but Close may be called after Close; those that are answer ErrClosed.
type Journal struct {
	opts    Options
	lock    *os.File
	witness witness
	scratch string // copy to remove at Close, or empty
	boot    uint32
	lastRun time.Time // newest stamp of the runs before this one, as far as known

	queue  chan *call     // nil: read-only
	index  *index         // of closed segments
	upkeep sync.Mutex     // one Acknowledge, Rewind, Trim or Compact at a time
	active sync.WaitGroup // calls that use log or queue

	turn    chan struct{} // holds one while somebody commits, who has what follows, after Open
	log     *log
	bootDue bool  // the boot is not counted on disk yet
	carry   *call // did not fit in the last batch
	crowd   bool  // the last batch had several calls

	mu     sync.Mutex // guards what follows
	c      *contents
	segs   []*segment // replaced, never changed
	newest spot       // the last frame of the last segment
	views  int        // readers under way
	doomed []*segment // to be removed when there are none
	broken error
	closed bool
	grown  chan struct{} // closed and forgotten at the next change of head, broken or closed
}

// Head is the last durable record.
func (j *Journal) Head() record.Head {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.c.head
}

// First is the sequence number of the first record that is still stored, or that
// the next record will have.
func (j *Journal) First() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.c.anchor.Seq + 1
}

// Acknowledged is the sequence number up to which head office has every record.
func (j *Journal) Acknowledged() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.c.ack.Seq
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

func (j *Journal) newestSegment() *segment {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.segs) == 0 {
		return nil
	}
	return j.segs[len(j.segs)-1]
}

func (j *Journal) snapshot() []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	c := *j.c
	c.boot = j.boot
	return c.snapshot()
}

// Close waits for the calls under way and closes the files. It may be called
// again. All that was reported durable is, whatever it answers.
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
	if err := j.release(); err != nil {
		return fmt.Errorf("cannot close the journal: %w", err)
	}
	return nil
}

// release lets go of what open has taken, as far as it came.
func (j *Journal) release() error {
	if j.queue != nil && j.c != nil {
		j.remember()
	}
	j.index.close()
	var err error
	if j.log != nil {
		err = j.log.close()
	}
	err = errors.Join(err, j.witness.close())
	if j.scratch != "" {
		err = errors.Join(err, os.RemoveAll(j.scratch))
	}
	if j.lock != nil {
		err = errors.Join(err, j.lock.Close())
	}
	return err
}

// wake ends every Wait; mu is held.
func (j *Journal) wake() {
	if j.grown != nil {
		close(j.grown)
		j.grown = nil
	}
}
