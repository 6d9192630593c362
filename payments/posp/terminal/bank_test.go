package terminal_test

import (
	"testing"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/payments/posp/terminal"
)

// TestUnknownRefundMakesTheBatchUnequal: the POSP carried out a refund and its answer
// was lost. It cannot be reversed; settlement finds it, every detail is uploaded, and
// the next batch begins.
func TestUnknownRefundMakesTheBatchUnequal(t *testing.T) {
	r := newRig(t, pospsim.Config{})
	r.restart()
	for _, serial := range []string{"A", "B", "C", "D", "E", "F", "G", "H", "I"} {
		if err := r.order(posp.Sale, serial, 1000, posp.Original{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.bank.SetFor(pospsim.NoReply, 1); err != nil {
		t.Fatal(err)
	}
	if err := r.order(posp.Refund, "R", 300, r.state.Batch.Original(r.state.Batch.Items[0])); err != nil {
		t.Fatal(err)
	}
	if c := r.heard["R"]; c.Outcome != posp.Unknown || r.state.Blocked() != terminal.NotBlocked {
		t.Fatalf("%+v", c)
	}

	r.sent = nil
	if err := r.do(terminal.Event{Kind: terminal.Ordered, Op: posp.Settle}); err != nil {
		t.Fatal(err)
	}
	var ops []posp.Op
	for _, q := range r.sent {
		ops = append(ops, q.Op)
	}
	if len(ops) != 5 || ops[0] != posp.Settle || ops[1] != posp.Upload || ops[2] != posp.Upload || ops[3] != posp.UploadEnd || ops[4] != posp.SignIn {
		t.Errorf("%v", ops)
	}
	want := terminal.Settlement{
		Batch: 1, Ours: posp.Totals{Debit: 9000, Debits: 9}, Bank: posp.Totals{Debit: 9000, Debits: 9, Credit: 300, Credits: 1},
	}
	if r.state.Settled != want || r.state.Batch.Number != 2 || r.state.Blocked() != terminal.NotBlocked {
		t.Errorf("%+v", r.state)
	}
}

// TestReversalThroughEverything: a reversal is pending for days while the bank is down,
// refuses, loses requests and changes its keys; the terminal is restarted in between.
func TestReversalThroughEverything(t *testing.T) {
	r := newRig(t, pospsim.Config{})
	r.restart()
	set := func(f pospsim.Fault, on bool) {
		if err := r.bank.Set(f, on); err != nil {
			t.Fatal(err)
		}
	}
	set(pospsim.ReversalRefused, true)
	if err := r.bank.SetFor(pospsim.NoReply, 1); err != nil {
		t.Fatal(err)
	}
	if err := r.order(posp.Sale, "A", 12850, posp.Original{}); err != nil {
		t.Fatal(err)
	}
	for _, f := range []pospsim.Fault{pospsim.Down, pospsim.LoseRequest, pospsim.KeyChange, pospsim.WrongMAC, pospsim.OtherTrace} {
		set(f, true)
		r.restart()
		r.pass(24 * time.Hour)
		set(f, false)
		if r.state.Blocked() != terminal.Reversing || r.bank.Ledger().Entries[0].Reversed {
			t.Fatalf("%s: %s", f, r.state.Blocked())
		}
	}

	set(pospsim.ReversalRefused, false)
	r.pass(terminal.LongestPause)
	if e := r.bank.Ledger().Entries[0]; !e.Reversed || r.state.Blocked() != terminal.NotBlocked || r.undone["A"].Outcome != posp.Done {
		t.Errorf("%+v, %s", e, r.state.Blocked())
	}
}
