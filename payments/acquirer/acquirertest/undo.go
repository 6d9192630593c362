package acquirertest

import (
	"testing"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
)

func (w *world) close(c acquirer.Closing) acquirer.CloseResult {
	w.t.Helper()
	r, err := w.a.Close(w.ctx(), c)
	if err != nil {
		w.t.Fatalf("close: %+v, %v", r, err)
	}

	return r
}

func (s Subject) testClose(t *testing.T) {
	w := s.begin(t)
	show := w.order(serial, 100)
	for range 2 {
		if r := w.close(acquirer.Closing{Serial: serial}); r.Outcome != call.Done || r.Refunded {
			t.Errorf("close: %+v, want done", r)
		}
	}
	if err := w.sim.Pay(show); err == nil {
		t.Error("a closed order was paid")
	}
	if a := w.ask(serial, 100); a.Outcome != call.NotDone || a.Undone {
		t.Errorf("ask: %+v, want not done", a)
	}
	w.money(0)

	r := w.close(acquirer.Closing{Serial: another})
	if r.Outcome == call.Unknown || r.Retry || r.Outcome == call.NotDone && r.Reason != acquirer.NoOrder {
		t.Errorf("close of nothing: %+v", r)
	}
}

func (s Subject) testClosePaid(t *testing.T) {
	w := s.begin(t)
	w.bought(serial, 100)
	r := w.close(acquirer.Closing{Serial: serial})
	if s.GivesBackShown {
		if r.Outcome != call.Done || !r.Refunded {
			t.Errorf("close of a paid order: %+v, want given back", r)
		}
		w.money(0)
	} else {
		if r.Outcome != call.NotDone || r.Reason != acquirer.AlreadyPaid {
			t.Errorf("close of a paid order: %+v, want already paid", r)
		}
		w.money(100)
	}

	before := w.sim.Ledger().Money()
	code := w.sim.PayCode(acquirersim.Limits{})
	if r, err := w.a.Collect(w.ctx(), collection(another, 7000, code)); err != nil || r.Outcome != call.Done {
		t.Fatalf("collect: %+v, %v", r, err)
	}
	for range 2 {
		if r := w.close(acquirer.Closing{Serial: another, Collected: true}); r.Outcome != call.Done {
			t.Errorf("close of a paid collection: %+v, want done", r)
		}
	}
	w.money(before)
}

func (s Subject) testClosePaying(t *testing.T) {
	w := s.begin(t)
	code := w.sim.PayCode(acquirersim.Limits{Password: true})
	if r, err := w.a.Collect(w.ctx(), collection(serial, 7000, code)); err != nil || !r.Wait {
		t.Fatalf("collect: %+v, %v", r, err)
	}
	r := w.close(acquirer.Closing{Serial: serial, Collected: true})
	if s.CloseWaits {
		if r.Outcome != call.Unknown || !r.Wait {
			t.Errorf("close: %+v, want a wait", r)
		}
		w.pass(acquirersim.EntryLife + time.Second)
		r = w.close(acquirer.Closing{Serial: serial, Collected: true})
	}
	if r.Outcome != call.Done {
		t.Errorf("close: %+v, want done", r)
	}
	if err := w.sim.Enter(code, true); err == nil {
		t.Error("a closed collection was paid")
	}
	w.money(0)
}

// testClosedButPaid: closing says done, and the money comes all the same. Asking
// shows it.
func (s Subject) testClosedButPaid(t *testing.T) {
	w := s.begin(t)
	w.order(serial, 100)
	w.set(acquirersim.ClosedButPaid, 1)
	if r := w.close(acquirer.Closing{Serial: serial}); r.Outcome != call.Done {
		t.Errorf("close: %+v, want done", r)
	}
	if a := w.ask(serial, 100); a.Outcome != call.Done || a.Amount != 100 {
		t.Errorf("ask: %+v, want paid", a)
	}
	if n := w.notice(); n.Serial != serial || n.Payment.Outcome != call.Done || n.Payment.Amount != 100 {
		t.Errorf("notice: %+v, want paid", n)
	}
	w.money(100)
}

func (w *world) refund(f acquirer.Refund) acquirer.RefundResult {
	w.t.Helper()
	r, err := w.a.Refund(w.ctx(), f)
	if err != nil {
		w.t.Fatalf("refund: %+v, %v", r, err)
	}

	return r
}

func (w *world) askRefund(f acquirer.Refund) acquirer.RefundResult {
	w.t.Helper()
	r, err := w.a.AskRefund(w.ctx(), f)
	if err != nil {
		w.t.Fatalf("ask for refund: %+v, %v", r, err)
	}

	return r
}

func refundOf(serial string, amount, total money.Amount) acquirer.Refund {
	return acquirer.Refund{Serial: serial, Original: "10000001010000000042", Amount: amount, Total: total, Why: "退款"}
}

func (s Subject) testRefund(t *testing.T) {
	w := s.begin(t)
	whole := refundOf(back, 12850, 12850)
	if r := w.askRefund(whole); r.Outcome != call.NotDone || !r.Retry || r.Reason != acquirer.NoOrder {
		t.Errorf("ask for the refund of nothing: %+v", r)
	}
	if r := w.refund(whole); r.Outcome != call.NotDone || r.Retry || r.Reason != acquirer.NotRefundable {
		t.Errorf("refund of nothing: %+v", r)
	}
	w.bought(serial, 12850)
	if r := w.askRefund(whole); r.Outcome != call.NotDone || !r.Retry {
		t.Errorf("ask for a refund never sent: %+v", r)
	}

	r := w.refund(whole)
	w.same("refund", r.Answer, call.Answer{Outcome: call.Done, Code: s.Codes.Refunded}, r.Reason, "")
	if r.Amount != 12850 || r.Reference == "" {
		t.Errorf("refund: %+v", r)
	}
	w.money(0)
	for range 2 {
		if r := w.refund(whole); r.Outcome == call.NotDone || r.Outcome == call.Unknown && !r.Wait {
			t.Errorf("refund again: %+v, want done, or a wait", r)
		}
	}
	w.money(0)
	if r := w.askRefund(whole); r.Outcome != call.Done || r.Amount != 12850 {
		t.Errorf("ask for the refund: %+v", r)
	}
	a, err := w.a.Ask(w.ctx(), acquirer.Question{Serial: serial, Amount: 12850, Refund: back})
	if err != nil || a.Outcome != call.NotDone || !a.Undone {
		t.Errorf("ask for the payment: %+v, %v; want undone", a, err)
	}
	if e, ok := w.entry(serial); !ok || !e.Reversed || e.Refunded != 12850 {
		t.Errorf("ledger: %+v", e)
	}
}

func (s Subject) testRefundParts(t *testing.T) {
	w := s.begin(t)
	w.bought(serial, 12850)
	if r := w.refund(refundOf(back, 2850, 12850)); r.Outcome != call.Done || r.Amount != 2850 {
		t.Errorf("first part: %+v", r)
	}
	w.money(10000)
	a, err := w.a.Ask(w.ctx(), acquirer.Question{Serial: serial, Amount: 12850, Refund: back})
	if err != nil || a.Outcome != call.Done || a.Amount != 12850 {
		t.Errorf("ask: %+v, %v; want paid", a, err)
	}

	if r := w.refund(refundOf(back2, 10001, 12850)); r.Outcome != call.NotDone || r.Retry || r.Reason != acquirer.NotRefundable {
		t.Errorf("more than is left: %+v", r)
	}
	if r, err := w.a.Refund(w.ctx(), refundOf(back, 2851, 12850)); r.Outcome == call.Done {
		t.Errorf("same serial, another amount: %+v, %v", r, err)
	}
	if r, err := w.a.AskRefund(w.ctx(), refundOf(back, 2851, 12850)); r.Outcome != call.Unknown || err == nil {
		t.Errorf("ask, another amount: %+v, %v; want unknown", r, err)
	}
	if r := w.refund(refundOf(back2, 10000, 12850)); r.Outcome != call.Done || r.Amount != 10000 {
		t.Errorf("second part: %+v", r)
	}
	w.money(0)
}

func (s Subject) testRefundProcessing(t *testing.T) {
	w := s.begin(t)
	w.bought(serial, 12850)
	w.set(acquirersim.RefundProcessing, 1)
	whole := refundOf(back, 12850, 12850)
	for _, r := range []acquirer.RefundResult{w.refund(whole), w.refund(whole), w.askRefund(whole)} {
		if r.Outcome != call.Unknown || !r.Wait || r.Code == "" {
			t.Errorf("refund under way: %+v, want a wait", r)
		}
	}
	w.pass(acquirersim.RefundTime)
	if r := w.askRefund(whole); r.Outcome != call.Done || r.Amount != 12850 {
		t.Errorf("ask: %+v", r)
	}
	w.money(0)
}

func (s Subject) testRefundUnknown(t *testing.T) {
	w := s.begin(t)
	w.bought(serial, 12850)
	w.set(acquirersim.RefundUnknown, 1)
	whole := refundOf(back, 12850, 12850)
	if r := w.refund(whole); r.Outcome != call.Unknown || r.Wait || r.Code == "" {
		t.Errorf("refund: %+v, want unknown", r)
	}
	if r := w.askRefund(whole); r.Outcome != call.Done || r.Amount != 12850 {
		t.Errorf("ask: %+v", r)
	}
	w.money(0)
}

func (s Subject) testRefundRefused(t *testing.T) {
	w := s.begin(t)
	w.bought(serial, 12850)
	w.set(acquirersim.RefundRefused, 1)
	whole := refundOf(back, 12850, 12850)
	r := w.refund(whole)
	w.same("refund", r.Answer, call.Answer{Outcome: call.NotDone, Retry: true, Code: s.Codes.Short}, r.Reason, acquirer.ShortOfFunds)
	w.money(12850)
	if r := w.askRefund(whole); r.Outcome != call.NotDone || !r.Retry {
		t.Errorf("ask: %+v", r)
	}
	if r := w.refund(whole); r.Outcome != call.Done {
		t.Errorf("refund again: %+v", r)
	}
	w.money(0)
}
