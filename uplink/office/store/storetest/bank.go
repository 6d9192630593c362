package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// The bank's numbers of the suite's kiosk.
const (
	bankTerminal = "20000001"
	bankMerchant = "105290073724601"
)

// asked is a frame of the n-th payment of the suite's kiosk, with that trace.
func asked(op posp.Op, n, trace int) bank.Asked {
	h := bank.Heading{
		Type: map[posp.Op]iso8583.MTI{posp.SignIn: 0x0800, posp.Sale: 0x0200, posp.Reversal: 0x0400, posp.Settle: 0x0500, posp.Upload: 0x0320}[op],
		TPDU: iso8583.TPDU{0x60, 0, 3}, Terminal: bankTerminal, Merchant: bankMerchant, Trace: uint32(trace), Batch: 1,
	}
	a := bank.Asked{Kiosk: Kiosk, Terminal: bankTerminal}
	if op == posp.Sale || op == posp.Reversal {
		h.Processing, h.Amount = "000000", 8640
		a.Serial = Serial(Kiosk, n)
	}
	if op == posp.Sale {
		h.Masked = "622202*********0011"
	}
	a.Heading = h

	return a
}

// answeredWith is what the bank answers, and the heading of that.
func answeredWith(a bank.Asked, code posp.Code) bank.Result {
	h := a.Heading
	h.Type = h.Type.Answer()
	h.TPDU = h.TPDU.Swap()
	h.Code, h.Reference, h.AuthCode, h.Settles = code, "000000000101", "A1B2C3", "1129"

	return bank.Result{End: bank.Answered, Answer: h}
}

func take(t *testing.T, s *store.Store, a bank.Asked, at time.Time) bank.Carry {
	t.Helper()
	c, err := s.Bank.Take(t.Context(), a, "one", at)
	check(t, err)
	return c
}

func ended(t *testing.T, s *store.Store, c bank.Carry, r bank.Result, at time.Time) {
	t.Helper()
	check(t, s.Bank.Ended(t.Context(), c, r, "one", at))
}

// sold is an approved sale.
func sold(t *testing.T, s *store.Store, n, trace int) bank.Carry {
	t.Helper()
	a := asked(posp.Sale, n, trace)
	c := take(t, s, a, T0)
	ended(t, s, c, answeredWith(a, "00"), T0)
	return c
}

// told is the history of an operation.
func told(t *testing.T, s *store.Store, id string) string {
	t.Helper()
	d, err := s.Bank.Detail(t.Context(), id)
	check(t, err)
	var steps []string
	for _, h := range d.History {
		steps = append(steps, strings.TrimSpace(h.Event+" "+h.State+" "+h.Code))
	}
	return strings.Join(steps, ", ")
}

func stateOf(t *testing.T, s *store.Store, id string) bank.State {
	t.Helper()
	d, err := s.Bank.Detail(t.Context(), id)
	check(t, err)
	return d.Exchange.State
}

func byCard(n int) books.Order {
	return books.Order{Serial: Serial(Kiosk, n), Account: "1000000001", Kiosk: Kiosk, Tender: "bankcard", Amount: 8640, PaidAt: T0.UnixMilli()}
}

func bankRows(t *testing.T, s *store.Store) {
	a := asked(posp.Sale, 1, 101)
	c := take(t, s, a, T0)
	if _, err := s.Bank.Take(t.Context(), a, "two", T0.Add(time.Second)); !errors.Is(err, bank.ErrTwice) {
		t.Errorf("a sale twice: %v", err)
	}
	other := a
	other.Heading.Amount++
	if _, err := s.Bank.Take(t.Context(), other, "one", T0); !errors.Is(err, books.ErrConflict) {
		t.Errorf("another sale under its numbers: %v", err)
	}
	if _, err := s.Bank.Take(t.Context(), asked(posp.Sale, 1, 102), "one", T0); !errors.Is(err, bank.ErrStands) {
		t.Errorf("a second sale of the payment: %v", err)
	}
	if got := openCases(t, s); len(got) != 1 || got[0].Class != books.ClassConflict || got[0].Amount != 8641 || !strings.HasSuffix(got[0].Text, "trace 000102 (×2)") {
		t.Errorf("cases %+v", got) // however often a kiosk does so, it is one that counts
	}

	ended(t, s, c, answeredWith(a, "00"), T0.Add(2*time.Second))
	d, err := s.Bank.Detail(t.Context(), c.ID)
	check(t, err)
	want := bank.Exchange{
		ID: "20000001-sale-000001-000101-" + a.Serial, Kiosk: Kiosk, Serial: a.Serial, Terminal: bankTerminal, Merchant: bankMerchant,
		Op: posp.Sale, Type: "0200", Processing: "000000", Batch: 1, Trace: 101, Amount: 8640, Masked: "622202*********0011",
		State: bank.Approved, End: bank.Answered, Code: "00", Reference: "000000000101", AuthCode: "A1B2C3", Settles: "1129", Sends: 1,
		SentAt: T0.UnixMilli(), ResentAt: T0.UnixMilli(), AnsweredAt: T0.UnixMilli() + 2000, WatchAt: T0.UnixMilli() + 602000,
		Version: 2, Owner: "one", UpdatedAt: T0.UnixMilli() + 2000,
	}
	if d.Exchange != want {
		t.Errorf("row\n got %+v\nwant %+v", d.Exchange, want)
	}
	if got := told(t, s, c.ID); got != "sent sent, sale answered approved 00" {
		t.Errorf("history %s", got)
	}
	next, err := s.Bank.Next(t.Context())
	if err != nil || next.UnixMilli() != want.WatchAt {
		t.Errorf("next %v, %v", next, err)
	}

	for n, amount := range []money.Amount{0, 8641} { // a kiosk does not believe it, and takes the sale back
		b := asked(posp.Sale, 7+n, 107+n)
		wrong := answeredWith(b, "00")
		wrong.Answer.Amount = amount
		c := take(t, s, b, T0)
		ended(t, s, c, wrong, T0)
		if got := stateOf(t, s, c.ID); got != bank.Unknown {
			t.Errorf("an approval of %s yuan: %s", amount, got)
		}
	}

	b := asked(posp.Sale, 2, 102)
	declined := take(t, s, b, T0.Add(time.Minute))
	ended(t, s, declined, answeredWith(b, "51"), T0.Add(time.Minute))
	again := take(t, s, asked(posp.Sale, 2, 103), T0.Add(2*time.Minute)) // after a refusal the customer may try again
	all, err := s.Bank.Exchanges(t.Context(), bank.Filter{Kiosk: Kiosk, Terminal: bankTerminal})
	check(t, err)
	var ids []string
	for _, x := range all {
		ids = append(ids, fmt.Sprintf("%d %s", x.Trace, x.State))
	}
	if got := strings.Join(ids, ", "); got != "103 sent, 102 declined, 108 unknown, 107 unknown, 101 approved" {
		t.Errorf("list %s", got)
	}
	open, err := s.Bank.Exchanges(t.Context(), bank.Filter{Open: true, Serial: b.Serial})
	if err != nil || len(open) != 1 || open[0].ID != again.ID {
		t.Errorf("open %+v, %v", open, err)
	}
	if d, err = s.Bank.Detail(t.Context(), again.ID); err != nil || len(d.Others) != 2 || d.Others[0].ID != declined.ID {
		t.Errorf("of one transaction: %+v, %v", d.Others, err)
	}
	if _, err := s.Bank.Detail(t.Context(), "no such"); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("an operation that is not there: %v", err)
	}
}

func bankPosted(t *testing.T, s *store.Store) {
	a := asked(posp.Sale, 1, 101)
	c := take(t, s, a, T0)
	if _, err := s.EnsurePosting(t.Context(), byCard(1), T0); !errors.Is(err, books.ErrHeld) {
		t.Errorf("posted before it is approved: %v", err)
	}
	if got := classes(t, s); got != "unpaid:86.40" {
		t.Errorf("cases %q", got)
	}
	ended(t, s, c, answeredWith(a, "00"), T0)
	for name, change := range map[string]func(*books.Order){
		"another amount": func(o *books.Order) { o.Amount++ },
		"by code":        func(o *books.Order) { o.Tender = "qr" },
		"another serial": func(o *books.Order) { o.Serial = Serial(Kiosk, 2) },
	} {
		o := byCard(1)
		change(&o)
		if _, err := s.EnsurePosting(t.Context(), o, T0); !errors.Is(err, books.ErrHeld) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p, err := s.EnsurePosting(t.Context(), byCard(1), T0)
	if err != nil || p.Tender != "bankcard" || p.Amount != 8640 {
		t.Errorf("%+v, %v", p, err)
	}
	if got := classes(t, s); got != "unpaid:86.40" { // of serial 2
		t.Errorf("cases %q", got)
	}

	// The record says the same, in whatever order it comes.
	sold(t, s, 3, 103)
	serial := Serial(Kiosk, 3)
	j := NewJournal(Kiosk).Add(t, "opened", serial, object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": T0.UnixMilli()})
	j.Add(t, "card-sale-ordered", serial, object{
		"n": 1, "terminal": bankTerminal, "merchant": bankMerchant, "batch": "000001", "trace": "000103", "amount": 8640, "card": "622202*********0011", "entry": "chip", "at": T0.UnixMilli(),
	})
	j.Add(t, "card-sale-answered", serial, object{"n": 1, "approved": true, "response": "00", "reference": "000000000101", "auth": "A1B2C3", "settle_date": "1129"})
	j.Add(t, "card-closed", serial, object{"total": 8640, "account": "1000000001", "closed_at": T0.UnixMilli(), "reason": "paid"})
	j.Add(t, "card-captured", "", object{"card": "622202*********0011", "why": "forgotten", "at": T0.UnixMilli()})
	j.Add(t, "card-captured", serial, object{"card": "622202*********0011", "why": "bank", "at": T0.UnixMilli()})
	ingest(t, s, j.Recs)
	d, err := s.Detail(t.Context(), serial)
	if err != nil || d.Posting == nil || d.Posting.Amount != 8640 || d.Posting.Tender != "bankcard" || d.Posting.PaidAt != T0.UnixMilli() {
		t.Errorf("posting of a record: %+v, %v", d.Posting, err)
	}
	if got := classes(t, s); strings.Count(got, "captured:0.00") != 2 || strings.Count(got, ":") != 3 {
		t.Errorf("cases %q", got)
	}
}

// bankKept is about sales that the bank did not take back, or speaks of again, as their
// records have it.
func bankKept(t *testing.T, s *store.Store) {
	kept, late := Serial(Kiosk, 1), Serial(Kiosk, 2)
	j := NewJournal(Kiosk)
	for trace, serial := range map[string]string{"000101": kept, "000102": late} {
		j.Add(t, "opened", serial, object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": T0.UnixMilli()})
		j.Add(t, "card-sale-ordered", serial, object{
			"n": 1, "terminal": bankTerminal, "merchant": bankMerchant, "batch": "000001", "trace": trace, "amount": 8640, "card": "622202*********0011", "entry": "chip", "at": T0.UnixMilli(),
		})
		j.Add(t, "card-reversal-ordered", serial, object{"n": 1, "why": "no-answer", "at": T0.UnixMilli()})
		j.Add(t, "card-closed", serial, object{"total": 0, "account": "1000000001", "closed_at": T0.UnixMilli(), "reason": "no-answer"})
	}
	j.Add(t, "card-reversal-answered", kept, object{"n": 1, "done": false, "response": "batch-closed"})
	j.Add(t, "card-reversal-answered", late, object{"n": 1, "done": true, "response": "25"})
	j.Add(t, "card-evidence", late, object{"n": 1, "what": "approved-late", "response": "00"})
	ingest(t, s, j.Recs)
	if got := classes(t, s); got != "unbooked:86.40" {
		t.Errorf("cases %q", got)
	}
	j.Add(t, "card-evidence", late, object{"n": 1, "what": "contradicts", "response": "00"})
	ingest(t, s, j.Recs)
	if got := classes(t, s); got != "unbooked:86.40 unbooked:86.40" {
		t.Errorf("cases %q", got)
	}

	// Of the money of one sale there is one question: what is heard once more is evidence,
	// also after people said where it went.
	staffed(t, s)
	asks := caseOf(t, s, 1, books.ClassUnbooked)
	j.Add(t, "card-evidence", kept, object{"n": 1, "what": "contradicts", "response": "00"})
	ingest(t, s, j.Recs)
	check(t, twoAsk(t, s, approval.CloseCase, asks.ID, string(books.PaidOut)))
	j.Add(t, "card-evidence", kept, object{"n": 1, "what": "contradicts", "response": "08"})
	ingest(t, s, j.Recs)
	if got := classes(t, s); got != "unbooked:86.40" {
		t.Errorf("cases %q", got)
	}
	says := "office: sale of 86.40 yuan, trace 000101 of batch 000001: the bank says now that it approved it "
	if got := evidenceOf(t, s, asks.ID); !slices.Equal(got, []string{says + "(00)", says + "(08)"}) {
		t.Errorf("its case was told %q", got)
	}
}

// bankUnseen is about books out of a backup: the kiosk has its sale taken back, they have
// neither its answer nor that of the reversal. A person is told what each side has.
func bankUnseen(t *testing.T, s *store.Store) {
	serial := Serial(Kiosk, 1)
	j := NewJournal(Kiosk)
	j.Add(t, "opened", serial, object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": T0.UnixMilli()})
	j.Add(t, "card-sale-ordered", serial, object{
		"n": 1, "terminal": bankTerminal, "merchant": bankMerchant, "batch": "000001", "trace": "000101", "amount": 8640, "card": "622202*********0011", "entry": "chip", "at": T0.UnixMilli(),
	})
	j.Add(t, "card-reversal-ordered", serial, object{"n": 1, "why": "no-answer", "at": T0.UnixMilli()})
	j.Add(t, "card-closed", serial, object{"total": 0, "account": "1000000001", "closed_at": T0.UnixMilli(), "reason": "no-answer"})
	j.Add(t, "card-reversal-answered", serial, object{"n": 1, "done": true, "response": "00"})
	ended(t, s, take(t, s, asked(posp.Sale, 1, 101), T0), bank.Result{End: bank.NoAnswer}, T0)
	ingest(t, s, j.Recs)

	check(t, s.Bank.Watch(t.Context(), 10, T0.Add(11*time.Minute)))
	d, err := s.Detail(t.Context(), serial)
	check(t, err)
	want := "the bank did not answer; by the kiosk's records the bank took it back, which these books have not seen"
	if len(d.Cases) != 1 || d.Cases[0].Class != books.ClassUnbooked || d.Cases[0].Text != want {
		t.Errorf("cases %+v", d.Cases)
	}
}

func bankReversed(t *testing.T, s *store.Store) {
	c := sold(t, s, 1, 101)
	a := asked(posp.Reversal, 1, 101)
	r := take(t, s, a, T0.Add(time.Second))
	if stateOf(t, s, c.ID) != bank.Reversing {
		t.Errorf("sale %s", told(t, s, c.ID))
	}
	if _, err := s.EnsurePosting(t.Context(), byCard(1), T0.Add(time.Second)); !errors.Is(err, books.ErrHeld) {
		t.Errorf("posted while it is taken back: %v", err)
	}
	ts, err := s.Bank.Terminals(t.Context())
	if err != nil || len(ts) != 1 || ts[0].Reversal != r.ID {
		t.Errorf("terminals %+v, %v", ts, err)
	}
	ended(t, s, r, bank.Result{End: bank.NoAnswer}, T0.Add(time.Minute))
	check(t, s.Bank.Watch(t.Context(), 10, T0.Add(11*time.Minute)))
	if got := classes(t, s); got != "unpaid:86.40 reversal-open:86.40" && got != "reversal-open:86.40 unpaid:86.40" {
		t.Errorf("cases %q", got)
	}

	r = take(t, s, a, T0.Add(12*time.Minute)) // as often as the kiosk asks
	ended(t, s, r, answeredWith(a, "96"), T0.Add(12*time.Minute))
	r = take(t, s, a, T0.Add(13*time.Minute))
	ended(t, s, r, answeredWith(a, "25"), T0.Add(13*time.Minute))
	if got := told(t, s, c.ID); got != "sent sent, sale answered approved 00, reversal sent reversing 00, reversed reversed 00" {
		t.Errorf("sale: %s", got)
	}
	if got := told(t, s, r.ID); got != "sent sent, reversal no-answer unknown, reversal answered unknown 96, reversal answered approved 25" {
		t.Errorf("reversal: %s", got)
	}
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
	if ts, err = s.Bank.Terminals(t.Context()); err != nil || ts[0].Reversal != "" {
		t.Errorf("terminals %+v, %v", ts, err)
	}
}

// bankOvertaken is about a reversal that is faster than its sale, and about a sale that
// the bank approves after it had nothing to take back.
func bankOvertaken(t *testing.T, s *store.Store) {
	take(t, s, asked(posp.Reversal, 1, 101), T0)
	if _, err := s.Bank.Take(t.Context(), asked(posp.Sale, 1, 101), "one", T0); !errors.Is(err, bank.ErrUndone) {
		t.Errorf("a sale after its reversal: %v", err)
	}

	for n, code := range []posp.Code{"00", "25"} {
		a := asked(posp.Sale, 2+n, 102+n)
		c := take(t, s, a, T0)
		ended(t, s, c, bank.Result{End: bank.NoAnswer}, T0)
		r := asked(posp.Reversal, 2+n, 102+n)
		ended(t, s, take(t, s, r, T0), answeredWith(r, code), T0)
		if _, err := s.Bank.Stray(t.Context(), answeredWith(a, "00").Answer, "one", T0.Add(time.Minute)); err != nil {
			t.Error(err)
		}
		if got := told(t, s, c.ID); got != "sent sent, sale no-answer unknown, reversal sent reversing, reversed reversed, sale late reversed 00" {
			t.Errorf("%s: %s", code, got)
		}
		want := map[posp.Code]string{"00": "", "25": "unbooked:86.40"}[code]
		if got := classes(t, s); got != want {
			t.Errorf("%s: cases %q", code, got)
		}
	}
}

// bankLostCount: the numbers of a sale that stands are not used for another payment, whose
// reversal would take that sale back.
func bankLostCount(t *testing.T, s *store.Store) {
	c := sold(t, s, 1, 101)
	for _, op := range []posp.Op{posp.Sale, posp.Reversal} {
		if _, err := s.Bank.Take(t.Context(), asked(op, 2, 101), "one", T0.Add(time.Hour)); !errors.Is(err, books.ErrConflict) {
			t.Errorf("%s under another payment's numbers: %v", op, err)
		}
	}
	if got := classes(t, s); got != "conflict:86.40" || stateOf(t, s, c.ID) != bank.Approved {
		t.Errorf("cases %q, the sale is %s", got, stateOf(t, s, c.ID))
	}

	next := asked(posp.Sale, 2, 101) // the next batch counts its own
	next.Heading.Batch = 2
	take(t, s, next, T0.Add(time.Hour))
	take(t, s, asked(posp.Sale, 3, 101), T0.Add(8*24*time.Hour)) // and a terminal that the bank set up again
}

// bankTakenBack is about a posting whose money goes back.
func bankTakenBack(t *testing.T, s *store.Store) {
	sold(t, s, 1, 101)
	p, err := s.EnsurePosting(t.Context(), byCard(1), T0)
	check(t, err)
	a := asked(posp.Reversal, 1, 101)
	r := take(t, s, a, T0)
	if got := classes(t, s); got != "taken-back:86.40" {
		t.Errorf("cases %q", got)
	}
	ended(t, s, r, answeredWith(a, "00"), T0)
	if got := classes(t, s); got != "taken-back:86.40" { // a person has to see to the posting
		t.Errorf("cases %q", got)
	}

	sold(t, s, 2, 102)
	p, err = s.EnsurePosting(t.Context(), byCard(2), T0)
	check(t, err)
	p.State, p.NextAt, p.InFlight, p.Reason = posting.Owed, time.Time{}, false, "why"
	_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
	check(t, err)
	a = asked(posp.Reversal, 2, 102)
	r = take(t, s, a, T0)
	if _, err := Act(t, s, p.Serial, posting.Retry, T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("posted again while it is taken back: %v", err)
	}
	ended(t, s, r, answeredWith(a, "00"), T0)
	if got := classes(t, s); got != "taken-back:86.40" { // and none of what is owed: the card has it
		t.Errorf("cases %q", got)
	}

	sold(t, s, 3, 103)
	p, err = s.EnsurePosting(t.Context(), byCard(3), T0)
	check(t, err)
	p.State, p.NextAt, p.InFlight, p.Reason = posting.Owed, time.Time{}, false, "why"
	_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
	check(t, err)
	a = asked(posp.Reversal, 3, 103)
	ended(t, s, take(t, s, a, T0), answeredWith(a, "25"), T0)
	if got := classes(t, s); got != "owed:86.40 taken-back:86.40" { // the bank has never heard of what it approved
		t.Errorf("cases %q", got)
	}

	sold(t, s, 5, 105)
	p, err = s.EnsurePosting(t.Context(), byCard(5), T0)
	check(t, err)
	p.State, p.NextAt, p.InFlight, p.Reason = posting.Owed, time.Time{}, false, "why"
	_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
	check(t, err)
	a = asked(posp.Reversal, 5, 105)
	ended(t, s, take(t, s, a, T0), bank.Result{End: bank.NotSent}, T0)
	ended(t, s, take(t, s, a, T0), answeredWith(a, "05"), T0)
	ended(t, s, take(t, s, a, T0), answeredWith(a, "25"), T0)
	if got := classes(t, s); strings.Count(got, "owed:86.40") != 2 { // nothing before can have undone it
		t.Errorf("cases %q", got)
	}

	sold(t, s, 4, 104)
	p, err = s.EnsurePosting(t.Context(), byCard(4), T0)
	check(t, err)
	p.State, p.NextAt, p.InFlight, p.Reason = posting.Owed, time.Time{}, false, "why"
	_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
	check(t, err)
	d, err := s.Detail(t.Context(), p.Serial)
	check(t, err)
	closing := func() error {
		_, err := Close(t, s, d.Cases[0].ID, "paid back in cash", T0)
		return err
	}
	if err := closing(); !errors.Is(err, books.ErrReversible) || !errors.Is(err, posting.ErrAction) {
		t.Errorf("settled by hand before the kiosk takes it back: %v", err)
	}
	a = asked(posp.Settle, 0, 110)
	equal := answeredWith(a, "00")
	equal.Answer.Compared = posp.Equal
	ended(t, s, take(t, s, a, T0), equal, T0) // the batch is closed: the kiosk cannot any more
	check(t, closing())
	take(t, s, asked(posp.Reversal, 4, 104), T0)
	if got := classes(t, s); strings.Count(got, "taken-back:86.40") != 2 { // the customer has it twice
		t.Errorf("cases %q", got)
	}
}

// bankGone: what an owed payment by bank card is to a person whose kiosk, its journal or its
// terminal is gone: nobody takes the sale back any more.
func bankGone(t *testing.T, s *store.Store) {
	closing := func(n int) error {
		t.Helper()
		d, err := s.Detail(t.Context(), Serial(Kiosk, n))
		check(t, err)
		_, err = Close(t, s, d.Cases[0].ID, "paid back in cash", T0)
		return err
	}
	for n := 1; n <= 3; n++ {
		sold(t, s, n, 100+n)
		p, err := s.EnsurePosting(t.Context(), byCard(n), T0)
		check(t, err)
		p.State, p.NextAt, p.InFlight, p.Reason = posting.Owed, time.Time{}, false, "why"
		_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
		check(t, err)
		if err := closing(n); !errors.Is(err, books.ErrReversible) {
			t.Errorf("payment %d: %v", n, err)
		}
	}

	j := NewJournal(Kiosk).Add(t, "opened", Serial(Kiosk, 1), object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": T0.UnixMilli()})
	j.Add(t, "card-sale-ordered", Serial(Kiosk, 1), object{
		"n": 1, "terminal": bankTerminal, "merchant": bankMerchant, "batch": "000001", "trace": "000101", "amount": 8640, "card": "622202*********0011", "entry": "chip", "at": T0.UnixMilli(),
	})
	j.Add(t, "card-reversal-ordered", Serial(Kiosk, 1), object{"n": 1, "why": "no-answer", "at": T0.UnixMilli()})
	j.Add(t, "card-closed", Serial(Kiosk, 1), object{"total": 0, "account": "1000000001", "closed_at": T0.UnixMilli(), "reason": "no-answer"})
	ingest(t, s, j.Recs)
	if err := closing(1); !errors.Is(err, books.ErrReversible) {
		t.Errorf("while the kiosk takes it back: %v", err)
	}
	sent := len(j.Recs)
	ingest(t, s, j.Add(t, "card-reversal-answered", Serial(Kiosk, 1), object{"n": 1, "done": false, "response": "25"}).Recs[sent:])
	if err := closing(1); err != nil {
		t.Errorf("the bank does not take it back: %v", err)
	}

	replace(t, s, T0)
	if err := closing(2); err != nil {
		t.Errorf("the board with its journal is gone: %v", err)
	}
}

// bankWatched is about what a person has to know of.
func bankWatched(t *testing.T, s *store.Store) {
	sold(t, s, 1, 101)
	silent := take(t, s, asked(posp.Sale, 2, 102), T0)
	ended(t, s, silent, bank.Result{End: bank.NoAnswer}, T0)
	unsent := take(t, s, asked(posp.Sale, 3, 103), T0)
	ended(t, s, unsent, bank.Result{End: bank.NotSent}, T0)
	take(t, s, asked(posp.Sale, 4, 104), T0) // nothing is heard of it: its head office is gone
	settle := take(t, s, asked(posp.Settle, 0, 105), T0)
	ended(t, s, settle, bank.Result{End: bank.NoAnswer}, T0)
	check(t, s.Bank.Watch(t.Context(), 10, T0.Add(9*time.Minute)))
	if got := classes(t, s); got != "" || stateOf(t, s, unsent.ID) != bank.Unsent {
		t.Errorf("cases %q", got)
	}
	check(t, s.Bank.Watch(t.Context(), 10, T0.Add(11*time.Minute)))
	if got := classes(t, s); strings.Count(got, "unbooked:86.40") != 3 || strings.Count(got, "batch:0.00") != 1 || strings.Count(got, ":") != 4 {
		t.Errorf("cases %q", got)
	}

	// The truth comes.
	if _, err := s.EnsurePosting(t.Context(), byCard(1), T0.Add(12*time.Minute)); err != nil {
		t.Error(err)
	}
	late := answeredWith(asked(posp.Sale, 2, 102), "51").Answer
	if _, err := s.Bank.Stray(t.Context(), late, "one", T0.Add(12*time.Minute)); err != nil {
		t.Error(err)
	}
	a := asked(posp.Reversal, 4, 104)
	ended(t, s, take(t, s, a, T0.Add(12*time.Minute)), answeredWith(a, "00"), T0.Add(12*time.Minute))
	a = asked(posp.Settle, 0, 105)
	equal := answeredWith(a, "00")
	equal.Answer.Compared = posp.Equal
	ended(t, s, take(t, s, a, T0.Add(12*time.Minute)), equal, T0.Add(12*time.Minute))
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
	if next, err := s.Bank.Next(t.Context()); err != nil || !next.IsZero() {
		t.Errorf("next %v, %v", next, err)
	}
}

// bankWatchedAhead: what a clock that is years ahead has put off is a case in time, once the
// clock is right.
func bankWatchedAhead(t *testing.T, s *store.Store) {
	a := asked(posp.Sale, 1, 101)
	c := take(t, s, a, T0.AddDate(13, 0, 0))
	ended(t, s, c, bank.Result{End: bank.NoAnswer}, T0.AddDate(13, 0, 0))

	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{0, ""}, // the clock is right
		{9 * time.Minute, ""},
		{10 * time.Minute, "unbooked:86.40"},
	} {
		check(t, s.Bank.Watch(t.Context(), 10, T0.Add(c.after)))
		if got := classes(t, s); got != c.want {
			t.Errorf("%v: cases %q, want %q", c.after, got, c.want)
		}
	}
}

// bankLate is about answers that nobody waits for, and about a head office that ended.
func bankLate(t *testing.T, s *store.Store) {
	a := asked(posp.Sale, 1, 101)
	c := take(t, s, a, T0)
	check(t, s.Bank.Restarted(t.Context(), "two", T0.Add(time.Second)))
	if stateOf(t, s, c.ID) != bank.Sent {
		t.Error("another head office's sale was given up")
	}
	check(t, s.Bank.Restarted(t.Context(), "one", T0.Add(time.Second)))
	answer := answeredWith(a, "00").Answer
	if _, err := s.Bank.Stray(t.Context(), answer, "one", T0.Add(time.Minute)); err != nil {
		t.Error(err)
	}
	ended(t, s, c, bank.Result{End: bank.NoAnswer}, T0.Add(time.Minute)) // it was given up as the answer came
	same, err := s.Bank.Stray(t.Context(), answer, "one", T0.Add(time.Minute))
	if err != nil || same.ID != c.ID {
		t.Errorf("the same answer again: %+v, %v", same, err)
	}
	answer.Code = "51"
	if _, err := s.Bank.Stray(t.Context(), answer, "one", T0.Add(time.Minute)); err != nil {
		t.Error(err)
	}
	if got := told(t, s, c.ID); got != "sent sent, restarted unknown, sale late approved 00, sale answered twice approved 51" {
		t.Errorf("history %s", got)
	}
	if d, err := s.Bank.Detail(t.Context(), c.ID); err != nil || d.Exchange.End != bank.Late || d.Exchange.Code != "00" {
		t.Errorf("%+v, %v", d.Exchange, err)
	}

	for name, change := range map[string]func(*bank.Heading){
		"of another trace":    func(h *bank.Heading) { h.Trace++ },
		"of another terminal": func(h *bank.Heading) { h.Terminal = "20000002" },
		"of another type":     func(h *bank.Heading) { h.Type = 0x0410 },
		"of another batch":    func(h *bank.Heading) { h.Batch++ },
	} {
		h := answer
		change(&h)
		if _, err := s.Bank.Stray(t.Context(), h, "one", T0); !errors.Is(err, stored.ErrNotFound) {
			t.Errorf("an answer %s: %v", name, err)
		}
	}
	if _, err := s.Bank.Stray(t.Context(), answer, "one", T0.Add(25*time.Hour)); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("an answer after a day: %v", err)
	}
}

func bankTerminals(t *testing.T, s *store.Store) {
	_, err := s.Register(t.Context(), "10000002", 0, T0)
	check(t, err)
	a := asked(posp.SignIn, 0, 1)
	c := take(t, s, a, T0)
	signed := answeredWith(a, "00")
	signed.Answer.Batch = 7
	ended(t, s, c, signed, T0.Add(time.Second))
	if again := take(t, s, a, T0.Add(time.Minute)); !c.Bound || again.Bound || c.ID != "" {
		t.Errorf("bound %+v, then %+v", c, again)
	}

	foreign := asked(posp.Sale, 1, 2)
	foreign.Kiosk, foreign.Serial = "10000002", Serial("10000002", 1)
	mine := asked(posp.Sale, 1, 2)
	mine.Terminal, mine.Heading.Terminal = "20000002", "20000002"
	shop := asked(posp.Sale, 1, 2)
	shop.Heading.Merchant = "105290073724602"
	for name, a := range map[string]bank.Asked{"another kiosk": foreign, "another terminal": mine, "another merchant": shop} {
		if _, err := s.Bank.Take(t.Context(), a, "one", T0); !errors.Is(err, bank.ErrTerminal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range 9 {
		if _, err := s.Bank.Take(t.Context(), foreign, "one", T0); !errors.Is(err, bank.ErrTerminal) {
			t.Error(err)
		}
	}
	texts := "" // one of each kiosk, that counts
	for _, c := range openCases(t, s) {
		texts += c.Text + "\n"
	}
	if strings.Count(texts, "\n") != 2 || !strings.Contains(texts, "terminal 20000001 in a frame of this kiosk is that of kiosk 10000001 (×10)\n") {
		t.Errorf("cases\n%s", texts)
	}
	lost := asked(posp.SignIn, 0, 1)
	lost.Kiosk = "10000009"
	if _, err := s.Bank.Take(t.Context(), lost, "one", T0); !errors.Is(err, books.ErrUnknown) {
		t.Errorf("a kiosk that is not enrolled: %v", err)
	}

	// A person gives the terminal to the other kiosk.
	check(t, s.Bank.SetTerminal(t.Context(), "10000002", bankTerminal, bankMerchant, "wang", "moved", false, T0.Add(time.Hour)))
	if _, err := s.Bank.Take(t.Context(), asked(posp.Sale, 1, 3), "one", T0); !errors.Is(err, bank.ErrTerminal) {
		t.Errorf("the kiosk that had it: %v", err)
	}
	take(t, s, foreign, T0.Add(time.Hour))
	check(t, s.Bank.SetTerminal(t.Context(), Kiosk, "20000002", bankMerchant, "wang", "new", false, T0.Add(time.Hour)))
	ts, err := s.Bank.Terminals(t.Context())
	check(t, err)
	want := []bank.Terminal{
		{Kiosk: Kiosk, Terminal: "20000002", Merchant: bankMerchant, BoundBy: "wang", BoundAt: T0.Add(time.Hour).UnixMilli(), UpdatedAt: T0.Add(time.Hour).UnixMilli()},
		{Kiosk: "10000002", Terminal: bankTerminal, Merchant: bankMerchant, Batch: 1, BoundBy: "wang", BoundAt: T0.Add(time.Hour).UnixMilli(), UpdatedAt: T0.Add(time.Hour).UnixMilli()},
	}
	if !cmp.Equal(ts, want) {
		t.Error(cmp.Diff(want, ts))
	}
	audit, err := s.AuditLog(t.Context(), 2)
	check(t, err)
	if len(audit) != 2 || audit[1].Action != "set terminal" || audit[1].Object != "10000002 20000001 105290073724601" || audit[1].Reason != "moved" {
		t.Errorf("audit %+v", audit)
	}
	moves := func(force bool) error {
		return s.Bank.SetTerminal(t.Context(), "10000002", "20000002", bankMerchant, "wang", "", force, T0)
	}
	open := asked(posp.Reversal, 1, 3)
	open.Terminal, open.Heading.Terminal = "20000002", "20000002"
	take(t, s, open, T0)
	if err := moves(false); !errors.Is(err, bank.ErrPending) {
		t.Errorf("a terminal with an open reversal: %v", err)
	}
	check(t, moves(true))
	for _, n := range [][2]string{{"2000001", bankMerchant}, {bankTerminal, "1"}, {"2000 001", bankMerchant}} {
		if err := s.Bank.SetTerminal(t.Context(), Kiosk, n[0], n[1], "wang", "", false, T0); !errors.Is(err, bank.ErrNumber) {
			t.Errorf("%v: %v", n, err)
		}
	}
	if err := s.Bank.SetTerminal(t.Context(), "10000009", bankTerminal, bankMerchant, "wang", "", false, T0); !errors.Is(err, books.ErrUnknown) {
		t.Errorf("a kiosk that is not enrolled: %v", err)
	}
}

// bankBatch is about the status of a terminal, and a batch that does not settle.
func bankBatch(t *testing.T, s *store.Store) {
	status := func() bank.Terminal {
		t.Helper()
		ts, err := s.Bank.Terminals(t.Context())
		check(t, err)
		return ts[0]
	}
	a := asked(posp.SignIn, 0, 1)
	signed := answeredWith(a, "00")
	signed.Answer.Batch = 7
	ended(t, s, take(t, s, a, T0), signed, T0.Add(time.Second))
	if st := status(); st.Batch != 7 || st.SignInAt != T0.UnixMilli()+1000 || st.SignInEnd != bank.Answered || st.SignInCode != "00" {
		t.Errorf("%+v", st)
	}

	a = asked(posp.Settle, 0, 2)
	ended(t, s, take(t, s, a, T0), answeredWith(a, "94"), T0)
	if st := status(); st.Settled != bank.Declined || st.SettledOf != 1 {
		t.Errorf("%+v", st)
	}
	unequal := answeredWith(a, "00")
	unequal.Answer.Compared = posp.NotEqual
	ended(t, s, take(t, s, a, T0.Add(time.Minute)), unequal, T0.Add(time.Minute))
	if got := classes(t, s); got != "batch:0.00 batch:0.00" || status().Settled != bank.Unequal {
		t.Errorf("cases %q", got)
	}
	up := asked(posp.Upload, 0, 3)
	ended(t, s, take(t, s, up, T0.Add(time.Minute)), answeredWith(up, "00"), T0.Add(time.Minute))
	equal := answeredWith(a, "00")
	equal.Answer.Compared = posp.Equal
	ended(t, s, take(t, s, a, T0.Add(2*time.Minute)), equal, T0.Add(2*time.Minute))
	if got := classes(t, s); got != "" || status().Settled != bank.Approved {
		t.Errorf("cases %q", got)
	}

	// The answer to the first try was lost, and the second one settled the batch: nobody has
	// to look when the first one's time is over, though the next batch was closed meanwhile.
	for _, of := range []struct {
		trace int
		batch uint32
	}{{4, 2}, {5, 2}, {7, 3}} {
		try := asked(posp.Settle, 0, of.trace)
		try.Heading.Batch = of.batch
		c := take(t, s, try, T0.Add(3*time.Minute))
		r := bank.Result{End: bank.NoAnswer}
		if of.trace != 4 {
			r = answeredWith(try, "00")
			r.Answer.Compared = posp.Equal
		}
		ended(t, s, c, r, T0.Add(3*time.Minute))
	}
	check(t, s.Bank.Watch(t.Context(), 10, T0.Add(3*time.Minute+bank.OpenAfter)))
	if got := classes(t, s); got != "" {
		t.Errorf("a batch that is settled: cases %q", got)
	}
	// The broker brings the request that was answered once more, and the bank has given out
	// other keys since.
	again := asked(posp.Settle, 0, 7)
	again.Heading.Batch = 3
	ended(t, s, take(t, s, again, T0.Add(20*time.Minute)), answeredWith(again, "A0"), T0.Add(20*time.Minute))
	ended(t, s, take(t, s, again, T0.Add(20*time.Minute)), bank.Result{End: bank.NoAnswer}, T0.Add(20*time.Minute))
	if got := classes(t, s); got != "" || status().Settled != bank.Approved {
		t.Errorf("a repeat of what is settled: cases %q, %+v", got, status())
	}
	late := asked(posp.Settle, 0, 6)
	late.Heading.Batch = 4
	ended(t, s, take(t, s, late, T0.Add(time.Hour)), bank.Result{End: bank.NoAnswer}, T0.Add(time.Hour))
	check(t, s.Bank.Watch(t.Context(), 10, T0.Add(time.Hour+bank.OpenAfter)))
	if got := classes(t, s); got != "batch:0.00" {
		t.Errorf("a batch that is not: cases %q", got)
	}
}

// bankOrdered: a person has a batch settled now, and it stands until the bank has said how
// that ended, or the next batch is open.
func bankOrdered(t *testing.T, s *store.Store) {
	order := func(kiosk string, at time.Time) error {
		_, err := s.Bank.OrderSettlement(t.Context(), kiosk, "li", "end of the month", at)
		return err
	}
	open := func(want ...string) {
		t.Helper()
		ts, err := s.Bank.Ordered(t.Context())
		check(t, err)
		var got []string
		for _, x := range ts {
			got = append(got, fmt.Sprintf("%s %s %d by %s", x.Kiosk, x.Terminal, x.SettleBatch, x.SettleBy))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	if err := order("10000009", T0); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("a kiosk without a terminal: %v", err)
	}
	check(t, s.Bank.SetTerminal(t.Context(), Kiosk, bankTerminal, bankMerchant, "wang", "new", false, T0))
	if err := order(Kiosk, T0); !errors.Is(err, bank.ErrNoBatch) {
		t.Errorf("a terminal of which nothing was heard: %v", err)
	}
	sold(t, s, 1, 101)
	check(t, order(Kiosk, T0.Add(time.Minute)))
	check(t, order(Kiosk, T0.Add(2*time.Minute)))
	open(Kiosk + " 20000001 1 by li")
	if got, err := s.AuditLog(t.Context(), 10); err != nil || got[0].Action != "order settlement" || got[0].Object != Kiosk+" 20000001 000001" || got[0].At != T0.Add(time.Minute).UnixMilli() {
		t.Errorf("audited %+v, %v", got, err)
	}

	a := asked(posp.Settle, 0, 2)
	ended(t, s, take(t, s, a, T0.Add(3*time.Minute)), answeredWith(a, "94"), T0.Add(3*time.Minute))
	open()
	check(t, order(Kiosk, T0.Add(4*time.Minute)))
	open(Kiosk + " 20000001 1 by li")
	in := asked(posp.SignIn, 0, 3)
	signed := answeredWith(in, "00")
	signed.Answer.Batch = 2
	ended(t, s, take(t, s, in, T0.Add(5*time.Minute)), signed, T0.Add(5*time.Minute))
	open()
}

// bankNotice: a notice of scripts (951) that the bank refuses, or does not answer for ten
// minutes, is a case, until a later try is taken.
func bankNotice(t *testing.T, s *store.Store) {
	notice := asked(posp.Sale, 1, 102)
	notice.Serial = ""
	notice.Heading.Type, notice.Heading.Network, notice.Heading.Masked = 0x0620, 951, ""
	is := func(what, want string) {
		t.Helper()
		if got := classes(t, s); got != want {
			t.Errorf("%s: cases %q, want %q", what, got, want)
		}
	}
	ended(t, s, take(t, s, notice, T0), bank.Result{End: bank.NoAnswer}, T0)
	check(t, s.Bank.Watch(t.Context(), 10, T0.Add(9*time.Minute)))
	is("without an answer", "")
	check(t, s.Bank.Watch(t.Context(), 10, T0.Add(11*time.Minute)))
	is("for long", "batch:0.00")
	ended(t, s, take(t, s, notice, T0.Add(time.Hour)), answeredWith(notice, "00"), T0.Add(time.Hour))
	is("taken", "")

	notice.Heading.Trace++
	ended(t, s, take(t, s, notice, T0), answeredWith(notice, "30"), T0)
	is("refused", "batch:0.00")
}

// bankBatchTold is what kiosks' records say of batches: what the relay has seen too is one
// case with it.
func bankBatchTold(t *testing.T, s *store.Store) {
	a := asked(posp.Settle, 0, 2)
	unequal := answeredWith(a, "00")
	unequal.Answer.Compared = posp.NotEqual
	ended(t, s, take(t, s, a, T0), unequal, T0)

	body := object{"terminal": bankTerminal, "batch": 1, "equal": false, "ours": object{"debit": 8640}, "at": T0.UnixMilli()}
	j := NewJournal(Kiosk).Add(t, "card-settled", "", body)
	j.Add(t, "card-settled", "", object{"terminal": bankTerminal, "batch": 2, "equal": true, "uncertified": 3, "at": T0.UnixMilli()})
	j.Add(t, "card-batch-differs", "", object{"terminal": bankTerminal, "batch": 3, "other": 7, "sales": 2, "total": 17280, "at": T0.UnixMilli()})
	j.Add(t, "card-batch-left", "", object{"terminal": bankTerminal, "batch": 4, "now": "20000002", "sales": 1, "total": 8640, "at": T0.UnixMilli()})
	j.Add(t, "card-batch-left", "", object{"terminal": 7})
	ingest(t, s, j.Recs)

	var got []string
	for _, c := range openCases(t, s) {
		got = append(got, c.Class+": "+c.Text)
	}
	slices.Sort(got)
	want := []string{
		"batch: batch 000001 of terminal 20000001: the bank has other totals than the kiosk",
		"batch: batch 000002 of terminal 20000001: the bank did not take the certificates of 3 sales by chip",
		"batch: batch 000003 of terminal 20000001, 2 sales of 172.80 yuan: the bank has batch 000007 open",
		"batch: batch 000004 of terminal 20000001, 1 sales of 86.40 yuan, was left open: the kiosk is terminal 20000002 now",
		"unreadable: record 5, card-batch-left, cannot be read",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// bankRefused is about frames that head office does not relay.
func bankRefused(t *testing.T, s *store.Store) {
	for name, c := range map[string]struct {
		change func(*bank.Asked)
		want   error
	}{
		"a void":                  {func(a *bank.Asked) { a.Heading.Processing = "200000" }, bank.ErrNobody},
		"a refund":                {func(a *bank.Asked) { a.Heading.Type = 0x0220 }, bank.ErrNobody},
		"the reversal of a void":  {func(a *bank.Asked) { a.Heading.Type, a.Heading.Processing = 0x0400, "200000" }, bank.ErrNobody},
		"an answer":               {func(a *bank.Asked) { a.Heading.Type = 0x0210 }, bank.ErrFrame},
		"another terminal inside": {func(a *bank.Asked) { a.Terminal = "20000002" }, bank.ErrFrame},
		"no serial":               {func(a *bank.Asked) { a.Serial = "" }, bank.ErrFrame},
		"another kiosk's serial":  {func(a *bank.Asked) { a.Serial = Serial("10000002", 1) }, bank.ErrFrame},
		"no amount":               {func(a *bank.Asked) { a.Heading.Amount = 0 }, bank.ErrFrame},
		"no trace":                {func(a *bank.Asked) { a.Heading.Trace = 0 }, bank.ErrFrame},
		"no batch":                {func(a *bank.Asked) { a.Heading.Batch = 0 }, bank.ErrFrame},
	} {
		a := asked(posp.Sale, 1, 101)
		c.change(&a)
		if _, err := s.Bank.Take(t.Context(), a, "one", T0); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all, err := s.Bank.Exchanges(t.Context(), bank.Filter{}); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// bankRace has sales posted and taken back at the same time: none is both without a case.
func bankRace(t *testing.T, s *store.Store) {
	const sales = 12
	var all sync.WaitGroup
	for n := 1; n <= sales; n++ {
		sold(t, s, n, 100+n)
	}
	for n := 1; n <= sales; n++ {
		all.Go(func() {
			if _, err := s.EnsurePosting(t.Context(), byCard(n), T0); err != nil && !errors.Is(err, books.ErrHeld) {
				t.Error(err)
			}
		})
		all.Go(func() {
			if _, err := s.Bank.Take(t.Context(), asked(posp.Reversal, n, 100+n), "one", T0.Add(2*time.Minute)); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if err := s.Bank.Watch(t.Context(), sales, T0.Add(11*time.Minute)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()

	ps, err := s.Postings(t.Context(), books.Filter{})
	check(t, err)
	posted := map[string]bool{}
	for _, p := range ps {
		posted[p.Serial] = true
	}
	cs, err := s.Cases(t.Context(), books.Filter{Open: true})
	check(t, err)
	found := map[string]bool{}
	for _, c := range cs {
		found[c.Class+c.Serial] = true
	}
	for n := 1; n <= sales; n++ {
		serial := Serial(Kiosk, n)
		is := posted[serial]
		if found[books.ClassTakenBack+serial] != is || found[books.ClassUnpaid+serial] == is || is && found[books.ClassUnbooked+serial] {
			t.Errorf("payment %d, posted %v: cases %v", n, is, found)
		}
	}
}

// bankVouched: a journal comes to books out of a backup, which know of none of its sales.
func bankVouched(t *testing.T, s *store.Store) {
	serial := Serial(Kiosk, 1)
	j := NewJournal(Kiosk)
	byCard := func(n int, trace string) string {
		serial := Serial(Kiosk, n)
		j.Add(t, "opened", serial, object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": T0.UnixMilli()})
		j.Add(t, "card-sale-ordered", serial, object{
			"n": 1, "terminal": bankTerminal, "merchant": bankMerchant, "batch": "000001", "trace": trace, "amount": 8640, "card": "622202*********0011", "entry": "chip", "at": T0.UnixMilli(),
		})
		j.Add(t, "card-sale-answered", serial, object{"n": 1, "approved": true, "response": "00", "reference": "000000000101", "auth": "A1B2C3", "settle_date": "1129"})
		j.Add(t, "card-closed", serial, object{"total": 8640, "account": "1000000001", "closed_at": T0.UnixMilli(), "reason": "paid"})
		return serial
	}
	byCard(1, "000101")
	back := byCard(2, "000102")
	j.Add(t, "outcome-learned", back, object{"status": "owed", "code": "1035", "text": "no"})
	j.Add(t, "card-reversal-ordered", back, object{"n": 1, "why": "posting-refused", "at": T0.UnixMilli()})
	j.Add(t, "card-reversal-answered", back, object{"n": 1, "done": true, "response": "00"})
	ingest(t, s, j.Recs)
	if got := classes(t, s); got != "unpaid:86.40 unpaid:86.40" {
		t.Errorf("cases %q", got)
	}
	held, err := s.Received(t.Context(), T0)
	if check(t, err); len(held) != 1 || held[0] != (books.Order{Serial: serial, Account: "1000000001", Kiosk: Kiosk, Tender: "bankcard", Amount: 8640, PaidAt: T0.UnixMilli()}) {
		t.Errorf("held %+v", held)
	}
	if got := classes(t, s); got != "unpaid:86.40" {
		t.Errorf("the customer has one back, and the cases are %q", got)
	}

	Person(t, s, "li", people.RoleOperator)
	Person(t, s, "wang", people.RoleOperator)
	plan, err := s.Plans.Propose(t.Context(), approval.Vouch, approval.Ask{Object: serial, Reason: "bank's statement", By: "wang"}, T0)
	if check(t, err); plan.Amount != 8640 || !strings.Contains(plan.Body, `"20000001-sale-000001-000101-`+serial+`"`) || !strings.Contains(plan.Body, `"reference":"000000000101"`) {
		t.Errorf("%+v", plan)
	}
	if held, err = s.Received(t.Context(), T0); err != nil || len(held) != 1 {
		t.Errorf("one person is enough: %+v, %v", held, err)
	}
	_, err = s.Plans.Approve(t.Context(), plan.ID, plan.Hash, "li", "seen it too", T0)
	check(t, err)
	x, err := s.Bank.Exchanges(t.Context(), bank.Filter{Serial: serial})
	if check(t, err); len(x) != 1 || x[0].State != bank.Approved || x[0].ID != "20000001-sale-000001-000101-"+serial {
		t.Fatalf("%+v", x)
	}
	if held, err = s.Received(t.Context(), T0); err != nil || len(held) != 0 || classes(t, s) != "" {
		t.Errorf("held %+v, %v, cases %q", held, err, classes(t, s))
	}
	if p, err := s.Posting(t.Context(), serial); err != nil || p.Amount != 8640 || p.Tender != "bankcard" {
		t.Errorf("%+v, %v", p, err)
	}
	if got := told(t, s, x[0].ID); got != "confirmed approved 00" {
		t.Errorf("history %s", got)
	}
	for serial, want := range map[string]error{serial: bank.ErrAct, back: bank.ErrAct, Serial(Kiosk, 9): stored.ErrNotFound} {
		if err := Two(t, s, approval.Vouch, serial, "again", T0); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", serial, err, want)
		}
	}
}
