package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/payments/ledger"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
)

// posts posts all that changed, and holds that it takes want entries; once more takes none.
func posts(t *testing.T, s *store.Store, want int) {
	t.Helper()
	for _, n := range []int{want, 0} {
		got, err := s.Accounts.Post(t.Context(), T0)
		check(t, err)
		if got != n {
			t.Errorf("%d entries were posted, want %d", got, n)
		}
	}
	rightBooks(t, s)
}

// rightBooks holds that nothing is wrong with the books, nor waits.
func rightBooks(t *testing.T, s *store.Store) accounts.Report {
	t.Helper()
	r, err := s.Accounts.Check(t.Context())
	check(t, err)
	if !r.Right() || r.Waiting != 0 {
		t.Errorf("%+v", r)
	}
	return r
}

// holds is the trial balance in yuan, debits above 0.
func holds(t *testing.T, s *store.Store, f accounts.Filter) string {
	t.Helper()
	rows, err := s.Accounts.TrialBalance(t.Context(), f)
	check(t, err)
	var all []string
	for _, b := range rows {
		if off, err := b.Balance(); off != 0 || err != nil {
			all = append(all, fmt.Sprintf("%s %s", b.Account, off))
		}
	}
	return strings.Join(all, ", ")
}

func holdAll(t *testing.T, s *store.Store, want string) {
	t.Helper()
	if got := holds(t, s, accounts.Filter{}); got != want {
		t.Errorf("the books hold\n%s, want\n%s", got, want)
	}
}

// ends brings the posting of a payment to an end.
func ends(t *testing.T, s *store.Store, serial string, to posting.State) {
	t.Helper()
	rows, err := s.PostingsOf(t.Context(), []string{serial})
	check(t, err)
	p := rows[serial]
	p.State, p.NextAt, p.InFlight, p.Reason = to, time.Time{}, false, "why"
	_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "ended", By: "one"}, T0)
	check(t, err)
}

// entriesFollow: a payment with notes, from the first one to its end, and what becomes of
// it afterwards.
func entriesFollow(t *testing.T, s *store.Store) {
	posts(t, s, 0)
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000, 2000, 1000)
	ingest(t, s, j.Recs[:3])
	posts(t, s, 1)
	holdAll(t, s, "cash-in-kiosk 100.00, customers -100.00")
	ingest(t, s, j.Recs)
	posts(t, s, 1)
	holdAll(t, s, "cash-in-kiosk 130.00, customers -130.00")

	ends(t, s, Serial(Kiosk, 1), posting.Posted)
	posts(t, s, 1)
	holdAll(t, s, "cash-in-kiosk 130.00, payable-mis -130.00")
	entries, err := s.Accounts.Entries(t.Context(), Serial(Kiosk, 1))
	check(t, err)
	if len(entries) != 3 {
		t.Fatalf("%+v", entries)
	}
	last := entries[2]
	if last.N != 3 || last.Date != "20261123" || last.Kiosk != Kiosk || last.Kind != accounts.KindPayment || last.Why != "posted" || last.By != accounts.Office ||
		last.At != T0.UnixMilli() || fmt.Sprint(last.Lines) != "[{customers 130.00} {payable-mis -130.00}]" {
		t.Errorf("%+v", last)
	}
	if head, err := s.Accounts.Head(t.Context()); err != nil || head.N != 3 || head.Hash != last.Hash {
		t.Errorf("%+v, %v", head, err)
	}

	// Two more: one is owed and settled by a person, of the other nobody can tell.
	j.Pay(t, 2, "1000000001", 5000).Pay(t, 3, "1000000001", 2000)
	ingest(t, s, j.Recs)
	ends(t, s, Serial(Kiosk, 2), posting.Owed)
	ends(t, s, Serial(Kiosk, 3), posting.Disputed)
	posts(t, s, 2)
	holdAll(t, s, "cash-in-kiosk 200.00, suspense -20.00, payable-mis -130.00, refunds-due -50.00")
	closeCaseOf(t, s, books.ClassOwed)
	posts(t, s, 1)
	holdAll(t, s, "cash-in-kiosk 200.00, suspense -70.00, payable-mis -130.00")

	// The truth comes late: what was posted is taken back, what was in dispute is posted.
	ends(t, s, Serial(Kiosk, 1), posting.Owed)
	ends(t, s, Serial(Kiosk, 3), posting.Posted)
	posts(t, s, 2)
	holdAll(t, s, "cash-in-kiosk 200.00, suspense -50.00, payable-mis -20.00, refunds-due -130.00")

	if r := rightBooks(t, s); r.Entries != 8 || r.Totals.Debit != r.Totals.Credit || r.Totals.Debit != 10000+3000+13000+5000+2000+5000+13000+2000 {
		t.Errorf("%+v", r)
	}
	for f, want := range map[accounts.Filter]string{
		{Kiosk: Kiosk}:      "cash-in-kiosk 200.00, suspense -50.00, payable-mis -20.00, refunds-due -130.00",
		{Kiosk: "10000002"}: "",
		{From: "20261123"}:  "cash-in-kiosk 200.00, suspense -50.00, payable-mis -20.00, refunds-due -130.00",
		{From: "20261124"}:  "",
		{To: "20261122"}:    "",
	} {
		if got := holds(t, s, f); got != want {
			t.Errorf("%+v: %q, want %q", f, got, want)
		}
	}
	rows, err := s.Accounts.Balances(t.Context(), accounts.Filter{To: "20261123", Kiosk: Kiosk})
	check(t, err)
	if len(rows) != 5 || rows[0] != (accounts.Balance{Date: "20261123", Kiosk: Kiosk, Account: ledger.CashInKiosk, Totals: ledger.Totals{Debit: 20000}}) ||
		rows[4].Account != ledger.Suspense {
		t.Errorf("%+v", rows)
	}

	// An order without its records yet.
	_, err = s.EnsurePosting(t.Context(), order(9), T0)
	check(t, err)
	posts(t, s, 1)
	if got := holds(t, s, accounts.Filter{}); !strings.Contains(got, "cash-in-kiosk 330.00") || !strings.Contains(got, "customers -130.00") {
		t.Error(got)
	}
}

// wentSomewhere: where two people say that the money of a case went is where the ledger has
// it; a way that the case has not is refused, and so is one that nobody knows.
func wentSomewhere(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000).Pay(t, 2, "1000000001", 5000).Pay(t, 3, "1000000001", 2000)
	ingest(t, s, j.Recs)
	closes := func(n int, class, went string) error {
		t.Helper()
		d, err := s.Detail(t.Context(), Serial(Kiosk, n))
		check(t, err)
		for _, c := range d.Cases {
			if c.Open && c.Class == class {
				Person(t, s, "li", people.RoleOperator)
				Person(t, s, "wang", people.RoleOperator)
				p, err := s.Plans.Propose(t.Context(), approval.CloseCase, approval.Ask{Object: c.ID, Args: went, Reason: "seen to", By: "li"}, T0)
				if err != nil {
					return err
				}
				_, err = s.Plans.Approve(t.Context(), p.ID, p.Hash, "wang", "agreed", T0)
				check(t, err)
				d, err := s.CaseDetail(t.Context(), c.ID)
				check(t, err)
				if string(d.Case.Went) != went {
					t.Errorf("%+v", d.Case)
				}
				return nil
			}
		}
		t.Fatalf("no case %s of payment %d", class, n)
		return nil
	}
	ends(t, s, Serial(Kiosk, 1), posting.Owed)
	ends(t, s, Serial(Kiosk, 2), posting.Disputed)
	ends(t, s, Serial(Kiosk, 3), posting.Owed)
	if err := closes(1, books.ClassOwed, "lent"); !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("a way that there is not: %v", err)
	}
	check(t, closes(1, books.ClassOwed, "paid-out"))
	check(t, closes(2, books.ClassDisputed, "kept"))
	check(t, closes(3, books.ClassOwed, ""))
	posts(t, s, 3)
	holdAll(t, s, "cash-in-kiosk 170.00, suspense -20.00, counter -100.00, surplus -50.00")
	rightBooks(t, s)
}

// closeCaseOf closes the open case of a class.
func closeCaseOf(t *testing.T, s *store.Store, class string) {
	t.Helper()
	cases, err := s.Cases(t.Context(), books.Filter{Open: true})
	check(t, err)
	for _, c := range cases {
		if c.Class == class {
			_, err := Close(t, s, c.ID, "seen to", T0)
			check(t, err)
			return
		}
	}
	t.Fatalf("no open case of class %s", class)
}

// entriesOfNotes: a note that nobody can place is owed, wherever it is; one of no payment
// is counted if it is in the cassette.
func entriesOfNotes(t *testing.T, s *store.Store) {
	a := Serial(Kiosk, 1)
	j := NewJournal(Kiosk).Add(t, "opened", a, object{"account": "1", "tender": "cash", "limit": 100000, "opened_at": T0.UnixMilli()})
	j.Add(t, "note-accepted", a, object{"note": 0, "value": 5000}).Add(t, "note-unresolved", a, object{"note": 0, "value": 5000, "evidence": "jam"})
	ingest(t, s, j.Recs)
	posts(t, s, 1)
	holdAll(t, s, "suspense 50.00, refunds-due -50.00")

	j.Add(t, "note-stacked", a, object{"note": 0, "value": 5000, "inferred": true, "evidence": "found"})
	j.Add(t, "stray-note", "", object{"value": 2000, "evidence": "stacked"})
	j.Add(t, "stray-note", a, object{"value": 1000, "evidence": "value-differs"})
	j.Add(t, "stray-note", "", object{"value": 7000, "evidence": "left-in-path"})
	ingest(t, s, j.Recs)
	posts(t, s, 3)
	holdAll(t, s, "cash-in-kiosk 80.00, suspense -30.00, refunds-due -50.00")

	closeCaseOf(t, s, books.ClassNote)
	posts(t, s, 1)
	holdAll(t, s, "cash-in-kiosk 80.00, suspense -80.00")
	entries, err := s.Accounts.Entries(t.Context(), "stray-note-"+Kiosk+"-0-5")
	check(t, err)
	if len(entries) != 1 || entries[0].Kind != accounts.KindStray || entries[0].Date != "20261123" {
		t.Errorf("%+v", entries)
	}
}

// entriesOfCodes: of a payment by QR code the order at the acquirer knows best.
func entriesOfCodes(t *testing.T, s *store.Store) {
	placed(t, s, 1)
	posts(t, s, 0)
	hear(t, s, 1, notice, T0)
	posts(t, s, 1)
	holdAll(t, s, "acquirer-receivable 86.40, customers -86.40")
	_, err := s.EnsurePosting(t.Context(), post(1), T0)
	check(t, err)
	posts(t, s, 0)
	holdAll(t, s, "acquirer-receivable 86.40, customers -86.40")
	ends(t, s, Serial(Kiosk, 1), posting.Posted)
	posts(t, s, 1)
	holdAll(t, s, "acquirer-receivable 86.40, payable-mis -86.40")
	ends(t, s, Serial(Kiosk, 1), posting.Owed)
	posts(t, s, 1)
	holdAll(t, s, "acquirer-receivable 86.40, refunds-due -86.40")
}

// entriesOfSales: what the card-meter system sold is owed to it, what the bank books itself
// to the MIS.
func entriesOfSales(t *testing.T, s *store.Store) {
	sale(t, s, purchase(1), T0)
	posts(t, s, 1)
	holdAll(t, s, "cash-in-kiosk 130.00, payable-cardsystem -130.00")

	j := openedByBank(t, NewJournal(Kiosk), 2)
	soldByBank(t, j, 2, 101)
	ingest(t, s, j.Recs)
	posts(t, s, 1)
	holdAll(t, s, "cash-in-kiosk 130.00, bank-receivable 86.40, payable-mis -86.40, payable-cardsystem -130.00")
}

// entriesSealed: a date that is sealed keeps its balances, whatever becomes known later.
func entriesSealed(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000)
	ingest(t, s, j.Recs)
	posts(t, s, 1)
	if _, err := s.Accounts.Seal(t.Context(), "20261124", T0); !errors.Is(err, accounts.ErrDate) {
		t.Errorf("a date that has not begun: %v", err)
	}
	tomorrow := T0.Add(24 * time.Hour)
	head, err := s.Accounts.Seal(t.Context(), "20261123", tomorrow)
	check(t, err)
	if head.Sealed != "20261123" || head.N != 1 {
		t.Errorf("%+v", head)
	}
	for _, date := range []string{"20261123", "20261101"} {
		if _, err := s.Accounts.Seal(t.Context(), date, tomorrow); !errors.Is(err, accounts.ErrSealed) {
			t.Errorf("%s again: %v", date, err)
		}
	}
	if _, err := s.Accounts.Seal(t.Context(), "2026-11-24", tomorrow); !errors.Is(err, accounts.ErrDate) {
		t.Errorf("no date: %v", err)
	}

	ends(t, s, Serial(Kiosk, 1), posting.Posted)
	posts(t, s, 1)
	if got := holds(t, s, accounts.Filter{To: "20261123"}); got != "cash-in-kiosk 100.00, customers -100.00" {
		t.Errorf("the sealed date holds %s", got)
	}
	if got := holds(t, s, accounts.Filter{From: "20261124", To: "20261124"}); got != "customers 100.00, payable-mis -100.00" {
		t.Errorf("the date after it holds %s", got)
	}
	holdAll(t, s, "cash-in-kiosk 100.00, payable-mis -100.00")

	if head, err = s.Accounts.Reopen(t.Context(), "20261123", T0); err != nil || head.Sealed != "20261122" || head.N != 2 {
		t.Errorf("%+v, %v", head, err)
	}
	ends(t, s, Serial(Kiosk, 1), posting.Owed)
	posts(t, s, 1)
	if got := holds(t, s, accounts.Filter{To: "20261123"}); got != "cash-in-kiosk 100.00, customers -100.00, payable-mis 100.00, refunds-due -100.00" {
		t.Errorf("the opened date holds %s", got)
	}
}

// entriesOfDocuments: a collection is posted once, and what changed of it is a difference.
func entriesOfDocuments(t *testing.T, s *store.Store) {
	ingest(t, s, NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000).Recs)
	posts(t, s, 1)
	lines, err := ledger.Moved(ledger.Collect, 10000)
	check(t, err)
	collected := accounts.Document{
		Key: "collection-10000001-000001", Kiosk: Kiosk, Date: "20261124", Kind: string(ledger.Collect), Why: "bag 17", By: "li", Lines: lines,
	}
	for _, want := range []bool{true, false} {
		if made, err := s.Accounts.Record(t.Context(), collected, T0); err != nil || made != want {
			t.Errorf("made %v, %v", made, err)
		}
	}
	counted := collected
	counted.Key, counted.Kind = "count-10000001-000001", "count"
	counted.Lines, err = ledger.Count{Expected: 10000, Counted: 9000}.Lines()
	check(t, err)
	_, err = s.Accounts.Record(t.Context(), counted, T0)
	check(t, err)
	holdAll(t, s, "cash-counted 90.00, shortage 10.00, customers -100.00")

	counted.Lines, err = ledger.Count{Expected: 10000, Counted: 10000}.Lines() // counted again
	check(t, err)
	_, err = s.Accounts.Record(t.Context(), counted, T0)
	check(t, err)
	holdAll(t, s, "cash-counted 100.00, customers -100.00")
	if r := rightBooks(t, s); r.Entries != 4 {
		t.Errorf("%+v", r)
	}

	for name, change := range map[string]func(*accounts.Document){
		"a serial": func(d *accounts.Document) { d.Key = Serial(Kiosk, 1) },
		"a case":   func(d *accounts.Document) { d.Key = "stray-note-10000001-0-5" },
		"no date":  func(d *accounts.Document) { d.Date = "" },
		"not balanced": func(d *accounts.Document) {
			d.Key, d.Lines = "count-x", []ledger.Line{{Account: ledger.Surplus, Amount: 1}}
		},
		"unknown account": func(d *accounts.Document) {
			d.Key, d.Lines = "count-x", []ledger.Line{{Account: "till", Amount: 1}, {Account: ledger.Surplus, Amount: -1}}
		},
	} {
		d := collected
		change(&d)
		if made, err := s.Accounts.Record(t.Context(), d, T0); err == nil || made {
			t.Errorf("%s: made %v", name, made)
		}
	}
	if r := rightBooks(t, s); r.Entries != 4 {
		t.Errorf("%+v", r)
	}
}

// entriesRace: payments end while several head offices post, and no truth is lost.
func entriesRace(t *testing.T, s *store.Store) {
	const payments = 12
	j := NewJournal(Kiosk)
	for n := range payments {
		j.Pay(t, n+1, "1000000001", 10000)
	}
	ingest(t, s, j.Recs)

	var all sync.WaitGroup
	errs := make(chan error, 1000)
	for range 3 {
		all.Go(func() {
			for range 8 {
				_, err := s.Accounts.Post(t.Context(), T0)
				errs <- err
			}
		})
	}
	for n := range payments {
		all.Go(func() {
			serial := Serial(Kiosk, n+1)
			for _, to := range []call.State{posting.Disputed, posting.Owed, posting.Posted} {
				rows, err := s.PostingsOf(t.Context(), []string{serial})
				errs <- err
				p := rows[serial]
				p.State, p.NextAt = to, time.Time{}
				_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "ended", By: "one"}, T0)
				errs <- err
			}
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		check(t, err)
	}
	_, err := s.Accounts.Post(t.Context(), T0)
	check(t, err)
	holdAll(t, s, "cash-in-kiosk 1200.00, payable-mis -1200.00")
	rightBooks(t, s)
}
