package reconcile

import (
	"errors"
	"slices"
	"strings"

	"wattkiosk/payments/money"
)

type batchKey struct {
	book  int
	batch string
}

type sum struct {
	amount money.Amount
	count  int64
}

// maxBatches bounds the batches of a date: one is a terminal's day.
const maxBatches = 1 << 20

// ErrBatches says that there are more batches than a date can have.
var ErrBatches = errors.New("too many batches")

// cover says of the rows of a batch, in one book, which other books have them by a total.
type cover struct {
	agrees, differs Books
}

// total takes a total of a batch. One that comes in parts is their sum.
func (e *Engine) total(r Row) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	k := batchKey{r.Book, r.Batch}
	t, known := e.totals[k]
	if !known {
		if len(e.totals) >= maxBatches {
			return ErrBatches
		}
		k.batch = strings.Clone(k.batch)
	}
	t.amount += r.Amount
	t.count += r.Count
	e.totals[k] = t
	e.figures[r.Book].Rows += r.Count
	e.figures[r.Book].Sum += r.Amount

	return nil
}

// batched adds a row to the sum of its batch.
func (f *Feeder) batched(r *Row) error {
	k := batchKey{r.Book, r.Batch}
	s := f.sums[k]
	if s == nil {
		if len(f.sums) >= maxBatches {
			return ErrBatches
		}
		s = &sum{}
		f.sums[batchKey{r.Book, strings.Clone(r.Batch)}] = s
	}
	s.amount += r.Amount
	s.count++

	return nil
}

// mergeSums adds the sums of a feeder to the engine's, which is locked.
func (f *Feeder) mergeSums() error {
	for k, s := range f.sums {
		all := f.e.sums[k]
		if all == nil {
			if len(f.e.sums) >= maxBatches {
				return ErrBatches
			}
			f.e.sums[k] = s

			continue
		}
		all.amount += s.amount
		all.count += s.count
	}
	f.sums = map[batchKey]*sum{}

	return nil
}

// sortedTotals are the totals by batch and book.
func (e *Engine) sortedTotals() []batchKey {
	keys := make([]batchKey, 0, len(e.totals))
	for k := range e.totals {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b batchKey) int {
		if a.batch != b.batch {
			return strings.Compare(a.batch, b.batch)
		}

		return a.book - b.book
	})

	return keys
}

// batches compares the totals of books that have only those with the rows of the others.
func (e *Engine) batches(say func(Break) error) error {
	for _, k := range e.sortedTotals() {
		t, found := e.totals[k], false
		for book := range MaxBooks {
			s := e.sums[batchKey{book, k.batch}]
			if book == k.book || s == nil {
				continue
			}
			found = true
			if s.amount == t.amount && s.count == t.count {
				e.cover(k, book).agrees |= Set(k.book)

				continue
			}
			e.cover(k, book).differs |= Set(k.book)
			b := Break{Class: Amount, Batch: k.batch}
			b.Sides[k.book] = Side{Rows: t.count, Standing: t.count, Amount: t.amount}
			b.Sides[book] = Side{Rows: s.count, Standing: s.count, Amount: s.amount}
			if err := say(b); err != nil {
				return err
			}
		}
		if !found && t.count > 0 {
			b := Break{Class: OneSided, Batch: k.batch}
			b.Sides[k.book] = Side{Rows: t.count, Standing: t.count, Amount: t.amount}
			if err := say(b); err != nil {
				return err
			}
		}
	}

	return nil
}

// cover is that of the rows of a batch in a book.
func (e *Engine) cover(k batchKey, book int) *cover {
	var b room
	text := string(b[:putText(b[:], k.batch)])
	c := e.covered[text]
	if c == nil {
		c = &[MaxBooks]cover{}
		e.covered[text] = c
	}

	return &c[book]
}

// covers are the books that have a row by the total of its batch.
func (e *Engine) covers(f *fields) cover {
	if c := e.covered[string(f.batch)]; c != nil {
		return c[f.book]
	}

	return cover{}
}
