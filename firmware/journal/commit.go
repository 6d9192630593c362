package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"wattkiosk/payments/record"
)

// maxBatchBytes bounds what one commit takes.
const maxBatchBytes = MaxAppendBytes

// submit queues c and waits for its outcome. There is no goroutine that commits:
// of those who wait, one has the turn. It takes what is waiting, its own call with
// it or carried to the next, up to the bounds of a commit, writes that with one
// sync, answers, and gives the turn away; it never waits for more to come. So a
// single caller commits without a change of goroutine.
func (j *Journal) submit(c *call) error {
	if err := j.enter(); err != nil {
		return err
	}
	defer j.active.Done()
	if err := j.writable(); err != nil {
		return err
	}
	c.done = make(chan struct{})
	j.queue <- c
	for {
		select {
		case <-c.done:
			return c.err
		case j.turn <- struct{}{}:
			j.commit()
			<-j.turn
		}
	}
}

// commit is what a turn is for. It does nothing where all calls are answered.
func (j *Journal) commit() {
	if j.crowd {
		runtime.Gosched() // whom the last batch has woken may come along
	}
	c := j.carry
	if j.carry = nil; c == nil {
		select {
		case c = <-j.queue:
		default:
			return
		}
	}
	var batch []*call
	batch, j.carry = j.gather(c)
	j.settle(batch)
	j.crowd = len(batch) > 1
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
		if c.probe && c.err == nil {
			c.err = j.lookBack()
		}
	}
	for _, c := range batch {
		close(c.done)
	}
}

// admit leaves out the calls for which there is no space, with their error. When
// records are to be refused, the ballast goes first.
func (j *Journal) admit(batch []*call) []*call {
	err := j.writable()
	if err == nil && slices.ContainsFunc(batch, func(c *call) bool { return c.count > 0 }) {
		if err = j.opts.gate(j.opts.forRecords()); err != nil && j.opts.giveUpBallast() {
			err = j.opts.gate(j.opts.forRecords())
		}
	}
	if err == nil {
		return batch
	}
	house := err
	if j.writable() == nil {
		house = j.opts.gate(j.opts.forUpkeep())
	}
	var admitted []*call
	for _, c := range batch {
		switch {
		case c.count == 0:
			c.err = j.writable() // it takes no space
		case c.house:
			c.err = house
		default:
			c.err = err
		}
		if c.err == nil {
			admitted = append(admitted, c)
		}
	}
	return admitted
}

// draftBody is what one commit is going to write.
type draftBody struct {
	body    []byte
	head    record.Head
	records []record.Record
	changes []entry
	states  int // bytes of all state values after it
}

// store seals, writes and syncs. What it wrote is published only after that.
func (j *Journal) store(batch []*call) error {
	d := draftBody{head: j.Head(), states: j.stateBytes()}
	if j.bootDue {
		d.change(entry{kind: entryBoot, value: binary.BigEndian.AppendUint32(nil, j.boot)})
	}
	for _, c := range batch {
		if err := j.put(&d, c); err != nil {
			c.err = err // of this call alone
		}
	}
	if len(d.body) == 0 {
		return nil
	}
	at, err := j.write(d.body)
	if err != nil {
		return j.fail(err)
	}
	j.publish(&d, at)
	return nil
}

// write makes a body durable, in a new segment where the last one is full.
func (j *Journal) write(body []byte) (spot, error) {
	if j.log.full() {
		if err := j.nextSegment(); err != nil {
			return spot{}, err
		}
	}
	return j.log.commit(body)
}

func (d *draftBody) change(e entry) {
	d.body = e.append(d.body)
	d.changes = append(d.changes, e)
}

// put adds a call, with its drafts sealed after the head, or nothing of it.
func (j *Journal) put(d *draftBody, c *call) error {
	states := d.states + j.stateGrowth(c.changes)
	if states > max(MaxStates, d.states) {
		return fmt.Errorf("%w: %d bytes of state values, limit %d", ErrTooLarge, states, MaxStates)
	}
	stamp := record.Stamp{Boot: j.boot, Time: j.opts.Clock(), Trust: j.opts.Trust()}
	head, body := d.head, d.body
	c.records = make([]record.Record, 0, len(c.drafts))
	for _, draft := range c.drafts {
		r, b, next, err := head.Seal(stamp, draft)
		if err != nil {
			return fmt.Errorf("cannot prepare: %w", err)
		}
		body = entry{kind: entryRecord, value: b}.append(body)
		c.records, head = append(c.records, r), next
	}
	d.head, d.body, d.states = head, body, states
	d.records = append(d.records, c.records...)
	for _, e := range c.changes {
		d.change(e)
	}
	return nil
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

// publish shows what has become durable. The witness comes first, so that whoever
// learns of the head can rely on it; without the witness the journal goes on.
func (j *Journal) publish(d *draftBody, at spot) {
	moved := len(d.records) > 0
	if moved {
		if err := j.witness.write(d.head); err != nil {
			j.opts.Logger.Warn("journal: no witness", "err", err)
		}
		j.log.seg.mark(d.records[0].Seq, at)
	}
	for _, r := range d.records {
		j.log.seg.note(r.Txn, r.Seq)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range d.changes {
		if err := j.c.apply(e); err != nil {
			j.broken = errors.Join(ErrBroken, err) // cannot be: it was encoded here
		}
	}
	j.bootDue, j.c.head, j.newest = false, d.head, at
	if moved {
		j.wake()
	}
}

// nextSegment begins the successor of the newest segment.
func (j *Journal) nextSegment() error {
	last := j.newestSegment()
	number := uint32(1)
	if last != nil {
		number = last.number + 1
	}
	s, err := j.log.begin(number, j.Head(), j.snapshot())
	if s != nil {
		j.mu.Lock()
		j.segs = append(j.segs[:len(j.segs):len(j.segs)], s)
		j.newest = spot{0, s.body}
		j.mu.Unlock()
		j.index.feed(j)
		j.remember()
	}
	return err
}
