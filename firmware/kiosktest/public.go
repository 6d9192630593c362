package kiosktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/outsidesim/booksim"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/settle"
)

// misOfBank is the MIS as the bank meets it on days of public payment (公共支付): what the bank
// has booked there by itself, by its own serials. It refuses some accounts now and then, and
// sometimes the bank takes for undone what is not.
type misOfBank struct {
	w    *World
	rng  *rand.Rand // of what is forgotten
	rows map[string]bankRow
}

// bankRow is a booking of the bank's.
type bankRow struct {
	account string
	amount  money.Amount
	at      time.Time
}

var _ pospsim.Poster = (*misOfBank)(nil)

var errNotForBank = errors.New("the MIS does not do it for the bank")

// newMISOfBank is nil where head office posts.
func newMISOfBank(w *World) *misOfBank {
	if !w.plan.Public {
		return nil
	}

	return &misOfBank{w, rand.New(rand.NewPCG(w.seed, 0x6d697362)), map[string]bankRow{}}
}

// Post implements pospsim.Poster.
func (m *misOfBank) Post(serial, account string, amount money.Amount) error {
	if m.w.rng.IntN(12) == 0 {
		return errNotForBank
	}
	if _, booked := m.rows[serial]; !booked { // else it was never undone
		m.rows[serial] = bankRow{account, amount, m.w.now}
	}

	return nil
}

// Reverse implements pospsim.Poster.
func (m *misOfBank) Reverse(serial string) error {
	if _, booked := m.rows[serial]; !booked {
		return errNotForBank
	}
	if !m.w.calm && m.rng.IntN(5) == 0 {
		m.w.logf("the bank takes its booking %s for undone, and it stands", serial)
		m.w.stats.ByCard.Forgotten++

		return nil
	}
	delete(m.rows, serial)

	return nil
}

// has reports whether the bank has booked all of these sales, and only what they took.
func (m *misOfBank) has(sales []pospsim.Entry) bool {
	for _, e := range sales {
		if m.rows[e.Serial].amount != e.Standing() {
			return false
		}
	}

	return len(sales) > 0
}

// lines are what the day-book of the MIS has of a date by the bank.
func (m *misOfBank) lines(date string) (all []booksim.Line) {
	for _, serial := range slices.Sorted(maps.Keys(m.rows)) {
		r := m.rows[serial]
		if dateOf(r.at) == date {
			all = append(all, booksim.Line{Serial: serial[max(0, len(serial)-20):], Account: r.account, Terminal: "90000001", Batch: date, Amount: r.amount, Tender: "bank", Date: date, At: r.at})
		}
	}

	return all
}

// publicNight has the MIS's day-books come in the night after, and each date run; it returns when
// that is over. Nothing is signed: the books of the bank are not here.
func (w *World) publicNight() time.Time {
	r := w.office.relay
	if r == nil || r.mis == nil {
		return time.Time{}
	}
	midnight, err := time.ParseInLocation("20060102", dateOf(w.now), china)
	must(err)
	night := midnight.Add(day + 2*time.Hour)
	w.todo.at(night, func() {
		ctx, o := context.Background(), w.office
		for date := dateOf(start); date < dateOf(w.now); date = nextDate(date) {
			lines := append(o.mis.DayBook(date), r.mis.lines(date)...)
			b, err := booksim.New(booksim.Ledger104(), func() time.Time { return w.now }, func(string) []booksim.Line { return lines }).Book(date)
			must(err)
			_, _, err = o.books.Settle.Import(ctx, settle.Incoming{Kind: settle.MIS, Day: date, Name: "day-book", By: "sun", Quiet: true}, bytes.NewReader(b), o.time)
			o.check(err)
			_, err = o.books.Settle.Run(ctx, date, "office-1", o.time)
			o.check(err)
		}
	})

	return night.Add(time.Minute)
}

// auditBookingsBack: what the bank gave back of its own bookings, and the MIS has still, is an
// open case; and none is open of what is gone, once the day-book was looked into.
func (w *box) auditBookingsBack(b *account) error {
	r := w.office.relay
	if r == nil || r.mis == nil || w.stats.Restores > 0 {
		return nil // restored books may have missed the bank's word
	}
	cases, err := w.office.books.Cases(context.Background(), books.Filter{Open: true})
	if err != nil {
		return err
	}
	sales, err := salesOf(b.records)
	if err != nil {
		return err
	}
	open, left := map[string]int{}, map[string]int{}
	for _, c := range cases {
		if c.Class == books.ClassBookingBack {
			open[c.Serial]++
		}
	}
	likes := map[string]bool{} // an account and amount of which one stands too many
	for _, e := range r.bank.Ledger().Entries {
		serial := sales[fmt.Sprintf("%06d-%06d", e.Batch, e.Trace)].serial
		if e.Kind != "sale" || e.Account == "" || e.Standing() != 0 && w.bankdesk.givenBack(serial) == 0 {
			continue
		}
		w.stats.ByCard.GivenBack++
		if _, booked := r.mis.rows[e.Serial]; booked {
			left[serial]++
			likes[e.Account+e.Amount.String()] = true
		}
	}
	for serial, n := range left {
		if open[serial] < n {
			return fmt.Errorf("the bank gave %s back, its booking stands, and no case asks about it: %s", serial, caseList(cases))
		}
	}
	if w.plan.OfficeClock > 0 || w.plan.Clock > 0 || w.plan.Early {
		return nil // by a wrong clock it may be close to midnight, or the book older than the question
	}
	for serial, n := range open {
		t := b.txns[serial]
		if at := t.Card.ClosedAt.In(china); n > left[serial] && !likes[t.Account+t.Card.Amount.String()] && at.Hour() != 0 && at.Hour() != 23 {
			return fmt.Errorf("the booking of %s is gone, and %d cases ask about it still: %s", serial, n, caseList(cases))
		}
	}

	return nil
}

// addBookedByBank adds what the bank has booked of payments that their kiosk has as paid. Of
// others a case says what the bank has: see auditCard.
func (w *box) addBookedByBank(b *account, want map[string]money.Amount) error {
	r := w.office.relay
	if r == nil || r.mis == nil {
		return nil
	}
	sales, err := salesOf(b.records)
	if err != nil {
		return err
	}
	for _, e := range r.bank.Ledger().Entries {
		s := sales[fmt.Sprintf("%06d-%06d", e.Batch, e.Trace)]
		gone := e.Standing() == 0 || w.bankdesk.givenBack(s.serial) > 0 // whatever the MIS has of it still is nobody's here
		if t := b.txns[s.serial]; t.ByBank && t.Status() == payments.Posted && !gone {
			want[s.serial] += r.mis.rows[e.Serial].amount
		}
	}

	return nil
}
