package s2fields_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
)

// headSize and tailSize are what frameOf puts around a body.
const (
	headSize = 8 + 4 + 4
	tailSize = 8
)

// FuzzDecode: of any body a request is read that can be said again, or none; an answer is of
// the operation that it was asked for, and nothing is done where it cannot be read.
func FuzzDecode(f *testing.F) {
	d := dialect(f)
	codes := []string{"CQ", "CS", "CA", "CR", "CU", "CW", "CT"}
	sold := metercard.Sold{Number: "SD1", Card: facts.Serial, Count: 5, Amount: 10000, Energy: 20479}
	for i, r := range []cardsystem.Reply{
		{Quote: cardsystem.QuoteResult{Code: "0000", Quote: cardsystem.Quote{Account: "1000000003", Max: 100, Tariff: []cardsystem.Tier{{UpTo: 100, Price: 4883}}}}},
		{Post: mis.PostResult{Code: "0000", Amount: 10000, Sold: sold}},
		{Post: mis.PostResult{Code: "1007", Amount: 10000, Sold: sold}},
		{Reverse: mis.ReverseResult{Code: "0000"}},
		{Steps: cardsystem.StepsResult{Code: "0000", Last: true}},
		{Report: cardsystem.ReportResult{Code: "0000"}},
		{Totals: cardsystem.TotalsResult{Code: "0000", Count: 1, Sum: 1, Sales: []cardsystem.Sale{{Serial: "x", Account: "y", Amount: 1}}}},
	} {
		r.Op = requests[i].Op
		asked, err := d.EncodeRequest("", requests[i])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), string(asked[headSize:len(asked)-tailSize]))
		if said, err := d.EncodeReply("", cardsystem.EchoOf(requests[i]), r); err == nil {
			f.Add(uint8(i), string(said[headSize:len(said)-tailSize]))
		}
	}

	f.Fuzz(func(t *testing.T, i uint8, body string) {
		n := int(i) % len(codes)
		if _, r, err := d.DecodeRequest(frameOf(codes[n]+"01", body)); err == nil {
			again, err := d.EncodeRequest("", r)
			if err != nil {
				t.Fatalf("%+v: %v", r, err)
			}
			if _, back, err := d.DecodeRequest(again); err != nil || !cmp.Equal(back, r) {
				t.Fatalf("%v\n%s", err, cmp.Diff(r, back))
			}
		}

		q := requests[n]
		r, err := d.DecodeReply("", q, frameOf(codes[n]+"02", body))
		if r.Op != q.Op || err != nil && r.Code() != "" {
			t.Fatalf("to %s: %+v, %v", q.Op, r, err)
		}
		if p := r.Post; p.Outcome == mis.Done && (p.Sold.Amount <= 0 || p.Sold.Amount > p.Amount || q.Op == cardsystem.OpSell && p.Sold.Check(facts, p.Amount) != nil) {
			t.Fatalf("done with %+v", p)
		}
	})
}
