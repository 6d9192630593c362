package bank_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/uplink/office/bank"
)

// terminal is one of the bank's.
func terminal() posp.Terminal {
	return posp.Terminal{
		ID: "10000001", Merchant: "105290073724601", Operator: "001", Scheme: posp.DoubleLength,
		TPDU: iso8583.TPDU{0x60, 0, 3, 0, 0}, Header: iso8583.Header{0x60, 0x31, 0, 0x31, 0x19, 3},
	}
}

// request is the frame of a request, without its length.
func request(t testing.TB, r posp.Request, c *posp.Card) []byte {
	t.Helper()
	frame, err := terminal().Append(nil, r, c)
	if err != nil {
		t.Fatal(err)
	}

	return frame[2:]
}

func card() *posp.Card {
	return &posp.Card{
		PAN: []byte("6222020000000000011"), Expiry: []byte("3012"), Track2: []byte("6222020000000000011D30122010000"),
		Chip: []byte{0x9F, 0x26, 1, 0x77}, PINBlock: []byte("\x5a\x5b\x5c\x5d\x5e\x5f\x60\x61"),
	}
}

// answer is an answer put together field by field, without its length.
func answer(t testing.TB, mti iso8583.MTI, fields map[iso8583.Field]string) []byte {
	t.Helper()
	m := iso8583.Message{TPDU: iso8583.TPDU{0x60, 0, 0, 0, 3}, Header: iso8583.Header{0x60, 0x31, 0, 0x31, 0x19, 3}}
	m.Reset(mti)
	for f := range iso8583.Field(65) {
		if v, ok := fields[f]; ok {
			m.SetText(f, v)
		}
	}
	frame, err := m.AppendFrame(nil)
	if err != nil {
		t.Fatal(err)
	}

	return frame[2:]
}

const (
	half      = "000000008640" + "001" + "000000000000" + "000" // debit 86.40, one; credit none
	otherHalf = "000000000000000000000000000000"
)

func TestRead(t *testing.T) {
	const id, shop = "10000001", "105290073724601"
	toBank, fromBank := iso8583.TPDU{0x60, 0, 3, 0, 0}, iso8583.TPDU{0x60, 0, 0, 0, 3}
	numbers := map[iso8583.Field]string{iso8583.Trace: "000101", iso8583.Terminal: id, iso8583.Merchant: shop, iso8583.Response: "00"}
	with := func(f iso8583.Field, v string) map[iso8583.Field]string {
		out := map[iso8583.Field]string{f: v}
		for k, v := range numbers {
			out[k] = v
		}

		return out
	}
	sale := posp.Request{Op: posp.Sale, Batch: 7, Trace: 101, Amount: 8640, Entry: posp.ChipPIN}
	for name, c := range map[string]struct {
		frame []byte
		want  bank.Heading
		op    posp.Op
	}{
		"sale": {
			request(t, sale, card()),
			bank.Heading{TPDU: toBank, Type: 0x0200, Processing: "000000", Terminal: id, Merchant: shop, Trace: 101, Batch: 7, Amount: 8640, Masked: "622202*********0011"},
			posp.Sale,
		},
		"reversal": {
			request(t, sale.Reverse(posp.NoAnswer), nil),
			bank.Heading{TPDU: toBank, Type: 0x0400, Processing: "000000", Terminal: id, Merchant: shop, Trace: 101, Batch: 7, Amount: 8640, Code: "98", OfBatch: 7, OfTrace: 101},
			posp.Reversal,
		},
		"sign-in": {
			request(t, posp.Request{Op: posp.SignIn, Batch: 1, Trace: 2}, nil),
			bank.Heading{TPDU: toBank, Type: 0x0800, Terminal: id, Merchant: shop, Trace: 2, Batch: 1, Network: 3},
			posp.SignIn,
		},
		"sign-out": {
			request(t, posp.Request{Op: posp.SignOut, Batch: 1, Trace: 2}, nil),
			bank.Heading{TPDU: toBank, Type: 0x0820, Terminal: id, Merchant: shop, Trace: 2, Batch: 1, Network: 2},
			posp.SignOut,
		},
		"echo": {
			request(t, posp.Request{Op: posp.Echo, Batch: 1, Trace: 2}, nil),
			bank.Heading{TPDU: toBank, Type: 0x0820, Terminal: id, Merchant: shop, Trace: 2, Batch: 1, Network: 301},
			posp.Echo,
		},
		"settlement": {
			request(t, posp.Request{Op: posp.Settle, Batch: 1, Trace: 2, Totals: posp.Totals{Debit: 8640, Debits: 1}}, nil),
			bank.Heading{TPDU: toBank, Type: 0x0500, Terminal: id, Merchant: shop, Trace: 2, Batch: 1, Network: 201, Totals: posp.Totals{Debit: 8640, Debits: 1}},
			posp.Settle,
		},
		"upload": {
			request(t, posp.Request{Op: posp.Upload, Batch: 1, Trace: 2, Details: []posp.Detail{{Op: posp.Sale, Trace: 1, Masked: "622202*********0011", Amount: 8640}}}, nil),
			bank.Heading{TPDU: toBank, Type: 0x0320, Terminal: id, Merchant: shop, Trace: 2, Batch: 1, Network: 201},
			posp.Upload,
		},
		"end of uploads": {
			request(t, posp.Request{Op: posp.UploadEnd, Batch: 1, Trace: 2, Count: 1}, nil),
			bank.Heading{TPDU: toBank, Type: 0x0320, Terminal: id, Merchant: shop, Trace: 2, Batch: 1, Network: 207},
			posp.UploadEnd,
		},
		"certificate": {
			request(t, posp.Request{
				Op: posp.Certificate, Batch: 1, Trace: 2, Amount: 8640, Entry: posp.ChipPIN, Chip: []byte{0x9F, 0x26, 0}, Balanced: true,
				Original: posp.Original{Op: posp.Sale, Batch: 1, Trace: 1},
			}, nil),
			bank.Heading{TPDU: toBank, Type: 0x0320, Terminal: id, Merchant: shop, Trace: 2, Batch: 1, Network: 205, Amount: 8640, OfBatch: 1, OfTrace: 1},
			posp.Certificate,
		},
		"notice of scripts": {
			request(t, posp.Request{
				Op: posp.Scripts, Batch: 1, Trace: 2, Amount: 8640, Entry: posp.ChipPIN, Chip: []byte{0xDF, 0x31, 0}, Original: posp.Original{Op: posp.Sale, Batch: 1, Trace: 1},
			}, nil),
			bank.Heading{TPDU: toBank, Type: 0x0620, Processing: "000000", Terminal: id, Merchant: shop, Trace: 2, Batch: 1, Network: 951, Amount: 8640, OfBatch: 1, OfTrace: 1},
			posp.Scripts,
		},
		"answer": {
			answer(t, 0x0210, with(iso8583.Reference, "000000000101")),
			bank.Heading{TPDU: fromBank, Type: 0x0210, Terminal: id, Merchant: shop, Trace: 101, Code: "00", Reference: "000000000101"},
			"",
		},
		"equal totals": {
			answer(t, 0x0510, with(iso8583.Totals, half+"1"+otherHalf+"0")),
			bank.Heading{TPDU: fromBank, Type: 0x0510, Terminal: id, Merchant: shop, Trace: 101, Code: "00", Totals: posp.Totals{Debit: 8640, Debits: 1}, Compared: posp.Equal},
			"",
		},
		"unequal totals of other cards": {
			answer(t, 0x0510, with(iso8583.Totals, half+"1"+otherHalf+"2")),
			bank.Heading{TPDU: fromBank, Type: 0x0510, Terminal: id, Merchant: shop, Trace: 101, Code: "00", Totals: posp.Totals{Debit: 8640, Debits: 1}, Compared: posp.NotEqual},
			"",
		},
		"no reply to totals": {
			answer(t, 0x0510, with(iso8583.Totals, half+"0"+otherHalf+"0")),
			bank.Heading{TPDU: fromBank, Type: 0x0510, Terminal: id, Merchant: shop, Trace: 101, Code: "00", Totals: posp.Totals{Debit: 8640, Debits: 1}},
			"",
		},
	} {
		got, err := bank.Read(c.frame)
		if err != nil || got != c.want || got.Op() != c.op {
			t.Errorf("%s: %v\n got %+v, %q\nwant %+v, %q", name, err, got, got.Op(), c.want, c.op)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	good := map[iso8583.Field]string{iso8583.Trace: "000101", iso8583.Terminal: "10000001", iso8583.Merchant: "105290073724601"}
	for name, drop := range map[string]iso8583.Field{"trace": iso8583.Trace, "terminal": iso8583.Terminal, "merchant": iso8583.Merchant} {
		fields := map[iso8583.Field]string{}
		for f, v := range good {
			if f != drop {
				fields[f] = v
			}
		}
		if _, err := bank.Read(answer(t, 0x0210, fields)); !errors.Is(err, bank.ErrFrame) {
			t.Errorf("no %s: %v", name, err)
		}
	}
	good[iso8583.Terminal] = "1000000 "
	if _, err := bank.Read(answer(t, 0x0210, good)); !errors.Is(err, bank.ErrFrame) {
		t.Errorf("a terminal with a space: %v", err)
	}
	for name, b := range map[string][]byte{"nothing": nil, "too much": make([]byte, 70_000), "a cut frame": request(t, posp.Request{Op: posp.Sale, Batch: 1, Trace: 1, Amount: 1, Entry: posp.ChipPIN}, card())[:60]} {
		if _, err := bank.Read(b); !errors.Is(err, bank.ErrFrame) || strings.Contains(err.Error(), "6222") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzRead: a heading says what payments/posp says of the frame, and holds no secret.
func FuzzRead(f *testing.F) {
	f.Add(request(f, posp.Request{Op: posp.Sale, Batch: 7, Trace: 101, Amount: 8640, Entry: posp.ChipPIN}, card()))
	f.Add(request(f, posp.Request{Op: posp.SignIn, Batch: 1, Trace: 2}, nil))
	f.Add(answer(f, 0x0510, map[iso8583.Field]string{iso8583.Trace: "000101", iso8583.Terminal: "10000001", iso8583.Merchant: "105290073724601", iso8583.Totals: half + "1" + otherHalf + "2"}))
	f.Add([]byte{0x60})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := bank.Read(b)
		if err != nil {
			if !errors.Is(err, bank.ErrFrame) || h != (bank.Heading{}) {
				t.Fatalf("%+v, %v", h, err)
			}

			return
		}

		whole := append([]byte{byte(len(b) >> 8), byte(len(b))}, b...)
		s, err := posp.Summarise(whole)
		if err != nil {
			t.Fatal("it was read, and cannot be: ", err)
		}
		got := posp.Summary{Type: h.Type, Terminal: h.Terminal, Merchant: h.Merchant, Trace: h.Trace, Batch: h.Batch, Amount: h.Amount, Masked: h.Masked, Code: h.Code, Reference: h.Reference}
		if got != s {
			t.Fatalf("got %+v, want %+v", got, s)
		}
		text, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		var m iso8583.Message
		if err := m.Decode(whole); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []iso8583.Field{iso8583.PAN, iso8583.Track2, iso8583.Track3, iso8583.PINBlock, iso8583.Chip, iso8583.Keys} {
			v := m.Text(secret)
			if len(v) > 16 && strings.Contains(string(text), v) || len(v) >= 8 && strings.Contains(string(text), hex.EncodeToString([]byte(v))) {
				t.Fatalf("field %v is in %s", secret, text)
			}
		}
	})
}
