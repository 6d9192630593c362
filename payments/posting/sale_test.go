package posting

import (
	"testing"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
)

// purchase is bought for the card that has counted four purchases.
func purchase() mis.Payment {
	p := order
	p.Card = metercard.Facts{Serial: "0A1B2C3D", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "110000000042", Count: 4, Loaded: 4}
	return p
}

var sold = metercard.Sold{Number: "S77", Card: "0A1B2C3D", Count: 5, Amount: 13000, Energy: 24528}

func selling(s metercard.Sold) mis.PostResult {
	return mis.PostResult{Outcome: mis.Done, Code: "0", Amount: 13000, ToAdvance: 13000, Reference: s.Number, Sold: s}
}

func TestSaleIsDone(t *testing.T) {
	p := run(t, New(purchase(), t0), post(mis.PostResult{}), ask(selling(sold)))
	if p.State != Posted || p.Sold != sold || p.Reference != "S77" || p.Reason != "" {
		t.Errorf("%s %+v %q", p.State, p.Sold, p.Reason)
	}
	for _, e := range []call.Effect{call.Order, call.Ask, call.Undo} {
		if r := p.Request(e); r.System != mis.CardSystem || r.Op == "" {
			t.Errorf("%s is a call of %q to %q", e, r.Op, r.System)
		}
	}
	if r := New(order, t0).Request(call.Ask); r.System != mis.MIS {
		t.Errorf("a bill is asked for at %q", r.System)
	}
}

func TestSaleOfSomethingElse(t *testing.T) {
	with := func(change func(*metercard.Sold)) mis.PostResult {
		s := sold
		change(&s)
		return selling(s)
	}
	const onto = "the card-meter system sold 130.00 as purchase 5 onto card "
	for name, c := range map[string]struct {
		first, second mis.PostResult
		want          string
	}{
		"another card": {
			mis.PostResult{},
			with(func(s *metercard.Sold) { s.Card = "FF" }), onto + "FF, the order is purchase 5 of card 0A1B2C3D",
		},
		"another purchase": {
			mis.PostResult{},
			with(func(s *metercard.Sold) { s.Count = 6 }),
			"the card-meter system sold 130.00 as purchase 6 onto card 0A1B2C3D, the order is purchase 5 of card 0A1B2C3D",
		},
		"more than was paid": {
			mis.PostResult{},
			with(func(s *metercard.Sold) { s.Amount = 13001 }),
			"the card-meter system sold 130.01 as purchase 5 onto card 0A1B2C3D, the order is purchase 5 of card 0A1B2C3D",
		},
		"a number without end": {
			mis.PostResult{},
			with(func(s *metercard.Sold) {
				s.Number = "S777777777777777777777777777777777777777777777777777777777777777777777777777"
			}), onto + "0A1B2C3D, the order is purchase 5 of card 0A1B2C3D",
		},
		"another amount": {mis.PostResult{}, mis.PostResult{Outcome: mis.Done, Code: "0", Amount: 12000, ToAdvance: 12000, Sold: sold}, "the card-meter system booked 120.00, the order is 130.00"},
		"nothing to write": {
			mis.PostResult{},
			mis.PostResult{Outcome: mis.Done, Code: "0", Amount: 13000, ToAdvance: 13000, Reference: "S77"},
			"the card-meter system sold 0.00 as purchase 0 onto card , the order is purchase 5 of card 0A1B2C3D",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := run(t, New(purchase(), t0), post(c.first), ask(c.second))
			if p.State != Disputed || p.Why != call.Misfit || p.Reason != c.want {
				t.Errorf("%s, %q", p.State, p.Reason)
			}
		})
	}
}

func TestBillSellsNothing(t *testing.T) {
	with := yes
	with.Sold = sold
	if p := run(t, New(order, t0), post(with)); p.State != Disputed {
		t.Errorf("a bill booked as a sale is %s", p.State)
	}
}

// TestSaleThatChanges has a late answer name another sale than the one that was written
// down: the sale stands, and a case says so.
func TestSaleThatChanges(t *testing.T) {
	p := run(t, New(purchase(), t0), post(selling(sold)))
	other := sold
	other.Energy++
	next, effect, err := Step(p, Event{Kind: call.Late, Now: t0, Reply: ask(selling(other))})
	if err != nil || effect != call.Raise || next.State != Posted || next.Sold != sold {
		t.Errorf("%s %+v, %q, %v", next.State, next.Sold, effect, err)
	}
}

func TestWordsOfASale(t *testing.T) {
	p := New(purchase(), t0)
	p.State, p.Why = Disputed, call.Unsettled
	if got := p.Told(); got != "the card-meter system could neither confirm nor reverse the posting" {
		t.Error(got)
	}
	p.Evidence = string(call.LateDone) + " 0 ok"
	if got := p.Testimony(); got != "the card-meter system reported late that the payment is booked (0 ok)" {
		t.Error(got)
	}
}
