package kiosktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/outsidesim/booksim"
	"wattkiosk/payments/reconcile"
	"wattkiosk/payments/reconcile/form"
	double "wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/settle/source"
	"wattkiosk/uplink/office/store"
)

// accountants are who reconcile and sign the dates of the day on the morning after it, and the
// MIS's day-book, from which the MIS has lost lines: some of them it has under serials of its
// own. They have dice of their own.
type accountants struct {
	w     *World
	rng   *rand.Rand
	clerk settle.Clerk
	lost  map[string]bool   // serials that the day-book does not name
	likes map[string]string // of these: those that it has under another serial, and on which date
	days  []string          // that are reconciled, from the first one on
	done  bool
}

var _ source.Source = (*accountants)(nil)

// newAccountants is nil where dates are not reconciled.
func newAccountants(w *World) *accountants {
	if !w.plan.Dates {
		return nil
	}

	return &accountants{w: w, rng: rand.New(rand.NewPCG(w.seed, 0x64617465)), lost: map[string]bool{}, likes: map[string]string{}}
}

const (
	accountantsFrom = 8 * time.Hour // local, of the day after: then the date should be signed, and no notes are taken
	firstStep       = 8*60 + 30     // of telling others
	secondStep      = 9 * 60
)

// boot makes the clerk of head office, and what follows where a date is not signed in time.
func (a *accountants) boot() {
	o := a.w.office
	a.clerk = settle.Clerk{
		Room: o.books.Settle, Owner: "office-1", Sources: []settle.Source{{Book: settle.MIS, Source: a}}, Clock: o.time, Log: slog.New(alarmed{slog.DiscardHandler, o}),
	}
	for name, role := range map[string]string{"sun": people.RoleAccountant, "qian": people.RoleAccountant, "root": people.RoleAdmin} {
		o.check(o.books.PutUser(context.Background(), people.User{Name: name, Role: role}, "setup", o.time()))
	}
	ctx, d, now := context.Background(), o.books.Deadlines, o.time()
	o.check(d.SetEscalation(ctx, firstStep, "person qian", "sun", now))
	o.check(d.SetEscalation(ctx, secondStep, "role "+people.RoleAdmin, "sun", now))
	o.check(d.SetCashRule(ctx, settle.Fleet, int64(accountantsFrom.Minutes()), "sun", now))
	o.check(a.clerk.Look(ctx))
	a.days = []string{dateOf(a.w.now)}
}

// Kind implements source.Source.
func (a *accountants) Kind() form.Kind { return form.Ledger104 }

// Open implements source.Source: the MIS's day-book, once the date is over.
func (a *accountants) Open(_ context.Context, date string) (string, io.ReadCloser, error) {
	if date >= dateOf(a.w.now) {
		return "", nil, source.ErrNotYet
	}

	return "day-book", io.NopCloser(a.book(date)), nil
}

func (a *accountants) book(date string) *bytes.Reader {
	b, err := booksim.New(booksim.Ledger104(), func() time.Time { return a.w.now }, a.lines).Book(date)
	must(err)

	return bytes.NewReader(b)
}

// lines are those of the day-book.
func (a *accountants) lines(date string) (all []booksim.Line) {
	for _, l := range a.w.office.mis.DayBook(date) {
		if !a.lost[l.Serial] {
			all = append(all, l)
		}
	}
	for _, serial := range slices.Sorted(maps.Keys(a.likes)) {
		if a.likes[serial] == date {
			e, _ := a.w.office.mis.Entry(serial)
			all = append(all, booksim.Line{Serial: "DS" + serial[10:], Account: e.Account, Terminal: "90000001", Batch: date, Amount: e.Amount, Tender: "bank", Date: date, At: e.Time})
		}
	}

	return all
}

// begin has the night come in which the dates of the day are reconciled, and the morning; it
// returns when all of that is over.
func (a *accountants) begin() time.Time {
	if a == nil {
		return time.Time{}
	}
	w := a.w
	today := dateOf(w.now)
	for date := a.days[0]; date < today; {
		date = nextDate(date)
		a.days = append(a.days, date)
	}
	a.loses()

	midnight, err := time.ParseInLocation("20060102", today, china)
	must(err)
	midnight = midnight.Add(day)
	at := func(after time.Duration, do func()) { w.todo.at(midnight.Add(after), do) }
	at(2*time.Hour, a.early)
	at(2*time.Hour+10*time.Minute, a.looks)
	at(2*time.Hour+20*time.Minute, a.races)
	for _, minute := range []time.Duration{0, 1, 10, 30, 31, 32, 45, 60, 61, 62} {
		at(accountantsFrom+minute*time.Minute, a.looks)
	}
	at(accountantsFrom+65*time.Minute, a.sign)

	return midnight.Add(accountantsFrom + 90*time.Minute)
}

// loses has the day-book lose some lines, and have some of these under serials of the MIS's own:
// on their date, or on the next.
func (a *accountants) loses() {
	entries, standing := a.w.office.mis.Ledger().Entries, map[string]int{}
	for _, e := range entries {
		if !e.Reversed {
			standing[e.Date]++
		}
	}
	for _, e := range entries {
		if e.Reversed || a.w.operator.touched[e.Serial] || a.rng.IntN(3) > 0 {
			continue
		}
		if standing[e.Date] < 2 {
			continue // an empty book of a date with payments is not complete
		}
		standing[e.Date]--
		a.lost[e.Serial] = true
		switch next := nextDate(e.Date); {
		case a.rng.IntN(3) == 0:
			a.likes[e.Serial] = e.Date
		case a.rng.IntN(2) == 0 && next == a.next():
			a.likes[e.Serial] = next // of which the book is here before anything is run
		}
	}
}

func nextDate(date string) string {
	t, err := time.ParseInLocation("20060102", date, china)
	must(err)

	return dateOf(t.Add(day))
}

// next is the date after those of the day.
func (a *accountants) next() string { return nextDate(a.days[len(a.days)-1]) }

// early has somebody bring the day-book of the next date before anything is run.
func (a *accountants) early() {
	date := a.next()
	_, _, err := a.w.office.books.Settle.Import(context.Background(), settle.Incoming{Kind: settle.MIS, Day: date, Name: "early", By: "sun", Quiet: true}, a.book(date), a.w.office.time)
	a.w.office.check(err)
}

// looks is the clerk at work, after the kiosk has said how far its journal is.
func (a *accountants) looks() {
	o := a.w.office
	said := fmt.Sprintf(`{"v":1,"online":true,"head":%d}`, a.w.kiosk().memory.Head().Seq)
	_, err := o.books.SaveReports(context.Background(), []fleet.Report{{Kiosk: Terminal, Online: true, Live: true, Text: said, At: o.time()}})
	o.check(errors.Join(err, a.clerk.Look(context.Background())))
	if err := o.books.Deadlines.DropCashRule(context.Background(), settle.Fleet, "qian", o.time()); !errors.Is(err, settle.ErrCashOwed) {
		o.fail("one person has kiosks take cash while %v wait to be signed: %v", a.days, err)
	}
}

// races has a second head office, whose clock is behind, come to a date that the first is at.
func (a *accountants) races() {
	o, date, asked := a.w.office, a.days[a.rng.IntN(len(a.days))], 0
	behind := between(a.rng, time.Second, 9*time.Minute)
	var other error
	clock := func() time.Time {
		if asked++; asked == 3 { // claimed, and at work
			_, other = o.books.Settle.Run(context.Background(), date, "office-2", func() time.Time { return o.time().Add(-behind) })
		}

		return o.time()
	}
	if _, err := o.books.Settle.Run(context.Background(), date, "office-1", clock); err != nil || asked >= 3 && !errors.Is(other, settle.ErrBusy) {
		o.fail("%s is run by a head office: %v; and by another whose clock is %s behind: %v", date, err, behind, other)
	}
}

// sign has each break be somebody's, and the dates signed in their order.
func (a *accountants) sign() {
	ctx, o := context.Background(), a.w.office
	for _, date := range a.days {
		found, err := o.books.Settle.Breaks(ctx, date, "", 500)
		o.check(err)
		for _, b := range found {
			if b.State == settle.BreakOpen {
				_, err := o.books.AssignCase(ctx, b.ID, books.Assignment{Owner: "qian", NextStep: "ask the MIS"}, "sun", o.time())
				o.check(err)
			}
		}
		if _, err := o.books.Settle.Sign(ctx, date, "sun", o.time()); err != nil {
			o.fail("%s cannot be signed: %v", date, err)
		}
	}
	stops, err := o.books.Deadlines.CashStops(ctx, o.time())
	o.check(err)
	for _, s := range stops {
		if s.Stops(o.time()) {
			o.fail("everything is signed, and kiosk %s is to take no notes since %s", s.Kiosk, s.From)
		}
	}
	o.check(o.books.Deadlines.DropCashRule(ctx, settle.Fleet, "qian", o.time()))
	a.done = true
}

// audit holds what reconciliation found against what the MIS has and the day-book lost; that
// each step of telling others was done once; and that a hand in the books of a signed date is
// seen.
func (a *accountants) audit(b *account) error {
	if a == nil {
		return nil
	}
	if !a.done {
		return errors.New("nobody signed the dates")
	}
	for _, date := range a.days {
		if err := errors.Join(a.auditBreaks(b, date), a.auditTold(date)); err != nil {
			return fmt.Errorf("date %s: %w", date, err)
		}
	}
	signed, wrong, err := a.w.office.books.Settle.Verify(context.Background())
	if err != nil || signed != len(a.days) || len(wrong) > 0 {
		return fmt.Errorf("%d dates are signed, and %d hold: %+v, %w", len(a.days), signed, wrong, err)
	}

	return errors.Join(a.auditUnsigned(), a.auditAltered())
}

// auditBreaks: what is booked once and named in the day-book is no break, what the book lost is
// one, and what the MIS has under a serial of its own is not to be posted again.
func (a *accountants) auditBreaks(b *account, date string) error {
	found, err := a.w.office.books.Settle.Breaks(context.Background(), date, "", 500)
	if err != nil {
		return err
	}
	named := map[string]settle.Break{}
	for _, x := range found {
		if x.State == settle.BreakOpen {
			named[x.Serial] = x
		}
	}
	for serial, t := range b.txns {
		e, ok := a.w.office.mis.Entry(serial)
		if !ok || e.Date != date || e.Reversed || t.Status() != payments.Posted || a.w.operator.touched[serial] {
			continue
		}
		x, is := named[serial]
		switch {
		case is && !a.lost[serial]:
			return fmt.Errorf("%s is posted, and the day-book has it, and it is a break: %+v", serial, x)
		case !is && a.lost[serial]:
			return fmt.Errorf("%s is not in the day-book, and no break says so: %+v", serial, found)
		case is && a.likes[serial] != "" && x.Proposal == reconcile.Repost:
			return fmt.Errorf("%s is to be posted again, and the MIS has it under its own serial on %s", serial, a.likes[serial])
		}
	}

	return nil
}

// auditTold: each step of telling others was done once.
func (a *accountants) auditTold(date string) error {
	acts, err := a.w.office.books.Acts(context.Background(), people.AuditFilter{User: books.ClosedByOffice, Object: date})
	if err != nil {
		return err
	}
	for _, by := range []string{"08:30", "09:00"} {
		n := 0
		for _, x := range acts {
			if x.Action == "escalate date" && strings.Contains(x.Reason, "not signed by "+by) {
				n++
			}
		}
		if n != 1 {
			return fmt.Errorf("others were told %d times that it is not signed by %s", n, by)
		}
	}

	return nil
}

// auditUnsigned: that the last signature is taken out of the database is seen.
func (a *accountants) auditUnsigned() error {
	rows := a.w.office.rows.Snapshot()
	ctx, last := context.Background(), a.days[len(a.days)-1]
	err := rows.Update(ctx, func(tx store.Tx) error {
		d, err := tx.Date(ctx, last)
		if err != nil {
			return err
		}
		d.State, d.Version = settle.Broken, d.Version+1

		return tx.PutDate(ctx, d)
	})
	if err != nil {
		return err
	}
	_, wrong, err := store.New(rows, a.w.office.rules).Settle.Verify(ctx)
	if err == nil && len(wrong) == 0 {
		err = fmt.Errorf("the signature of %s is taken away, and nobody is told", last)
	}

	return err
}

// auditAltered: that an entry is changed in the database after its date was signed is seen.
func (a *accountants) auditAltered() error {
	rows, ctx := a.w.office.rows.Snapshot(), context.Background()
	var entries []double.Entry
	err := rows.View(ctx, func(tx store.Tx) (err error) {
		entries, err = tx.Entries(ctx, 0, 500)
		return err
	})
	if err != nil || len(entries) == 0 {
		return err
	}
	line := &entries[a.rng.IntN(len(entries))].Lines[0] // the rows have no copy of it
	line.Amount += 100
	defer func() { line.Amount -= 100 }()
	_, wrong, err := store.New(rows, a.w.office.rules).Settle.Verify(ctx)
	if err == nil && len(wrong) == 0 {
		err = errors.New("an entry of a signed date is changed, and nobody is told")
	}

	return err
}
