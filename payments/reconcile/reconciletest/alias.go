package reconciletest

import (
	"fmt"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
)

// alias is a row that one book has under a serial of its own.
type alias struct {
	book    int
	serial  string
	after   int64 // seconds; negative: no time
	later   bool  // on the next date
	account bool  // the payment's

	timeless bool // the book does not say when it was, whatever after is
}

// aliased are payments of which a book has a row under a serial of its own.
func (m *Month) aliased() {
	shapes := m.shapes
	for s := range shapes {
		for _, book := range shapes[s].books[1:] {
			for _, after := range []int64{10, -Tolerance / 2, Tolerance, Tolerance + 1, 4 * Tolerance, noTime} {
				if m.office && after == noTime && (book == posp || book == acquirer) {
					continue // their forms have a time
				}
				m.alias(m.odd(&shapes[s], false), alias{book: book, after: after, account: true})
			}
			m.alias(m.odd(&shapes[s], true), alias{book: book, after: 60, later: true, account: true})
			if book != posp {
				m.alias(m.odd(&shapes[s], false), alias{book: book, after: 10})
			}
		}
		if len(shapes[s].books) > 2 {
			p := m.odd(&shapes[s], false)
			for _, book := range p.books[1:] {
				m.alias(p, alias{book: book, after: 20, account: true})
			}
		}
	}
	if !m.office {
		m.contested()
	}
}

// noTime is of an alias whose book does not say when it was.
const noTime = 1 << 40

func (m *Month) alias(p *payment, a alias) {
	m.serials++
	a.serial = fmt.Sprintf("X%017d", m.serials)
	if m.office { // no form has a time and an account that a key could go by
		a.timeless = true
		a.account = a.account && (a.book == mis || a.book == cardSystem)
		if a.book == posp {
			a.serial = fmt.Sprintf("posp-99999999-%06d", m.serials)
		}
	}
	p.entries[a.book].rows = 0
	p.aliases = append(p.aliases, a)
}

// contested are two payments of one account and sum, of which the ledger has one, under
// another serial: it is the closer one's.
func (m *Month) contested() {
	far, near := m.odd(&shapes[0], false), m.odd(&shapes[0], false)
	near.day, near.amount, near.account, near.at = far.day, far.amount, far.account, far.at+60
	far.entries[mis].rows = 0
	m.alias(near, alias{book: mis, after: -10, account: true})
}

// found reports whether a key pairs the alias with its payment.
func (a *alias) found() bool {
	return a.account && !a.timeless && a.after <= Tolerance && a.after >= -Tolerance
}

func (m *Month) writeAlias(p *payment, a alias) {
	r, day := m.row(p, a.book), p.day
	r.Serial, r.At = a.serial, p.at+a.after
	if a.after == noTime {
		r.At = 0
	}
	if !a.account {
		m.serials++
		r.Account = fmt.Sprintf("%010d", 1_000_000_000+m.serials)
	}
	if a.later {
		day++
	}
	m.rows[a.book][day] = append(m.rows[a.book][day], r)
}

// total says how the total of its batch stands to a payment.
type total int

const (
	noTotal     total = iota // the POSP has rows
	totalAgrees              // with the rows of its batch
	totalDiffers
	totalMissing
)

// batch is a total at the POSP.
type batch struct {
	name    string
	day     int
	parts   []part
	of      total
	unknown bool // nobody has a row of it
}

type part struct {
	sum   money.Amount
	count int64
}

// totalled are batches of which the POSP has only totals: each with a payment that agrees,
// one that the ledger lacks, and one that it took back.
func (m *Month) totalled() {
	for _, make := range []func(sum money.Amount, n int64) ([]part, total){
		func(sum money.Amount, n int64) ([]part, total) { return []part{{sum, n}}, totalAgrees },
		func(sum money.Amount, n int64) ([]part, total) {
			return []part{{100, 1}, {sum - 100, n - 1}}, totalAgrees
		},
		func(sum money.Amount, n int64) ([]part, total) { return []part{{sum + 1, n}}, totalDiffers },
		func(sum money.Amount, n int64) ([]part, total) { return []part{{sum, n - 1}}, totalDiffers },
		func(money.Amount, int64) ([]part, total) { return nil, totalMissing },
	} {
		b := m.batch()
		var sum money.Amount
		for range 3 {
			p := m.odd(&shapes[1], false)
			p.day, p.at, p.batch = b.day, m.from(b.day)+12*3600, b.name
			p.entries[posp].rows = 0
			sum += p.amount
		}
		parts, of := make(sum, 3)
		of3 := m.payments[len(m.payments)-3:]
		for _, p := range of3 {
			p.total = of
		}
		of3[1].entries[mis].rows = 0
		of3[2].entries[mis].state = reconcile.Reversed
		b.parts, b.of = parts, of
		m.batches = append(m.batches, b)
	}
	nobodys, empty := m.batch(), m.batch()
	nobodys.parts, nobodys.unknown = []part{{500, 1}}, true
	empty.parts = []part{{0, 0}}
	m.batches = append(m.batches, nobodys, empty)
}

func (m *Month) batch() batch {
	m.serials++

	return batch{name: fmt.Sprintf("T%013d", m.serials), day: m.rng.IntN(m.days)}
}
