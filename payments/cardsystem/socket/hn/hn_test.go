package hn_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/socket/fixed"
	"wattkiosk/payments/cardsystem/socket/hn"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
)

func dialect(t testing.TB) *fixed.Dialect {
	t.Helper()
	d, err := fixed.New(hn.Table())
	if err != nil {
		t.Fatal(err)
	}

	return d
}

// frameOf builds a frame by the layout in hn and fixedfield's comment, not by the package.
func frameOf(code, body string) []byte {
	s := fmt.Sprintf("%06dHK%s%s", 2+6+len(body)+8, code, body)

	return fmt.Appendf(nil, "%s%08X", s, crc32.ChecksumIEEE([]byte(s)))
}

func pad(s string, width int) string { return s + strings.Repeat(" ", width-len(s)) }

var facts = metercard.Facts{
	Serial: "0000000000000001", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000000001", Customer: "001000000003",
	Count: 4, Purse: 5000, Loaded: 4, Left: -1250,
}

const factBytes = "0000000000000001" + "01" + "02" + "000000000001    " + "001000000003    " + "00000004" + "000000005000" + "00000004" + "-000000001250"

var requests = []cardsystem.Request{
	{Op: cardsystem.OpQuote, Card: facts},
	{Op: cardsystem.OpSell, Payment: mis.Payment{
		Serial: "00000001010000000001", Account: "1000000003", Amount: 10000, BusinessDate: "20261130", Time: "20261130103000",
		Tender: "qr", Kiosk: "K0000001", Card: facts,
	}},
	{Op: cardsystem.OpAsk, Serial: "00000001010000000001"},
	{Op: cardsystem.OpReverse, Reversal: mis.Reversal{Serial: "R0000001010000000001", Original: "00000001010000000001", BusinessDate: "20261130"}},
	{Op: cardsystem.OpSteps, Steps: cardsystem.StepsOrder{Serial: "00000001010000000001", Card: facts, Round: 1, Saved: map[string]script.Bytes{"challenge": {1, 0xA2}}}},
	{Op: cardsystem.OpReport, Report: cardsystem.Report{Serial: "00000001010000000001", Outcome: metercard.Written, Count: 5}},
	{Op: cardsystem.OpTotals, Date: "20261130"},
}

func TestRequestBytes(t *testing.T) {
	d := dialect(t)
	for i, want := range [][]byte{
		frameOf("120101", factBytes),
		frameOf("120201", "00000001010000000001    "+"1000000003  "+"000000010000"+"20261130"+"20261130103000"+"3"+"K0000001    "+factBytes),
		frameOf("120202", "00000001010000000001    "),
		frameOf("120203", "20261130"+"R0000001010000000001    "+"00000001010000000001    "),
		frameOf("120301", "00000001010000000001    "+factBytes+"01"+"01"+pad("challenge", 24)+pad("01a2", 522)),
		frameOf("120302", "00000001010000000001    "+"1"+"00000005"),
		frameOf("120401", "20261130"),
	} {
		got, err := d.EncodeRequest("", requests[i])
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", requests[i].Op, got, err, want)
		}
		_, back, err := d.DecodeRequest(want)
		if diff := cmp.Diff(requests[i], back); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", requests[i].Op, err, diff)
		}
	}
}

func TestReplyBytes(t *testing.T) {
	d := dialect(t)
	ok := "00000" + pad("\xb3\xc9\xb9\xa6", 80) // 成功
	serial := "00000001010000000001    "
	sold := pad("SD1", 24) + "0000000000000001" + "00000005" + "000000010000" + "000000020479"
	post := mis.PostResult{
		Outcome: mis.Done, Code: "00000", Text: "成功", Reference: "SD1", ToAdvance: 10000, Amount: 10000,
		Sold: metercard.Sold{Number: "SD1", Card: facts.Serial, Count: 5, Amount: 10000, Energy: 20479},
	}
	for _, c := range []struct {
		ask  cardsystem.Request
		body string
		want cardsystem.Reply
	}{
		{requests[1], ok + serial + sold + "000000010000", cardsystem.Reply{Op: cardsystem.OpSell, Post: post}},
		{requests[2], ok + serial + sold + "000000010000", cardsystem.Reply{Op: cardsystem.OpAsk, Post: post}},
		{
			requests[3], "11292" + pad("", 80) + "R0000001010000000001    " + serial,
			cardsystem.Reply{Op: cardsystem.OpReverse, Reverse: mis.ReverseResult{Outcome: mis.NotDone, Code: "11292"}},
		},
		{
			requests[4], ok + serial + facts.Serial + "01" + "1" + "01" + "A" + "0" + "00000" + "000" + "9000" + pad("", 24) + "1" + "1" + pad("04d68200", 522),
			cardsystem.Reply{Op: cardsystem.OpSteps, Steps: cardsystem.StepsResult{Outcome: mis.Done, Code: "00000", Text: "成功", Last: true, Steps: []script.Step{
				{Op: script.APDU, Data: script.Bytes{0x04, 0xD6, 0x82, 0x00}, Expect: "9000", Changes: true, Purse: true},
			}}},
		},
		{
			requests[6], ok + "20261130" + "0001" + "000000010000" + "0001" + serial + "1000000003  " + "000000010000" + "00000005" + "0" + "9",
			cardsystem.Reply{Op: cardsystem.OpTotals, Totals: cardsystem.TotalsResult{Outcome: mis.Done, Code: "00000", Count: 1, Sum: 10000, Sales: []cardsystem.Sale{
				{Serial: "00000001010000000001", Account: "1000000003", Amount: 10000, Count: 5},
			}}},
		},
	} {
		code := map[cardsystem.Op]string{
			cardsystem.OpSell: "220201", cardsystem.OpAsk: "220202", cardsystem.OpReverse: "220203", cardsystem.OpSteps: "220301", cardsystem.OpTotals: "220401",
		}[c.ask.Op]
		got, err := d.DecodeReply("", c.ask, frameOf(code, c.body))
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", c.ask.Op, err, diff)
		}
	}
}

// TestCodesOfCards compares with the province's list.
func TestCodesOfCards(t *testing.T) {
	codes := hn.Table().Codes
	for code, want := range map[mis.Code]cardsystem.Meaning{
		"11201": cardsystem.SaysKeysAway, "11221": cardsystem.SaysKeysAway, "11202": cardsystem.SaysDuplicate, "11225": cardsystem.SaysDuplicate,
		"11203": cardsystem.SaysBought, "11226": cardsystem.SaysBought, "11204": cardsystem.SaysUnwritten, "11206": cardsystem.SaysTariffDue, "11217": cardsystem.SaysTariffDue,
		"11208": cardsystem.SaysBlankCard, "11209": cardsystem.SaysNotLoaded, "11212": cardsystem.SaysNotLoaded, "11210": cardsystem.SaysInProcess,
		"11211": cardsystem.SaysCountDiffers, "11213": cardsystem.SaysFixedAmount, "11214": cardsystem.SaysArrearsFirst, "11215": cardsystem.SaysWritten,
		"11216": cardsystem.SaysCountDiffers, "11224": cardsystem.SaysCountDiffers, "11219": cardsystem.SaysOldCard, "11220": cardsystem.SaysBusy,
		"11222": cardsystem.SaysNone, "11223": cardsystem.SaysTwoRecords, "19999": "",
	} {
		if got := codes.Meaning(code); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}

func TestTableThatLacksSomething(t *testing.T) {
	for name, spoil := range map[string]func(*fixed.Table){
		"a message":             func(t *fixed.Table) { t.Messages = t.Messages[1:] },
		"a field":               func(t *fixed.Table) { t.Messages[2].Request.Fields = nil },
		"a code":                func(t *fixed.Table) { t.Codes = t.Codes[1:] },
		"a group":               func(t *fixed.Table) { t.Messages[4].Reply.Group = nil },
		"a place for the name":  func(t *fixed.Table) { t.Messages[0].Request.Fields[0].As = "number" },
		"a code of its own":     func(t *fixed.Table) { t.Messages[0].Reply.Code = t.Messages[1].Reply.Code },
		"the count of its rows": func(t *fixed.Table) { f := t.Messages[6].Reply.Fields; f[len(f)-1].As = "standing" },
	} {
		table := hn.Table()
		spoil(&table)
		if _, err := fixed.New(table); err == nil {
			t.Errorf("taken without %s", name)
		}
	}
}

func FuzzDecodeRequest(f *testing.F) {
	d := dialect(f)
	codes := []string{"120101", "120201", "120202", "120203", "120301", "120302", "120401"}
	for i, r := range requests {
		frame, err := d.EncodeRequest("", r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), string(frame[14:len(frame)-8]))
	}
	f.Fuzz(func(t *testing.T, i uint8, body string) {
		_, _, _ = d.DecodeRequest([]byte(body)) // any bytes: no panic
		_, r, err := d.DecodeRequest(frameOf(codes[int(i)%len(codes)], body))
		if err != nil {
			return
		}
		again, err := d.EncodeRequest("", r)
		if err != nil {
			t.Fatalf("%+v: %v", r, err)
		}
		if _, back, err := d.DecodeRequest(again); err != nil || !cmp.Equal(back, r) {
			t.Fatalf("%v\n%s", err, cmp.Diff(r, back))
		}
	})
}

func FuzzDecodeReply(f *testing.F) {
	d := dialect(f)
	codes := []string{"220101", "220201", "220202", "220203", "220301", "220302", "220401"}
	sold := metercard.Sold{Number: "SD1", Card: facts.Serial, Count: 5, Amount: 10000, Energy: 20479}
	for i, r := range []cardsystem.Reply{
		{Op: cardsystem.OpQuote, Quote: cardsystem.QuoteResult{Code: "11204", Quote: cardsystem.Quote{
			Account: "1000000003", Name: "刘建国", Max: 100, Tariff: []cardsystem.Tier{{UpTo: 100, Price: 4883}}, ByTime: []cardsystem.TimePrice{{Name: "peak", Price: 1}},
			Unwritten: cardsystem.Unwritten{Serial: "x", Sold: sold},
		}}},
		{Op: cardsystem.OpSell, Post: mis.PostResult{Code: "00000", Amount: 10000, Sold: sold}},
		{Op: cardsystem.OpAsk, Post: mis.PostResult{Code: "11007", Amount: 10000, Sold: sold}},
		{Op: cardsystem.OpReverse, Reverse: mis.ReverseResult{Code: "00000"}},
		{Op: cardsystem.OpSteps, Steps: cardsystem.StepsResult{Code: "00000", Steps: []script.Step{{Op: script.APDU, Data: script.Bytes{1}, Expect: "9000"}}, Last: true}},
		{Op: cardsystem.OpReport, Report: cardsystem.ReportResult{Code: "00000"}},
		{Op: cardsystem.OpTotals, Totals: cardsystem.TotalsResult{Code: "00000", Count: 1, Sum: 1, Sales: []cardsystem.Sale{{Serial: "x", Account: "y", Amount: 1}}}},
	} {
		frame, err := d.EncodeReply("", cardsystem.EchoOf(requests[i]), r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), string(frame[14:len(frame)-8]))
	}
	f.Fuzz(func(t *testing.T, i uint8, body string) {
		n := int(i) % len(codes)
		q := requests[n]
		r, err := d.DecodeReply("", q, frameOf(codes[n], body))
		if r.Op != q.Op {
			t.Fatalf("answer to %s", r.Op)
		}
		if err != nil && r.Code() != "" {
			t.Fatalf("beside an error: %+v", r)
		}
		if p := r.Post; p.Outcome == mis.Done && (p.Sold.Amount <= 0 || p.Sold.Amount > p.Amount || q.Op == cardsystem.OpSell && p.Sold.Check(facts, p.Amount) != nil) {
			t.Fatalf("done with %+v", p)
		}
		if len(r.Steps.Steps) > script.MaxSteps || len(r.Totals.Sales) > cardsystem.MaxSales {
			t.Fatalf("%d steps, %d sales", len(r.Steps.Steps), len(r.Totals.Sales))
		}
	})
}
