package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"wattkiosk/hal/card/cardsim"
)

// TestLabSettlementIsOrdered: a person at head office has the kiosk settle its batch with the
// bank now, and sees how it ended.
func TestLabSettlementIsOrdered(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	serial := r.toCard("1000000004", 8640)
	r.putIn(cardsim.BankFunds)
	r.pin("123456")
	r.take(cardsim.BankFunds)
	r.paidByCard(serial, cardsim.BankFunds, 8640)
	r.home()

	type row struct {
		Kiosk          string `json:"kiosk"`
		Batch          uint32 `json:"batch"`
		SettleOrdered  bool   `json:"settle_ordered"`
		SettleBatch    uint32 `json:"settle_batch"`
		SettledBatch   uint32 `json:"settled_batch"`
		SettledOutcome string `json:"settled_outcome"`
	}
	body, err := json.Marshal(fields{"reason": "end of the month"})
	if err != nil {
		t.Fatal(err)
	}
	operator := newOfficeClient(r.places, r.places.Accounts[1])
	var ordered row
	if err := operator.call(http.MethodPost, "terminals/"+kioskID+"/settle", "application/json", body, &ordered); err != nil || !ordered.SettleOrdered || ordered.SettleBatch != ordered.Batch {
		t.Fatalf("%+v, %v", ordered, err)
	}

	until(t, "the batch is settled", func() (bool, string) {
		var v struct{ Terminals []row }
		err := r.office.list("terminals", &v)
		ok := err == nil && len(v.Terminals) == 1 && !v.Terminals[0].SettleOrdered && v.Terminals[0].SettledBatch == ordered.Batch && v.Terminals[0].SettledOutcome == "approved"
		return ok, fmt.Sprintf("%+v, %v", v, err)
	})
	if e := r.atBank(serial); len(e) != 1 || !e[0].Settled {
		t.Errorf("the bank has %+v", e)
	}
}
