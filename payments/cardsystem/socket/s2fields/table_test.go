package s2fields_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/socket/fixed"
	"wattkiosk/payments/cardsystem/socket/s2fields"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
)

func dialect(t testing.TB) *fixed.Dialect {
	t.Helper()
	d, err := fixed.New(s2fields.Table())
	if err != nil {
		t.Fatal(err)
	}

	return d
}

// frameOf builds a frame by the layout in fixedfield's comment, not by the package.
func frameOf(code, body string) []byte {
	s := fmt.Sprintf("%08dS2F1%s%s", 4+4+len(body)+8, code, body)

	return fmt.Appendf(nil, "%s%08X", s, crc32.ChecksumIEEE([]byte(s)))
}

func pad(s string, width int) string { return s + strings.Repeat(" ", width-len(s)) }

const (
	serial  = "00000001010000000001"
	back    = "R0000001010000000001"
	factual = "0000000000000001" + "sle4442  " + "02" + "000000000001    " + "001000000003    " + "0000000004" + "000000005000" + "0000000004" + "-000000001250"
)

var facts = metercard.Facts{
	Serial: "0000000000000001", Form: metercard.SLE4442, Kind: metercard.Purchase, Meter: "000000000001", Customer: "001000000003",
	Count: 4, Purse: 5000, Loaded: 4, Left: -1250,
}

var requests = []cardsystem.Request{
	{Op: cardsystem.OpQuote, Card: facts},
	{Op: cardsystem.OpSell, Payment: mis.Payment{
		Serial: serial, Account: "1000000003", Amount: 10000, BusinessDate: "20261130", Time: "20261130103000", Tender: "bankcard", Kiosk: "K0000001", Card: facts,
	}},
	{Op: cardsystem.OpAsk, Serial: serial},
	{Op: cardsystem.OpReverse, Reversal: mis.Reversal{Serial: back, Original: serial, BusinessDate: "20261130"}},
	{Op: cardsystem.OpSteps, Steps: cardsystem.StepsOrder{Serial: serial, Card: facts, Round: 1, Saved: map[string]script.Bytes{"identity": {1, 0xA2}}}},
	{Op: cardsystem.OpReport, Report: cardsystem.Report{Serial: serial, Outcome: metercard.Unsure}},
	{Op: cardsystem.OpTotals, Date: "20261130"},
}

func TestRequestBytes(t *testing.T) {
	d := dialect(t)
	for i, want := range [][]byte{
		frameOf("CQ01", factual),
		frameOf("CS01", pad(serial, 32)+"20261130"+"20261130103000"+"1000000003      "+"000000010000"+"05"+"010302"+"K0000001        "+factual),
		frameOf("CA01", pad(serial, 32)),
		frameOf("CR01", pad(back, 32)+pad(serial, 32)+"20261130"),
		frameOf("CU01", pad(serial, 32)+factual+"01"+"01"+pad("identity", 24)+pad("01a2", 522)),
		frameOf("CW01", pad(serial, 32)+"0000000000"+"2"),
		frameOf("CT01", "20261130"),
	} {
		got, err := d.EncodeRequest("", requests[i])
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", requests[i].Op, got, err, want)
		}
		_, read, err := d.DecodeRequest(want)
		if diff := cmp.Diff(requests[i], read); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", requests[i].Op, err, diff)
		}
	}
}

func TestReplyBytes(t *testing.T) {
	d := dialect(t)
	ok := "0000" + pad("\xb3\xc9\xb9\xa6", 120) // 成功
	sold := pad("SD1", 32) + "0000000000000001" + "0000000005" + "000000010000" + "0000000020479"
	post := mis.PostResult{
		Outcome: mis.Done, Code: "0000", Text: "成功", Reference: "SD1", ToAdvance: 10000, Amount: 10000,
		Sold: metercard.Sold{Number: "SD1", Card: facts.Serial, Count: 5, Amount: 10000, Energy: 20479},
	}
	for _, c := range []struct {
		ask  cardsystem.Request
		code string
		body string
		want cardsystem.Reply
	}{
		{requests[1], "CS02", ok + pad(serial, 32) + "000000010000" + sold, cardsystem.Reply{Op: cardsystem.OpSell, Post: post}},
		{requests[2], "CA02", ok + pad(serial, 32) + "000000010000" + sold, cardsystem.Reply{Op: cardsystem.OpAsk, Post: post}},
		{
			requests[3], "CR02", "9008" + pad("", 120) + pad(back, 32) + pad(serial, 32),
			cardsystem.Reply{Op: cardsystem.OpReverse, Reverse: mis.ReverseResult{Outcome: mis.NotDone, Code: "9008"}},
		},
		{
			requests[4], "CU02", ok + pad(serial, 32) + facts.Serial + "01" + "Y" + "001" + "write " + pad("05", 522) + "    " + pad("", 24) + "0" + "00200" + "000" + "Y" + "Y",
			cardsystem.Reply{Op: cardsystem.OpSteps, Steps: cardsystem.StepsResult{Outcome: mis.Done, Code: "0000", Text: "成功", Last: true, Steps: []script.Step{
				{Op: script.Write, Data: script.Bytes{5}, Address: 200, Changes: true, Purse: true},
			}}},
		},
		{
			requests[6], "CT02", ok + "20261130" + "000000010000" + "0001" + "0001" + pad(serial, 32) + "1000000003      " + "0000000005" + "000000010000" + "N" + "N",
			cardsystem.Reply{Op: cardsystem.OpTotals, Totals: cardsystem.TotalsResult{Outcome: mis.Done, Code: "0000", Count: 1, Sum: 10000, Sales: []cardsystem.Sale{
				{Serial: serial, Account: "1000000003", Amount: 10000, Count: 5},
			}}},
		},
	} {
		got, err := d.DecodeReply("", c.ask, frameOf(c.code, c.body))
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", c.ask.Op, err, diff)
		}
	}
}

// TestAnswerForAnotherIsNone: a sale of another serial, card or count is unknown.
func TestAnswerForAnotherIsNone(t *testing.T) {
	d := dialect(t)
	sold := func(said, card, count string) []byte {
		return frameOf("CS02", "0000"+pad("", 120)+pad(said, 32)+"000000010000"+pad("SD1", 32)+card+count+"000000010000"+"0000000000000")
	}
	for what, frame := range map[string][]byte{
		"serial": sold(back, facts.Serial, "0000000005"), "card": sold(serial, "0000000000000002", "0000000005"), "count": sold(serial, facts.Serial, "0000000006"),
	} {
		if got, err := d.DecodeReply("", requests[1], frame); err == nil || got.Post.Outcome != mis.Unknown {
			t.Errorf("another %s: %+v, %v", what, got.Post, err)
		}
	}
}
