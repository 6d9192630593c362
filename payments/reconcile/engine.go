package reconcile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"wattkiosk/payments/money"
)

// Spec is what is matched.
type Spec struct {
	Books Books  // that take part; what a row wants of another book is not looked for
	Keys  []Key  // tolerance passes, in order; none: by serial only
	Edges Edges  // of the date; zero: the books of the neighbouring dates are all here
	Rows  int    // in memory; 0 is DefaultRows
	Dir   string // for spilled rows; empty is the system's
}

// Edges say what is close to an end of the date while the books of the neighbouring dates
// are not all here: what lacks a row there may have it on the other date.
type Edges struct {
	From, To int64 // of the date, Unix seconds: From ≤ t < To
	Near     int64 // seconds
}

func (e Edges) near(at int64) bool {
	return e.Near > 0 && at != 0 && (at < e.From+e.Near || at >= e.To-e.Near)
}

// DefaultRows is how many rows are held in memory: 80 MB of them.
const DefaultRows = 1 << 20

// Engine matches books. It is not safe for concurrent use. Close it.
type Engine struct {
	spec    Spec
	shelf   shelf
	left    shelf // one-sided after the first pass
	sums    map[batchKey]*sum
	totals  map[batchKey]sum
	covered map[batchKey]Books
	report  Report
	at      [MaxBooks]int // of a book's figures in the report
	ran     bool
}

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

// New makes an engine.
func New(spec Spec) (*Engine, error) {
	if spec.Books.Len() < 2 || spec.Books&^allBooks != 0 {
		return nil, fmt.Errorf("%d books cannot be matched", spec.Books.Len())
	}
	for _, k := range spec.Keys {
		if err := k.check(); err != nil {
			return nil, err
		}
	}
	if spec.Rows <= 0 {
		spec.Rows = DefaultRows
	}

	e := &Engine{spec: spec, sums: map[batchKey]*sum{}, totals: map[batchKey]sum{}}
	e.shelf = shelf{dir: spec.Dir, most: spec.Rows}
	e.left = shelf{dir: spec.Dir, most: spec.Rows}
	for i, name := range bookNames {
		if spec.Books.Has(i) {
			e.at[i] = len(e.report.Books)
			e.report.Books = append(e.report.Books, Figures{Name: name})
		}
	}

	return e, nil
}

// Close gives up the files of spilled rows.
func (e *Engine) Close() error { return errors.Join(e.shelf.close(), e.left.close()) }

// Feed takes one row.
func (e *Engine) Feed(r Row) error {
	if err := r.check(e.spec.Books); err != nil {
		return err
	}
	r.Wants &= e.spec.Books
	if r.Total {
		return e.total(r)
	}

	h := hashOf(r.Serial)
	var p packed
	pack(&p, &r, uint32(h))
	e.count(&r, &p)
	if r.Batch != "" && !r.Margin && r.State.stands() {
		if err := e.batched(r); err != nil {
			return err
		}
	}

	return e.shelf.add(int(h>>56), &p)
}

func (e *Engine) total(r Row) error {
	k := batchKey{r.Book, r.Batch}
	t := e.totals[k]
	t.amount += r.Amount
	t.count += r.Count
	e.totals[k] = t
	if len(e.totals) > maxBatches {
		return ErrBatches
	}
	f := &e.report.Books[e.at[r.Book]]
	f.Rows += r.Count
	f.Sum += r.Amount

	return nil
}

func (e *Engine) batched(r Row) error {
	k := batchKey{r.Book, r.Batch}
	s := e.sums[k]
	if s == nil {
		if len(e.sums) >= maxBatches {
			return ErrBatches
		}
		s = &sum{}
		e.sums[batchKey{r.Book, strings.Clone(r.Batch)}] = s
	}
	s.amount += r.Amount
	s.count++

	return nil
}

// Run matches what was fed and says each break. It can be called once. An error of say
// ends it and is returned.
func (e *Engine) Run(say func(Break) error) (Report, error) {
	if e.ran {
		return Report{}, errors.New("an engine matches once")
	}
	e.ran = true

	tell := func(b Break) error {
		b.Proposal = Propose(b)
		e.report.count(b)

		return say(b)
	}
	if err := e.batches(tell); err != nil {
		return Report{}, err
	}

	var rows []packed
	m := matcher{e: e, say: tell}
	for p := range parts {
		var err error
		if rows, err = e.shelf.take(p, rows[:0]); err != nil {
			return Report{}, err
		}
		if err = m.partition(rows); err != nil {
			return Report{}, err
		}
	}
	if err := e.loose(tell); err != nil {
		return Report{}, err
	}

	return e.report, nil
}

// batches compares the totals of books that have only those with the rows of the others.
func (e *Engine) batches(say func(Break) error) error {
	e.covered = map[batchKey]Books{}
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

	for _, k := range keys {
		t, found := e.totals[k], false
		for book := range MaxBooks {
			s := e.sums[batchKey{book, k.batch}]
			if book == k.book || s == nil {
				continue
			}
			found = true
			e.covered[batchKey{book, k.batch}] |= Set(k.book)
			if s.amount == t.amount && s.count == t.count {
				continue
			}
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

// matcher goes through partitions with the same tables.
type matcher struct {
	e     *Engine
	say   func(Break) error
	table []int32 // open addressing: the first row of a serial + 1
	next  []int32 // the next row of the same serial + 1
	heads []int32
	group []*packed
}

// partition matches the rows of one partition: rows of the same serial are chained in a
// table, and then looked at serial by serial, in their order.
func (m *matcher) partition(rows []packed) error {
	if len(rows) == 0 {
		return nil
	}
	m.chain(rows)
	var broken []int32
	for _, head := range m.heads {
		m.collect(rows, head)
		if !m.agree() {
			broken = append(broken, head)
		}
	}
	slices.SortFunc(broken, func(a, b int32) int { return bytes.Compare(rows[a].serial(), rows[b].serial()) })

	for _, head := range broken {
		m.collect(rows, head)
		slices.SortFunc(m.group, func(a, b *packed) int { return bytes.Compare(order(a), order(b)) })
		if err := m.judge(); err != nil {
			return err
		}
	}

	return nil
}

// order is what rows of one serial are sorted by: everything that they say.
func order(p *packed) []byte { return p[:atHash] }

func (m *matcher) chain(rows []packed) {
	size := 1
	for size < 2*len(rows) {
		size *= 2
	}
	if cap(m.table) < size {
		m.table = make([]int32, size)
	}
	m.table = m.table[:size]
	clear(m.table)
	if cap(m.next) < len(rows) {
		m.next = make([]int32, len(rows))
	}
	m.next, m.heads = m.next[:len(rows)], m.heads[:0]

	mask := uint32(size - 1)
	for i := range rows {
		m.next[i] = 0
		at := rows[i].hash() & mask
		for {
			head := m.table[at]
			if head == 0 {
				m.table[at] = int32(i) + 1
				m.heads = append(m.heads, int32(i))

				break
			}
			if h := head - 1; rows[h].hash() == rows[i].hash() && bytes.Equal(rows[h].serial(), rows[i].serial()) {
				m.next[i] = m.next[h]
				m.next[h] = int32(i) + 1

				break
			}
			at = (at + 1) & mask
		}
	}
}

// collect is the rows of one serial.
func (m *matcher) collect(rows []packed, head int32) {
	m.group = append(m.group[:0], &rows[head])
	for n := m.next[head]; n != 0; n = m.next[n-1] {
		m.group = append(m.group, &rows[n-1])
	}
}

// agree is the quick look: one standing row in each book that must have it, all of this
// date, with the same amount.
func (m *matcher) agree() bool {
	var have, want Books
	first := m.group[0].amount()
	for _, p := range m.group {
		b := Set(p.book())
		if p.state() != Stands || p.margin() || have&b != 0 || p.amount() != first {
			return false
		}
		have |= b | m.e.covers(p)
		want |= p.wants()
	}

	return want&^have == 0
}

// covers are the books that have a row by the total of its batch.
func (e *Engine) covers(p *packed) Books {
	if len(e.covered) == 0 || p[atBatch] == 0 {
		return 0
	}

	return e.covered[batchKey{p.book(), text(p[atBatch:atAmount])}]
}
