package storetest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"wattkiosk/payments/ledger"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// owing ends the posting of an order as owed, and returns the case of that.
func owing(t *testing.T, s *store.Store, o books.Order) books.Case {
	t.Helper()
	p, err := s.EnsurePosting(t.Context(), o, T0)
	check(t, err)
	p.State, p.NextAt = posting.Owed, time.Time{}
	p.InFlight, p.Reason = false, "the MIS refused it"
	_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
	check(t, err)
	cases, err := s.CasesOf(t.Context(), []string{o.Serial})
	check(t, err)
	i := slices.IndexFunc(cases[o.Serial], func(c books.Case) bool { return c.Class == books.ClassOwed && c.Open })
	if i < 0 {
		t.Fatalf("cases %+v", cases)
	}

	return cases[o.Serial][i]
}

func payOut(t *testing.T, s *store.Store, id, to string, now time.Time) (approval.Plan, error) {
	t.Helper()
	p, err := s.Plans.Propose(t.Context(), approval.PayOut, approval.Ask{Object: id, Args: to, Reason: "顾客持凭证到柜台", By: "wang"}, now)
	if err != nil {
		return p, err
	}

	return s.Plans.Approve(t.Context(), p.ID, p.Hash, "zhang", "核对过证件", now)
}

// paidOutOnce: two people give an owed payment back at the counter, once, and the books, the
// case and the log say so.
func paidOutOnce(t *testing.T, s *store.Store) {
	staffed(t, s)
	c := owing(t, s, order(1))
	for _, to := range []string{"", "王", "张三 310101199001011234", "张三\n", "张三 1234567", "张三 310101 199001 011234", "张三 310101-199001", "张三 ３１０１０１１９９００１"} {
		if _, err := payOut(t, s, c.ID, to, T0); !errors.Is(err, books.ErrTaker) {
			t.Errorf("to %q: %v", to, err)
		}
	}
	plan, err := payOut(t, s, c.ID, "张三 尾号 1234", T0.Add(time.Hour))
	check(t, err)
	want := books.Payout{
		Case: c.ID, Serial: c.Serial, Kiosk: Kiosk, Account: "1000000001", Amount: 13000, Number: plan.ID, To: "张三 尾号 1234",
		By: "wang", Approver: "zhang", Reason: "顾客持凭证到柜台", At: T0.Add(time.Hour).UnixMilli(),
	}
	if p, err := s.Payout(t.Context(), c.ID); err != nil || p != want {
		t.Errorf("%+v, %v", p, err)
	}
	d, err := s.CaseDetail(t.Context(), c.ID)
	if check(t, err); d.Case.Open || d.Case.ClosedBy != "wang, zhang" ||
		d.Case.Resolution != "paid out at the counter: 130.00 yuan to 张三 尾号 1234, receipt "+plan.ID+"; 顾客持凭证到柜台" {
		t.Errorf("case %+v", d.Case)
	}
	stands(t, s, c.Serial, "cash-in-kiosk 130.00, counter -130.00")

	// Whoever comes again is told when it was given, and by whom.
	_, err = payOut(t, s, c.ID, "李四", T0.Add(2*time.Hour))
	var had books.PaidOutError
	if !errors.As(err, &had) || had.By != "wang" || had.Approver != "zhang" || had.At != want.At || !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("a second time: %v", err)
	}
	if log, err := s.AuditLog(t.Context(), 1); err != nil || log[0].Action != "propose pay-out refused" {
		t.Errorf("log %+v, %v", log, err)
	}
	if _, err := s.Plans.Approve(t.Context(), plan.ID, plan.Hash, "li", "", T0); !errors.Is(err, approval.ErrDecided) {
		t.Errorf("approved again: %v", err)
	}
	if _, err := Act(t, s, c.Serial, posting.Retry, T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("posted after all: %v", err)
	}

	// Late truth: the MIS has it after all. What left the counter has left it.
	p, err := s.Posting(t.Context(), c.Serial)
	check(t, err)
	p.State, p.ToArrears = posting.Posted, 13000
	_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "ask answered late", By: "one"}, T0)
	check(t, err)
	stands(t, s, c.Serial, "cash-in-kiosk 130.00, suspense 130.00, payable-mis -130.00, counter -130.00")
}

// stands reports whether the entries of a key add up to these lines.
func stands(t *testing.T, s *store.Store, key, want string) {
	t.Helper()
	_, err := s.Accounts.Post(t.Context(), T0)
	check(t, err)
	entries, err := s.Accounts.Entries(t.Context(), key)
	check(t, err)
	var all []ledger.Line
	for _, e := range entries {
		all = append(all, e.Lines...)
	}
	sum, err := ledger.Sum(all)
	check(t, err)
	got := ""
	for _, l := range sum {
		if got != "" {
			got += ", "
		}
		got += string(l.Account) + " " + l.Amount.String()
	}
	if got != want {
		t.Errorf("%s stands as %q, want %q", key, got, want)
	}
}

// paidOutAtOnce: two plans for two cases of one payment, and many approvals at the same
// time, give the money once.
func paidOutAtOnce(t *testing.T, s *store.Store) {
	staffed(t, s)
	c := owing(t, s, order(1))
	plan, err := s.Plans.Propose(t.Context(), approval.PayOut, approval.Ask{Object: c.ID, Args: "张三", Reason: "柜台", By: "wang"}, T0)
	check(t, err)
	closing := propose(t, s, approval.CloseCase, c.ID, "li", "退现金", T0)
	if _, err := s.Plans.Approve(t.Context(), plan.ID, plan.Hash, "wang", "", T0); !errors.Is(err, approval.ErrTwoPeople) {
		t.Errorf("one person: %v", err)
	}
	var all sync.WaitGroup
	errs := make(chan error, 6)
	for i := range cap(errs) {
		all.Go(func() {
			_, err := s.Plans.Approve(t.Context(), plan.ID, plan.Hash, []string{"li", "zhang"}[i%2], "", T0)
			errs <- err
		})
	}
	all.Wait()
	close(errs)
	done := 0
	for err := range errs {
		if err == nil {
			done++
		}
	}
	had, err := s.PayoutsOf(t.Context(), c.Serial)
	if check(t, err); done != 1 || len(had) != 1 {
		t.Errorf("done %d times: %+v", done, had)
	}
	if _, err := s.Plans.Approve(t.Context(), closing.ID, closing.Hash, "zhang", "", T0); !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("closed another way too: %v", err)
	}
}

// paidOutCameBack: a note that the kiosk gave back after all is not paid out, nor said to be.
func paidOutCameBack(t *testing.T, s *store.Store) {
	staffed(t, s)
	j := NewJournal(Kiosk)
	serial := Serial(Kiosk, 1)
	j.Add(t, "opened", serial, object{"account": "1000000001", "tender": "cash", "limit": 500000, "opened_at": T0.UnixMilli()})
	for i := range 2 {
		j.Add(t, "note-accepted", serial, object{"note": i, "value": 2000})
		j.Add(t, "note-unresolved", serial, object{"note": i, "value": 2000, "evidence": "no-report-in-time"})
	}
	j.Add(t, "cash-closed", serial, object{"total": 0, "account": "1000000001", "tender": "cash", "closed_at": T0.UnixMilli(), "reason": "customer"})
	j.Add(t, "note-returned", serial, object{"note": 0, "value": 2000, "evidence": "returned-late"})
	ingest(t, s, j.Recs)
	first, second := books.ClassNote+"-"+Kiosk+"-"+serial+"-0", books.ClassNote+"-"+Kiosk+"-"+serial+"-1"
	if _, err := payOut(t, s, first, "张三", T0); !errors.Is(err, books.ErrCameBack) {
		t.Errorf("a note that came back: %v", err)
	}
	_, err := s.Plans.Propose(t.Context(), approval.CloseCase, approval.Ask{Object: first, Args: string(books.PaidOut), Reason: "paid", By: "li"}, T0)
	if !errors.Is(err, books.ErrCameBack) {
		t.Errorf("it is said to be paid out: %v", err)
	}
	_, err = payOut(t, s, second, "张三", T0)
	check(t, err)
	stands(t, s, serial, "suspense 20.00, counter -20.00")
}

// paidOutTooEarly: what the kiosk may still give back itself is not paid out.
func paidOutTooEarly(t *testing.T, s *store.Store) {
	staffed(t, s)
	j := NewJournal(Kiosk)
	serial := Serial(Kiosk, 1)
	j.Add(t, "opened", serial, object{"account": "1000000001", "tender": "cash", "limit": 500000, "opened_at": T0.UnixMilli()})
	j.Add(t, "note-accepted", serial, object{"note": 0, "value": 5000})
	j.Add(t, "note-unresolved", serial, object{"note": 0, "value": 5000, "evidence": "no-report-in-time"})
	ingest(t, s, j.Recs)
	cases, err := s.CasesOf(t.Context(), []string{serial})
	if check(t, err); len(cases[serial]) != 1 || cases[serial][0].Class != books.ClassNote {
		t.Fatalf("cases %+v", cases)
	}
	id := cases[serial][0].ID
	if _, err := payOut(t, s, id, "张三", T0); !errors.Is(err, books.ErrAtKiosk) {
		t.Errorf("while its kiosk still has it open: %v", err)
	}
	sent := len(j.Recs)
	j.Add(t, "cash-closed", serial, object{"total": 0, "account": "1000000001", "tender": "cash", "closed_at": T0.UnixMilli(), "reason": "customer"})
	ingest(t, s, j.Recs[sent:])
	_, err = payOut(t, s, id, "张三", T0)
	check(t, err)
	stands(t, s, serial, "suspense 50.00, counter -50.00")
	if _, err := payOut(t, s, id, "张三", T0); !errors.As(err, new(books.PaidOutError)) {
		t.Errorf("twice: %v", err)
	}

	sold(t, s, 2, 102)
	card := byCard(2)
	c := owing(t, s, card)
	if _, err := payOut(t, s, c.ID, "张三", T0); !errors.Is(err, books.ErrReversible) {
		t.Errorf("before the kiosk takes the sale back: %v", err)
	}
	a := asked(posp.Reversal, 2, 102)
	r := take(t, s, a, T0)
	if _, err := payOut(t, s, c.ID, "张三", T0); !errors.Is(err, books.ErrReversible) {
		t.Errorf("while it does so: %v", err)
	}
	ended(t, s, r, answeredWith(a, "00"), T0)
	if _, err := payOut(t, s, c.ID, "张三", T0); !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("the card has it back: %v", err)
	}
	if had, err := s.PayoutsOf(t.Context(), card.Serial); err != nil || len(had) != 0 {
		t.Errorf("%+v, %v", had, err)
	}
	if _, err := payOut(t, s, "owed-none", "张三", T0); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("no case: %v", err)
	}
}

// cardNotOvertaken: no case of a payment by bank card is settled by hand while its kiosk may
// still take the sale back, whatever its class, and whatever became of its posting since.
func cardNotOvertaken(t *testing.T, s *store.Store) {
	staffed(t, s)
	closing := func(id string) error {
		_, err := Close(t, s, id, "paid back in cash", T0)
		return err
	}
	sold(t, s, 1, 101) // nobody ordered to post it
	check(t, s.Bank.Watch(t.Context(), 10, T0.Add(11*time.Minute)))
	found, err := s.CasesOf(t.Context(), []string{Serial(Kiosk, 1)})
	if check(t, err); len(found[Serial(Kiosk, 1)]) != 1 || found[Serial(Kiosk, 1)][0].Class != books.ClassUnbooked {
		t.Fatalf("cases %+v", found)
	}
	unbooked := found[Serial(Kiosk, 1)][0]
	if _, err := s.Plans.Propose(t.Context(), approval.PayOut, approval.Ask{Object: unbooked.ID, Args: "张三", Reason: "柜台", By: "wang"}, T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("paid out: %v", err)
	}
	if err := closing(unbooked.ID); !errors.Is(err, books.ErrReversible) {
		t.Errorf("unbooked: %v", err)
	}

	sold(t, s, 2, 102) // its kiosk was told that it is owed, and then people had it tried again
	c := owing(t, s, byCard(2))
	p, err := s.Posting(t.Context(), c.Serial)
	check(t, err)
	p.State = posting.Disputed
	_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
	check(t, err)
	cases, err := s.CasesOf(t.Context(), []string{c.Serial})
	check(t, err)
	for _, open := range cases[c.Serial] {
		if !open.Open {
			continue
		}
		if err := closing(open.ID); !errors.Is(err, books.ErrReversible) {
			t.Errorf("%s, once owed: %v", open.Class, err)
		}
	}

	a := asked(posp.Settle, 0, 110)
	equal := answeredWith(a, "00")
	equal.Answer.Compared = posp.Equal
	ended(t, s, take(t, s, a, T0), equal, T0) // the batch is closed: the kiosk cannot any more
	check(t, closing(unbooked.ID))
}

// named: the reference on a slip finds its payment.
func named(t *testing.T, s *store.Store) {
	p := answered(t, s, 1, mis.PostResult{Outcome: mis.Done, Code: "1001", Amount: 13000, ToArrears: 12850, ToAdvance: 150, Reference: "MIS-77"})
	for reference, want := range map[string]int{"MIS-77": 1, "MIS-7": 0, "": 0} {
		got, err := s.SerialsOf(t.Context(), reference, 5)
		if check(t, err); len(got) != want || want == 1 && got[0] != p.Serial {
			t.Errorf("%q: %v", reference, got)
		}
	}
}
