package journal

import (
	"fmt"
	"time"

	"wattkiosk/payments/record"
)

const (
	trimChunk    = 500 // records removed in one transaction
	flattenGoers = 2   // compactors at work in Compact
)

// Trim removes the records that head office has acknowledged and that are older
// at now than the retention, from the front, in bounded transactions, and keeps
// the anchor from which the rest verifies. It stops before the first record of a
// transaction that Options.Pinned names.
//
// A stamp counts only where the clock was trusted, and where it is neither later
// than now nor earlier than one before it; any other record has the age of the
// next whose stamp counts. So one wrong stamp neither holds up what follows it nor
// lets it go early. While the clock is not trusted now, or has leapt by more than
// the retention since the last run without being synchronised, it removes nothing. It goes on while records are refused for lack of space. The space
// comes back with compactions; see Compact.
func (j *Journal) Trim(now time.Time) (removed int, err error) {
	j.upkeep.Lock()
	defer j.upkeep.Unlock()
	switch j.opts.Trust() {
	case record.Untrusted:
		return 0, nil
	case record.RTC:
		if now.After(j.lastRun.Add(j.opts.Retention)) && !j.lastRun.IsZero() {
			return 0, nil
		}
	}
	last, err := j.expired(now)
	if err != nil {
		return 0, fmt.Errorf("cannot trim: %w", err)
	}
	for j.First() <= last {
		n, err := j.trim(last)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("cannot trim from %d: %w", j.First(), err)
		}
	}
	return removed, nil
}

// expired gives the last record that may go. What is acknowledged is read before
// what is pinned: a transaction that is opened in between is not acknowledged.
func (j *Journal) expired(now time.Time) (last uint64, err error) {
	to := j.Acknowledged()
	pinned, err := j.firstPinned()
	if err != nil {
		return 0, err
	}
	if pinned > 0 {
		to = min(to, pinned-1)
	}
	before, newest := now.Add(-j.opts.Retention), time.Time{}
	err = j.view(func(v view) error {
		return v.scan(v.anchor.Seq+1, to, func(r record.Record, _ int) (bool, error) {
			if r.Trust == record.Untrusted || r.Time.After(now) || r.Time.Before(newest) {
				return true, nil
			}
			if !r.Time.Before(before) {
				return false, nil
			}
			last, newest = r.Seq, r.Time
			return true, nil
		})
	})
	return last, err
}

// firstPinned is the first stored record of the transactions that must stay, or 0.
func (j *Journal) firstPinned() (first uint64, err error) {
	if j.opts.Pinned == nil {
		return 0, nil
	}
	serials, err := j.opts.Pinned(j.State)
	if err != nil {
		return 0, fmt.Errorf("cannot tell what must stay: %w", err)
	}
	for _, s := range serials {
		recs, err := j.Txn(s)
		if err != nil {
			return 0, err
		}
		if len(recs) > 0 && (first == 0 || recs[0].Seq < first) {
			first = recs[0].Seq
		}
	}
	return first, nil
}

// trim removes one chunk of what lies before and at last.
func (j *Journal) trim(last uint64) (int, error) {
	c := &call{house: true}
	var anchor record.Head
	n := 0
	err := j.view(func(v view) error {
		anchor = v.anchor
		to := min(last, v.anchor.Seq+trimChunk)
		return v.scan(v.anchor.Seq+1, to, func(r record.Record, _ int) (bool, error) {
			var err error
			if anchor, err = anchor.Follow(r); err != nil {
				return false, err
			}
			c.writes = append(c.writes, write{key: recordKey(r.Seq)})
			if r.Txn != "" {
				c.writes = append(c.writes, write{key: txnKey(r.Txn, r.Seq)})
			}
			n++
			return true, nil
		})
	})
	if err != nil {
		return 0, err
	}
	c.writes = append(c.writes, write{metaKey("anchor"), encodeHead(anchor)})
	c.count, c.bytes = len(c.writes), perWrite*len(c.writes)
	if err := j.submit(c); err != nil {
		return 0, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.anchor = anchor
	return n, nil
}

// Compact gives the space of trimmed records back, and makes the ballast again
// where it was given up. It is long work for the night and needs some space
// itself: below half the reserve it answers ErrFull.
func (j *Journal) Compact() error {
	if err := j.enter(); err != nil {
		return err
	}
	defer j.active.Done()
	err := j.writable()
	if err == nil {
		err = j.opts.gate(j.opts.forUpkeep())
	}
	if err == nil {
		err = j.db.Flatten(flattenGoers)
	}
	if err == nil {
		err = j.opts.refill()
	}
	if err != nil {
		return fmt.Errorf("cannot compact the journal: %w", err)
	}
	return nil
}
