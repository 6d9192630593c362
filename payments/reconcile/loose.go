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

// lone is a payment that lacks a book, or several that a key has found to be one. Places are
// those in the rows of a partition.
type lone struct {
	amount         money.Amount
	at             int64
	first          uint32 // where its rows begin, one after the other
	account, batch uint32 // where those texts are; 0 for none
	into, next     int32  // the lone that it was joined to, and the next that was joined to the same, + 1
	rows           uint8
	have, want     Books
	margin         bool // all of it
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
			l.alike(k, func(alike []int32) { l.pair(k, alike) })
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
	count, last := 0, packed(nil)
	for at := 0; at < len(l.rows); at += int(l.rows[at]) {
		p := l.row(uint32(at))
		if last == nil || !bytes.Equal(last.serial(), p.serial()) {
			count++
		}
		last = p
	}
	l.all = make([]lone, 0, count)

	last = nil
	for at := 0; at < len(l.rows); at += int(l.rows[at]) {
		p := l.row(uint32(at))
		if last == nil || !bytes.Equal(last.serial(), p.serial()) {
			l.all = append(l.all, lone{first: uint32(at), margin: true})
		}
		last = p
		l.add(&l.all[len(l.all)-1], uint32(at))
	}
	slices.SortFunc(l.all, func(a, b lone) int {
		return cmp.Or(cmp.Compare(a.amount, b.amount), bytes.Compare(l.row(a.first).serial(), l.row(b.first).serial()))
	})
	l.twins = make([]bool, len(l.all))
}

// add takes the next row of a payment. The first that has a time, an account, a batch
// speaks for all.
func (l *lones) add(o *lone, at uint32) {
	p := l.row(at)
	f := p.all()
	c := l.e.covers(&f)
	o.amount = f.amount
	o.rows++
	o.have |= Set(f.book)
	o.want |= f.wants &^ (c.agrees | c.differs)
	o.margin = o.margin && f.margin
	if o.at == 0 {
		o.at = f.at
	}
	end := at + uint32(len(p))
	if o.batch == 0 && !empty(f.batch) {
		o.batch = end - uint32(len(f.batch))
	}
	if o.account == 0 && !empty(f.account) {
		o.account = end - uint32(len(f.batch)+len(f.account))
	}
}

// text is the text at a place, nil at 0.
func (l *lones) text(at uint32) []byte {
	if at == 0 {
		return nil
	}

	return l.rows[at : int(at)+textSize(l.rows[at:])]
}

// missing are the books that it lacks.
func (o *lone) missing() Books { return o.want &^ o.have }

// root is what a lone was joined to.
func (l *lones) root(i int32) int32 {
	for l.all[i].into != 0 {
		i = l.all[i].into - 1
	}

	return i
}

// alike gives those of one sum that a key says are alike, in the order of time.
func (l *lones) alike(k Key, do func(alike []int32)) {
	order := make([]int32, 0, len(l.all))
	for i := range l.all {
		if o := &l.all[i]; (!k.Account || o.account != 0) && (!k.Batch || o.batch != 0) {
			order = append(order, int32(i))
		}
	}
	compare := func(i, j int32) int {
		a, b := &l.all[i], &l.all[j]
		c := cmp.Compare(a.amount, b.amount)
		if c == 0 && k.Account {
			c = bytes.Compare(l.text(a.account), l.text(b.account))
		}
		if c == 0 && k.Batch {
			c = bytes.Compare(l.text(a.batch), l.text(b.batch))
		}

		return c
	}
	slices.SortFunc(order, func(i, j int32) int {
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
func (l *lones) pair(k Key, alike []int32) {
	if len(alike) > maxAlike {
		return
	}
	type candidate struct {
		a, b  int32
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
func (l *lones) fit(i, j int32) bool {
	i, j = l.root(i), l.root(j)
	a, b := &l.all[i], &l.all[j]

	return i != j && a.have&b.have == 0 && a.want&b.have != 0 && b.want&a.have != 0 &&
		(b.have&^a.want == 0 || a.have&^b.want == 0)
}

func (l *lones) join(i, j int32) {
	i, j = l.root(i), l.root(j)
	a, b := &l.all[i], &l.all[j]
	b.into = i + 1
	last := a
	for last.next != 0 {
		last = &l.all[last.next-1]
	}
	last.next = j + 1
	a.have |= b.have
	a.want |= b.want
	a.margin = a.margin && b.margin
	if !a.margin {
		l.pairs++
	}
}

// twinned marks those which lack a book that has their like, which is nobody's either.
func (l *lones) twinned(alike []int32) {
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
		group = l.rowsOf(o, group[:0])
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

// rowsOf appends the rows of a payment and of those which were joined to it.
func (l *lones) rowsOf(o *lone, group []packed) []packed {
	for {
		for at, n := o.first, o.rows; n > 0; n-- {
			group = append(group, l.row(at))
			at += uint32(l.rows[at])
		}
		if o.next == 0 {
			return group
		}
		o = &l.all[o.next-1]
	}
}

// byBook orders the rows of a payment that has several serials.
func byBook(a, b packed) int {
	return cmp.Or(cmp.Compare(a[a.afterSerial()]&7, b[b.afterSerial()]&7), order(a, b))
}
