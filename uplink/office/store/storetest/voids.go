package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
)

// paidAndReversed is the n-th payment by card that was posted, and whose posting two people
// reversed since: it is owed, in the open batch, and its kiosk does not take it back itself.
func paidAndReversed(t *testing.T, s *store.Store, j *Journal, n, trace int) (bank.Carry, books.Case) {
	t.Helper()
	serial := Serial(Kiosk, n)
	j.Add(t, "opened", serial, object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": T0.UnixMilli()})
	soldByBank(t, j, n, trace)
	sent := len(j.Recs)
	ingest(t, s, j.Add(t, "outcome-learned", serial, object{"status": "posted", "reference": "M1", "to_advance": 8640}).Recs)
	if len(j.Recs) != sent+1 {
		t.Fatal("the journal is not what it was")
	}
	c := sold(t, s, n, trace)
	p, err := s.EnsurePosting(t.Context(), byCard(n), T0)
	check(t, err)
	p.State, p.NextAt, p.InFlight = posting.Posted, time.Time{}, false
	_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
	check(t, err)

	return c, owing(t, s, byCard(n))
}

// voidOf is the void that a kiosk sends of the n-th payment, under a trace of its own.
func voidOf(n, trace, sale int) bank.Asked {
	a := asked(posp.Sale, n, trace)
	a.Heading.Processing, a.Heading.Masked = "200000", ""
	a.Heading.OfBatch, a.Heading.OfTrace = 1, uint32(sale)

	return a
}

// undoes is the reversal of that void.
func undoes(void bank.Asked) bank.Asked {
	r := void
	r.Heading.Type = iso8583.MTI(0x0400)
	r.Heading.OfBatch, r.Heading.OfTrace = void.Heading.Batch, void.Heading.Trace

	return r
}

// voiding are the orders that kiosks have.
func voiding(t *testing.T, s *store.Store) (ids []string) {
	t.Helper()
	all, err := s.Bank.Voiding(t.Context())
	check(t, err)
	for _, x := range all {
		ids = append(ids, x.Void.ID)
	}

	return ids
}

// cardVoided: two people have a kiosk void a sale. It leaves once, and only as ordered; what
// the bank voids is with the customer, and nobody else gives it back.
func cardVoided(t *testing.T, s *store.Store) {
	staffed(t, s)
	j := NewJournal(Kiosk)
	sale, owed := paidAndReversed(t, s, j, 1, 101)
	void := voidOf(1, 111, 101)
	if _, err := s.Bank.Take(t.Context(), void, "one", T0); !errors.Is(err, bank.ErrNobody) {
		t.Errorf("a void that nobody ordered: %v", err)
	}
	if may, err := s.Bank.MayVoid(t.Context(), sale.ID); err != nil || !may {
		t.Errorf("may it be voided: %v, %v", may, err)
	}

	check(t, twoAsk(t, s, approval.VoidCard, sale.ID, ""))
	if ids := voiding(t, s); len(ids) != 1 || !strings.HasPrefix(ids[0], "p-") {
		t.Errorf("kiosks have %v", ids)
	}
	if got := classes(t, s); stateOf(t, s, sale.ID) != bank.Returning || !strings.Contains(got, "refund-asked:86.40") {
		t.Errorf("the sale is %s, cases %q", stateOf(t, s, sale.ID), got)
	}
	nobodyElse(t, s, owed.ID, owed.Serial)
	for name, err := range map[string]error{
		"ordered twice":          twoAsk(t, s, approval.VoidCard, sale.ID, ""),
		"asked of the bank":      twoAsk(t, s, approval.RefundCard, sale.ID, ""),
		"answered by people":     twoAsk(t, s, approval.BankAnswer, sale.ID, "given 20261124000077"),
		"the refusal, by people": twoAsk(t, s, approval.BankAnswer, sale.ID, "refused"),
	} {
		if !errors.Is(err, bank.ErrGiveBack) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*bank.Asked){
		"another amount": func(a *bank.Asked) { a.Heading.Amount++ },
		"another sale":   func(a *bank.Asked) { a.Heading.OfTrace++ },
		"another batch":  func(a *bank.Asked) { a.Heading.OfBatch++ },
		"another serial": func(a *bank.Asked) { a.Serial = Serial(Kiosk, 2) },
	} {
		wrong := void
		change(&wrong)
		if _, err := s.Bank.Take(t.Context(), wrong, "one", T0); !errors.Is(err, bank.ErrNobody) {
			t.Errorf("%s: %v", name, err)
		}
	}

	c := take(t, s, void, T0)
	if _, err := s.Bank.Take(t.Context(), void, "one", T0); !errors.Is(err, bank.ErrTwice) {
		t.Errorf("it leaves twice: %v", err)
	}
	if _, err := s.Bank.Take(t.Context(), voidOf(1, 112, 101), "one", T0); !errors.Is(err, bank.ErrNobody) {
		t.Errorf("another one leaves: %v", err)
	}
	ended(t, s, c, answeredWith(void, "00"), T0)
	if got := classes(t, s); got != "" || stateOf(t, s, sale.ID) != bank.Returned || len(voiding(t, s)) != 0 {
		t.Errorf("cases %q, the sale is %s, orders %v", got, stateOf(t, s, sale.ID), voiding(t, s))
	}
	if got := told(t, s, sale.ID); !strings.HasSuffix(got, "void ordered returning 00, void done returned 00") {
		t.Errorf("history %s", got)
	}
	cases, err := s.CasesOf(t.Context(), []string{owed.Serial})
	check(t, err)
	if how, _ := books.SettlementOf(cases[owed.Serial], true); how != books.WentBack {
		t.Errorf("settled %v", how)
	}
	nobodyElse(t, s, owed.ID, owed.Serial)
	if err := twoAsk(t, s, approval.VoidCard, sale.ID, ""); !errors.Is(err, bank.ErrGiveBack) {
		t.Errorf("voided once more: %v", err)
	}
}

// cardNotVoided: what the bank refuses to void, what a kiosk never sent, and a void that was
// taken back, are as before; people may ask again.
func cardNotVoided(t *testing.T, s *store.Store) {
	staffed(t, s)
	j := NewJournal(Kiosk)
	sale, _ := paidAndReversed(t, s, j, 1, 101)
	asBefore := func(what string) {
		t.Helper()
		if got := classes(t, s); got != "owed:86.40" || stateOf(t, s, sale.ID) != bank.Approved || len(voiding(t, s)) != 0 {
			t.Errorf("%s: cases %q, the sale is %s, orders %v", what, got, stateOf(t, s, sale.ID), voiding(t, s))
		}
	}

	check(t, twoAsk(t, s, approval.VoidCard, sale.ID, ""))
	void := voidOf(1, 111, 101)
	ended(t, s, take(t, s, void, T0), answeredWith(void, "05"), T0)
	asBefore("refused")

	// Nobody knows: the kiosk takes the void back, until the bank says that it does not stand.
	check(t, twoAsk(t, s, approval.VoidCard, sale.ID, ""))
	void = voidOf(1, 112, 101)
	ended(t, s, take(t, s, void, T0), bank.Result{End: bank.NoAnswer}, T0)
	if got := stateOf(t, s, sale.ID); got != bank.Returning || len(voiding(t, s)) != 1 {
		t.Errorf("without an answer it is %s", got)
	}
	back := undoes(void)
	r := take(t, s, back, T0)
	ended(t, s, r, bank.Result{End: bank.NoAnswer}, T0)
	if got := stateOf(t, s, sale.ID); got != bank.Returning {
		t.Errorf("without an answer to the reversal it is %s", got)
	}
	ended(t, s, take(t, s, back, T0), answeredWith(back, "00"), T0)
	asBefore("taken back")
	if all, err := s.Bank.Terminals(t.Context()); err != nil || all[0].Reversal != "" {
		t.Errorf("open reversal %q, %v", all[0].Reversal, err)
	}

	// The answer came here, and the kiosk did not believe it.
	check(t, twoAsk(t, s, approval.VoidCard, sale.ID, ""))
	void = voidOf(1, 113, 101)
	ended(t, s, take(t, s, void, T0), answeredWith(void, "00"), T0)
	back = undoes(void)
	ended(t, s, take(t, s, back, T0), answeredWith(back, "00"), T0)
	if got := classes(t, s); got != "unbooked:86.40" || stateOf(t, s, sale.ID) != bank.Approved {
		t.Errorf("cases %q, the sale is %s", got, stateOf(t, s, sale.ID))
	}

	// The batch is settled, and the kiosk never sent it.
	sale, _ = paidAndReversed(t, s, j, 2, 102)
	check(t, twoAsk(t, s, approval.VoidCard, sale.ID, ""))
	settledBatch(t, s)
	if got := stateOf(t, s, sale.ID); got != bank.Approved || len(voiding(t, s)) != 0 {
		t.Errorf("after the settlement it is %s", got)
	}
	if err := twoAsk(t, s, approval.VoidCard, sale.ID, ""); !errors.Is(err, bank.ErrVoid) {
		t.Errorf("voided in a closed batch: %v", err)
	}
	check(t, twoAsk(t, s, approval.RefundCard, sale.ID, "")) // the bank may be asked
}

// cardVoidForgotten: books out of a backup that missed the answer have it from the kiosk's
// records, once the batch is settled.
func cardVoidForgotten(t *testing.T, s *store.Store) {
	staffed(t, s)
	j := NewJournal(Kiosk)
	sale, owed := paidAndReversed(t, s, j, 1, 101)
	check(t, twoAsk(t, s, approval.VoidCard, sale.ID, ""))
	sent := len(j.Recs)
	j.Add(t, "card-evidence", owed.Serial, object{"n": 1, "what": "void-ordered", "response": "", "order": "p-abcdefghijkl"})
	ingest(t, s, j.Add(t, "card-evidence", owed.Serial, object{"n": 1, "what": "voided", "response": "00", "order": "p-abcdefghijkl"}).Recs[sent:])
	settledBatch(t, s)
	if got := classes(t, s); got != "" || stateOf(t, s, sale.ID) != bank.Returned {
		t.Errorf("cases %q, the sale is %s", got, stateOf(t, s, sale.ID))
	}
}

// cardVoidUnknown: books of a backup from before two people ordered a void learn of it from the
// kiosk's records. From its order on nobody else gives the money back, and nothing is posted.
func cardVoidUnknown(t *testing.T, s *store.Store) {
	staffed(t, s)
	j := NewJournal(Kiosk)
	hears := func(serial, what string) {
		sent := len(j.Recs)
		ingest(t, s, j.Add(t, "card-evidence", serial, object{"n": 1, "what": what, "response": "", "order": "p-abcdefghijkl"}).Recs[sent:])
	}
	sale, owed := paidAndReversed(t, s, j, 1, 101)
	hears(owed.Serial, "void-ordered")
	settledBatch(t, s)
	nobodyElse(t, s, owed.ID, owed.Serial)
	if _, err := Close(t, s, owed.ID, "given at the counter", T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("settled by hand: %v", err)
	}
	hears(owed.Serial, "void-refused")
	if got := classes(t, s); got != "owed:86.40" {
		t.Errorf("refused: cases %q", got)
	}
	hears(owed.Serial, "voided")
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
	cases, err := s.CasesOf(t.Context(), []string{owed.Serial})
	check(t, err)
	if how, _ := books.SettlementOf(cases[owed.Serial], true); how != books.WentBack {
		t.Errorf("settled %v", how)
	}
	nobodyElse(t, s, owed.ID, owed.Serial)
	if err := twoAsk(t, s, approval.RefundCard, sale.ID, ""); !errors.Is(err, bank.ErrGiveBack) {
		t.Errorf("given back once more: %v", err)
	}

	// The counter was faster than the kiosk's records, or the MIS was.
	_, owed = paidAndReversed(t, s, j, 2, 102)
	check(t, s.Bank.SetTerminal(t.Context(), Kiosk, "20000002", bankMerchant, "li", "moved", true, T0.Add(time.Hour)))
	_, err = payOut(t, s, owed.ID, "张三", T0)
	check(t, err)
	hears(owed.Serial, "voided")
	if got := classes(t, s); got != "taken-back:86.40" {
		t.Errorf("paid out and voided: cases %q", got)
	}
}

// cardNeverVoided is about what is not voided.
func cardNeverVoided(t *testing.T, s *store.Store) {
	staffed(t, s)
	own := sold(t, s, 1, 101)
	owing(t, s, byCard(1))
	if err := twoAsk(t, s, approval.VoidCard, own.ID, ""); !errors.Is(err, bank.ErrVoid) {
		t.Errorf("a sale that the kiosk's records do not have: %v", err)
	}
	j := NewJournal(Kiosk)
	serial := Serial(Kiosk, 1)
	j.Add(t, "opened", serial, object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": T0.UnixMilli()})
	soldByBank(t, j, 1, 101)
	ingest(t, s, j.Add(t, "outcome-learned", serial, object{"status": "owed", "code": "1035"}).Recs)
	if err := twoAsk(t, s, approval.VoidCard, own.ID, ""); !errors.Is(err, books.ErrReversible) {
		t.Errorf("what its kiosk takes back: %v", err)
	}

	booked := sold(t, s, 3, 103)
	j.Add(t, "opened", Serial(Kiosk, 3), object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": T0.UnixMilli()})
	soldByBank(t, j, 3, 103)
	ingest(t, s, j.Add(t, "outcome-learned", Serial(Kiosk, 3), object{"status": "posted", "reference": "M3", "to_advance": 8640}).Recs)
	p, err := s.EnsurePosting(t.Context(), byCard(3), T0)
	check(t, err)
	for _, state := range []posting.State{p.State, posting.Posted} { // on its way, and then booked
		p.State = state
		if state == posting.Posted {
			p.NextAt, p.InFlight = time.Time{}, false
			_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
			check(t, err)
		}
		if err := twoAsk(t, s, approval.VoidCard, booked.ID, ""); !errors.Is(err, bank.ErrGiveBack) {
			t.Errorf("what is %s: %v", state, err)
		}
	}

	sale, _ := paidAndReversed(t, s, j, 2, 102)
	check(t, s.Bank.SetTerminal(t.Context(), Kiosk, "20000002", bankMerchant, "li", "moved", true, T0.Add(time.Hour)))
	if err := twoAsk(t, s, approval.VoidCard, sale.ID, ""); !errors.Is(err, bank.ErrVoid) {
		t.Errorf("its kiosk has another terminal now: %v", err)
	}
}

// cardVoidPublic: what the bank has booked itself it takes back with the void, and by a refund
// as well once the batch is closed.
func cardVoidPublic(t *testing.T, s *store.Store) {
	staffed(t, s)
	j := openedByBank(t, NewJournal(Kiosk), 1)
	ingest(t, s, j.Recs)
	sale := sold(t, s, 1, 101)
	soldByBank(t, j, 1, 101)
	ingest(t, s, openedByBank(t, j, 2).Recs[1:])
	check(t, twoAsk(t, s, approval.VoidCard, sale.ID, ""))
	void := voidOf(1, 111, 101)
	holdsPosted(t, s, "bank-receivable 86.40, payable-mis -86.40")
	ended(t, s, take(t, s, void, T0), answeredWith(void, "00"), T0)
	if got := classes(t, s); got != "booking-back:86.40" || stateOf(t, s, sale.ID) != bank.Returned {
		t.Errorf("cases %q, the sale is %s", got, stateOf(t, s, sale.ID))
	}
	holdsPosted(t, s, "")

	sent := len(j.Recs)
	sale = sold(t, s, 2, 102)
	soldByBank(t, j, 2, 102)
	ingest(t, s, j.Recs[sent:])
	settledBatch(t, s)
	check(t, twoAsk(t, s, approval.RefundCard, sale.ID, ""))
	check(t, twoAsk(t, s, approval.BankAnswer, sale.ID, "refused"))
	holdsPosted(t, s, "bank-receivable 86.40, payable-mis -86.40")
	check(t, twoAsk(t, s, approval.RefundCard, sale.ID, ""))
	check(t, twoAsk(t, s, approval.BankAnswer, sale.ID, "given 20261124000077"))
	if got := classes(t, s); got != "booking-back:86.40 booking-back:86.40" || stateOf(t, s, sale.ID) != bank.Returned {
		t.Errorf("cases %q, the sale is %s", got, stateOf(t, s, sale.ID))
	}
	holdsPosted(t, s, "")
}

// holdsPosted posts what is due, and says what the books hold.
func holdsPosted(t *testing.T, s *store.Store, want string) {
	t.Helper()
	_, err := s.Accounts.Post(t.Context(), T0)
	check(t, err)
	holdAll(t, s, want)
}

// cardVoidLateEnd: what ends late, of a batch that is closed since, opens that batch to no void.
func cardVoidLateEnd(t *testing.T, s *store.Store) {
	staffed(t, s)
	sale, _ := paidAndReversed(t, s, NewJournal(Kiosk), 1, 101)
	settledBatch(t, s)
	next := asked(posp.Sale, 2, 201)
	next.Heading.Batch = 2
	ended(t, s, take(t, s, next, T0), answeredWith(next, "00"), T0)

	late := sale
	late.Send = 1
	ended(t, s, late, answeredWith(asked(posp.Sale, 1, 101), "00"), T0) // another head office had it
	if x, err := s.Bank.Terminals(t.Context()); err != nil || len(x) != 1 || x[0].Batch != 2 {
		t.Errorf("terminals %+v, %v", x, err)
	}
	if err := twoAsk(t, s, approval.VoidCard, sale.ID, ""); !errors.Is(err, bank.ErrVoid) {
		t.Errorf("voided in a batch that is closed: %v", err)
	}
}

// bankBatchRefusedLate: a settlement that was late on its way is refused once another one has
// settled the batch, and is nobody's matter; one that nobody settled is.
func bankBatchRefusedLate(t *testing.T, s *store.Store) {
	sold(t, s, 1, 101)
	late := take(t, s, asked(posp.Settle, 0, 899), T0)
	settledBatch(t, s)
	ended(t, s, late, answeredWith(late.Asked, "A0"), T0)
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
	next := asked(posp.Settle, 0, 950)
	next.Heading.Batch = 2
	ended(t, s, take(t, s, next, T0), answeredWith(next, "A0"), T0)
	if got := classes(t, s); got != "batch:0.00" {
		t.Errorf("cases %q", got)
	}
}
