package s2

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
)

// packedZeros is a frame whose body unpacks to n zero bytes.
func packedZeros(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(make([]byte, n))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	head := append(magic[:], typeBusiness, flagGzip)

	return append(binary.BigEndian.AppendUint32(head, uint32(b.Len())), b.Bytes()...)
}

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

func TestRequestsComeBack(t *testing.T) {
	d := made(t, Config{})
	for _, r := range requests {
		id, back, err := d.DecodeRequest(readBack(t, d, r))
		if d := cmp.Diff(r, back); err != nil || id != "7" || d != "" {
			t.Errorf("%s: %q, %v (-want +got):\n%s", r.Op, id, err, d)
		}
	}
}

func readBack(t testing.TB, d *Dialect, r cardsystem.Request) []byte {
	t.Helper()
	wire, err := d.EncodeRequest("7", r)
	if err != nil {
		t.Fatalf("%s: %v", r.Op, err)
	}
	frame, err := d.ReadFrame(bytes.NewReader(wire))
	if err != nil {
		t.Fatalf("%s: %v", r.Op, err)
	}

	return frame
}

func FuzzReadFrame(f *testing.F) {
	plain, sealed := made(f, Config{}), made(f, Config{Key: key, Gzip: true})
	for _, r := range requests {
		for _, d := range []*Dialect{plain, sealed} {
			wire, err := d.EncodeRequest("7", r)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(wire)
		}
	}
	f.Add(plain.Beat())
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, d := range []*Dialect{plain, sealed} {
			frame, err := d.ReadFrame(bytes.NewReader(b))
			if err != nil {
				continue
			}
			if len(frame) < 1 || len(frame) > MaxPlain+1 {
				t.Fatalf("a frame of %d bytes", len(frame))
			}
			_, _, _ = d.Sort(frame) // any bytes: no panic
		}
	})
}

func FuzzDecodeRequest(f *testing.F) {
	d := made(f, Config{})
	for _, r := range requests {
		f.Add(readBack(f, d, r)[1:])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		id, r, err := d.DecodeRequest(append([]byte{typeBusiness}, body...))
		if err != nil {
			return
		}
		wire, err := d.EncodeRequest(id, r)
		if err != nil {
			t.Fatalf("%+v: %v", r, err)
		}
		frame, err := d.ReadFrame(bytes.NewReader(wire))
		if err != nil {
			t.Fatal(err)
		}
		if again, back, err := d.DecodeRequest(frame); err != nil || again != id || !cmp.Equal(back, r) {
			t.Fatalf("%v\n%s", err, cmp.Diff(r, back))
		}
	})
}

func FuzzDecodeReply(f *testing.F) {
	d := made(f, Config{})
	sold := metercard.Sold{Number: "SD1", Card: facts.Serial, Count: 5, Amount: 10000, Energy: 20479}
	replies := []cardsystem.Reply{
		{Op: cardsystem.OpQuote, Quote: cardsystem.QuoteResult{Code: "0000", Quote: cardsystem.Quote{
			Account: "1000000003", Name: "刘建国", Max: 100, Tariff: []cardsystem.Tier{{UpTo: 100, Price: 4883}}, ByTime: []cardsystem.TimePrice{{Name: "peak", Price: 1}},
			Unwritten: cardsystem.Unwritten{Serial: "x", Sold: sold},
		}}},
		{Op: cardsystem.OpSell, Post: mis.PostResult{Code: "0000", Amount: 10000, Sold: sold}},
		{Op: cardsystem.OpAsk, Post: mis.PostResult{Code: "1007", Amount: 10000, Sold: sold}},
		{Op: cardsystem.OpReverse, Reverse: mis.ReverseResult{Code: "0000"}},
		{Op: cardsystem.OpSteps, Steps: cardsystem.StepsResult{Code: "0000", Steps: []script.Step{{Op: script.APDU, Data: script.Bytes{1}, Expect: "9000"}}, Last: true}},
		{Op: cardsystem.OpReport, Report: cardsystem.ReportResult{Code: "0000"}},
		{Op: cardsystem.OpTotals, Totals: cardsystem.TotalsResult{Code: "0000", Count: 1, Sum: 1, Sales: []cardsystem.Sale{{Serial: "x", Amount: 1}}}},
	}
	for i, r := range replies {
		wire, err := d.EncodeReply("7", cardsystem.EchoOf(requests[i]), r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), wire[headSize:])
	}
	f.Fuzz(func(t *testing.T, i uint8, body []byte) {
		q := requests[int(i)%len(requests)]
		r, err := d.DecodeReply("7", q, append([]byte{typeBusiness}, body...))
		if r.Op != q.Op {
			t.Fatalf("answer to %s", r.Op)
		}
		certain := r.Quote.Outcome == mis.Done || r.Post.Outcome == mis.Done || r.Post.Reversed || r.Reverse.Outcome == mis.Done ||
			r.Steps.Outcome == mis.Done || r.Report.Outcome == mis.Done || r.Totals.Outcome == mis.Done
		if err != nil && (certain || r.Code() != "") {
			t.Fatalf("beside an error: %+v", r)
		}
		if p := r.Post; p.Outcome == mis.Done && (p.Amount <= 0 || p.Sold.Amount <= 0 || p.Sold.Amount > p.Amount || q.Op == cardsystem.OpSell && p.Sold.Check(facts, p.Amount) != nil) {
			t.Fatalf("done with %+v", p)
		}
		if len(r.Steps.Steps) > script.MaxSteps || len(r.Totals.Sales) > cardsystem.MaxSales {
			t.Fatalf("%d steps, %d sales", len(r.Steps.Steps), len(r.Totals.Sales))
		}
	})
}
