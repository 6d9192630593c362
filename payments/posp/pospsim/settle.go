package pospsim

import (
	"fmt"

	"wattkiosk/payments/money"
)

// half is how many digits of field 48 are for cards of the country.
const half = 31

// totals are the bank's of a batch, as the first thirty digits of field 48.
func (b *Bank) totals(t *terminal, batch int64) string {
	var debit, credit money.Amount
	var debits, credits int
	for _, e := range b.entries {
		switch {
		case e.Terminal != t.ID || e.Batch != batch || e.Reversed:
		case e.Kind == kindSale:
			debit += e.Amount
			debits++
		default:
			credit += e.Amount
			credits++
		}
	}
	return fmt.Sprintf("%012d%03d%012d%03d", debit, debits, credit, credits)
}

// settle compares totals. If they are equal the batch is closed; if not, the terminal
// is to upload its details.
func (b *Bank) settle(t *terminal, m message) message {
	batch, theirs := m.digits(60, 2, 8), m.fields[48]
	if len(theirs) != 2*half {
		return m.answer("30")
	}
	theirs = theirs[:half-1]
	if reply, ok := t.closed[batch]; ok && t.totals[batch] == theirs {
		return b.compared(m, reply)
	}
	if batch != t.batch {
		return m.answer("12")
	}

	ours := b.totals(t, batch)
	if ours != theirs {
		return b.compared(m, ours+"2")
	}
	b.close(t, ours+"1", theirs)
	return b.compared(m, ours+"1")
}

func (b *Bank) compared(m message, reply string) message {
	a := m.answer("00")
	b.stamp(a)
	a.fields[48] = reply + fmt.Sprintf("%031d", 1)
	return a
}

// upload takes details, and at their end closes the batch.
func (b *Bank) upload(t *terminal, m message) message {
	batch, end := m.digits(60, 2, 8), m.digits(60, 8, 11) == 207
	_, closed := t.closed[batch]
	switch {
	case !closed && batch != t.batch:
		return m.answer("12")
	case !end:
		if n := m.digits(48, 0, 2); n < 1 || n > 8 || int(n)*40+2 != len(m.fields[48]) {
			return m.answer("30")
		}
	case !closed:
		b.close(t, b.totals(t, batch)+"2", "")
	}

	a := m.answer("00")
	b.stamp(a)
	return a
}

func (b *Bank) close(t *terminal, reply, theirs string) {
	for _, e := range b.entries {
		if e.Terminal == t.ID && e.Batch == t.batch {
			e.Settled = true
		}
	}
	t.closed[t.batch], t.totals[t.batch] = reply, theirs
	t.batch = t.batch%999999 + 1
}
