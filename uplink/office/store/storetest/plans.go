package storetest

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// answered is a posting after one call with this answer.
func answered(t *testing.T, s *store.Store, n int, r mis.PostResult) books.Posting {
	t.Helper()
	p, err := s.EnsurePosting(t.Context(), order(n), T0)
	check(t, err)
	p = step(t, s, p, posting.Event{Kind: call.Due, Now: T0})

	return step(t, s, p, posting.Event{Kind: call.Answered, Now: T0, Reply: mis.Reply{Op: mis.OpPost, Post: r}})
}

// postedOf is a posting that is posted.
func postedOf(t *testing.T, s *store.Store, n int) books.Posting {
	t.Helper()
	p := answered(t, s, n, mis.PostResult{Outcome: mis.Done, Code: "1001", Amount: 13000, ToArrears: 12850, ToAdvance: 150})
	if p.State != posting.Posted {
		t.Fatalf("%s", posting.Word(p.State))
	}

	return p
}

// staffed adds people who may, and people who may not.
func staffed(t *testing.T, s *store.Store) {
	t.Helper()
	for _, name := range []string{"wang", "li", "gone", "moved"} {
		Person(t, s, name, people.RoleOperator)
	}
	Person(t, s, "zhang", people.RoleAccountant)
	Person(t, s, "audit", people.RoleAuditor)
	check(t, s.PutUser(t.Context(), people.User{Name: "gone", Role: people.RoleOperator, Disabled: true}, "setup", T0))
}

func propose(t *testing.T, s *store.Store, k approval.Kind, object, by, reason string, now time.Time) approval.Plan {
	t.Helper()
	p, err := s.Plans.Propose(t.Context(), k, approval.Ask{Object: object, Reason: reason, By: by}, now)
	check(t, err)

	return p
}

// lines are the newest acts of the audit log, the newest last.
func lines(t *testing.T, s *store.Store, n int) string {
	t.Helper()
	log, err := s.AuditLog(t.Context(), n)
	check(t, err)
	slices.Reverse(log)
	var out []string
	for _, a := range log {
		_, why, _ := strings.Cut(a.Reason, ": ")
		out = append(out, fmt.Sprintf("%s: %s %s: %s", a.User, a.Action, a.Object[max(0, len(a.Object)-4):], why))
	}

	return strings.Join(out, "\n")
}

// planDone: a payment is reversed by two people, and everything says who and why.
func planDone(t *testing.T, s *store.Store) {
	staffed(t, s)
	p := postedOf(t, s, 1)
	plan := propose(t, s, approval.Reverse, p.Serial, "wang", "顾客输错户号", T0)
	want := `{"act":"reverse","serial":"` + p.Serial + `","kiosk":"10000001","account":"1000000001","tender":"cash","amount":13000,"state":"posted","version":3}`
	if plan.Body != want || plan.Amount != 13000 || plan.Serial != p.Serial || plan.State != approval.Pending || plan.ExpiresAt != T0.Add(72*time.Hour).UnixMilli() {
		t.Errorf("%+v", plan)
	}
	if row, err := s.Posting(t.Context(), p.Serial); err != nil || row.State != posting.Posted || row.Version != 3 {
		t.Errorf("one person moved it: %+v, %v", row, err)
	}

	done, err := s.Plans.Approve(t.Context(), plan.ID, plan.Hash, "li", "核实过", T0.Add(time.Minute))
	if check(t, err); done.State != approval.Done || done.Decider != "li" || done.DecidedAt != T0.Add(time.Minute).UnixMilli() || done.Said != "核实过" {
		t.Errorf("%+v", done)
	}
	row, err := s.Posting(t.Context(), p.Serial)
	if check(t, err); row.State != posting.Reversing {
		t.Fatalf("%s", posting.Word(row.State))
	}
	row = step(t, s, row, posting.Event{Kind: call.Due, Now: T0.Add(time.Minute)})
	row = step(t, s, row, posting.Event{Kind: call.Answered, Now: T0.Add(time.Minute), Reply: mis.Reply{Op: mis.OpReverse, Reverse: mis.ReverseResult{Outcome: mis.Done, Code: "1001"}}})
	if row.State != posting.Owed || row.Reason != "reversed, as wang, li ordered: 顾客输错户号" {
		t.Errorf("%s, %q", posting.Word(row.State), row.Reason)
	}
	d, err := s.Detail(t.Context(), p.Serial)
	if check(t, err); len(d.Cases) != 1 || d.Cases[0].Class != books.ClassOwed || !strings.HasPrefix(d.Cases[0].Text, "reversed, as wang, li ordered: 顾客输错户号") {
		t.Fatalf("cases %+v", d.Cases)
	}

	// Who ordered the reversal is not the one who says that the customer has the money.
	id := d.Cases[0].ID
	if _, err := s.CloseCase(t.Context(), id, "zhang", "退现金", T0); !errors.Is(err, books.ErrTwoPeople) {
		t.Errorf("one person closes it: %v", err)
	}
	_, err = s.Plans.Propose(t.Context(), approval.CloseCase, approval.Ask{Object: id, Reason: "退现金", By: "wang"}, T0)
	if !errors.Is(err, books.ErrOwnReversal) || !errors.Is(err, approval.ErrNotAllowed) {
		t.Errorf("the same person settles it: %v", err)
	}
	plan = propose(t, s, approval.CloseCase, id, "zhang", "退现金，收据 118", T0)
	_, err = s.Plans.Approve(t.Context(), plan.ID, plan.Hash, "li", "看过收据", T0)
	check(t, err)
	if got := history(t, s, id); got != `1 office opened: reversed, as wang, li ordered: 顾客输错户号 (1001 )
2 zhang proposed: close-case: 退现金，收据 118
3 li approved: close-case: 看过收据
4 zhang, li closed: 退现金，收据 118` {
		t.Errorf("history\n%s", got)
	}
	if got := lines(t, s, 5); got != `wang: propose reverse 0001: 顾客输错户号
li: approve reverse 0001: 核实过
wang: propose close-case refused 01-6: not by this person: who ordered the reversal may not say what became of the money: another person has to
zhang: propose close-case 01-6: 退现金，收据 118
li: approve close-case 01-6: 看过收据` {
		t.Errorf("audit log\n%s", got)
	}
}

// planAttacked: whoever tries to do it alone, again, otherwise or too late is refused, and
// it is in the log.
func planAttacked(t *testing.T, s *store.Store) {
	staffed(t, s)
	p := postedOf(t, s, 1)
	plan := propose(t, s, approval.Reverse, p.Serial, "wang", "误缴", T0)
	approve := func(hash record.Hash, by string, now time.Time) error {
		_, err := s.Plans.Approve(t.Context(), plan.ID, hash, by, "", now)
		return err
	}
	refused := func(name string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if log, e := s.AuditLog(t.Context(), 1); e != nil || len(log) != 1 || !strings.HasSuffix(log[0].Action, " refused") {
			t.Errorf("%s: not in the log: %+v, %v", name, log, e)
		}
	}
	refused("its proposer", approve(plan.Hash, "wang", T0), approval.ErrTwoPeople)
	check(t, s.PutUser(t.Context(), people.User{Name: "wang", Role: people.RoleAdmin}, "root", T0))
	refused("its proposer in another role", approve(plan.Hash, "wang", T0), approval.ErrTwoPeople)
	refused("a person who left", approve(plan.Hash, "gone", T0), approval.ErrNotAllowed)
	says := approve(plan.Hash, "zhang", T0)
	refused("an accountant", says, approval.ErrNotAllowed)
	if got := says.Error(); got != "not by this person: zhang; it takes one of: admin, operator" {
		t.Errorf("an accountant reads %q", got)
	}
	refused("an auditor", approve(plan.Hash, "audit", T0), approval.ErrNotAllowed)
	refused("nobody", approve(plan.Hash, "nobody", T0), approval.ErrNotAllowed)
	refused("another plan", approve(record.Hash{1}, "li", T0), approval.ErrAnother)
	_, err := s.Plans.Propose(t.Context(), approval.Reverse, approval.Ask{Object: p.Serial, Reason: "again", By: "li"}, T0)
	refused("proposed twice", err, approval.ErrPending)
	_, err = s.Plans.Propose(t.Context(), approval.Reverse, approval.Ask{Object: p.Serial, Reason: "误缴", By: "zhang"}, T0)
	refused("proposed by an accountant", err, approval.ErrNotAllowed)
	_, err = s.Plans.Propose(t.Context(), approval.Retry, approval.Ask{Object: p.Serial, Reason: "误缴", By: "li"}, T0)
	refused("nothing to retry", err, posting.ErrAction)
	_, err = s.Plans.Propose(t.Context(), approval.Reverse, approval.Ask{Object: Serial(Kiosk, 9), Reason: "误缴", By: "li"}, T0)
	refused("no posting", err, stored.ErrNotFound)
	_, err = s.Plans.Approve(t.Context(), "p-none", plan.Hash, "li", "", T0)
	refused("no plan", err, stored.ErrNotFound)

	check(t, s.PutUser(t.Context(), people.User{Name: "wang", Role: people.RoleOperator, Disabled: true}, "root", T0))
	refused("its proposer has left", approve(plan.Hash, "li", T0), approval.ErrNotAllowed)
	Person(t, s, "wang", people.RoleOperator)
	refused("too late", approve(plan.Hash, "li", T0.Add(72*time.Hour)), approval.ErrExpired)
	refused("too late, and the clock goes back", approve(plan.Hash, "li", T0), approval.ErrDecided)

	plan = propose(t, s, approval.Reverse, p.Serial, "wang", "误缴", T0)
	if row, err := s.Posting(t.Context(), p.Serial); err != nil || row.State != posting.Posted || row.Version != 3 {
		t.Fatalf("it was moved: %+v, %v", row, err)
	}
	check(t, approve(plan.Hash, "li", T0))
	refused("a second time", approve(plan.Hash, "li", T0), approval.ErrDecided)
	_, err = s.Plans.Refuse(t.Context(), plan.ID, "wang", "never mind", T0)
	refused("taken back when done", err, approval.ErrDecided)
	d, err := s.Detail(t.Context(), p.Serial)
	if check(t, err); len(d.History) != 4 || d.History[3].Event != "reverse ordered" || d.History[3].By != "wang, li" || d.History[3].Text != "误缴" {
		t.Errorf("history %+v", d.History)
	}
}

// planOvertaken: what a plan starts from has changed since, or it is refused or taken back.
func planOvertaken(t *testing.T, s *store.Store) {
	staffed(t, s)
	p := answered(t, s, 1, mis.PostResult{Outcome: mis.Done, Code: "1001", Amount: 12000})
	if p.State != posting.Disputed {
		t.Fatalf("%s", posting.Word(p.State))
	}
	cases, err := s.CasesOf(t.Context(), []string{p.Serial})
	check(t, err)
	id := cases[p.Serial][0].ID
	reversal := propose(t, s, approval.Reverse, p.Serial, "wang", "误缴", T0)
	closing := propose(t, s, approval.CloseCase, id, "li", "退现金", T0)
	pending, err := s.Plans.Plans(t.Context(), approval.Filter{Pending: true}, T0)
	if check(t, err); len(pending) != 2 {
		t.Errorf("pending %+v", pending)
	}
	_, err = s.Plans.Approve(t.Context(), reversal.ID, reversal.Hash, "li", "", T0)
	check(t, err)
	failed, err := s.Plans.Approve(t.Context(), closing.ID, closing.Hash, "zhang", "", T0)
	if !errors.Is(err, posting.ErrAction) || failed.State != approval.Failed || failed.Decider != "zhang" {
		t.Errorf("closed while it goes back: %+v, %v", failed, err)
	}
	if d, err := s.CaseDetail(t.Context(), id); err != nil || !d.Case.Open {
		t.Errorf("%+v, %v", d.Case, err)
	}

	// A payment that was reversed and settled before another approves the second plan.
	q := postedOf(t, s, 2)
	back := propose(t, s, approval.Reverse, q.Serial, "wang", "误缴", T0)
	for _, c := range []struct {
		by   string
		want error
	}{{"audit", approval.ErrNotAllowed}, {"wang", nil}, {"wang", approval.ErrDecided}} {
		if _, err := s.Plans.Refuse(t.Context(), back.ID, c.by, "看错了", T0); !errors.Is(err, c.want) {
			t.Errorf("refused by %s: %v, want %v", c.by, err, c.want)
		}
	}
	if row, err := s.Plans.Plan(t.Context(), back.ID, T0); err != nil || row.State != approval.Refused || row.Decider != "wang" || row.Said != "看错了" {
		t.Errorf("taken back: %+v, %v", row, err)
	}
	if _, err := s.Plans.Approve(t.Context(), back.ID, back.Hash, "li", "", T0); !errors.Is(err, approval.ErrDecided) {
		t.Errorf("approved though it was taken back: %v", err)
	}
	later := propose(t, s, approval.Reverse, q.Serial, "wang", "误缴", T0)
	q.Evidence = "undo-denied 1005"
	_, err = s.SavePosting(t.Context(), books.Change{Posting: q, Event: "ask answered late", By: "one", Evidence: true}, T0)
	check(t, err)
	failed, err = s.Plans.Approve(t.Context(), later.ID, later.Hash, "li", "", T0)
	if !errors.Is(err, approval.ErrChanged) || failed.State != approval.Failed || failed.Said != "what the plan starts from has changed since: propose it again" {
		t.Errorf("approved on other grounds: %+v, %v", failed, err)
	}
	old, err := s.Plans.Plans(t.Context(), approval.Filter{Serial: q.Serial}, T0)
	if err != nil || len(old) != 2 || old[0].State == approval.Pending || old[1].State == approval.Pending {
		t.Errorf("plans %+v, %v", old, err)
	}
}

// planOnce: many approve at the same time, and it is done once.
func planOnce(t *testing.T, s *store.Store) {
	staffed(t, s)
	p := postedOf(t, s, 1)
	plan := propose(t, s, approval.Reverse, p.Serial, "wang", "误缴", T0)
	var all sync.WaitGroup
	errs := make(chan error, 8)
	for range cap(errs) {
		all.Go(func() {
			_, err := s.Plans.Approve(t.Context(), plan.ID, plan.Hash, "li", "", T0)
			errs <- err
		})
	}
	all.Wait()
	close(errs)
	done := 0
	for err := range errs {
		if err == nil {
			done++
		} else if !errors.Is(err, approval.ErrDecided) {
			t.Error(err)
		}
	}
	row, err := s.Posting(t.Context(), p.Serial)
	if check(t, err); done != 1 || row.Version != 4 || row.State != posting.Reversing {
		t.Errorf("done %d times: version %d, %s", done, row.Version, posting.Word(row.State))
	}
}

// hastened: one person has an open posting tried sooner, and cannot retry one at its end.
func hastened(t *testing.T, s *store.Store) {
	staffed(t, s)
	p := answered(t, s, 1, mis.PostResult{})
	if p.State != posting.Asking || !p.NextAt.After(T0) {
		t.Fatalf("%s", posting.Word(p.State))
	}
	row, err := s.Hasten(t.Context(), p.Serial, "wang", "顾客在等", T0)
	if check(t, err); !row.NextAt.Equal(T0) || row.State != posting.Asking {
		t.Errorf("%+v", row)
	}
	owed := answered(t, s, 2, mis.PostResult{Outcome: mis.Done, Code: "1001", Amount: 12000})
	if _, err := s.Hasten(t.Context(), owed.Serial, "wang", "再试", T0); !errors.Is(err, books.ErrTwoPeople) {
		t.Errorf("retried by one: %v", err)
	}
	if got := lines(t, s, 1); got != "wang: hasten posting 0001: " {
		t.Errorf("log %s", got)
	}
	if err := Two(t, s, approval.Retry, owed.Serial, "再试", T0); err != nil {
		t.Errorf("retried by two: %v", err)
	}
}

// AlteredPlan changes a plan below s, whose database is db, after it was proposed.
func AlteredPlan(t *testing.T, s *store.Store, db *sql.DB) {
	t.Helper()
	if _, err := s.Register(t.Context(), Kiosk, 0, T0); err != nil {
		t.Fatal(err)
	}
	staffed(t, s)
	for n, change := range []string{
		"serial = 'x'", "amount = 1", "body = replace(body, 'posted', 'disputed')", "by_whom = 'zhang'", "reason = 'y'", "kind = 'retry'",
		"object = 'z'", "expires_at = expires_at + 1", "args = 'a'", "at = at - 1",
	} {
		p := postedOf(t, s, n+1)
		plan := propose(t, s, approval.Reverse, p.Serial, "wang", "误缴", T0)
		_, err := db.ExecContext(t.Context(), "UPDATE plans SET "+change+" WHERE id = $1", plan.ID)
		check(t, err)
		if _, err := s.Plans.Approve(t.Context(), plan.ID, plan.Hash, "li", "", T0); !errors.Is(err, approval.ErrAltered) {
			t.Errorf("%s: %v", change, err)
		}
		row, err := s.Plans.Plan(t.Context(), plan.ID, T0)
		if err != nil || row.State != approval.Failed {
			t.Errorf("%s: %+v, %v", change, row, err)
		}
		if q, err := s.Posting(t.Context(), p.Serial); err != nil || q.State != posting.Posted {
			t.Errorf("%s: %+v, %v", change, q, err)
		}
		if log, err := s.AuditLog(t.Context(), 1); err != nil || !strings.HasSuffix(log[0].Reason, ": the plan was changed after it was proposed") {
			t.Errorf("%s: %+v, %v", change, log, err)
		}
	}
}
