package reconciletest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
)

// Of the time near midnight, the tolerances of [Keys], and a day, in seconds.
const (
	Near      = 900
	Tolerance = 300
	oneDay    = 86400
)

// Keys are the tolerances that a month is made for: the account, and where a book has none
// the terminal's batch.
func Keys() []reconcile.Key {
	return []reconcile.Key{{Name: "account and time", Account: true, Seconds: Tolerance}, {Name: "batch and time", Batch: true, Seconds: Tolerance}}
}

// Zone is the business time zone of a month.
var Zone = time.FixedZone("CST", 8*3600)

// Month is some days of books.
type Month struct {
	first    time.Time
	days     int
	kiosks   int
	rng      *rand.Rand
	payments []*payment
	batches  []batch
	rows     [reconcile.MaxBooks][][]reconcile.Row // by day
	serials  int
	shapes   []shape
	each     int  // payments of a kiosk and day on which the books agree
	office   bool // see MakeOffice
}

// payment is what all books have of one payment.
type payment struct {
	*shape
	serial, account, batch string
	amount                 money.Amount
	day                    int
	at                     int64
	entries                [reconcile.MaxBooks]entry
	total                  total // of its batch at the POSP
	aliases                []alias
	office                 bool
}

// late reports whether it was close to the end of its date.
func (p *payment) late() bool { return (p.at+8*3600)%oneDay >= oneDay-Near }

// Make makes a month.
func Make(seed uint64, kiosks, days int) *Month {
	m := empty(seed, kiosks, days)
	m.agreeing()
	m.differing()
	m.aliased()
	m.totalled()
	m.write()

	return m
}

func empty(seed uint64, kiosks, days int) *Month {
	return &Month{
		first: time.Date(2026, time.November, 1, 0, 0, 0, 0, Zone), days: days, kiosks: kiosks,
		rng: rand.New(rand.NewPCG(seed, seed^0x9E3779B97F4A7C15)), shapes: shapes, each: 20,
	}
}

// Dates are the dates of the month, YYYYMMDD.
func (m *Month) Dates() []string {
	var all []string
	for d := range m.days {
		all = append(all, m.first.AddDate(0, 0, d).Format("20060102"))
	}

	return all
}

// Books are the books of a month.
func (m *Month) Books() reconcile.Books {
	return reconcile.Set(kiosk, mis, posp, acquirer, cardSystem, bank)
}

// Rows are the rows of one book of one date, as that book dates them.
func (m *Month) Rows(book int, date string) []reconcile.Row { return m.rows[book][m.day(date)] }

// Run is what a run of a date is fed: its rows, and of the neighbouring dates what is near
// midnight. At night the books of the next date are not here yet.
func (m *Month) Run(date string, night bool) []reconcile.Row {
	var rows []reconcile.Row
	day := m.day(date)
	for book := range reconcile.MaxBooks {
		rows = append(rows, m.rows[book][day]...)
		if day > 0 {
			rows = append(rows, m.margin(book, day-1, func(at int64) bool { return at >= m.from(day)-Near })...)
		}
		if day+1 < m.days && !night {
			rows = append(rows, m.margin(book, day+1, func(at int64) bool { return at < m.from(day+1)+Near })...)
		}
	}

	return rows
}

// Edges are those of a run at night.
func (m *Month) Edges(date string) reconcile.Edges {
	return reconcile.Edges{After: m.from(m.day(date)+1) - Near}
}

func (m *Month) margin(book, day int, near func(at int64) bool) []reconcile.Row {
	var rows []reconcile.Row
	for _, r := range m.rows[book][day] {
		if !r.Total && near(r.At) {
			r.Margin = true
			rows = append(rows, r)
		}
	}

	return rows
}

func (m *Month) day(date string) int {
	d, err := time.ParseInLocation("20060102", date, Zone)
	if err != nil {
		panic(err)
	}

	return int(d.Sub(m.first) / (oneDay * time.Second))
}

func (m *Month) from(day int) int64 { return m.first.Unix() + int64(day)*oneDay }

// pay is a payment that agrees in all books.
func (m *Month) pay(s *shape, day int) *payment {
	m.serials++
	terminal := 10000001 + m.rng.IntN(m.kiosks)
	p := &payment{
		shape: s, office: m.office, day: day, at: m.from(day) + 6*3600 + m.rng.Int64N(16*3600),
		serial:  fmt.Sprintf("%08d01%010d", terminal, m.serials),
		account: fmt.Sprintf("%010d", 1_000_000_000+m.serials),
		batch:   fmt.Sprintf("%08d%06d", terminal, day+1),
		amount:  money.Amount(100 * (1 + m.rng.IntN(500))),
	}
	for _, b := range s.books {
		p.entries[b].rows = 1
	}
	m.payments = append(m.payments, p)

	return p
}

// odd is a payment with a sum that no other has.
func (m *Month) odd(s *shape, night bool) *payment {
	days := m.days
	if night {
		days-- // the next one must be of the month
	}
	p := m.pay(s, m.rng.IntN(days))
	p.amount = money.Amount(400_000 + m.serials)
	if night {
		p.at = m.from(p.day+1) - 40
	}

	return p
}

// agreeing are those in which there is nothing to find, some of them around midnight.
func (m *Month) agreeing() {
	for day := range m.days {
		for i := range m.kiosks * m.each {
			p := m.pay(&m.shapes[i%len(m.shapes)], day)
			switch m.rng.IntN(50) {
			case 0:
				p.at = m.from(day+1) - 30
			case 1:
				p.at = m.from(day) + 1
			}
		}
	}
}

// differing are payments with one difference and with two.
func (m *Month) differing() {
	for s := range m.shapes {
		all := changesOf(&m.shapes[s])
		if m.office {
			all = slices.DeleteFunc(all, func(c change) bool { return !c.tellable() })
		}
		for i, one := range all {
			m.differ(&m.shapes[s], one)
			for _, two := range all[i+1:] {
				if one.with(two) {
					m.differ(&m.shapes[s], one, two)
				}
			}
		}
	}
	// As it is: nothing in any book but what did not come to anything.
	for s := range m.shapes {
		p := m.odd(&m.shapes[s], false)
		for b := range p.entries {
			if b != kiosk {
				p.entries[b].rows = 0
			}
		}
		p.entries[kiosk].state = reconcile.NotBooked
	}
}

// change is a difference in a book.
type change struct {
	*difference
	book int
}

func changesOf(s *shape) []change {
	var all []change
	for _, b := range s.books {
		for i := range differences {
			if d := &differences[i]; d.fits(s, b) {
				all = append(all, change{d, b})
			}
		}
	}

	return all
}

// with reports whether both can be of one payment.
func (c change) with(d change) bool {
	if c.book != d.book {
		return true
	}
	for _, a := range []string{"all", "sum", "rows", "date", "state"} {
		if a == "all" && (c.touch == a || d.touch == a) || touches(c, a) && touches(d, a) {
			return false
		}
	}

	return true
}

func touches(c change, what string) bool { return slices.Contains(strings.Fields(c.touch), what) }

func (m *Month) differ(s *shape, changes ...change) {
	night := slices.ContainsFunc(changes, func(c change) bool { return c.night })
	p := m.odd(s, night)
	for _, c := range changes {
		c.do(&p.entries[c.book])
	}
}

// write makes the rows of all books.
func (m *Month) write() {
	for book := range m.rows {
		m.rows[book] = make([][]reconcile.Row, m.days)
	}
	for _, p := range m.payments {
		for book := range p.entries {
			m.writeEntry(p, book)
		}
		for _, a := range p.aliases {
			m.writeAlias(p, a)
		}
	}
	for _, b := range m.batches {
		for _, part := range b.parts {
			m.rows[posp][b.day] = append(m.rows[posp][b.day], reconcile.Row{Book: posp, Batch: b.name, Total: true, Amount: part.sum, Count: part.count})
		}
	}
	for _, days := range m.rows {
		for _, rows := range days {
			slices.SortStableFunc(rows, func(a, b reconcile.Row) int { return cmp.Compare(a.At, b.At) })
		}
	}
}

func (m *Month) row(p *payment, book int) reconcile.Row {
	r := reconcile.Row{Book: book, Serial: p.serial, Account: p.account, Amount: p.amount, At: p.at, Wants: reconcile.Set(kiosk)}
	switch book {
	case kiosk:
		r.Wants, r.Tender, r.Batch = reconcile.Set(p.books[1:]...), p.tender, p.batch
	case posp:
		r.Account, r.Batch = "", p.batch
	default:
		r.At += 5
	}
	if p.tender != "bankcard" {
		r.Batch = ""
	}

	return r
}

func (m *Month) writeEntry(p *payment, book int) {
	e := p.entries[book]
	for i := range e.rows {
		r, day := m.row(p, book), p.day
		r.State = e.state
		if e.less {
			r.Amount -= 100
		}
		if e.later || e.both && i == 1 {
			r.At, day = m.from(p.day+1)+20, p.day+1
		}
		m.rows[book][day] = append(m.rows[book][day], r)
	}
}
