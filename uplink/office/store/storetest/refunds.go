package storetest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
)

// settledBatch has the bank close the batch of the suite's terminal.
func settledBatch(t *testing.T, s *store.Store) {
	t.Helper()
	a := asked(posp.Settle, 0, 900)
	equal := answeredWith(a, "00")
	equal.Answer.Compared = posp.Equal
	ended(t, s, take(t, s, a, T0), equal, T0)
}

// twoAsk has two people propose and approve a plan with an argument.
func twoAsk(t *testing.T, s *store.Store, k approval.Kind, object, args string) error {
	t.Helper()
	p, err := s.Plans.Propose(t.Context(), k, approval.Ask{Object: object, Args: args, Reason: "the customer asks for it", By: "li"}, T0)
	if err != nil {
		return err
	}
	_, err = s.Plans.Approve(t.Context(), p.ID, p.Hash, "wang", "agreed", T0)

	return err
}

// owedByCard is an approved sale of the n-th payment whose posting the MIS refused, in a batch
// that is closed, and the case of that.
func owedByCard(t *testing.T, s *store.Store, n int) (bank.Carry, books.Case) {
	t.Helper()
	c := sold(t, s, n, 100+n)
	owed := owing(t, s, byCard(n))
	settledBatch(t, s)

	return c, owed
}

// cardGivenBack: two people ask the bank to give a payment back, and two write down that it
// did. Meanwhile nobody pays it out or posts it, and afterwards neither.
func cardGivenBack(t *testing.T, s *store.Store) {
	staffed(t, s)
	sale, owed := owedByCard(t, s, 1)
	if err := twoAsk(t, s, approval.RefundCard, sale.ID, "40.00"); !errors.Is(err, bank.ErrPart) {
		t.Errorf("a part of it: %v", err)
	}
	check(t, twoAsk(t, s, approval.RefundCard, sale.ID, ""))
	if got := told(t, s, sale.ID); !strings.HasSuffix(got, "refund asked returning 00") {
		t.Errorf("history %s", got)
	}
	if got := classes(t, s); got != "owed:86.40 refund-asked:86.40" && got != "refund-asked:86.40 owed:86.40" {
		t.Errorf("cases %q", got)
	}

	if err := twoAsk(t, s, approval.RefundCard, sale.ID, ""); !errors.Is(err, bank.ErrGiveBack) {
		t.Errorf("asked twice: %v", err)
	}
	nobodyElse(t, s, owed.ID, owed.Serial)
	d, err := s.Bank.Detail(t.Context(), sale.ID)
	check(t, err)
	for _, c := range d.Cases {
		if _, err := Close(t, s, c.ID, "by hand", T0); !errors.Is(err, books.ErrAsked) {
			t.Errorf("%s closed by hand: %v", c.Class, err)
		}
	}

	late := sale
	late.Send = 1
	ended(t, s, late, answeredWith(asked(posp.Sale, 1, 101), "51"), T0) // another head office had it
	if got := stateOf(t, s, sale.ID); got != bank.Returning {
		t.Errorf("after an answer to the sale it is %s", got)
	}
	for _, wrong := range []string{"", "given", "given 12", "given 1234 5678", "given 1234;5678", "maybe", "refused 1234"} {
		if err := twoAsk(t, s, approval.BankAnswer, sale.ID, wrong); !errors.Is(err, bank.ErrAnswer) {
			t.Errorf("answer %q: %v", wrong, err)
		}
	}
	check(t, twoAsk(t, s, approval.BankAnswer, sale.ID, "given 20261124000077"))
	if got := told(t, s, sale.ID); !strings.HasSuffix(got, "refund given returned 51") {
		t.Errorf("history %s", got)
	}
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
	cases, err := s.CasesOf(t.Context(), []string{owed.Serial})
	check(t, err)
	if how, c := books.SettlementOf(cases[owed.Serial], true); how != books.WentBack || c.ID != owed.ID {
		t.Errorf("settled %v by %+v", how, c)
	}
	for _, again := range []string{"given 20261124000077", "refused"} {
		if err := twoAsk(t, s, approval.BankAnswer, sale.ID, again); !errors.Is(err, bank.ErrGiveBack) {
			t.Errorf("answered twice, %s: %v", again, err)
		}
	}
	nobodyElse(t, s, owed.ID, owed.Serial)

	// Its kiosk, which was away, had the sale taken back and tells now that the bank did not.
	j := NewJournal(Kiosk)
	j.Add(t, "opened", owed.Serial, object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": T0.UnixMilli()})
	j.Add(t, "card-sale-ordered", owed.Serial, object{
		"n": 1, "terminal": bankTerminal, "merchant": bankMerchant, "batch": "000001", "trace": "000101", "amount": 8640, "card": "622202*********0011", "entry": "chip", "at": T0.UnixMilli(),
	})
	j.Add(t, "card-reversal-ordered", owed.Serial, object{"n": 1, "why": "no-answer", "at": T0.UnixMilli()})
	j.Add(t, "card-closed", owed.Serial, object{"total": 0, "account": "1000000001", "closed_at": T0.UnixMilli(), "reason": "no-answer"})
	j.Add(t, "card-reversal-answered", owed.Serial, object{"n": 1, "done": false, "response": "batch-closed"})
	ingest(t, s, j.Recs)
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
	if got := evidenceOf(t, s, owed.ID); !slices.Equal(got, []string{"office: sale of 86.40 yuan, trace 000101 of batch 000001: the bank does not take it back (batch-closed)"}) {
		t.Errorf("its case was told %q", got)
	}
}

// nobodyElse checks that nothing but the bank gives the money back, and nothing is posted.
func nobodyElse(t *testing.T, s *store.Store, owed, serial string) {
	t.Helper()
	if _, err := payOut(t, s, owed, "张三", T0); err == nil {
		t.Error("paid out at the counter")
	}
	if _, err := Act(t, s, serial, posting.Retry, T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("posted: %v", err)
	}
	if had, err := s.PayoutsOf(t.Context(), serial); err != nil || len(had) != 0 {
		t.Errorf("paid out %+v, %v", had, err)
	}
}

// cardNotGivenBack: what the bank refuses is owed as before; it may be asked again, and the
// counter may pay.
func cardNotGivenBack(t *testing.T, s *store.Store) {
	staffed(t, s)
	sale, owed := owedByCard(t, s, 1)
	check(t, twoAsk(t, s, approval.RefundCard, sale.ID, ""))
	check(t, twoAsk(t, s, approval.BankAnswer, sale.ID, "refused"))
	if got := classes(t, s); got != "owed:86.40" || stateOf(t, s, sale.ID) != bank.Approved {
		t.Errorf("cases %q, the sale is %s", got, stateOf(t, s, sale.ID))
	}
	check(t, twoAsk(t, s, approval.RefundCard, sale.ID, ""))
	check(t, twoAsk(t, s, approval.BankAnswer, sale.ID, "refused"))
	if _, err := payOut(t, s, owed.ID, "张三", T0); err != nil {
		t.Errorf("the counter: %v", err)
	}
	if err := twoAsk(t, s, approval.RefundCard, sale.ID, ""); !errors.Is(err, bank.ErrGiveBack) {
		t.Errorf("asked after the counter paid: %v", err)
	}
}

// cardNotAsked is about what the bank is not asked for.
func cardNotAsked(t *testing.T, s *store.Store) {
	staffed(t, s)
	open := sold(t, s, 1, 101)
	owing(t, s, byCard(1))
	if err := twoAsk(t, s, approval.RefundCard, open.ID, ""); !errors.Is(err, books.ErrReversible) {
		t.Errorf("what its kiosk takes back: %v", err)
	}

	posted := sold(t, s, 2, 102)
	p, err := s.EnsurePosting(t.Context(), byCard(2), T0)
	check(t, err)
	p.State, p.NextAt, p.InFlight = posting.Posted, time.Time{}, false
	_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
	check(t, err)
	waits := sold(t, s, 3, 103)
	_, err = s.EnsurePosting(t.Context(), byCard(3), T0)
	check(t, err)
	a := asked(posp.Sale, 4, 104)
	declined := take(t, s, a, T0)
	ended(t, s, declined, answeredWith(a, "51"), T0)
	silent := take(t, s, asked(posp.Sale, 5, 105), T0)
	ended(t, s, silent, bank.Result{End: bank.NoAnswer}, T0)
	settledBatch(t, s)

	settle, err := s.Bank.Exchanges(t.Context(), bank.Filter{Kiosk: Kiosk})
	check(t, err)
	for name, id := range map[string]string{"posted": posted.ID, "on its way": waits.ID, "declined": declined.ID, "unknown": silent.ID, "no sale": settle[0].ID} {
		if err := twoAsk(t, s, approval.RefundCard, id, ""); !errors.Is(err, bank.ErrGiveBack) || !errors.Is(err, approval.ErrNotPossible) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := twoAsk(t, s, approval.BankAnswer, posted.ID, "refused"); !errors.Is(err, bank.ErrGiveBack) {
		t.Errorf("an answer to nothing: %v", err)
	}
}

// cardAskedOvertaken: a kiosk that comes back and takes the sale back all the same makes a case,
// and the bank's own answer changes nothing of that.
func cardAskedOvertaken(t *testing.T, s *store.Store) {
	staffed(t, s)
	sale, _ := owedByCard(t, s, 1)
	check(t, twoAsk(t, s, approval.RefundCard, sale.ID, ""))
	a := asked(posp.Reversal, 1, 101)
	r := take(t, s, a, T0.Add(time.Hour))
	if got := classes(t, s); !strings.Contains(got, "taken-back:86.40") {
		t.Errorf("cases %q", got)
	}
	ended(t, s, r, answeredWith(a, "00"), T0.Add(time.Hour))
	if err := twoAsk(t, s, approval.RefundCard, sale.ID, ""); !errors.Is(err, bank.ErrGiveBack) {
		t.Errorf("asked once more: %v", err)
	}
	check(t, twoAsk(t, s, approval.BankAnswer, sale.ID, "given 20261124000077"))
	if got := classes(t, s); got != "taken-back:86.40" || stateOf(t, s, sale.ID) != bank.Reversed {
		t.Errorf("cases %q, the sale is %s", got, stateOf(t, s, sale.ID))
	}

	sale, _ = owedByCard(t, s, 2)
	check(t, twoAsk(t, s, approval.RefundCard, sale.ID, ""))
	check(t, twoAsk(t, s, approval.BankAnswer, sale.ID, "given 20261124000078"))
	take(t, s, asked(posp.Reversal, 2, 102), T0.Add(time.Hour))
	if got := classes(t, s); strings.Count(got, "taken-back:86.40") != 2 || stateOf(t, s, sale.ID) != bank.Returned {
		t.Errorf("cases %q, the sale is %s", got, stateOf(t, s, sale.ID))
	}
}

// cardOneWayBack: the counter and the bank are asked at the same time, and one of them gives
// the money back.
func cardOneWayBack(t *testing.T, s *store.Store) {
	staffed(t, s)
	sale, owed := owedByCard(t, s, 1)
	plans := []approval.Plan{}
	for k, ask := range map[approval.Kind]approval.Ask{approval.PayOut: {Object: owed.ID, Args: "张三"}, approval.RefundCard: {Object: sale.ID}} {
		ask.Reason, ask.By = "the customer asks for it", "li"
		p, err := s.Plans.Propose(t.Context(), k, ask, T0)
		check(t, err)
		plans = append(plans, p)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for _, p := range plans {
		all.Go(func() {
			if _, err := s.Plans.Approve(t.Context(), p.ID, p.Hash, "wang", "", T0); err == nil {
				mu.Lock()
				done++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	had, err := s.PayoutsOf(t.Context(), owed.Serial)
	check(t, err)
	if asked := stateOf(t, s, sale.ID) == bank.Returning; done != 1 || asked == (len(had) == 1) {
		t.Errorf("%d plans were carried out; asked of the bank: %t, paid out: %d", done, asked, len(had))
	}
}
