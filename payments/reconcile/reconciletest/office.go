package reconciletest

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
)

// officeShapes are those that head office knows a payment by: it posts bills with the MIS, and
// has power sold by the card-meter system.
var officeShapes = []shape{
	{"bill by cash", payments.Cash, []int{kiosk, mis}},
	{"bill by card", payments.BankCard, []int{kiosk, mis, posp}},
	{"bill by code", payments.QR, []int{kiosk, mis, acquirer}},
	{"power by cash", payments.Cash, []int{kiosk, cardSystem}},
	{"power by card", payments.BankCard, []int{kiosk, posp, cardSystem}},
	{"power by code", payments.QR, []int{kiosk, acquirer, cardSystem}},
}

// MakeOffice makes a month that a head office can hold and be told by files: a serial stands
// for one payment in the kiosks' own book, and a file has only the states that its form has.
// Each kiosk has so many payments a day on which all books agree.
func MakeOffice(seed uint64, kiosks, days, each int) *Month {
	m := empty(seed, kiosks, days)
	m.office, m.each = true, each
	m.shapes = officeShapes
	m.agreeing()
	m.differing()
	m.aliased()
	m.write()

	return m
}

// tellable reports whether the books of a head office can have a difference.
func (c change) tellable() bool {
	switch {
	case c.book == kiosk:
		return slices.Contains([]string{"missing", "less", "later", "not booked", "owed", "open", "unwritten"}, c.name)
	case c.name == "reversed":
		return c.book == acquirer
	}

	return c.name != "open" && c.name != "unwritten"
}

// Own is a payment as its kiosk and head office have it.
type Own struct {
	Serial, Account, Kiosk string
	Tender                 payments.Tender
	Power                  bool
	Amount                 money.Amount
	Missing                bool // they have not heard of it, but for a sale by card that went through
	State                  reconcile.State
	Paid, Ordered          time.Time // Ordered decides the date
	Terminal               string    // of the bank, where it went by card
	Trace                  uint32
}

// Owns are the payments of a month, in the order in which they were made.
func (m *Month) Owns() []Own {
	out := make([]Own, len(m.payments))
	for i, p := range m.payments {
		e := p.entries[kiosk]
		o := Own{
			Serial: p.serial, Account: p.account, Kiosk: p.serial[:8], Tender: p.tender, Power: p.has(cardSystem), Amount: p.amount,
			Missing: e.rows == 0, State: e.state, Paid: time.Unix(p.at, 0).In(Zone),
		}
		o.Ordered = o.Paid
		if e.later {
			o.Ordered = time.Unix(m.from(p.day+1)+20, 0).In(Zone)
		}
		if e.less {
			o.Amount -= 100
		}
		if p.has(posp) {
			o.Terminal, o.Trace = traceOf(p.serial)
		}
		out[i] = o
	}
	slices.SortStableFunc(out, func(a, b Own) int { return a.Ordered.Compare(b.Ordered) })

	return out
}

// traceOf is the bank's terminal and trace of a payment: the count of the month.
func traceOf(serial string) (terminal string, trace uint32) {
	if strings.HasPrefix(serial, "posp-") {
		_, err := fmt.Sscanf(serial, "posp-%8s-%06d", &terminal, &trace)
		if err != nil {
			panic(err)
		}

		return terminal, trace
	}
	if _, err := fmt.Sscanf(serial[14:], "%06d", &trace); err != nil {
		panic(err)
	}

	return "2" + serial[1:8], trace
}

// ExpectedBy are the breaks that are open of a date once all dates up to last were run, in
// their order, with all files and all kiosks here. The differences of dates only are settled
// by the later of the two.
func (m *Month) ExpectedBy(date, last string) []Expected {
	day, ran := m.day(date), m.day(last)
	var out []Expected
	for _, p := range m.payments {
		said, _ := p.truth(day, false)
		over := p.overall()
		for _, e := range said {
			if e.Serial == p.serial && !slices.Contains(over.classes(), e.Class) && (!over.later || day > p.day || p.day+1 <= ran) {
				continue
			}
			out = append(out, e)
		}
	}
	slices.SortFunc(out, Compare)

	return out
}

// overStory is what all dates together have of a payment.
type overStory struct {
	story
	later bool // something of it is on the date after its own …
}

func (p *payment) overall() overStory {
	o := overStory{story: story{payment: p}}
	for b, e := range p.entries {
		if !p.has(b) || e.rows == 0 {
			continue
		}
		o.book[b] = seen{rows: e.rows, today: e.rows, less: e.less, state: e.state}
		o.later = o.later || e.later || e.both
	}

	return o
}

// Figures are the number of lines of a book on a date, and the sum of those that stand; of the
// kiosks' own book, of its payments.
func (m *Month) Figures(book int, date string) (count int64, sum money.Amount) {
	for _, r := range m.rows[book][m.day(date)] {
		if book != kiosk && book != acquirer && r.State != reconcile.Stands {
			continue
		}
		count++
		if r.State == reconcile.Stands || r.State == reconcile.Unwritten {
			sum += r.Amount
		}
		if book == acquirer && r.State == reconcile.Reversed { // a line each way
			count++
			sum += r.Amount
		}
	}

	return count, sum
}

// WritePOSP writes the POSP's detail file of a date.
func (m *Month) WritePOSP(w io.Writer, date string) error {
	out := bufio.NewWriter(w)
	for _, r := range m.rows[posp][m.day(date)] {
		terminal, trace := traceOf(r.Serial)
		at := time.Unix(r.At, 0).In(Zone)
		head := fmt.Sprintf("%-19s%012d156%s%06d%-6s%s%-12s%-11s%-11s4900%-8s", "6222020000000000011", int64(r.Amount), at.Format("0102150405"), trace, "A1B2C3", date[4:],
			fmt.Sprintf("%012d", trace), "48020000", "00010000", terminal)
		fmt.Fprintf(out, "%-519s\r\n", head)
	}

	return out.Flush()
}

// WriteAcquirer writes the acquirer's bill of a date, in the form of Alipay.
func (m *Month) WriteAcquirer(w io.Writer, date string) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "#业务明细\r\n支付宝交易号,商户订单号,业务类型,完成时间,订单金额（元）\r\n")
	paid := 0
	for _, r := range m.rows[acquirer][m.day(date)] {
		at := time.Unix(r.At, 0).In(Zone)
		line := func(kind, sign string) {
			fmt.Fprintf(out, "A%s,%s,%s,%s,%s%s\r\n", r.Serial, r.Serial, kind, at.Format(time.DateTime), sign, r.Amount)
		}
		paid++
		line("交易", "")
		if r.State == reconcile.Reversed {
			line("退款", "-")
		}
	}
	fmt.Fprintf(out, "#交易合计：%d笔\r\n", paid)

	return out.Flush()
}
