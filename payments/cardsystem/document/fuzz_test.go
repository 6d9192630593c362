package document_test

import (
	"encoding/xml"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/document"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
)

var facts = metercard.Facts{
	Serial: "0000000000000001", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000000001", Customer: "001000000003",
	Count: 4, Purse: 5000, Loaded: 4, Left: -1250,
}

var requests = []cardsystem.Request{
	{Op: cardsystem.OpQuote, Card: facts},
	{Op: cardsystem.OpSell, Payment: mis.Payment{
		Serial: "00000001010000000001", Account: "1000000003", Amount: 10000, BusinessDate: "20261130", Time: "20261130103000",
		Tender: "qr", Kiosk: "K0000001", Card: facts,
	}},
	{Op: cardsystem.OpAsk, Serial: "00000001010000000001"},
	{Op: cardsystem.OpReverse, Reversal: mis.Reversal{Serial: "R0000001010000000001", Original: "00000001010000000001", BusinessDate: "20261130"}},
	{Op: cardsystem.OpSteps, Steps: cardsystem.StepsOrder{Serial: "00000001010000000001", Card: facts, Round: 1, Saved: map[string]script.Bytes{"challenge": {1, 2, 3}}}},
	{Op: cardsystem.OpReport, Report: cardsystem.Report{Serial: "00000001010000000001", Outcome: metercard.Written, Count: 5}},
	{Op: cardsystem.OpTotals, Date: "20261130"},
}

// asXML is a document as XML.
func asXML(t testing.TB, doc any) []byte {
	t.Helper()
	b, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"x"`
		Data    any      `xml:"data"`
	}{Data: doc})
	if err != nil {
		t.Fatal(err)
	}

	return b[len("<x>") : len(b)-len("</x>")]
}

func fromXML(doc []byte) document.Decode {
	return func(v any) error { return xml.Unmarshal(doc, v) }
}

func TestRequestsInXML(t *testing.T) {
	for _, r := range requests {
		doc, err := document.Request(r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := document.ReadRequest(r.Op, fromXML(asXML(t, doc)))
		if d := cmp.Diff(r, back); err != nil || d != "" {
			t.Errorf("%s: %v (-want +got):\n%s", r.Op, err, d)
		}
	}
}

func TestRequestsThatAreNotSent(t *testing.T) {
	long := "000000010100000000010000000000000"
	for name, r := range map[string]cardsystem.Request{
		"no card":        {Op: cardsystem.OpQuote},
		"no amount":      {Op: cardsystem.OpSell, Payment: mis.Payment{Serial: "1", Account: "2", BusinessDate: "3", Tender: "cash", Card: facts}},
		"no tender":      {Op: cardsystem.OpSell, Payment: mis.Payment{Serial: "1", Account: "2", BusinessDate: "3", Amount: 1, Card: facts}},
		"no serial":      {Op: cardsystem.OpAsk},
		"a long serial":  {Op: cardsystem.OpAsk, Serial: long},
		"half of it":     {Op: cardsystem.OpReverse, Reversal: mis.Reversal{Serial: "1"}},
		"a late round":   {Op: cardsystem.OpSteps, Steps: cardsystem.StepsOrder{Serial: "1", Card: facts, Round: script.MaxRounds}},
		"no outcome":     {Op: cardsystem.OpReport, Report: cardsystem.Report{Serial: "1"}},
		"no date":        {Op: cardsystem.OpTotals},
		"below round 0":  {Op: cardsystem.OpSteps, Steps: cardsystem.StepsOrder{Serial: "1", Card: facts, Round: -1}},
		"no hexadecimal": {Op: cardsystem.OpQuote, Card: metercard.Facts{Serial: "xyz", Form: metercard.CPU, Kind: metercard.Purchase}},
	} {
		if _, err := document.Request(r); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

func FuzzRequestInXML(f *testing.F) {
	for i, r := range requests {
		doc, err := document.Request(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), asXML(f, doc))
	}
	f.Fuzz(func(t *testing.T, i uint8, doc []byte) {
		op := requests[int(i)%len(requests)].Op
		r, err := document.ReadRequest(op, fromXML(doc))
		if err != nil {
			if !errors.Is(err, document.ErrMalformed) || r.Op != "" {
				t.Fatalf("%+v, %v", r, err)
			}

			return
		}
		if _, err := document.Request(r); err != nil {
			t.Fatalf("read what cannot be written: %+v, %v", r, err)
		}
	})
}

func FuzzReplyInXML(f *testing.F) {
	sold := metercard.Sold{Number: "SD1", Card: facts.Serial, Count: 5, Amount: 10000, Energy: 20479}
	for i, r := range []cardsystem.Reply{
		{Op: cardsystem.OpQuote, Quote: cardsystem.QuoteResult{Code: "1204", Quote: cardsystem.Quote{
			Account: "1000000003", Name: "刘建国", Max: 100, Tariff: []cardsystem.Tier{{UpTo: 100, Price: 4883}}, ByTime: []cardsystem.TimePrice{{Name: "peak", Price: 1}},
			Unwritten: cardsystem.Unwritten{Serial: "x", Sold: sold},
		}}},
		{Op: cardsystem.OpSell, Post: mis.PostResult{Code: "0000", Amount: 10000, Sold: sold}},
		{Op: cardsystem.OpAsk, Post: mis.PostResult{Code: "1007", Amount: 10000, Sold: sold}},
		{Op: cardsystem.OpReverse, Reverse: mis.ReverseResult{Code: "0000"}},
		{Op: cardsystem.OpSteps, Steps: cardsystem.StepsResult{Code: "0000", Steps: []script.Step{{Op: script.APDU, Data: script.Bytes{1}, Expect: "9000"}}, Last: true}},
		{Op: cardsystem.OpReport, Report: cardsystem.ReportResult{Code: "0000"}},
		{Op: cardsystem.OpTotals, Totals: cardsystem.TotalsResult{Code: "0000", Count: 1, Sum: 1, Sales: []cardsystem.Sale{{Serial: "x", Amount: 1}}}},
	} {
		_, doc := document.Reply(cardsystem.EchoOf(requests[i]), r)
		f.Add(uint8(i), string(r.Code()), asXML(f, doc))
	}
	f.Fuzz(func(t *testing.T, i uint8, status string, doc []byte) {
		q := requests[int(i)%len(requests)]
		r, err := document.ReadReply(q, mis.Code(status), "", fromXML(doc))
		if r.Op != q.Op || err != nil && r.Code() != "" {
			t.Fatalf("%+v, %v", r, err)
		}
		if p := r.Post; p.Outcome == mis.Done && (p.Sold.Amount <= 0 || p.Sold.Amount > p.Amount || q.Op == cardsystem.OpSell && p.Sold.Check(facts, p.Amount) != nil) {
			t.Fatalf("done with %+v", p)
		}
		if len(r.Steps.Steps) > script.MaxSteps || len(r.Totals.Sales) > cardsystem.MaxSales {
			t.Fatalf("%d steps, %d sales", len(r.Steps.Steps), len(r.Totals.Sales))
		}
	})
}

// TestSavedAnswerWithoutName: no step keeps an answer under no name, so none is passed on.
func TestSavedAnswerWithoutName(t *testing.T) {
	for name, saved := range map[string]string{
		"none":     "",
		"empty":    "<name></name><data>00</data>",
		"too long": "<name>a-name-of-far-more-characters-than-any-step-has</name><data>00</data>",
		"no name":  "<name>A B</name><data>00</data>",
	} {
		doc := []byte("<data><serialNo>0</serialNo><card><cardNo>0</cardNo><cardForm>cpu</cardForm><cardType>00</cardType></card><saved>" + saved + "</saved></data>")
		if r, err := document.ReadRequest(cardsystem.OpSteps, fromXML(doc)); !errors.Is(err, script.ErrScript) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}
