package bankcard

import (
	"strings"
	"testing"
	"time"

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
