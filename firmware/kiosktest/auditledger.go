package kiosktest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/ledger"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	double "wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/books"
)

// postEvery is how often head office posts entries of what changed.
const postEvery = 7 * time.Minute

// postEntries has head office post what changed since it last did.
func (o *office) postEntries() {
	if o.w.now.Before(o.postAt) {
		return
	}
	o.postAt = o.w.now.Add(postEvery)
	n, err := o.books.Accounts.Post(context.Background(), o.time())
	o.check(err)
	o.w.stats.Entries += n
	o.check(o.follow())
	if o.w.signers == nil { // else the signature does
		o.sealDay()
	}
}

// seal is a date that was sealed, and what the books held up to it.
type seal struct {
	date string
	rows []double.Balance
}

// sealDay seals the day before, once it is two o'clock.
func (o *office) sealDay() {
	ctx, date := context.Background(), o.books.BusinessDate(o.time().Add(-26*time.Hour))
	_, err := o.books.Accounts.Seal(ctx, date, o.time())
	if errors.Is(err, double.ErrSealed) {
		return
	}
	o.check(err)
	rows, err := o.books.Accounts.Balances(ctx, double.Filter{To: date})
	o.check(err)
	o.sealed = append(o.sealed, seal{date, rows})
	if len(rows) > 0 {
		o.w.stats.Sealed++
	}
}

// auditSeals: whatever became known later, a sealed date holds what it held.
func (w *box) auditSeals() error {
	if w.stats.Restores > 0 {
		return nil // restored books forgot what was sealed after the backup
	}
	for _, s := range w.office.sealed {
		rows, err := w.office.books.Accounts.Balances(context.Background(), double.Filter{To: s.date})
		if err != nil {
			return err
		}
		if !slices.Equal(rows, s.rows) {
			return fmt.Errorf("ledger: %s was sealed with %v, and holds %v", s.date, s.rows, rows)
		}
	}

	return nil
}

// auditLedger: head office's entries balance; and what they say lies in the kiosk, at the
// bank and at the acquirer, and is owed to the MIS and to the card-meter system, is what
// each of these has by its own books.
func (w *box) auditLedger(b *account) error {
	ctx := context.Background()
	n, err := w.office.books.Accounts.Post(ctx, w.office.time())
	if err != nil {
		return err
	}
	w.stats.Entries += n
	if n, err = w.office.books.Accounts.Post(ctx, w.office.time()); n != 0 || err != nil {
		return fmt.Errorf("posted twice: %d entries, %w", n, err)
	}
	r, err := w.office.books.Accounts.Check(ctx)
	if err != nil {
		return err
	}
	if !r.Right() || r.Waiting != 0 {
		return fmt.Errorf("ledger: %+v", r)
	}
	if err := errors.Join(w.auditTrialBalance(), w.auditSeals()); err != nil {
		return err
	}
	if w.plan.Fate != NoFate {
		return nil // these know of one journal only
	}
	for _, check := range []func(*account) error{w.auditLedgerCash, w.auditLedgerBooked, w.auditLedgerTaken, w.auditCounter} {
		if err := check(b); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
	}

	return nil
}

// auditTrialBalance: over all, and of each kiosk and date by itself, the balances add up to
// 0.
func (w *box) auditTrialBalance() error {
	rows, err := w.office.books.Accounts.Balances(context.Background(), double.Filter{})
	if err != nil {
		return err
	}
	type part struct{ kiosk, date string }
	off := map[part]money.Amount{}
	for _, r := range rows {
		off[part{r.Kiosk, r.Date}] += r.Debit - r.Credit
	}
	for p, a := range off {
		if a != 0 {
			return fmt.Errorf("ledger: the trial balance of kiosk %s on %s is off by %s", p.kiosk, p.date, a)
		}
	}

	return nil
}

// onAccount is the balance of an account, debits above 0.
func (w *box) onAccount(a ledger.Account) (money.Amount, error) {
	rows, err := w.office.books.Accounts.TrialBalance(context.Background(), double.Filter{Kiosk: Terminal})
	for _, r := range rows {
		if r.Account == a {
			return r.Debit - r.Credit, err
		}
	}

	return 0, err
}

// auditLedgerCash holds the cash in the books against the notes in the validator's own
// cassette, exactly unless there are notes that nobody can tell of; and nothing waits for a
// place.
func (w *box) auditLedgerCash(b *account) error {
	cash, err := w.onAccount(ledger.CashInKiosk)
	if err != nil {
		return err
	}
	cassette := money.Amount(sum(w.notes.Cassette())+w.crew.carried()) - b.cash.Collected.Total
	if cassette < cash-w.guessed(b) || cassette > cash+b.nowhere()+w.eyes.unknown() {
		return fmt.Errorf("%s in the cassette, %s in the books; nobody can tell of %s", cassette, cash, b.nowhere()+w.eyes.unknown())
	}
	w.stats.Cash += cash

	waits, err := w.onAccount(ledger.Customers)
	if err == nil && waits != 0 {
		err = fmt.Errorf("everything has its end, and %s waits for a place", -waits)
	}

	return err
}

// entryOf is what stands under a serial on an account, debits above 0.
func (w *box) entryOf(serial string, a ledger.Account) (money.Amount, error) {
	entries, err := w.office.books.Accounts.Entries(context.Background(), serial)
	var all money.Amount
	for _, e := range entries {
		for _, l := range e.Lines {
			if l.Account == a {
				all += l.Amount
			}
		}
	}

	return all, err
}

// auditLedgerBooked holds what is owed to the MIS, and to the card-meter system, against
// their own ledgers: serial by serial, and over all.
func (w *box) auditLedgerBooked(b *account) error {
	want := map[ledger.Account]map[string]money.Amount{ledger.PayableMIS: {}, ledger.PayableCardSystem: {}}
	for _, e := range w.office.mis.Ledger().Entries {
		if !e.Reversed {
			want[ledger.PayableMIS][e.Serial] = e.Amount
		}
	}
	if err := w.addBookedByBank(b, want[ledger.PayableMIS]); err != nil {
		return err
	}
	if w.office.vending != nil {
		for _, e := range w.office.vending.sim.Ledger().Entries {
			if !e.Reversed {
				want[ledger.PayableCardSystem][e.Serial] = e.Amount
			}
		}
	}

	for _, a := range slices.Sorted(maps.Keys(want)) {
		var sum money.Amount
		for serial := range b.txns {
			has, err := w.entryOf(serial, a)
			if err != nil {
				return err
			}
			booked := want[a][serial]
			if w.nobodyTells(serial) {
				booked = 0 // it is in suspense
			}
			if has != -booked && !(w.operator.touched[serial] && w.stats.Restores > 0) { // what a person ordered after the backup is in no book
				return fmt.Errorf("%s: %s has booked %s, the entries make %s", serial, a, booked, -has)
			}
			sum -= has
		}
		all, err := w.onAccount(a)
		if err != nil {
			return err
		}
		if all != -sum {
			return fmt.Errorf("%s is %s, its entries make %s", a, -all, sum)
		}
		w.stats.Payable += sum
	}

	return nil
}

// nobodyTells reports whether head office does not know what became of a posting.
func (w *box) nobodyTells(serial string) bool {
	rows, err := w.office.books.PostingsOf(context.Background(), []string{serial})
	w.office.check(err)

	return rows[serial].State == posting.Disputed
}

// auditLedgerTaken holds what the bank and the acquirer have for us against their own
// ledgers, payment by payment, but for what is an open case.
func (w *box) auditLedgerTaken(b *account) error {
	cases, err := w.office.books.Cases(context.Background(), books.Filter{Open: true})
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for _, c := range cases {
		named[c.Serial] = named[c.Serial] || c.Class != books.ClassBookingBack && c.Class != books.ClassBreak // these ask, and move nothing
	}
	has := map[string]money.Amount{}
	if r := w.office.relay; r != nil {
		sales, err := salesOf(b.records)
		if err != nil {
			return err
		}
		for _, e := range r.bank.Ledger().Entries {
			has[sales[fmt.Sprintf("%06d-%06d", e.Batch, e.Trace)].serial] += e.Standing()
		}
		if w.bankdesk != nil {
			for serial, back := range w.bankdesk.given {
				has[serial] -= back
			}
		}
	}
	if c := w.office.codes; c != nil {
		for _, e := range c.sim.Ledger().Entries {
			has[e.Serial] = money.Amount(e.Amount - e.Refunded)
		}
	}

	tills := map[payments.Tender]ledger.Account{payments.BankCard: ledger.BankReceivable, payments.QR: ledger.AcquirerReceivable}
	for serial, t := range b.txns {
		a, other := tills[t.Tender]
		if !other || named[serial] || w.operator.touched[serial] && w.stats.Restores > 0 {
			continue
		}
		in, err := w.entryOf(serial, a)
		if err != nil {
			return err
		}
		if late := t.Tender == payments.QR && w.office.codes.late[serial] && !w.office.codes.heard[serial]; in != has[serial] && !late {
			return fmt.Errorf("%s: %s has %s, the entries make %s", serial, a, has[serial], in)
		}
		w.stats.Receivable += in
	}

	return nil
}
