package socket_test

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/socket"
)

var (
	payment = mis.Payment{
		Serial: "20261123000000000001", Account: "1000000001", Amount: 12850, BusinessDate: "20261123",
		Time: "20261123103000", Tender: "cash", Kiosk: "K0000001",
	}
	postRequest = mis.Request{Op: mis.OpPost, Payment: payment}
	requests    = []mis.Request{
		{Op: mis.OpQuery, Account: "1000000001"},
		{Op: mis.OpVerify, Account: "1000000001"},
		postRequest,
		{Op: mis.OpAsk, Serial: "20261123000000000001"},
		{Op: mis.OpReverse, Reversal: mis.Reversal{Serial: "R0261123000000000001", Original: "20261123000000000001", BusinessDate: "20261123"}},
	}
	account = mis.Account{
		Number: "1000000001", Name: "张伟民", Address: "示范市人民路18号", Class: 3, Fee: 12600, Penalty: 250, Arrears: 12850,
		Bills: []mis.Bill{{ID: "A", Month: "202609", Fee: 6600, Penalty: 250}, {ID: "B", Month: "202610", Fee: 6000}},
	}
)

// frameOf builds a frame by the package comment, not by the package.
func frameOf(code, body string) []byte {
	s := fmt.Sprintf("%08d01%s%s", 2+4+len(body)+8, code, body)
	return fmt.Appendf(nil, "%s%08X", s, crc32.ChecksumIEEE([]byte(s)))
}

func pad(s string, width int) string { return s + strings.Repeat(" ", width-len(s)) }

func TestRequestBytes(t *testing.T) {
	unit := pad("", 24)
	for i, want := range [][]byte{
		frameOf("1101", unit+"01"+pad("1000000001", 16)),
		frameOf("1102", unit+"01"+pad("1000000001", 16)),
		frameOf("1103", unit+pad("K0000001", 16)+"20261123000000000001"+pad("1000000001", 16)+"01"+"01"+"000000012850"+"20261123"+"20261123103000"),
		frameOf("1104", unit+"20261123000000000001"),
		frameOf("1105", unit+"R0261123000000000001"+"20261123000000000001"+"20261123"),
	} {
		got, err := socket.EncodeRequest(requests[i])
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", requests[i].Op, got, err, want)
		}
		back, err := socket.DecodeRequest(want)
		if err != nil || !cmp.Equal(back, requests[i]) {
			t.Errorf("%s: decoded %+v, %v", requests[i].Op, back, err)
		}
	}
}

func TestReplyBytes(t *testing.T) {
	ok := pad("1001", 6) + pad("\xb3\xc9\xb9\xa6", 60) // 成功
	for _, c := range []struct {
		req  mis.Request
		body string
		want mis.Reply
	}{
		{
			requests[0],
			ok + pad("1000000001", 16) + pad("\xd5\xc5\xce\xb0\xc3\xf1", 64) + pad("\xca\xbe\xb7\xb6\xca\xd0\xc8\xcb\xc3\xf1\xc2\xb718\xba\xc5", 128) + "3" +
				"000000012850" + "000000012600" + "000000000250" + "000000000000" + "000000000000" + "002" +
				pad("A", 16) + "202609" + "000000006600" + "000000000250" + pad("B", 16) + "202610" + "000000006000" + "000000000000",
			mis.Reply{Op: mis.OpQuery, Query: mis.QueryResult{Outcome: mis.Done, Code: "1001", Text: "成功", Account: account}},
		},
		{
			postRequest,
			ok + "20261123000000000001" + pad("MIS1", 20) + "000000012850" + "000000012800" + "000000000050",
			mis.Reply{Op: mis.OpPost, Post: mis.PostResult{Outcome: mis.Done, Code: "1001", Text: "成功", Reference: "MIS1", Amount: 12850, ToArrears: 12800, ToAdvance: 50}},
		},
		{
			requests[3],
			pad("1003", 6) + pad("", 60) + "20261123000000000001" + pad("", 20) + strings.Repeat("0", 36),
			mis.Reply{Op: mis.OpAsk, Post: mis.PostResult{Outcome: mis.NotDone, Code: "1003", Retry: true}},
		},
		{
			requests[4],
			pad("11007", 6) + pad("", 60) + "R0261123000000000001" + "20261123000000000001",
			mis.Reply{Op: mis.OpReverse, Reverse: mis.ReverseResult{Outcome: mis.Done, Code: "11007"}},
		},
	} {
		code := map[mis.Op]string{"query": "2101", "post": "2103", "ask": "2104", "reverse": "2105"}[c.req.Op]
		frame := frameOf(code, c.body)
		got, err := socket.DecodeReplyTo(c.req, frame)
		if err != nil || !cmp.Equal(got, c.want) {
			t.Errorf("%s: %v\n%s", c.req.Op, err, cmp.Diff(c.want, got))
		}
		if b, err := socket.EncodeReply(c.req, c.want); err != nil || !bytes.Equal(b, frame) {
			t.Errorf("%s: encoded %q, %v; want %q", c.req.Op, b, err, frame)
		}
	}
}

func TestEncodeRequestNamesTheField(t *testing.T) {
	with := func(change func(*mis.Payment)) mis.Request {
		p := payment
		change(&p)
		return mis.Request{Op: mis.OpPost, Payment: p}
	}
	for field, r := range map[string]mis.Request{
		"jylsh":   with(func(p *mis.Payment) { p.Serial = "" }),
		"yhbh":    with(func(p *mis.Payment) { p.Account = "12345678901234567" }),
		"jfje":    with(func(p *mis.Payment) { p.Amount = 0 }),
		"yhzwrq":  with(func(p *mis.Payment) { p.BusinessDate = "20261323" }),
		"jysj":    with(func(p *mis.Payment) { p.Time = "20261123246000" }),
		"jsfs":    with(func(p *mis.Payment) { p.Tender = "cheque" }),
		"czybh":   with(func(p *mis.Payment) { p.Kiosk = "K 1" }),
		"yjylsh":  {Op: mis.OpReverse, Reversal: mis.Reversal{Serial: "1", BusinessDate: "20261123"}},
		"czjylsh": {Op: mis.OpReverse, Reversal: mis.Reversal{Original: "1", BusinessDate: "20261123"}},
	} {
		_, err := socket.EncodeRequest(r)
		var fe *socket.FieldError
		if !errors.As(err, &fe) || fe.Field != field {
			t.Errorf("%v, want an error about %s", err, field)
		}
	}
	if _, err := socket.EncodeRequest(mis.Request{Op: "refund"}); err == nil {
		t.Error("unknown operation: no error")
	}
	if _, err := socket.EncodeRequest(with(func(p *mis.Payment) { p.Amount = 1_000_000_000_000 })); err == nil {
		t.Error("13 digits: no error")
	}
}

func TestDecodeReplyNamesTheField(t *testing.T) {
	head := pad("1001", 6) + pad("", 60)
	person := pad("1000000001", 16) + pad("", 64) + pad("", 128) + "3"
	zero := strings.Repeat("0", 12)
	for name, c := range map[string]struct {
		op         mis.Op
		code, body string
		field      string
		row        int
	}{
		"blank code":     {"post", "2103", pad("", 6) + pad("", 60), "retcode", 0},
		"text":           {"post", "2103", pad("1001", 6) + pad("\xff\xff", 60), "retmsg", 0},
		"control":        {"post", "2103", pad("1001", 6) + pad("a\x00b", 60), "retmsg", 0},
		"short":          {"post", "2103", head + "2026", "jylsh", 0},
		"amount spaces":  {"post", "2103", head + pad("1", 20) + pad("", 20) + pad("", 12) + zero + zero, "jfje", 0},
		"amount sign":    {"post", "2103", head + pad("1", 20) + pad("", 20) + "-00000000001" + zero + zero, "jfje", 0},
		"parts":          {"post", "2103", head + pad("1", 20) + pad("", 20) + "000000000003" + "000000000001" + "000000000001", "jfje", 0},
		"nothing booked": {"ask", "2104", head + pad("1", 20) + pad("", 20) + zero + zero + zero, "jfje", 0},
		"arrears":        {"query", "2101", head + person + "000000000001" + zero + zero + zero + zero + "000", "hjje", 0},
		"bills":          {"query", "2101", head + person + zero + zero + zero + zero + zero + "001" + pad("A", 16) + "202609" + "000000000001" + zero, "hjdf", 0},
		"rows missing":   {"query", "2101", head + person + zero + zero + zero + zero + zero + "002" + pad("A", 16) + "202609" + zero + zero, "ysbs", 2},
		"month":          {"query", "2101", head + person + zero + zero + zero + zero + zero + "001" + pad("A", 16) + "202600" + zero + zero, "dfny", 1},
		"too many":       {"query", "2101", head + person + zero + zero + zero + zero + zero + "201", "jezbs", 0},
	} {
		_, err := socket.DecodeReply(c.op, frameOf(c.code, c.body))
		var fe *socket.FieldError
		if !errors.As(err, &fe) || fe.Field != c.field || fe.Row != c.row || !errors.Is(err, socket.ErrMalformed) {
			t.Errorf("%s: %v, want an error about %s in row %d", name, err, c.field, c.row)
		}
	}
}

func TestFrameIsChecked(t *testing.T) {
	good := frameOf("1104", pad("", 24)+pad("1", 20))
	if _, err := socket.DecodeRequest(good); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x20
		if _, err := socket.DecodeRequest(bad); !errors.Is(err, socket.ErrMalformed) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	for name, frame := range map[string][]byte{
		"empty":    nil,
		"cut":      good[:len(good)-1],
		"trailing": append(bytes.Clone(good), ' '),
		"no code":  frameOf("9999", ""),
		"extra":    frameOf("1104", pad("", 24)+pad("1", 21)),
	} {
		if _, err := socket.DecodeRequest(frame); !errors.Is(err, socket.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReplyToAnother(t *testing.T) {
	done := mis.Reply{Op: mis.OpPost, Post: mis.PostResult{Code: "1001", Amount: 12850, ToArrears: 12850}}
	other := postRequest
	other.Payment.Serial = "20261123000000000002"
	frame, err := socket.EncodeReply(other, done)
	if err != nil {
		t.Fatal(err)
	}
	got, err := socket.DecodeReplyTo(postRequest, frame)
	if !errors.Is(err, socket.ErrMismatch) || got.Post.Outcome != mis.Unknown || got.Op != mis.OpPost {
		t.Errorf("%+v, %v; want unknown, ErrMismatch", got, err)
	}
	if _, err := socket.DecodeReplyTo(requests[3], frame); !errors.Is(err, socket.ErrMismatch) {
		t.Errorf("reply to post taken for ask's: %v", err)
	}
	// A blank echo is for the packet that the MIS could not read, and nothing else.
	request, err := socket.EncodeRequest(postRequest)
	if err != nil {
		t.Fatal(err)
	}
	bad, err := socket.EncodeBadPacket(request)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := socket.DecodeReplyTo(postRequest, bad); err != nil || got.Post.Outcome != mis.Unknown || got.Post.Code != "1006" {
		t.Errorf("bad packet: %+v, %v", got.Post, err)
	}
	blank := frameOf("2103", pad("1001", 6)+pad("", 60)+pad("", 20)+pad("", 20)+"000000012850"+"000000012850"+"000000000000")
	if got, err := socket.DecodeReplyTo(postRequest, blank); !errors.Is(err, socket.ErrMismatch) {
		t.Errorf("done with a blank echo: %+v, %v", got.Post, err)
	}
}

func TestRefusalCarriesNothing(t *testing.T) {
	frame, err := socket.EncodeReply(postRequest, mis.Reply{Post: mis.PostResult{Code: "1035", Reference: "X", Amount: 5, ToArrears: 5}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := socket.DecodeReply(mis.OpPost, frame)
	if want := (mis.PostResult{Outcome: mis.NotDone, Code: "1035", Reason: mis.NoPartial}); err != nil || got.Post != want {
		t.Errorf("%+v, %v; want %+v", got.Post, err, want)
	}
}

func TestReader(t *testing.T) {
	a, b := frameOf("1104", "x"), frameOf("1105", "yy")
	r := socket.Reader{Frame: socket.Example().Frame}
	var got [][]byte
	for _, c := range append(bytes.Clone(a), b...) {
		r.Feed([]byte{c})
		frame, ok, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			got = append(got, frame)
		}
	}
	if len(got) != 2 || !bytes.Equal(got[0], a) || !bytes.Equal(got[1], b) {
		t.Errorf("got %q", got)
	}
	r.Feed([]byte("99999999"))
	if _, _, err := r.Next(); !errors.Is(err, socket.ErrMalformed) {
		t.Errorf("too long: %v", err)
	}
	r.Feed(a)
	if _, ok, err := r.Next(); ok || err == nil {
		t.Error("a failed reader found its place again")
	}
}

func TestDialectIsChecked(t *testing.T) {
	for name, change := range map[string]func(*socket.Dialect){
		"version":       func(d *socket.Dialect) { d.Frame.Version = "123456789" },
		"code twice":    func(d *socket.Dialect) { d.Messages[1].Request.Code = "1101" },
		"unknown name":  func(d *socket.Dialect) { d.Messages[0].Request.Fields[0].Name = "xyz" },
		"other kind":    func(d *socket.Dialect) { d.Messages[2].Request.Fields[7].Kind = socket.Text },
		"no width":      func(d *socket.Dialect) { d.Messages[0].Request.Fields[0].Width = 0 },
		"wide amount":   func(d *socket.Dialect) { d.Messages[2].Request.Fields[7].Width = 13 },
		"literal width": func(d *socket.Dialect) { d.Messages[0].Request.Fields[2].Value = "1" },
		"no codes":      func(d *socket.Dialect) { d.Codes = nil },
		"code unknown":  func(d *socket.Dialect) { d.Codes[0].Meaning = "perhaps" },
		"nothing is ok": func(d *socket.Dialect) { d.Codes = d.Codes[1:] },
		"no reversal":   func(d *socket.Dialect) { d.Messages = d.Messages[:4] },
		"no echo":       func(d *socket.Dialect) { d.Messages[3].Reply.Fields[2].Kind = socket.Literal },
		"code of 5":     func(d *socket.Dialect) { d.Frame.Code = 5 },
		"digits":        func(d *socket.Dialect) { d.Frame.Digits = 3 },
		"no count":      func(d *socket.Dialect) { d.Messages[0].Reply.Fields = d.Messages[0].Reply.Fields[:5] },
	} {
		d := socket.Example()
		change(&d)
		if _, err := socket.NewCodec(d, socket.Unit{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	c, err := socket.NewCodec(socket.Example(), socket.Unit{Collecting: "4301", Accounting: "430102"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.EncodeRequest(requests[3])
	if want := frameOf("1104", pad("4301", 12)+pad("430102", 12)+"20261123000000000001"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}
