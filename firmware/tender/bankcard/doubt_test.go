package bankcard

import (
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/payments/posp/terminal"
)

// TestAnotherTerminal: the bank gives the kiosk another number while a sale is being
// taken back. Under the new one the bank has no such sale, which would end the reversal.
func TestAnotherTerminal(t *testing.T) {
	for name, change := range map[string]func(b *posp.Terminal){
		"number":   func(b *posp.Terminal) { b.ID = "10000002" },
		"merchant": func(b *posp.Terminal) { b.Merchant = "105290073724699" },
	} {
		r := opened(t)
		for f, n := range map[pospsim.Fault]int{pospsim.NoReply: 1, pospsim.ReversalRefused: 2} {
			if err := r.bank.SetFor(f, n); err != nil {
				t.Fatal(err)
			}
		}
		r.pay(customer{card: r.card(cardsim.BankFunds)})
		if r.s.kept.Terminal.Reversal.Request.Trace == 0 {
			t.Fatalf("nothing is taken back: %v", r.did)
		}

		cfg := config()
		change(&cfg.Bank)
		s, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Recover(r.now, r.keep, r); err != nil {
			t.Fatal(err)
		}
		if got := s.kept.Terminal; got.Reversal.Request.Op != "" || len(got.Batch.Items) != 0 || s.plan.state.Terminal.Reversal.Request.Op != "" {
			t.Errorf("%s: it has what another terminal did: %+v", name, got)
		}
		r.s, r.asks = s, nil
		r.s.kept.Terminal.Keys = terminal.Keys{Ready: true}
		r.s.plan = nil
		d, due := s.Turn(r.now, r)
		if !due {
			t.Fatalf("%s: nothing is due", name)
		}
		r.commit(d)
		if got := r.txns[first]; got.Card.State != bankcard.Kept || got.Status() != payments.Disputed {
			t.Errorf("%s: %s, %s", name, got.Card.State, got.Status())
		}
	}
}

// notesOf are the records beside the transactions that a decision asks for, by type.
func notesOf(d tender.Decision) map[string]string {
	m := map[string]string{}
	for _, n := range d.Notes {
		m[n.Type] = string(n.Body)
	}

	return m
}

// TestAnotherTerminalLeavesABatch: what the old one sold and nobody settled is not
// forgotten without a word, and said once.
func TestAnotherTerminalLeavesABatch(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	cfg := config()
	cfg.Bank.ID = "10000002"
	for start, want := range []string{`{"terminal":"10000001","batch":1,"now":"10000002","sales":1,"total":8640,"at":1795838412000}`, ""} {
		s, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		r.s = s
		if err := s.Recover(noon.Add(time.Duration(12+start)*time.Second), r.keep, r); err != nil {
			t.Fatal(err)
		}
		d, _ := s.Turn(r.now, r)
		if got := notesOf(d)["card-batch-left"]; got != want {
			t.Errorf("start %d: %s", start, got)
		}
		r.commit(d)
		if !r.trouble("card-batch") {
			t.Errorf("start %d: %+v", start, s.Troubles())
		}
	}

	p := r.s.begin(r.now, r)
	p.state.Terminal = terminal.New(9, 1)
	p.state.Terminal.Keys = terminal.Keys{Ready: true}
	p.tell(terminal.Event{Kind: terminal.Ordered, Op: posp.Settle})
	p.tell(terminal.Event{Kind: terminal.Answered, Answer: posp.Answer{Op: posp.Settle, Trace: 9, Code: "00", Comparison: posp.Equal}})
	r.s.kept = p.state
	if r.trouble("card-batch") {
		t.Errorf("after the next settlement: %+v", r.s.Troubles())
	}
}

// TestTheBankHasAnotherBatch: it is said once, and shows until the two agree. Totals that
// differ show until the next settlement.
func TestTheBankHasAnotherBatch(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	signIn := func(batch uint32) map[string]string {
		p := r.s.begin(noon, r)
		p.tell(terminal.Event{Kind: terminal.Ordered, Op: posp.SignIn})
		p.tell(terminal.Event{Kind: terminal.Answered, Answer: posp.Answer{Op: posp.SignIn, Trace: p.state.Terminal.Flight.Request.Trace, Batch: batch, Code: "00"}})
		p.tell(terminal.Event{Kind: terminal.Loaded})
		r.s.kept = p.state
		return notesOf(p.decision())
	}
	if got, want := signIn(8)["card-batch-differs"], `{"terminal":"10000001","batch":1,"other":8,"sales":1,"total":8640,"at":1795838400000}`; got != want || !r.trouble("card-batch") {
		t.Errorf("%s: %+v", got, r.s.Troubles())
	}
	if got := signIn(8); len(got) != 0 || !r.trouble("card-batch") {
		t.Errorf("said again: %v", got)
	}
	if got := signIn(1); len(got) != 0 || r.trouble("card-batch") {
		t.Errorf("they agree: %v, %+v", got, r.s.Troubles())
	}

	r.s.kept.Last = Settled{Settlement: terminal.Settlement{Batch: 1}}
	if !r.trouble("card-batch") {
		t.Error("totals that differ show nothing")
	}
}

// TestNothingToTakeBackOfAnApprovedSale: the bank approved it and says now that it has no
// such sale, at the first time of asking. Nobody knows where the money is.
func TestNothingToTakeBackOfAnApprovedSale(t *testing.T) {
	for id, want := range map[string]payments.Status{cardsim.BankFunds: payments.Owed, cardsim.BankDeclines: payments.Disputed} {
		r := opened(t)
		r.pay(customer{card: r.card(id), after: func(string) { r.s.bank.talk.by = time.Time{} }})
		if id == cardsim.BankFunds {
			r.refusePosting(first)
			r.run(10 * tick)
		}
		reversal := r.s.kept.Terminal.Flight.Request
		if reversal.Op != posp.Reversal {
			t.Fatalf("%s: %+v is under way: %v", id, reversal, r.did)
		}
		r.asks = nil
		p := r.s.begin(r.now, r)
		p.tell(terminal.Event{Kind: terminal.Answered, Answer: posp.Answer{Op: posp.Reversal, Trace: reversal.Trace, Batch: reversal.Batch, Code: "25"}})
		r.s.plan = p
		r.s.bank.talk.wipe()
		r.run(time.Second)
		if got := r.txns[first]; got.Card.State != bankcard.Kept || got.Status() != want {
			t.Errorf("%s: %s, %s: %v", id, got.Card.State, got.Status(), r.did)
		}
	}
}

// TestAPauseOfAWrongClock: before a power cut the clock was years ahead.
func TestAPauseOfAWrongClock(t *testing.T) {
	r := opened(t)
	r.now = noon.AddDate(4, 0, 0)
	for f, n := range map[pospsim.Fault]int{pospsim.NoReply: 1, pospsim.ReversalRefused: 2} {
		if err := r.bank.SetFor(f, n); err != nil {
			t.Fatal(err)
		}
	}
	r.pay(customer{card: r.card(cardsim.BankStripe)})
	r.run(time.Second)
	if got := r.s.kept.Terminal.Reversal.Due; got.Before(r.now) {
		t.Fatalf("due at %v: %v", got, r.did)
	}
	r.now = noon
	r.slot.PowerCut(r.now)
	r.slot.PowerOn(r.now)
	r.start()
	r.run(time.Minute)
	if got := r.txns[first].Status(); got != payments.Undone {
		t.Errorf("%s: %v", got, r.did)
	}
	r.balanced()
}

// TestAFullBatchThatTheBankDoesNotClose is not sent again and again.
func TestAFullBatchThatTheBankDoesNotClose(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	delete(r.txns, first)
	items := &r.s.kept.Terminal.Batch.Items
	for len(*items) < MaxBatch {
		*items = append(*items, (*items)[0])
	}
	r.s.kept.Terminal.Batch.Number = 7 // the bank has another one open
	r.did = nil
	r.run(settlePause - time.Second)
	if n := strings.Count(strings.Join(r.did, " "), "0500"); n != 1 {
		t.Errorf("sent %d times", n)
	}
	r.run(settlePause)
	if n := strings.Count(strings.Join(r.did, " "), "0500"); n != 2 {
		t.Errorf("sent %d times", n)
	}
}

// TestSettlesAtAnOrder of head office, once, when nobody pays. An order for another batch or
// terminal, as a recording of an old one, does nothing.
func TestSettlesAtAnOrder(t *testing.T) {
	r := opened(t)
	sent := func() int { return strings.Count(strings.Join(r.did, " "), "0500") }
	r.s.SettleNow(r.now, "10000001", 1)
	r.run(10 * time.Second)
	if n := sent(); n != 0 {
		t.Errorf("settled %d times while a customer is served", n)
	}
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	delete(r.txns, first)
	r.run(10 * time.Second)
	if last := r.s.kept.Last; sent() != 1 || last.Batch != 1 || !last.Equal || last.Ours.Debits != 1 || r.s.kept.Settled != "" {
		t.Errorf("settled %d times: %+v", sent(), last)
	}

	r.s.SettleNow(r.now, "10000001", 1)
	r.s.SettleNow(r.now, "10000002", 2)
	r.run(10 * time.Second)
	if n := sent(); n != 1 {
		t.Errorf("settled %d times", n)
	}
	r.s.SettleNow(r.now, "10000001", 2)
	r.run(10 * time.Second)
	if last := r.s.kept.Last; sent() != 2 || last.Batch != 2 || !last.Equal {
		t.Errorf("settled %d times: %+v", sent(), last)
	}
}

// TestASettlementIsRecordedOnce, and not at each start after it.
func TestASettlementIsRecordedOnce(t *testing.T) {
	r := newRig(t)
	r.s.cfg.SettleAt = 12*time.Hour + 30*time.Minute
	r.now = noon.Add(time.Hour)
	r.run(10 * time.Second)
	settled := r.s.kept.Last
	if settled.At == 0 {
		t.Fatalf("nothing was settled: %v", r.did)
	}
	r.now = r.now.Add(time.Hour)
	r.start()
	if p := r.s.plan; len(p.notes) != 0 || p.state.Last != settled {
		t.Errorf("recorded again: %+v, %+v", p.notes, p.state.Last)
	}
}
