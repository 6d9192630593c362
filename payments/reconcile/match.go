package reconcile

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// matcher goes through partitions with the same tables.
type matcher struct {
	e     *Engine
	rows  []byte
	index []uint64 // hash and place of each row, in order
	spare []uint64
	group []packed
	sums  hasher
}

// partition matches the rows of one partition: they are put in order, and looked at serial
// by serial.
func (m *matcher) partition(part int, sums *digests, say func(Break) error) error {
	rows, err := m.e.shelf.take(part, m.rows)
	if err != nil {
		return err
	}
	m.rows = rows
	if len(rows) == 0 {
		return nil
	}
	m.sort()

	m.sums.reset()
	for from := 0; from < len(m.index); {
		from = m.collect(from)
		if m.agree() {
			continue
		}
		if err := m.judge(say); err != nil {
			return err
		}
	}
	m.sums.sum(sums)

	return nil
}

func (m *matcher) row(i int) packed { return rowAt(m.rows, uint32(m.index[i])) }

func rowAt(rows []byte, at uint32) packed { return packed(rows[at : at+uint32(rows[at])]) }

// sort puts the rows in the order of their hash, and those of one hash in the order of all
// that they say: the order does not depend on that in which they were fed.
func (m *matcher) sort() {
	m.index = m.index[:0]
	for at := 0; at < len(m.rows); at += int(m.rows[at]) {
		m.index = append(m.index, uint64(binary.LittleEndian.Uint32(m.rows[at+atHash:]))<<32|uint64(at))
	}
	m.index, m.spare = sortHigh(m.index, m.spare)

	for from := 0; from < len(m.index); {
		to := from + 1
		for to < len(m.index) && m.index[to]>>32 == m.index[from]>>32 {
			to++
		}
		if to-from > 1 {
			m.sortAlike(m.index[from:to])
		}
		from = to
	}
}

// sortAlike orders rows of one hash by what they say.
func (m *matcher) sortAlike(index []uint64) {
	const few = 8
	less := func(a, b uint64) int { return order(rowAt(m.rows, uint32(a)), rowAt(m.rows, uint32(b))) }
	if len(index) > few {
		slices.SortFunc(index, less)

		return
	}
	for i := 1; i < len(index); i++ {
		for j := i; j > 0 && less(index[j], index[j-1]) < 0; j-- {
			index[j], index[j-1] = index[j-1], index[j]
		}
	}
}

// sortHigh orders integers by their high 32 bits, eleven bits at a time. It returns the
// slice with the result, and the other one.
func sortHigh(index, spare []uint64) (sorted, other []uint64) {
	const width, few = 11, 256
	if len(index) < few {
		slices.Sort(index)

		return index, spare
	}
	if cap(spare) < len(index) {
		spare = make([]uint64, len(index), cap(index))
	}
	spare = spare[:len(index)]
	for shift := 32; shift < 64; shift += width {
		var count [1 << width]uint32
		for _, x := range index {
			count[x>>shift&(1<<width-1)]++
		}
		at := uint32(0)
		for i, n := range count {
			count[i] = at
			at += n
		}
		for _, x := range index {
			c := &count[x>>shift&(1<<width-1)]
			spare[*c] = x
			*c++
		}
		index, spare = spare, index
	}

	return index, spare
}

// collect takes the rows of the next serial, and says where the one after it begins.
func (m *matcher) collect(from int) int {
	first := m.row(from)
	m.group = append(m.group[:0], first)
	to := from + 1
	for ; to < len(m.index) && m.index[to]>>32 == m.index[from]>>32; to++ {
		r := m.row(to)
		if !bytes.HasPrefix(r[atSerial:], first.serial()) {
			break
		}
		m.group = append(m.group, r)
	}

	return to
}

// agree is the quick look: one standing row in each book that must have it, all of this
// date, with the same amount. On the way it adds the rows to the digests.
func (m *matcher) agree() bool {
	var (
		have, want, total Books
		first, f          fields
		ok                = true
	)
	for i, p := range m.group {
		n := p.head(&f)
		m.sums.add(f.book, p.content())
		if i == 0 {
			first = f
		}
		b := Set(f.book)
		ok = ok && f.state == Stands && !f.margin && have&b == 0 && f.amount == first.amount
		have |= b
		want |= f.wants
		if len(m.e.covered) > 0 && ok {
			f.batch = p.batchFrom(n)
			c := m.e.covers(&f)
			total |= c.agrees | c.differs
		}
	}

	return ok && want&^have&^total == 0
}

// judge says every class of difference of the serial at hand, or keeps it for the passes
// with tolerances.
func (m *matcher) judge(say func(Break) error) error {
	v := m.e.view(m.group)
	if len(m.e.spec.Keys) > 0 && v.lacksOnly() {
		return m.e.leave(m.group)
	}
	for _, b := range v.breaks() {
		if err := say(b); err != nil {
			return err
		}
	}

	return nil
}
