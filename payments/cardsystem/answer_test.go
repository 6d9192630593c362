package cardsystem_test

import (
	"errors"
	"strings"
	"testing"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

var (
	codes = cardsystem.Codes{
		{Code: "0", Meaning: cardsystem.SaysOK},
		{Code: "4", Meaning: cardsystem.SaysReversed},
		{Code: "5", Meaning: cardsystem.SaysUnwritten},
		{Code: "6", Meaning: cardsystem.SaysArrearsFirst},
	}
	facts = metercard.Facts{Serial: "01", Form: metercard.CPU, Kind: metercard.Purchase, Count: 4}
	sold  = metercard.Sold{Number: "SD1", Card: "01", Count: 5, Amount: 10000}
	sale  = cardsystem.Request{Op: cardsystem.OpSell, Payment: mis.Payment{Serial: "S1", Amount: 10000, Card: facts}}
)

// refused expects that an answer is worth nothing.
func refused(t *testing.T, name string, q cardsystem.Request, r cardsystem.Reply) {
	t.Helper()
	got, err := cardsystem.Conclude(codes, q, r)
	if !errors.Is(err, cardsystem.ErrAnswer) || got.Op != q.Op || got.Code() != "" || got.Post != (mis.PostResult{}) {
		t.Errorf("%s: %+v, %v", name, got, err)
	}
}

func TestSalesThatCannotBeMeant(t *testing.T) {
	for name, spoil := range map[string]func(*mis.PostResult){
		"another card":         func(p *mis.PostResult) { p.Sold.Card = "02" },
		"the same count":       func(p *mis.PostResult) { p.Sold.Count = 4 },
		"a count left out":     func(p *mis.PostResult) { p.Sold.Count = 6 },
		"no number":            func(p *mis.PostResult) { p.Sold.Number = "" },
		"nothing for the card": func(p *mis.PostResult) { p.Sold.Amount = 0 },
		"more than was booked": func(p *mis.PostResult) { p.Sold.Amount = 10001 },
		"nothing booked":       func(p *mis.PostResult) { p.Amount = 0 },
		"too much booked":      func(p *mis.PostResult) { p.Amount = money.Max + 1 },
		"a number without end": func(p *mis.PostResult) { p.Sold.Number = strings.Repeat("9", 65) },
		"a code without end":   func(p *mis.PostResult) { p.Code = mis.Code(strings.Repeat("0", 33)) },
		"energy below zero":    func(p *mis.PostResult) { p.Sold.Energy = -1 },
	} {
		p := mis.PostResult{Code: "0", Amount: 10000, Sold: sold}
		spoil(&p)
		refused(t, name, sale, cardsystem.Reply{Post: p})
		ask := cardsystem.Request{Op: cardsystem.OpAsk, Serial: "S1", Payment: sale.Payment}
		refused(t, name+", asked for", ask, cardsystem.Reply{Post: p})
	}
}

// TestAskWithoutTheOrder: who does not know the card compares later.
func TestAskWithoutTheOrder(t *testing.T) {
	ask := cardsystem.Request{Op: cardsystem.OpAsk, Serial: "S1"}
	got, err := cardsystem.Conclude(codes, ask, cardsystem.Reply{Post: mis.PostResult{Code: "0", Amount: 20000, Sold: sold}})
	if err != nil || got.Post.Outcome != mis.Done || got.Post.Amount != 20000 || got.Post.ToAdvance != 20000 || got.Post.Reference != "SD1" || got.Post.Sold != sold {
		t.Errorf("%+v, %v", got.Post, err)
	}
	got, err = cardsystem.Conclude(codes, ask, cardsystem.Reply{Post: mis.PostResult{Code: "4", Amount: 10000, Sold: sold}})
	if err != nil || got.Post.Outcome != mis.NotDone || !got.Post.Reversed || got.Post.Sold != sold {
		t.Errorf("reversed: %+v, %v", got.Post, err)
	}
}

// TestRefusalCarriesNothing: what a refusal has no business to carry is cleared.
func TestRefusalCarriesNothing(t *testing.T) {
	got, err := cardsystem.Conclude(codes, sale, cardsystem.Reply{Post: mis.PostResult{Code: "6", Text: strings.Repeat("欠", 300), Amount: 10000, Sold: sold}})
	if want := (mis.PostResult{Outcome: mis.NotDone, Code: "6", Text: strings.Repeat("欠", 200), Reason: mis.ArrearsFirst}); err != nil || got.Post != want {
		t.Errorf("%+v, %v", got.Post, err)
	}

	steps := cardsystem.Request{Op: cardsystem.OpSteps}
	got, err = cardsystem.Conclude(codes, steps, cardsystem.Reply{Steps: cardsystem.StepsResult{Code: "6", Last: true, Steps: []script.Step{{Op: script.APDU}}}})
	if err != nil || len(got.Steps.Steps) > 0 || got.Steps.Last || got.Steps.Reason != mis.ArrearsFirst {
		t.Errorf("%+v, %v", got.Steps, err)
	}
}

func TestQuotes(t *testing.T) {
	ask := cardsystem.Request{Op: cardsystem.OpQuote, Card: facts}
	good := cardsystem.Quote{Account: "1000000003", Min: 100, Max: 1000}
	for name, spoil := range map[string]func(*cardsystem.Quote){
		"no account":              func(q *cardsystem.Quote) { q.Account = "" },
		"least beyond most":       func(q *cardsystem.Quote) { q.Min = 1001 },
		"fixed beyond most":       func(q *cardsystem.Quote) { q.Fixed = 1001 },
		"nothing at all":          func(q *cardsystem.Quote) { q.Min, q.Max = 0, 0 },
		"arrears below zero":      func(q *cardsystem.Quote) { q.Arrears = -1 },
		"most beyond all":         func(q *cardsystem.Quote) { q.Max = money.Max + 1 },
		"too many tiers":          func(q *cardsystem.Quote) { q.Tariff = make([]cardsystem.Tier, 17) },
		"too many parts of a day": func(q *cardsystem.Quote) { q.ByTime = make([]cardsystem.TimePrice, 17) },
		"tier below zero":         func(q *cardsystem.Quote) { q.Tariff = []cardsystem.Tier{{UpTo: -1}} },
		"price below zero":        func(q *cardsystem.Quote) { q.ByTime = []cardsystem.TimePrice{{Price: -1}} },
	} {
		q := good
		spoil(&q)
		refused(t, name, ask, cardsystem.Reply{Quote: cardsystem.QuoteResult{Code: "0", Quote: q}})
	}

	waiting := good
	waiting.Unwritten = cardsystem.Unwritten{Serial: "S0", Sold: sold}
	got, err := cardsystem.Conclude(codes, ask, cardsystem.Reply{Quote: cardsystem.QuoteResult{Code: "0", Quote: waiting}})
	if err != nil || got.Quote.Outcome != mis.Done || got.Quote.Quote.Unwritten != (cardsystem.Unwritten{}) {
		t.Errorf("sellable, with a sale that waits: %+v, %v", got.Quote, err)
	}
	got, err = cardsystem.Conclude(codes, ask, cardsystem.Reply{Quote: cardsystem.QuoteResult{Code: "5", Quote: waiting}})
	if err != nil || got.Quote.Outcome != mis.NotDone || got.Quote.Reason != mis.Unwritten || got.Quote.Quote.Unwritten.Sold != sold {
		t.Errorf("a sale that waits: %+v, %v", got.Quote, err)
	}
	waiting.Unwritten.Sold.Card = "02"
	refused(t, "a sale that waits for another card", ask, cardsystem.Reply{Quote: cardsystem.QuoteResult{Code: "5", Quote: waiting}})
}

func TestStepsThatCannotBeMeant(t *testing.T) {
	for name, steps := range map[string][]script.Step{
		"none":          nil,
		"too many":      make([]script.Step, script.MaxSteps+1),
		"no operation":  {{Op: "erase"}},
		"too long":      {{Op: script.APDU, Data: make(script.Bytes, script.MaxBytes+1)}},
		"another area":  {{Op: script.Read, Area: 2}},
		"address":       {{Op: script.Read, Address: -1}},
		"length":        {{Op: script.Read, Length: script.MaxBytes + 1}},
		"expectation":   {{Op: script.APDU, Expect: "9000x"}},
		"name too long": {{Op: script.APDU, Save: strings.Repeat("n", 25)}},
	} {
		refused(t, name, cardsystem.Request{Op: cardsystem.OpSteps}, cardsystem.Reply{Steps: cardsystem.StepsResult{Code: "0", Steps: steps}})
	}
}

func TestTotalsAddUp(t *testing.T) {
	ask := cardsystem.Request{Op: cardsystem.OpTotals, Date: "20261130"}
	sales := []cardsystem.Sale{{Serial: "S1", Amount: 100}, {Serial: "S2", Amount: 50, Reversed: true}}
	got, err := cardsystem.Conclude(codes, ask, cardsystem.Reply{Totals: cardsystem.TotalsResult{Code: "0", Count: 1, Sum: 100, Sales: sales}})
	if err != nil || got.Totals.Outcome != mis.Done || len(got.Totals.Sales) != 2 {
		t.Errorf("%+v, %v", got.Totals, err)
	}
	for name, bad := range map[string]cardsystem.TotalsResult{
		"another sum":   {Code: "0", Count: 1, Sum: 150, Sales: sales},
		"another count": {Code: "0", Count: 2, Sum: 100, Sales: sales},
		"no serial":     {Code: "0", Count: 1, Sum: 100, Sales: []cardsystem.Sale{{Amount: 100}}},
	} {
		refused(t, name, ask, cardsystem.Reply{Totals: bad})
	}
}
