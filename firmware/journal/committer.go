package journal

import (
	"fmt"
	"runtime"

	"github.com/dgraph-io/badger/v4"

	"wattkiosk/payments/record"
)

// maxBatchBytes bounds what one transaction takes.
const maxBatchBytes = MaxAppendBytes

// run is the committer: the only writer. It takes what is waiting, up to the
// bounds of a transaction, commits it with one sync, and answers; it never waits
// for more to come.
func (j *Journal) run() {
	defer close(j.committed)
	var carry *call
	crowd := false
	for {
		c := carry
		if carry = nil; c == nil {
			var ok bool
			if c, ok = <-j.queue; !ok {
				return
			}
		}
		if crowd {
			runtime.Gosched() // whom the last batch has woken may come along
		}
		var batch []*call
		batch, carry = j.gather(c)
		j.settle(batch)
		crowd = len(batch) > 1
	}
}

// gather adds waiting calls to c while they fit; the first that does not is
// carried to the next batch.
func (j *Journal) gather(c *call) (batch []*call, carry *call) {
	batch = append(batch, c)
	bytes, count := c.bytes, c.count
	for len(batch) < maxWaiting {
		select {
		case c = <-j.queue:
		default:
			return batch, nil
		}
		if c == nil {
			return batch, nil
		}
		bytes, count = bytes+c.bytes, count+c.count
		if bytes > maxBatchBytes || count > maxBatchWrites {
			return batch, c
		}
		batch = append(batch, c)
	}
	return batch, nil
}

// settle commits a batch and answers every call in it.
func (j *Journal) settle(batch []*call) {
	admitted := j.admit(batch)
	if len(admitted) > 0 {
		if err := j.store(admitted); err != nil {
			for _, c := range admitted {
				c.records, c.err = nil, err
			}
		}
	}
	for _, c := range batch {
		close(c.done)
	}
}

// admit leaves out the calls for which there is no space, with their error.
func (j *Journal) admit(batch []*call) []*call {
	err := j.writable()
	if err == nil {
		if err = j.opts.gate(j.opts.forRecords()); err == nil {
			return batch
		}
	}
	house := err
	if j.writable() == nil {
		house = j.opts.gate(j.opts.forUpkeep())
	}
	var admitted []*call
	for _, c := range batch {
		if c.err = err; c.house {
			c.err = house
		}
		if c.err == nil {
			admitted = append(admitted, c)
		}
	}
	return admitted
}

// store seals and commits. The head moves only after the commit.
func (j *Journal) store(batch []*call) error {
	txn := j.db.NewTransaction(true)
	defer txn.Discard()
	before := j.Head()
	head := before
	for _, c := range batch {
		var err error
		if head, err = j.put(txn, head, c); err != nil {
			return fmt.Errorf("cannot prepare: %w", err)
		}
	}
	if head != before {
		if err := txn.Set(metaKey("head"), encodeHead(head)); err != nil {
			return fmt.Errorf("cannot prepare the head: %w", err)
		}
	}
	if err := j.commit(txn); err != nil {
		return j.fail(err)
	}
	j.advance(head, head != before)
	return nil
}

// put seals the drafts of c after head and sets its entries.
func (j *Journal) put(txn *badger.Txn, head record.Head, c *call) (record.Head, error) {
	stamp := record.Stamp{Boot: j.boot, Time: j.opts.Clock(), Trust: j.opts.Trust()}
	c.records = make([]record.Record, 0, len(c.drafts))
	for _, d := range c.drafts {
		r, b, next, err := head.Seal(stamp, d)
		if err != nil {
			return head, err
		}
		if err := txn.Set(recordKey(r.Seq), b); err != nil {
			return head, err
		}
		if r.Txn != "" {
			if err := txn.Set(txnKey(r.Txn, r.Seq), nil); err != nil {
				return head, err
			}
		}
		c.records, head = append(c.records, r), next
	}
	for _, w := range c.writes {
		var err error
		if w.value == nil {
			err = txn.Delete(w.key)
		} else {
			err = txn.Set(w.key, w.value)
		}
		if err != nil {
			return head, err
		}
	}
	return head, nil
}

// fail ends all writing.
func (j *Journal) fail(err error) error {
	err = fmt.Errorf("%w: %w", ErrBroken, err)
	j.opts.Logger.Error("journal: commit failed, nothing more is written", "err", err)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.broken = err
	j.wake()
	return err
}

// advance publishes a durable head. The witness comes first, so that whoever
// learns of the head can rely on it; without the witness the journal goes on.
func (j *Journal) advance(head record.Head, moved bool) {
	if !moved {
		return
	}
	if err := j.witness.write(head); err != nil {
		j.opts.Logger.Warn("journal: no witness", "err", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.head = head
	j.wake()
}
