package main

import (
	"encoding/json"
	"net/http"
	"testing"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/money"
)

// twoPeople proposes what an address of head office's means, and has another person approve it.
func (r *rig) twoPeople(address, reason string) {
	r.t.Helper()
	first, second := newOfficeClient(r.places, r.places.Accounts[1]), newOfficeClient(r.places, r.places.Accounts[2])
	body, err := json.Marshal(fields{"reason": reason})
	if err != nil {
		r.t.Fatal(err)
	}
	var plan struct{ ID, Hash, State string }
	if err := first.call(http.MethodPost, address, "application/json", body, &plan); err != nil {
		r.t.Fatalf("%s: %v", address, err)
	}
	if body, err = json.Marshal(fields{"hash": plan.Hash}); err != nil {
		r.t.Fatal(err)
	}
	if err := second.call(http.MethodPost, "plans/"+plan.ID+"/approve", "application/json", body, &plan); err != nil || plan.State != "done" {
		r.t.Fatalf("%s: the plan is %s, %v", address, plan.State, err)
	}
}

// saleOf is the sale of a payment as head office has it.
func (r *rig) saleOf(serial string) (id, state string) {
	r.t.Helper()
	var v struct {
		Operations []struct{ ID, Operation, State string }
	}
	if err := r.office.list("bank-cards?serial="+serial, &v); err != nil {
		r.t.Fatal(err)
	}
	for _, x := range v.Operations {
		if x.Operation == "sale" {
			id, state = x.ID, x.State
		}
	}

	return id, state
}

// comesTo waits until head office has the sale of a payment in that state.
func (r *rig) comesTo(serial, want string) {
	r.t.Helper()
	until(r.t, "the sale of "+serial+" is "+want, func() (bool, string) {
		_, state := r.saleOf(serial)
		return state == want, state
	})
}

// TestLabVoid: what was paid by card, and whose posting two people reversed, the kiosk has
// voided by the bank as two people order it: once, without the card. Bank, MIS and head office
// agree, and the batch closes with equal totals.
func TestLabVoid(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	pays := func(account string, amount money.Amount) string {
		serial := r.toCard(account, amount)
		r.putIn(cardsim.BankFunds)
		r.pin("123456")
		r.take(cardsim.BankFunds)
		r.paidByCard(serial, cardsim.BankFunds, amount)
		r.home()

		return serial
	}

	serial := pays("1000000004", 8640)
	r.twoPeople("postings/"+serial+"/reverse", "wrong account")
	until(t, "the MIS has it reversed", func() (bool, string) { sum := r.inMIS(serial); return sum == 0, sum.String() })
	sale, _ := r.saleOf(serial)
	until(t, "it is owed", func() (bool, string) {
		list, err := r.cases()
		for _, c := range list {
			if c.Serial == serial && c.Class == "owed" && c.Open {
				return true, ""
			}
		}
		return false, errText(err)
	})
	r.bankFault("no-reply", 1) // nobody knows: the void is taken back, and the sale stands
	r.twoPeople("bank-cards/"+sale+"/void", "the customer asks for it")
	untilWithin(t, 4*patience, "the void is taken back", func() (bool, string) {
		_, state := r.saleOf(serial)
		return state == "approved" && len(r.bankLedger().Entries) == 2, state
	})
	if has := r.stands(serial); has != 8640 {
		t.Errorf("the bank has %s", has)
	}

	r.twoPeople("bank-cards/"+sale+"/void", "the customer asks for it")
	r.comesTo(serial, "returned")
	if bank, mis := r.stands(serial), r.inMIS(serial); bank != 0 || mis != 0 {
		t.Errorf("the bank has %s, the MIS %s", bank, mis)
	}
	list, err := r.cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.Serial == serial && c.Open {
			t.Errorf("open: %s, %s", c.Class, c.Text)
		}
	}
	entries := r.bankLedger().Entries
	if n := len(entries); n != 3 || entries[1].Kind != "void" || !entries[1].Reversed || entries[2].Kind != "void" || entries[2].Reversed || !entries[0].Voided {
		t.Errorf("the bank has %+v", entries)
	}

	body, err := json.Marshal(fields{"reason": "end of the month"})
	if err != nil {
		t.Fatal(err)
	}
	if err := newOfficeClient(r.places, r.places.Accounts[1]).call(http.MethodPost, "terminals/"+kioskID+"/settle", "application/json", body, &struct{}{}); err != nil {
		t.Fatal(err)
	}
	until(t, "the batch is settled", func() (bool, string) {
		var v struct {
			Terminals []struct {
				SettledBatch   uint32 `json:"settled_batch"`
				SettledOutcome string `json:"settled_outcome"`
			}
		}
		err := r.office.list("terminals", &v)
		return err == nil && len(v.Terminals) == 1 && v.Terminals[0].SettledBatch == 1 && v.Terminals[0].SettledOutcome == "approved", errText(err)
	})
	if out, err := r.ctl("journal", "verify"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func errText(err error) string {
	if err != nil {
		return err.Error()
	}

	return "not yet"
}
