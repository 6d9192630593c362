package kiosktest

import (
	"time"

	"wattkiosk/payments/record"
)

// When the journal is trimmed: some minutes after each start, and then in the rhythm of a
// kiosk whose records are kept for hours, where a real one keeps them for months.
const (
	trimAfterStart = 5 * time.Minute
	trimEvery      = 20 * time.Minute
)

// trimLater trims the journal again and again while the program lives.
func (w *box) trimLater(after time.Duration) {
	if w.plan.Retention == 0 {
		return
	}
	w.later(after, func() {
		w.trim()
		w.trimLater(trimEvery)
	})
}

// trim lets old records go, and looks at which went: none that head office lacks, none
// of a payment that is open, and none that is young.
func (w *box) trim() {
	var before []record.Record
	err := w.memory.Each(0, func(r record.Record) error { before = append(before, r); return nil })
	if err != nil {
		w.office.fail("cannot read the journal before it is trimmed: %v", err)
		return
	}
	w.writer = w
	n, err := w.memory.Trim(w.time())
	if err != nil {
		w.logf("not trimmed: %v", err)
		return
	}
	w.logf("%d records are trimmed", n)
	w.stats.Trimmed += n

	open := map[string]bool{}
	for _, t := range w.core.Status().Open {
		open[t.Serial] = true
	}
	head, err := w.office.head()
	w.office.check(err)
	for _, r := range before[:n] {
		switch age := w.now.Sub(w.written[r.Seq]); {
		case r.Seq > head.Seq:
			w.office.fail("record %d is trimmed, head office has %d", r.Seq, head.Seq)
		case open[r.Txn]:
			w.office.fail("record %d of %s is trimmed, which is open", r.Seq, r.Txn)
		// A record has its time in whole milliseconds.
		case age+time.Millisecond <= w.plan.Retention && !w.clock.wrongBetween(w.written[r.Seq], w.now):
			w.office.fail("record %d is trimmed after %s, the retention is %s", r.Seq, age, w.plan.Retention)
		}
	}
	w.trimmed = append(w.trimmed, before[:n]...)
}

// each gives all records of the journal, those that were trimmed included.
func (w *box) each(fn func(record.Record) error) error {
	for _, r := range w.trimmed {
		if err := fn(r); err != nil {
			return err
		}
	}

	return w.memory.Each(0, fn)
}
