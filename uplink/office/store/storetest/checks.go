package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// approved proposes a plan as wang and approves it as li.
func approved(t *testing.T, s *store.Store, k approval.Kind, object, args string, now time.Time) approval.Plan {
	t.Helper()
	p, err := s.Plans.Propose(t.Context(), k, approval.Ask{Object: object, Args: args, Reason: "查过现场", By: "wang"}, now)
	check(t, err)
	if _, err := s.Plans.Approve(t.Context(), p.ID, p.Hash, "wang", "", now); !errors.Is(err, approval.ErrTwoPeople) {
		t.Fatalf("its own proposer: %v", err)
	}
	p, err = s.Plans.Approve(t.Context(), p.ID, p.Hash, "li", "", now)
	check(t, err)

	return p
}

// forked are the true kiosk, which goes on, and what a copy of its key wrote: record 5 with a
// payment of 900.00 that nobody made. The copy was faster. Both kiosks' first payment is of
// before that.
func forked(t *testing.T, s *store.Store) (kiosk, copied *Journal) {
	t.Helper()
	staffed(t, s)
	kiosk = NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000)
	ingest(t, s, kiosk.Recs)
	copied = &Journal{Kiosk: Kiosk, Head: kiosk.Head, Trust: record.Synchronised}
	copied.Pay(t, 5, "1000000009", 10000, 10000, 10000, 10000, 10000, 10000, 10000, 10000, 10000)
	ingest(t, s, copied.Recs)
	kiosk.Pay(t, 6, "1000000002", 5000, 2000).Pay(t, 13, "1000000003", 1000)
	end, err := s.Ingest(t.Context(), Kiosk, kiosk.Recs[4:], T0.Add(time.Minute))
	if err != nil || end.Head != kiosk.Head || !end.Forked {
		t.Fatalf("the kiosk's own records: %+v, %v", end, err)
	}
	for n, amount := range map[int]string{1: "100.00", 5: "900.00", 6: "70.00", 13: "10.00"} {
		if p, err := s.Posting(t.Context(), Serial(Kiosk, n)); err != nil || p.Amount.String() != amount {
			t.Errorf("payment %d: %+v, %v", n, p, err)
		}
	}

	return kiosk, copied
}

// insideOf is what the books say is in the cassette, and faults of the notes.
func insideOf(t *testing.T, s *store.Store) string {
	t.Helper()
	_, err := s.Cash.Follow(t.Context(), T0.Add(time.Hour))
	check(t, err)
	p, err := s.Cash.Position(t.Context(), Kiosk)
	check(t, err)
	_, err = s.Accounts.Post(t.Context(), T0.Add(time.Hour))
	check(t, err)
	proofs, exact, err := s.Cash.Check(t.Context())
	check(t, err)
	if !exact {
		t.Error("notes wait to be followed")
	}
	out := p.Sum().String()
	for _, proof := range proofs {
		for _, f := range proof.Faults {
			out += "; " + f.What
		}
	}

	return out
}

// forkBranchChosen: two people say that the kiosk is the branch; what the copy wrote is
// evidence, and its posting a case.
func forkBranchChosen(t *testing.T, s *store.Store) {
	kiosk, copied := forked(t, s)
	if got := insideOf(t, s); got != "1080.00" { // both sides, until somebody knows
		t.Errorf("inside while it is open: %s", got)
	}
	fs, err := s.Forks(t.Context())
	check(t, err)
	if len(fs) != 1 || fs[0].Branch.Name != "0-1" || fs[0].Branch.From != 5 || fs[0].Branch.Payments != 2 || fs[0].Branch.Sum != 8000 ||
		fs[0].Journal.Payments != 1 || fs[0].Journal.Sum != 90000 {
		t.Errorf("forks %+v", fs)
	}
	p := approved(t, s, approval.ChooseBranch, Kiosk, "0-1", T0.Add(time.Hour))
	if !strings.Contains(p.Body, `"leave":{"name":"journal","from":5,"upto":24`) {
		t.Errorf("the plan says %s", p.Body)
	}

	j, err := s.Kiosk(t.Context(), Kiosk)
	check(t, err)
	if j.Head != kiosk.Head {
		t.Errorf("the journal ends at %d, want %d", j.Head.Seq, kiosk.Head.Seq)
	}
	if got := insideOf(t, s); got != "180.00" {
		t.Errorf("inside afterwards: %s", got)
	}
	if got := classes(t, s); got != "branch:900.00" {
		t.Errorf("cases afterwards %q", got)
	}
	if c := openCases(t, s)[0]; c.Text != "closed on the side journal of the journal, which two people left, record 24: 900.00 yuan to 1000000009 by cash; its posting is ordered" {
		t.Errorf("the case says %q", c.Text)
	}
	if d, err := s.Detail(t.Context(), Serial(Kiosk, 5)); err != nil || len(d.Events) != 0 || d.Posting == nil {
		t.Errorf("the payment that was left: %+v, %v", d, err)
	}
	kiosk.Pay(t, 30, "1000000004", 2000)
	if end, err := s.Ingest(t.Context(), Kiosk, kiosk.Recs[len(kiosk.Recs)-4:], T0); err != nil || end.Head != kiosk.Head || end.Forked {
		t.Errorf("the kiosk goes on: %+v, %v", end, err)
	}

	had := len(copied.Recs)
	copied.Pay(t, 25, "1000000009", 10000)
	end, err := s.Ingest(t.Context(), Kiosk, copied.Recs[had:], T0)
	if !errors.Is(err, record.ErrChain) || end.Head != kiosk.Head {
		t.Errorf("the copy goes on: %+v, %v", end, err)
	}
	if _, err := s.Posting(t.Context(), Serial(Kiosk, 25)); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("what the copy wrote after the choice is posted: %v", err)
	}
	o := books.Order{Serial: Serial(Kiosk, 31), Account: "1000000004", Kiosk: Kiosk, Tender: "cash", Amount: 700, PaidAt: T0.UnixMilli()}
	if _, err := s.EnsurePosting(t.Context(), o, T0); err != nil {
		t.Errorf("orders of the kiosk are held because of a copy that was left: %v", err)
	}
	if got := classes(t, s); got != "branch:900.00 branch:100.00 chain:0.00" {
		t.Errorf("cases of the copy %q", got)
	}
}

// forkJournalChosen: two people say that the kiosk is what came first.
func forkJournalChosen(t *testing.T, s *store.Store) {
	kiosk, copied := forked(t, s)
	approved(t, s, approval.ChooseBranch, Kiosk, "journal", T0.Add(time.Hour))
	if got := insideOf(t, s); got != "1000.00" {
		t.Errorf("inside afterwards: %s", got)
	}
	if got := classes(t, s); got != "branch:70.00 branch:10.00" {
		t.Errorf("cases afterwards %q", got)
	}
	if end, err := s.Ingest(t.Context(), Kiosk, kiosk.Recs[4:], T0); !errors.Is(err, record.ErrChain) || end.Head != copied.Head {
		t.Errorf("the side that was left comes again: %+v, %v", end, err)
	}
	if alarms, err := s.Alarms(t.Context()); err != nil || len(alarms) != 1 || alarms[0].Code != books.AlarmChain {
		t.Errorf("alarms %+v, %v", alarms, err)
	}
	if _, err := s.Plans.Propose(t.Context(), approval.ChooseBranch, approval.Ask{Object: Kiosk, Args: "0-1", Reason: "再来", By: "wang"}, T0); !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("chosen twice: %v", err)
	}
}

// beyond are orders that no kiosk can have meant, each with its doubt.
func beyond() []struct {
	name  string
	order books.Order
	doubt books.Doubt
} {
	o := func(serial string, amount int64, tender string, paid int64) books.Order {
		return books.Order{Serial: serial, Account: "1000000004", Kiosk: Kiosk, Tender: tender, Amount: money.Amount(amount), PaidAt: paid}
	}
	now := T0.UnixMilli()
	return []struct {
		name  string
		order books.Order
		doubt books.Doubt
	}{
		{"5,000,000.00 yuan", o(Kiosk+"000000000001", 500_000_000, "cash", now), books.DoubtLimit},
		{"a fen more than a payment and a note", o(Kiosk+"000000000002", 510_001, "cash", now), books.DoubtLimit},
		{"serial of an incarnation that never was", o(Kiosk+"570000000003", 100, "cash", now), books.DoubtIncarnation},
		{"serial of the incarnation before", o(Kiosk+"000000000004", 100, "cash", now), books.NoDoubt},
		{"serial of 500,001 records from now", o(Kiosk+"000000500001", 100, "cash", now), books.DoubtAhead},
		{"a time before all clocks", o(Kiosk+"000000000006", 100, "cash", -1), books.DoubtTime},
		{"a time after all clocks", o(Kiosk+"000000000007", 100, "cash", 1<<62), books.DoubtTime},
		{"a tender that there is not", o(Kiosk+"000000000008", 100, "shells", now), books.DoubtTender},
		{"all that can be", o(Kiosk+"000000500000", 510_000, "cash", now), books.NoDoubt},
	}
}

// orderBeyond: what a kiosk cannot have meant is held with a case and an alarm, and two people
// release or refuse it.
func orderBeyond(t *testing.T, s *store.Store) {
	staffed(t, s)
	for _, c := range beyond() {
		_, err := s.EnsurePosting(t.Context(), c.order, T0)
		if held := errors.Is(err, books.ErrHeld); held != (c.doubt != books.NoDoubt) || err != nil && !held {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, again := s.EnsurePosting(t.Context(), c.order, T0.Add(time.Minute)); errors.Is(again, books.ErrHeld) != errors.Is(err, books.ErrHeld) {
			t.Errorf("%s, asked again: %v", c.name, again)
		}
		if why, err := s.WhyHeld(t.Context(), c.order); err != nil || why != c.doubt {
			t.Errorf("%s: held for %q, %v; want %q", c.name, why, err, c.doubt)
		}
	}
	held := func() (ids []string) {
		for _, c := range openCases(t, s) {
			if c.Class == books.ClassHeld {
				ids = append(ids, c.ID)
			}
		}
		return ids
	}
	if n := len(held()); n != 7 {
		t.Fatalf("%d cases: %q", n, classes(t, s))
	}
	on := func() bool {
		alarms, err := s.Alarms(t.Context())
		check(t, err)
		return len(alarms) == 1 && alarms[0].Code == books.AlarmHeld
	}
	if !on() {
		t.Error("no alarm")
	}
	if _, err := s.Plans.Propose(t.Context(), approval.CloseCase, approval.Ask{Object: held()[0], Reason: "关闭", By: "wang"}, T0); !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("closed beside its order: %v", err)
	}

	all := held()
	released := approved(t, s, approval.ReleaseOrder, all[0], "", T0.Add(time.Hour))
	if p, err := s.Posting(t.Context(), released.Serial); err != nil || p.State != posting.Ordered || p.Amount != released.Amount {
		t.Errorf("released: %+v, %v", p, err)
	}
	refused := approved(t, s, approval.RefuseOrder, all[1], "", T0.Add(time.Hour))
	if p, err := s.Posting(t.Context(), refused.Serial); err != nil || p.State != posting.Owed || p.Reason != "not posted, as wang, li ordered: 查过现场" {
		t.Errorf("refused: %+v, %v", p, err)
	}
	for _, id := range all[:2] {
		if _, err := s.Plans.Propose(t.Context(), approval.ReleaseOrder, approval.Ask{Object: id, Reason: "再来", By: "wang"}, T0); !errors.Is(err, approval.ErrNotPossible) {
			t.Errorf("decided twice: %v", err)
		}
	}
	for _, id := range all[2:] {
		if !on() {
			t.Error("the alarm ended too soon")
		}
		approved(t, s, approval.RefuseOrder, id, "", T0.Add(time.Hour))
	}
	if on() || len(held()) != 0 {
		t.Errorf("held still: %v", held())
	}
}

// boundsSet: two people say what is believed of a kiosk and of the fleet, and a day has no more
// cash than its cassette.
func boundsSet(t *testing.T, s *store.Store) {
	staffed(t, s)
	Person(t, s, "root", people.RoleAdmin)
	n := 0
	pays := func(amount int64) error {
		n++
		o := books.Order{Serial: Serial(Kiosk, n), Account: "1000000004", Kiosk: Kiosk, Tender: "cash", Amount: money.Amount(amount), PaidAt: T0.UnixMilli()}
		_, err := s.EnsurePosting(t.Context(), o, T0)
		return err
	}
	approved(t, s, approval.SetBounds, books.Fleet, "max-cash=200 day-cash=1000", T0)
	approved(t, s, approval.SetBounds, Kiosk, "max-cash=300", T0)
	if b, err := s.BoundsOf(t.Context(), Kiosk); err != nil || b.MaxCash != 30000 || b.DayCash != 100000 || b.MaxCard != 2_000_000 {
		t.Errorf("bounds %+v, %v", b, err)
	}
	for _, c := range []struct {
		amount int64
		held   bool
	}{{40000, false}, {40001, true}, {30000, false}, {30001, true}, {30000, false}, {1, true}} {
		if err := pays(c.amount); errors.Is(err, books.ErrHeld) != c.held || err != nil && !c.held {
			t.Errorf("%d fen: %v", c.amount, err)
		}
	}
	for _, bad := range []string{"max-cash=0", "max-cash=60000", "max-cash=x", "max=1", "max-cash"} {
		if _, err := s.Plans.Propose(t.Context(), approval.SetBounds, approval.Ask{Object: Kiosk, Args: bad, Reason: "试试", By: "wang"}, T0); !errors.Is(err, approval.ErrNotPossible) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := s.Plans.Propose(t.Context(), approval.SetBounds, approval.Ask{Object: "10000099", Args: "max-cash=9", Reason: "试试", By: "wang"}, T0); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("of a kiosk that is not there: %v", err)
	}
}
