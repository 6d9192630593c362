package reconcile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"wattkiosk/payments/money"
)

// Key is one pass with tolerances over what lacks a book. Sums must be the same, and what
// the key names; times may differ.
type Key struct {
	Name    string
	Account bool  // accounts must be the same, and there
	Batch   bool  // batches must be the same, and there
	Seconds int64 // that times may differ by; a row without a time does not match
}

func (k Key) check() error {
	if k.Name == "" || k.Seconds < 0 || !k.Account && !k.Batch {
		return errors.New("a key needs a name, an account or a batch, and a tolerance that is not negative")
	}

	return nil
}

// leave keeps the rows of a payment for the passes with tolerances. They go by their sum,
// which every key compares.
func (e *Engine) leave(group []packed) error {
	var f fields
	group[0].head(&f)
	part := int(mix(uint64(f.amount)^0x9E3779B97F4A7C15, 0xA0761D6478BD642F) >> 56)
	var rows []byte
	for _, p := range group {
		rows = append(rows, p...)
	}

	return e.left.add(part, rows)
}

// lone is a payment that lacks a book, or several that a key has found to be one.
type lone struct {
	rows           []uint32 // where they are
	amount         money.Amount
	at             int64
	account, batch []byte // texts
	have, want     Books
	margin         bool // all of it
	into           int  // the lone that it was joined to, + 1
}

// maxAlike bounds the payments of one sum and account, or batch, that are held against each
// other. More are not told apart by a time: they stay breaks, for people.
const maxAlike = 2048

// unpaired pairs by the keys what lacks a book, and says the rest.
func (e *Engine) unpaired(say func(Break) error) error {
	var rows []byte
	var err error
	for p := range parts {
		if rows, err = e.left.take(p, rows); err != nil {
			return err
		}
		l := lones{e: e, rows: rows}
		l.read()
		for _, k := range e.spec.Keys {
			l.alike(k, func(alike []int) { l.pair(k, alike) })
		}
		for _, k := range e.spec.Keys {
			l.alike(k, l.twinned)
		}
		e.loose += l.pairs
		if err := l.say(say); err != nil {
			return err
		}
	}

	return nil
}

// lones are those of a partition, in order.
type lones struct {
	e     *Engine
	rows  []byte
	all   []lone
	twins []bool
	pairs int64
}

func (l *lones) row(at uint32) packed { return rowAt(l.rows, at) }

// read finds the rows of each payment: they stand together. Payments are put in the order
// of sum and serial.
func (l *lones) read() {
	for at := 0; at < len(l.rows); at += int(l.rows[at]) {
		p := l.row(uint32(at))
		f := p.all()
		if n := len(l.all); n > 0 && bytes.Equal(l.row(l.all[n-1].rows[0]).serial(), p.serial()) {
			l.all[n-1].add(uint32(at), &f, l.e.covers(&f))

			continue
		}
		one := lone{amount: f.amount, margin: true}
		one.add(uint32(at), &f, l.e.covers(&f))
		l.all = append(l.all, one)
	}
	slices.SortFunc(l.all, func(a, b lone) int {
		return cmp.Or(cmp.Compare(a.amount, b.amount), bytes.Compare(l.row(a.rows[0]).serial(), l.row(b.rows[0]).serial()))
	})
	l.twins = make([]bool, len(l.all))
}

// add takes a row. The first that has a time, an account, a batch speaks for all.
func (o *lone) add(at uint32, f *fields, c cover) {
	o.rows = append(o.rows, at)
	o.have |= Set(f.book)
	o.want |= f.wants &^ (c.agrees | c.differs)
	o.margin = o.margin && f.margin
	if o.at == 0 {
		o.at = f.at
	}
	if o.account == nil || empty(o.account) {
		o.account = f.account
	}
	if o.batch == nil || empty(o.batch) {
		o.batch = f.batch
	}
}

func (o *lone) missing() Books { return o.want &^ o.have }

// root is what a lone was joined to.
func (l *lones) root(i int) int {
	for l.all[i].into != 0 {
		i = l.all[i].into - 1
	}

	return i
}

// alike gives those of one sum that a key says are alike, in the order of time.
func (l *lones) alike(k Key, do func(alike []int)) {
	order := make([]int, 0, len(l.all))
	for i := range l.all {
		if o := &l.all[i]; (!k.Account || !empty(o.account)) && (!k.Batch || !empty(o.batch)) {
			order = append(order, i)
		}
	}
	compare := func(i, j int) int {
		a, b := &l.all[i], &l.all[j]
		c := cmp.Compare(a.amount, b.amount)
		if c == 0 && k.Account {
			c = bytes.Compare(a.account, b.account)
		}
		if c == 0 && k.Batch {
			c = bytes.Compare(a.batch, b.batch)
		}

		return c
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(compare(i, j), cmp.Compare(l.all[i].at, l.all[j].at), cmp.Compare(i, j))
	})

	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && compare(order[from], order[to]) == 0 {
			to++
		}
		if to-from > 1 {
			do(order[from:to])
		}
		from = to
	}
}

// pair joins those which are alike, the closest in time first.
func (l *lones) pair(k Key, alike []int) {
	if len(alike) > maxAlike {
		return
	}
	type candidate struct {
		a, b  int
		apart int64
	}
	var all []candidate
	for x, i := range alike {
		if l.all[i].at == 0 {
			continue
		}
		for _, j := range alike[x+1:] {
			apart := l.all[j].at - l.all[i].at
			if apart > k.Seconds {
				break
			}
			if l.fit(i, j) {
				all = append(all, candidate{i, j, apart})
			}
		}
	}
	slices.SortStableFunc(all, func(x, y candidate) int { return cmp.Compare(x.apart, y.apart) })
	for _, c := range all {
		if l.fit(c.a, c.b) {
			l.join(c.a, c.b)
		}
	}
}

// fit reports whether two may be one payment: no book has both, and each lacks what the
// other has.
func (l *lones) fit(i, j int) bool {
	i, j = l.root(i), l.root(j)
	a, b := &l.all[i], &l.all[j]

	return i != j && a.have&b.have == 0 && a.want&b.have != 0 && b.want&a.have != 0 &&
		(b.have&^a.want == 0 || a.have&^b.want == 0)
}

func (l *lones) join(i, j int) {
	i, j = l.root(i), l.root(j)
	a, b := &l.all[i], &l.all[j]
	b.into = i + 1
	a.rows = append(a.rows, b.rows...)
	a.have |= b.have
	a.want |= b.want
	a.margin = a.margin && b.margin
	if !a.margin {
		l.pairs++
	}
}

// twinned marks those which lack a book that has their like, which is nobody's either.
func (l *lones) twinned(alike []int) {
	var have Books
	for _, i := range alike {
		if o := &l.all[l.root(i)]; o.missing() != 0 {
			have |= o.have
		}
	}
	for _, i := range alike {
		r := l.root(i)
		l.twins[r] = l.twins[r] || l.all[r].missing()&have != 0
	}
}

// say says what is wrong with each payment, as far as something is.
func (l *lones) say(say func(Break) error) error {
	var group []packed
	for i := range l.all {
		o := &l.all[i]
		if o.into != 0 {
			continue
		}
		group = group[:0]
		for _, at := range o.rows {
			group = append(group, l.row(at))
		}
		slices.SortFunc(group, byBook)
		v := l.e.view(group)
		v.Twin = l.twins[i]
		for _, b := range v.breaks() {
			if err := say(b); err != nil {
				return fmt.Errorf("break of %s: %w", b.Serial, err)
			}
		}
	}

	return nil
}

// byBook orders the rows of a payment that has several serials.
func byBook(a, b packed) int {
	return cmp.Or(cmp.Compare(a[a.afterSerial()]&7, b[b.afterSerial()]&7), order(a, b))
}
