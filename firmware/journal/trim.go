package journal

import (
	"fmt"
	"time"

	"wattkiosk/payments/record"
)

// Trim removes the records that head office has acknowledged and that are older
// at now than the retention, from the front, and keeps the anchor from which the
// rest verifies; a segment goes with the last of its records. It stops before the first record of a
// transaction that Options.Pinned names.
//
// A stamp counts only where the clock was trusted, and where it is neither later
// than now nor earlier than one before it; any other record has the age of the
// next whose stamp counts. So one wrong stamp neither holds up what follows it nor
// lets it go early. While the clock is not trusted now, or has leapt by more than
// the retention since the last run without being synchronised, it removes nothing. It
// goes on while records are refused for lack of space.
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
	first := j.First()
	if last < first {
		return 0, nil
	}
	if err := j.trim(last); err != nil {
		return 0, fmt.Errorf("cannot trim from %d: %w", first, err)
	}
	return int(last - first + 1), nil
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

// trim moves the anchor to record last, and then removes the segments that end
// there or before.
func (j *Journal) trim(last uint64) error {
	var anchor record.Head
	err := j.view(func(v view) (err error) {
		anchor, err = v.at(last)
		return err
	})
	if err != nil {
		return err
	}
	err = j.submit(&call{house: true, count: 1, bytes: perWrite, changes: []entry{{kind: entryAnchor, value: encodeHead(anchor)}}})
	if err == nil {
		j.dropSegments()
		j.remember()
	}
	return err
}

// dropSegments takes the segments out of the list that hold no record after the
// anchor, and removes them as soon as nobody reads.
func (j *Journal) dropSegments() {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for n+1 < len(j.segs) && j.segs[n+1].start.Seq <= j.c.anchor.Seq {
		n++
	}
	j.doomed = append(j.doomed, j.segs[:n]...)
	j.segs = j.segs[n:]
	if j.views == 0 {
		j.removeDoomed()
	}
}

// Compact makes the index anew where much of it is of trimmed records, and the
// ballast where it was given up. It is long work for the night. Then it looks at
// the end of the log, as Probe does.
func (j *Journal) Compact() error {
	if err := j.compact(); err != nil {
		return fmt.Errorf("cannot compact the journal: %w", err)
	}
	return nil
}

func (j *Journal) compact() error {
	j.upkeep.Lock()
	defer j.upkeep.Unlock()
	if err := j.enter(); err != nil {
		return err
	}
	defer j.active.Done()
	if err := j.writable(); err != nil {
		return err
	}
	j.index.renew(j)
	if err := j.opts.refill(); err != nil {
		return err
	}
	return j.Probe()
}
