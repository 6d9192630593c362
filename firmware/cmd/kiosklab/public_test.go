package main

import (
	"testing"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/mis/missim"
)

// ofBank are the MIS's entries of a payment's sales, under the bank's own serials.
func (r *rig) ofBank(serial string) (entries []missim.Entry) {
	r.t.Helper()
	l := r.ledger()
	if err := l.Audit(); err != nil {
		r.t.Errorf("ledger of the MIS: %v", err)
	}
	sales := map[string]bool{}
	for _, e := range r.atBank(serial) {
		sales[e.Serial] = true
	}
	for _, e := range l.Entries {
		if sales[e.Serial] {
			entries = append(entries, e)
		}
		if e.Serial == serial {
			r.t.Errorf("head office posted it too: %+v", e)
		}
	}

	return entries
}

// TestLabPublicPayment: the bank books what it approves, in the account that the sale
// names, and takes it back with the sale.
func TestLabPublicPayment(t *testing.T) {
	t.Parallel()
	r := startRig(t, "--card-posts", "bank")
	r.serving()

	serial := r.toCard("1000000004", 8640)
	r.putIn(cardsim.BankFunds)
	r.pin("123456")
	r.take(cardsim.BankFunds)
	last := r.see("done", func(v view) bool { return v.text("status") == "posted" })
	got := r.ofBank(serial)
	if len(got) != 1 || got[0].Tender != "bank" || got[0].Account != "1000000004" || got[0].Amount != 8640 || got[0].Reversed || got[0].PostedCount != 1 {
		t.Fatalf("the MIS has %+v", got)
	}
	bank := r.atBank(serial)[0]
	if last.text("bank_reference") != bank.Reference || last.text("result") != "paid" || bank.Standing() != 8640 {
		t.Errorf("the screen says %v, the bank %+v", last.Fields, bank)
	}
	r.slip(serialOnSlip(serial), "由银行入账", bank.Reference, "86.40", "缴费成功")
	if x := r.booked(serial, "posted"); x.Total != 8640 || x.Reference != bank.Reference {
		t.Errorf("head office has %+v", x)
	}
	r.recorded(serial, "opened card-sale-ordered card-sale-answered card-closed slip")
	r.home()

	// The answer is lost: the bank has taken and booked, and both go back.
	serial = r.toCard("1000000001", 12850)
	r.putIn(cardsim.BankFunds)
	r.asked()
	r.bankFault("cut", 1)
	r.press("123456E")
	r.take(cardsim.BankFunds)
	r.booked(serial, "undone")
	got = r.ofBank(serial)
	if len(got) != 1 || !got[0].Reversed || r.stands(serial) != 0 {
		t.Errorf("the MIS has %+v, the bank %s", got, r.stands(serial))
	}

	if out, err := r.ctl("journal", "verify"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
