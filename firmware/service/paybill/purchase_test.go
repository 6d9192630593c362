package paybill

import (
	"reflect"
	"testing"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/post"
	"wattkiosk/uplink/wire"
)

var (
	meterCard = metercard.Facts{Serial: "0102030405060708", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000000001", Count: 4, Purse: 5000}
	fifth     = metercard.Sold{Number: "S1", Card: "0102030405060708", Count: 5, Amount: 10000}
)

// bought is a purchase that a note of 100 yuan was put in for, and what came after.
func bought(t *testing.T, more ...payments.Event) payments.Transaction {
	t.Helper()
	var x payments.Transaction
	for _, e := range append([]payments.Event{
		payments.Opened{Purpose: payments.Purchase, Account: "1000000003", Tender: "cash", Limit: 200000, MeterCard: meterCard},
		cash.NoteAccepted{Value: 10000},
		cash.NoteStacked{Value: 10000},
		cash.Closed{Total: 10000, Account: "1000000003"},
	}, more...) {
		var err error
		if x, _, err = payments.Step(x, serial, e); err != nil {
			t.Fatal(err)
		}
	}

	return x
}

// TestASaleIsOrderedWithItsCard, and what was sold comes back with the outcome. A sale onto
// another card, or of another count, is disputed.
func TestASaleIsOrderedWithItsCard(t *testing.T) {
	x := bought(t)
	if o := Order(x); o.Card != meterCard || o.Amount != 10000 || o.Account != "1000000003" {
		t.Errorf("%+v", o)
	}

	for name, c := range map[string]struct {
		sold metercard.Sold
		want post.State
	}{
		"as ordered":    {fifth, post.Posted},
		"nothing":       {metercard.Sold{}, post.Disputed},
		"another card":  {metercard.Sold{Number: "S1", Card: "0102030405060709", Count: 5, Amount: 10000}, post.Disputed},
		"another count": {metercard.Sold{Number: "S1", Card: "0102030405060708", Count: 6, Amount: 10000}, post.Disputed},
		"more":          {metercard.Sold{Number: "S1", Card: "0102030405060708", Count: 5, Amount: 10001}, post.Disputed},
	} {
		o, final := Learned(x, reply(t, wire.PostState{Serial: serial, Status: wire.PostPosted, ToAdvance: 10000, Sold: c.sold}))
		if !final || o.Status != c.want {
			t.Errorf("%s: %+v, %t, want %s", name, o, final, c.want)
		}
		if _, _, err := payments.Step(x, serial, o); err != nil {
			t.Errorf("%s: the outcome is not legal: %v", name, err)
		}
	}
}

// TestASaleThatReachedItsMeterAnotherWay: head office is asked about a purchase that left
// without its card, and what it says settles it once.
func TestASaleThatReachedItsMeterAnotherWay(t *testing.T) {
	settled := metercard.Settled{How: metercard.Rewritten, By: "10000002000000000009"}
	x := bought(t, post.OutcomeLearned{Status: post.Posted, ToAdvance: 10000, Sold: fifth}, metercard.GaveUp{Why: "no-card"})
	says := func(s metercard.Settled) wire.Reply {
		return reply(t, wire.PostState{Serial: serial, Status: wire.PostPosted, ToAdvance: 10000, Sold: fifth, Settled: s})
	}
	if !Unsettled(x) {
		t.Fatalf("%s is settled", x.Status())
	}

	if e, news := Resolved(x, says(metercard.Settled{})); news {
		t.Errorf("nothing new was said: %+v", e)
	}
	if e, news := Resolved(x, says(metercard.Settled{How: "prayer", By: "x"})); news {
		t.Errorf("a way that there is not: %+v", e)
	}
	e, news := Resolved(x, says(settled))
	if !news || !reflect.DeepEqual(e, settled) {
		t.Fatalf("%+v, %t", e, news)
	}

	next, _, err := payments.Step(x, serial, e)
	if err != nil || next.Status() != payments.Posted || Unsettled(next) {
		t.Errorf("%s, %v", next.Status(), err)
	}
	if _, news := Resolved(next, says(settled)); news {
		t.Error("it is said again")
	}

	back, news := Resolved(x, reply(t, wire.PostState{Serial: serial, Status: wire.PostOwed}))
	if next, _, err := payments.Step(x, serial, back); !news || err != nil || next.Status() != payments.Owed {
		t.Errorf("taken back: %t, %v, %s", news, err, next.Status())
	}
}
