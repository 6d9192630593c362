package accounts_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/ledger"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/office/stored"
)

const kiosk = storetest.Kiosk

var t0 = storetest.T0

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestSaleIsOwedOnce: what head office books of a sale with the MIS is owed there, and not
// to the card-meter system any more, until it is taken back.
func TestSaleIsOwedOnce(t *testing.T) {
	s := memstore.New(books.Rules{BookSales: true})
	_, err := s.Register(t.Context(), kiosk, 0, t0)
	check(t, err)
	serial := storetest.Serial(kiosk, 1)
	_, err = s.EnsurePosting(t.Context(), books.Order{
		Serial: serial, Account: "1000000003", Kiosk: kiosk, Tender: "cash", Amount: 5000, PaidAt: t0.UnixMilli(),
		Card: metercard.Facts{Serial: "0A1B2C3D", Form: metercard.CPU, Kind: metercard.Purchase, Count: 4},
	}, t0)
	check(t, err)
	ends := func(serial string, to posting.State) {
		t.Helper()
		p, err := s.Posting(t.Context(), serial)
		check(t, err)
		p.State, p.NextAt, p.Reason = to, time.Time{}, "why"
		if to == posting.Posted && p.System() == mis.CardSystem {
			p.Sold = metercard.Sold{Number: "S1", Card: "0A1B2C3D", Count: 5, Amount: 5000}
		}
		_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "ended", By: "one"}, t0)
		check(t, err)
	}
	holds := func(want string) {
		t.Helper()
		_, err := s.Accounts.Post(t.Context(), t0)
		check(t, err)
		rows, err := s.Accounts.TrialBalance(t.Context(), accounts.Filter{})
		check(t, err)
		var all []string
		for _, b := range rows {
			if off, _ := b.Balance(); off != 0 {
				all = append(all, fmt.Sprintf("%s %s", b.Account, off))
			}
		}
		if got := strings.Join(all, ", "); got != want {
			t.Errorf("the books hold %s, want %s", got, want)
		}
	}

	ends(serial, posting.Posted)
	holds("cash-in-kiosk 50.00, payable-cardsystem -50.00")
	ends(posting.BookingSerial(serial), posting.Posted)
	holds("cash-in-kiosk 50.00, payable-mis -50.00")
	ends(posting.BookingSerial(serial), posting.Owed)
	holds("cash-in-kiosk 50.00, payable-cardsystem -50.00")
}

// tampered is a backend of which somebody changed rows.
type tampered struct {
	stored.Backend[accounts.Tx]
	change func(*forged)
}

// forged are rows that Check reads.
type forged struct {
	accounts.Tx
	entries  []accounts.Entry
	balances []accounts.Balance
}

func (f *forged) Entries(_ context.Context, n int64, limit int) ([]accounts.Entry, error) {
	var out []accounts.Entry
	for _, e := range f.entries {
		if e.N > n && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func (f *forged) ListBalances(context.Context, accounts.Filter) ([]accounts.Balance, error) {
	return f.balances, nil
}

func (b tampered) View(ctx context.Context, fn func(accounts.Tx) error) error {
	return b.Backend.View(ctx, func(tx accounts.Tx) error {
		entries, err := tx.Entries(ctx, 0, 1000)
		if err != nil {
			return err
		}
		balances, err := tx.ListBalances(ctx, accounts.Filter{})
		if err != nil {
			return err
		}
		f := &forged{tx, entries, balances}
		b.change(f)

		return fn(f)
	})
}

// part is a backend as accounts sees it.
type part struct{ *memstore.Backend }

func (p part) Update(ctx context.Context, fn func(accounts.Tx) error) error {
	return p.Backend.Update(ctx, func(tx store.Tx) error { return fn(tx) })
}

func (p part) View(ctx context.Context, fn func(accounts.Tx) error) error {
	return p.Backend.View(ctx, func(tx store.Tx) error { return fn(tx) })
}

// TestCheckFinds: whatever somebody changes in the rows is named, with the amount that is
// off.
func TestCheckFinds(t *testing.T) {
	b := memstore.NewBackend()
	s := store.New(b, books.Rules{})
	_, err := s.Register(t.Context(), kiosk, 0, t0)
	check(t, err)
	j := storetest.NewJournal(kiosk)
	for n := range 3 {
		j.Pay(t, n+1, "1000000001", 10000)
	}
	_, err = s.Ingest(t.Context(), kiosk, j.Recs, t0)
	check(t, err)
	_, err = s.Accounts.Post(t.Context(), t0)
	check(t, err)

	for name, c := range map[string]struct {
		change func(*forged)
		want   string
	}{
		"nothing": {func(*forged) {}, ""},
		"an amount": {func(f *forged) {
			f.entries[1].Lines = []ledger.Line{{Account: ledger.CashInKiosk, Amount: 10100}, {Account: ledger.Customers, Amount: -10000}}
		}, "2 0.00 it does not follow; 2 1.00 not balanced; 0 -1.00 the balance is; 0 1.00 debits are"},
		"both amounts": {func(f *forged) {
			f.entries[1].Lines = []ledger.Line{{Account: ledger.CashInKiosk, Amount: 9900}, {Account: ledger.Customers, Amount: -9900}}
		}, "2 0.00 it does not follow; 0 1.00 the balance is; 0 -1.00 the balance is"},
		"an account": {func(f *forged) {
			f.entries[0].Lines = []ledger.Line{{Account: ledger.CashInKiosk, Amount: 10000}, {Account: ledger.Surplus, Amount: -10000}}
		}, "1 0.00 it does not follow; 0 -100.00 the balance is; 0 100.00 the balance is"},
		"a key":          {func(f *forged) { f.entries[2].Key = storetest.Serial(kiosk, 9) }, "3 0.00 it does not follow"},
		"a date":         {func(f *forged) { f.entries[2].Date = "20261124" }, "3 0.00 it does not follow; 0 100.00 the balance is; 0 -100.00 the balance is; 0 -100.00 the balance is; 0 100.00 the balance is"},
		"one is missing": {func(f *forged) { f.entries = append(f.entries[:1:1], f.entries[2:]...) }, "3 0.00 entries 2 to 2 are missing; 3 0.00 it does not follow; 0 100.00 the balance is; 0 -100.00 the balance is"},
		"the last is":    {func(f *forged) { f.entries = f.entries[:2] }, "3 0.00 the chain ends at entry 2; 0 100.00 the balance is; 0 -100.00 the balance is"},
		"a balance":      {func(f *forged) { f.balances[0].Debit += 50 }, "0 0.50 the balance is"},
		"a balance is":   {func(f *forged) { f.balances = f.balances[1:] }, "0 -300.00 the balance is"},
		"too much of all": {func(f *forged) {
			f.entries[0].Lines = []ledger.Line{{Account: ledger.CashInKiosk, Amount: 1<<63 - 1}, {Account: ledger.Customers, Amount: 1 - 1<<63}}
		}, "any"},
	} {
		r, err := accounts.New(tampered{part{b}, c.change}, s.BusinessDate).Check(t.Context())
		check(t, err)
		var got []string
		for _, f := range r.Faults {
			got = append(got, fmt.Sprintf("%d %s %s", f.Entry, f.Amount, f.What))
		}
		if c.want == "any" {
			if r.Right() {
				t.Errorf("%s: nothing is found", name)
			}
			continue
		}
		if all := strings.Join(got, "; "); r.Right() != (c.want == "") || !follows(got, strings.Split(c.want, "; ")) {
			t.Errorf("%s: %s\nwant %s", name, all, c.want)
		}
		if c.want == "" && (r.Entries != 3 || r.Totals != (ledger.Totals{Debit: 30000, Credit: 30000})) {
			t.Errorf("%+v", r)
		}
	}
}

// follows reports whether each of got begins as want says.
func follows(got, want []string) bool {
	if len(want) == 1 && want[0] == "" {
		return len(got) == 0
	}
	for i := range got {
		if i >= len(want) || !strings.HasPrefix(got[i], want[i]) {
			return false
		}
	}
	return len(got) == len(want)
}

// TestWhatCannotBePosted stays marked, and stands in nobody's way.
func TestWhatCannotBePosted(t *testing.T) {
	b := memstore.NewBackend()
	s := store.New(b, books.Rules{})
	_, err := s.Register(t.Context(), kiosk, 0, t0)
	check(t, err)
	j := storetest.NewJournal(kiosk).Pay(t, 1, "1000000001", 10000).Pay(t, 2, "1000000001", 5000)
	_, err = s.Ingest(t.Context(), kiosk, j.Recs, t0)
	check(t, err)
	check(t, b.Update(t.Context(), func(tx store.Tx) error {
		p, err := tx.Postings(t.Context(), []string{storetest.Serial(kiosk, 1)})
		if err != nil {
			return err
		}
		p[0].BusinessDate = "unknown"
		p[0].Version++

		return tx.UpdatePosting(t.Context(), p[0])
	}))

	n, err := s.Accounts.Post(t.Context(), t0)
	if n != 1 || err == nil || !strings.Contains(err.Error(), storetest.Serial(kiosk, 1)) {
		t.Errorf("%d, %v", n, err)
	}
	r, err := s.Accounts.Check(t.Context())
	if err != nil || r.Waiting != 1 || r.Entries != 1 || !r.Right() {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestManyAreOwed posts more than one database transaction takes.
func TestManyAreOwed(t *testing.T) {
	s := memstore.New(books.Rules{})
	_, err := s.Register(t.Context(), kiosk, 0, t0)
	check(t, err)
	j, many := storetest.NewJournal(kiosk), 2*accounts.PostAtOnce+1
	for n := range many {
		j.Pay(t, n+1, "1000000001", 1000)
	}
	_, err = s.Ingest(t.Context(), kiosk, j.Recs, t0)
	check(t, err)
	if n, err := s.Accounts.Post(t.Context(), t0); n != many || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	r, err := s.Accounts.Check(t.Context())
	if err != nil || r.Waiting != 0 || r.Entries != int64(many) || !r.Right() || r.Totals.Debit != 401000 {
		t.Errorf("%+v, %v", r, err)
	}
}
