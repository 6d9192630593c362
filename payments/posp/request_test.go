package posp_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/mac"
)

var here = posp.Terminal{
	ID: "10000001", Merchant: "105290073724601", Operator: "001", Machine: "12345678", Scheme: posp.DoubleLength,
	TPDU: iso8583.TPDU{0x60, 0, 3, 0, 0}, Header: iso8583.Header{0x60, 0x31, 0, 0x31, 0x19, 3},
}

func stripe() *posp.Card {
	return &posp.Card{PAN: []byte("6222020000000000011"), Expiry: []byte("3012"), Track2: []byte("6222020000000000011=3012"), PINBlock: []byte("PINBLOCK")}
}

func chip() *posp.Card {
	return &posp.Card{PAN: []byte("6222020000000000011"), Sequence: []byte("001"), Chip: []byte{0x9f, 0x26, 0}, PINBlock: []byte("PINBLOCK")}
}

func batchOf(n int) []posp.Detail {
	return slices.Repeat([]posp.Detail{{Op: posp.Sale, Trace: 7, Masked: "622202*********0011", Amount: 12850}}, n)
}

var requests = map[string]struct {
	request posp.Request
	card    *posp.Card
	want    string // MTI and fields in order
}{
	"sign-in": {
		posp.Request{Op: posp.SignIn, Batch: 1, Trace: 1},
		nil,
		"0800 11:000001 41:10000001 42:105290073724601 60:00000001003 62:Sequence No12345678 63:001",
	},
	"sign-out": {posp.Request{Op: posp.SignOut, Batch: 1, Trace: 2}, nil, "0820 11:000002 41:10000001 42:105290073724601 60:00000001002"},
	"echo":     {posp.Request{Op: posp.Echo, Batch: 1, Trace: 2}, nil, "0820 11:000002 41:10000001 42:105290073724601 60:00000001301"},
	"sale by stripe": {
		posp.Request{Op: posp.Sale, Batch: 1, Trace: 3, Amount: 12850, Entry: posp.StripePIN},
		stripe(),
		"0200 2:6222020000000000011 3:000000 4:000000012850 11:000003 14:3012 22:021 25:00 26:12 35:6222020000000000011D3012 41:10000001 " +
			"42:105290073724601 49:156 52:PINBLOCK 53:2600000000000000 60:2200000100050 64:mac",
	},
	"sale by the stripe of a chip that failed": {
		posp.Request{Op: posp.Sale, Batch: 1, Trace: 3, Amount: 12850, Entry: posp.StripePIN, Fallback: true},
		stripe(),
		"0200 2:6222020000000000011 3:000000 4:000000012850 11:000003 14:3012 22:021 25:00 26:12 35:6222020000000000011D3012 41:10000001 " +
			"42:105290073724601 49:156 52:PINBLOCK 53:2600000000000000 60:2200000100052 64:mac",
	},
	"sale by chip": {
		posp.Request{Op: posp.Sale, Batch: 1, Trace: 3, Amount: 1, Entry: posp.ChipNoPIN},
		chip(),
		"0200 2:6222020000000000011 3:000000 4:000000000001 11:000003 22:052 23:001 25:00 41:10000001 " +
			"42:105290073724601 49:156 55:\x9f&\x00 60:2200000100050 64:mac",
	},
	"sale that the bank books": {
		posp.Request{Op: posp.Sale, Batch: 1, Trace: 3, Amount: 1, Account: "1000000001", Entry: posp.ChipNoPIN},
		chip(),
		"0200 2:6222020000000000011 3:000000 4:000000000001 11:000003 22:052 23:001 25:00 41:10000001 " +
			"42:105290073724601 49:156 55:\x9f&\x00 60:2200000100050 62:JF1000000001 64:mac",
	},
	"reversal of a sale that the bank books": {
		posp.Request{Op: posp.Sale, Batch: 1, Trace: 3, Amount: 12850, Account: "1000000001", Entry: posp.StripePIN}.Reverse(posp.NoAnswer), nil,
		"0400 3:000000 4:000000012850 11:000003 22:021 25:00 39:98 41:10000001 42:105290073724601 49:156 60:2200000100050 61:0000010000030000 64:mac",
	},
	"balance": {
		posp.Request{Op: posp.Balance, Batch: 1, Trace: 4, Entry: posp.ChipPIN},
		chip(),
		"0200 2:6222020000000000011 3:310000 11:000004 22:051 23:001 25:00 26:12 41:10000001 " +
			"42:105290073724601 49:156 52:PINBLOCK 53:2600000000000000 55:\x9f&\x00 60:0100000100050 64:mac",
	},
	"void": {
		posp.Request{
			Op: posp.Void, Batch: 1, Trace: 5, Amount: 12850, Entry: posp.StripeNoPIN,
			Original: posp.Original{Op: posp.Sale, Batch: 1, Trace: 3, Date: "1126", Reference: "260730000001", AuthCode: "A12345"},
		},
		stripe(),
		"0200 2:6222020000000000011 3:200000 4:000000012850 11:000005 14:3012 22:022 25:00 35:6222020000000000011D3012 37:260730000001 38:A12345 " +
			"41:10000001 42:105290073724601 49:156 60:2300000100050 61:0000010000031126 64:mac",
	},
	"refund": {
		posp.Request{
			Op: posp.Refund, Batch: 2, Trace: 9, Amount: 50, Entry: posp.StripeNoPIN,
			Original: posp.Original{Op: posp.Sale, Batch: 1, Trace: 3, Date: "1126", Reference: "260730000001"},
		},
		stripe(),
		"0220 2:6222020000000000011 3:200000 4:000000000050 11:000009 14:3012 22:022 25:00 35:6222020000000000011D3012 37:260730000001 " +
			"41:10000001 42:105290073724601 49:156 60:2500000200050 61:0000010000031126 63:000 64:mac",
	},
	"reversal of a sale": {
		posp.Request{Op: posp.Sale, Batch: 1, Trace: 3, Amount: 12850, Entry: posp.StripePIN}.Reverse(posp.NoAnswer), nil,
		"0400 3:000000 4:000000012850 11:000003 22:021 25:00 39:98 41:10000001 42:105290073724601 49:156 60:2200000100050 61:0000010000030000 64:mac",
	},
	"reversal of a void": {
		posp.Request{Op: posp.Void, Batch: 1, Trace: 5, Amount: 12850, Entry: posp.StripeNoPIN}.Reverse(posp.BadMAC), nil,
		"0400 3:200000 4:000000012850 11:000005 22:022 25:00 39:A0 41:10000001 42:105290073724601 49:156 60:2300000100050 61:0000010000050000 64:mac",
	},
	"settle": {
		posp.Request{Op: posp.Settle, Batch: 1, Trace: 6, Totals: posp.Totals{Debit: 25700, Debits: 2, Credit: 10100, Credits: 1}},
		nil,
		"0500 11:000006 41:10000001 42:105290073724601 48:" + "0000000257000020000000101000010" + "0000000000000000000000000000000" + " 49:156 60:00000001201 63:001 64:mac",
	},
	"upload": {
		posp.Request{Op: posp.Upload, Batch: 1, Trace: 7, Details: batchOf(2)},
		nil,
		"0320 11:000007 41:10000001 42:105290073724601 48:02" + strings.Repeat("00000007"+"06222020000000000011"+"000000012850", 2) + " 60:00000001201 64:mac",
	},
	"end of an upload": {
		posp.Request{Op: posp.UploadEnd, Batch: 1, Trace: 8, Count: 12},
		nil,
		"0320 11:000008 41:10000001 42:105290073724601 48:0012 60:00000001207 64:mac",
	},
	"certificate": {
		posp.Request{
			Op: posp.Certificate, Batch: 1, Trace: 9, Amount: 12850, Entry: posp.ChipPIN, Sequence: "001", Chip: []byte{0x9f, 0x26, 0},
			Original: posp.Original{Op: posp.Sale, Batch: 1, Trace: 3, Date: "1126"},
		},
		nil,
		"0320 4:000000012850 11:000009 22:051 23:001 41:10000001 42:105290073724601 49:156 55:\x9f&\x00 60:00000001203 61:0000010000031126 64:mac",
	},
	"certificate of a batch with equal totals": {
		posp.Request{
			Op: posp.Certificate, Batch: 1, Trace: 9, Amount: 1, Entry: posp.ChipNoPIN, Chip: []byte{0x9f, 0x26, 0}, Balanced: true,
			Original: posp.Original{Op: posp.Sale, Batch: 1, Trace: 3, Date: "1126"},
		},
		nil,
		"0320 4:000000000001 11:000009 22:052 41:10000001 42:105290073724601 49:156 55:\x9f&\x00 60:00000001205 61:0000010000031126 64:mac",
	},
	"notice of scripts": {
		posp.Request{
			Op: posp.Scripts, Batch: 1, Trace: 4, Amount: 12850, Entry: posp.ChipPIN, Sequence: "001", Chip: []byte{0xdf, 0x31, 0},
			Original: posp.Original{Op: posp.Sale, Batch: 1, Trace: 3, Date: "1126"},
		},
		nil,
		"0620 3:000000 4:000000012850 11:000004 22:051 23:001 25:00 41:10000001 42:105290073724601 49:156 55:\xdf1\x00 60:0000000195150 61:0000010000031126 64:mac",
	},
}

// said is MTI and fields of a frame.
func said(t *testing.T, frame []byte) string {
	t.Helper()
	var m iso8583.Message
	if err := m.Decode(frame); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(m.MTI.String())
	for f := range m.Fields {
		v := m.Text(f)
		if f == iso8583.MAC {
			v = "mac"
		}
		fmt.Fprintf(&b, " %d:%s", uint8(f), v)
	}
	return b.String()
}

func TestRequests(t *testing.T) {
	for name, c := range requests {
		frame, err := here.Append(nil, c.request, c.card)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := said(t, frame); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

func TestEveryOperationIsTried(t *testing.T) {
	tried := map[posp.Op]bool{}
	for _, c := range requests {
		tried[c.request.Op] = true
	}
	for _, o := range posp.Ops() {
		if !tried[o] {
			t.Errorf("%s is not tried", o)
		}
	}
}

func TestSchemes(t *testing.T) {
	for scheme, want := range map[posp.Scheme][2]string{
		posp.SingleLength: {"00000001001", "2000000000000000"}, posp.DoubleLength: {"00000001003", "2600000000000000"}, posp.DoubleWithTrack: {"00000001004", "2600000000000000"},
	} {
		at := here
		at.Scheme = scheme
		in, err := at.Append(nil, requests["sign-in"].request, nil)
		if err != nil || !strings.Contains(said(t, in), " 60:"+want[0]+" ") {
			t.Errorf("scheme %d: %v", scheme, err)
		}
		sale, err := at.Append(nil, requests["sale by stripe"].request, stripe())
		if err != nil || !strings.Contains(said(t, sale), " 53:"+want[1]+" ") {
			t.Errorf("scheme %d: %v", scheme, err)
		}
	}
}

func TestPlainClose(t *testing.T) {
	plain := here
	plain.PlainClose = true
	for _, name := range []string{"settle", "upload", "end of an upload", "certificate"} {
		frame, err := plain.Append(nil, requests[name].request, nil)
		if got := said(t, frame); err != nil || got+" 64:mac" != requests[name].want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if !plain.Sealed(posp.Sale) || !plain.Sealed(posp.Scripts) || plain.Sealed(posp.Settle) || !here.Sealed(posp.Settle) || here.Sealed(posp.SignIn) {
		t.Error("Sealed")
	}
}

func TestSeal(t *testing.T) {
	key, err := mac.New(mac.MethodUnionPay, []byte("\x01\x23\x45\x67\x89\xab\xcd\xef"))
	if err != nil {
		t.Fatal(err)
	}
	frame, err := here.Append(nil, requests["reversal of a sale"].request, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := posp.Seal(frame, key); err != nil {
		t.Fatal(err)
	}
	code, _ := key.MAC(frame[13 : len(frame)-8])
	if string(frame[len(frame)-8:]) != string(code[:]) {
		t.Errorf("%x", frame)
	}

	in, err := here.Append(nil, requests["sign-in"].request, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := posp.Seal(in, mac.Soft{}); err != nil {
		t.Error("a sign-in has no MAC to make")
	}
	if err := posp.Seal(frame, mac.Soft{}); err == nil {
		t.Error("a pad that makes no MAC")
	}
}

func TestRefusedRequests(t *testing.T) {
	sale := posp.Request{Op: posp.Sale, Batch: 1, Trace: 3, Amount: 12850, Entry: posp.StripePIN}
	with := func(f func(*posp.Request)) posp.Request { r := sale; f(&r); return r }
	for name, c := range map[string]struct {
		request posp.Request
		card    *posp.Card
	}{
		"no operation":            {with(func(r *posp.Request) { r.Op = "" }), stripe()},
		"no trace":                {with(func(r *posp.Request) { r.Trace = 0 }), stripe()},
		"trace too high":          {with(func(r *posp.Request) { r.Trace = 1000000 }), stripe()},
		"no batch":                {with(func(r *posp.Request) { r.Batch = 0 }), stripe()},
		"no amount":               {with(func(r *posp.Request) { r.Amount = 0 }), stripe()},
		"amount too high":         {with(func(r *posp.Request) { r.Amount = 1000000000000 }), stripe()},
		"no entry":                {with(func(r *posp.Request) { r.Entry = "" }), stripe()},
		"no card":                 {sale, nil},
		"card too many":           {sale.Reverse(posp.NoAnswer), stripe()},
		"no PIN block":            {sale, &posp.Card{PAN: []byte("6222020000000000011")}},
		"no card number":          {sale, &posp.Card{PAN: []byte("not digits"), PINBlock: []byte("PINBLOCK")}},
		"void of nothing":         {with(func(r *posp.Request) { r.Op = posp.Void }), stripe()},
		"reversal of a refund":    {posp.Request{Op: posp.Refund, Batch: 1, Trace: 3, Amount: 1, Entry: posp.StripePIN}.Reverse(posp.NoAnswer), nil},
		"reversal of another":     {func() posp.Request { r := sale.Reverse(posp.NoAnswer); r.Trace++; return r }(), nil},
		"reversal without reason": {sale.Reverse(""), nil},
		"empty upload":            {posp.Request{Op: posp.Upload, Batch: 1, Trace: 1}, nil},
		"long upload":             {posp.Request{Op: posp.Upload, Batch: 1, Trace: 1, Details: batchOf(9)}, nil},
		"account too long":        {with(func(r *posp.Request) { r.Account = strings.Repeat("1", 33) }), stripe()},
		"no account":              {with(func(r *posp.Request) { r.Account = "1 0" }), stripe()},
		"account of a void": {with(func(r *posp.Request) {
			r.Op, r.Account, r.Original = posp.Void, "1", posp.Original{Op: posp.Sale, Batch: 1, Trace: 2}
		}), stripe()},
		"count":           {posp.Request{Op: posp.UploadEnd, Batch: 1, Trace: 1, Count: 1000}, nil},
		"count of totals": {posp.Request{Op: posp.Settle, Batch: 1, Trace: 1, Totals: posp.Totals{Debit: 1, Debits: 1000}}, nil},
	} {
		if frame, err := here.Append(nil, c.request, c.card); err == nil || frame != nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), "6222020000000000011") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTerminalCheck(t *testing.T) {
	if err := here.Check(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*posp.Terminal){
		"id":       func(t *posp.Terminal) { t.ID = "1" },
		"merchant": func(t *posp.Terminal) { t.Merchant = "" },
		"operator": func(t *posp.Terminal) { t.Operator = "1" },
		"machine":  func(t *posp.Terminal) { t.Machine = strings.Repeat("1", 41) },
		"scheme":   func(t *posp.Terminal) { t.Scheme = 2 },
		"TPDU":     func(t *posp.Terminal) { t.TPDU[0] = 0x61 },
		"header":   func(t *posp.Terminal) { t.Header[5] = 0x0a },
		"letters":  func(t *posp.Terminal) { t.ID = "1000000\n" },
	} {
		wrong := here
		change(&wrong)
		if wrong.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestRequestsAreStored: JSON keeps a request whole, and has no card in it.
func TestRequestsAreStored(t *testing.T) {
	for name, c := range requests {
		b, err := json.Marshal(c.request)
		if err != nil {
			t.Fatal(err)
		}
		var r posp.Request
		if err := json.Unmarshal(b, &r); err != nil {
			t.Fatal(err)
		}
		frame, err := here.Append(nil, r, c.card)
		if err != nil || said(t, frame) != c.want {
			t.Errorf("%s: %s, %v", name, b, err)
		}
	}
}

func TestCardIsNotPrinted(t *testing.T) {
	c := stripe()
	js, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	out := string(js)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		out += fmt.Sprintf(verb+verb+verb, c, *c, []any{c, struct{ C *posp.Card }{c}, struct{ C posp.Card }{*c}})
	}
	out += c.LogValue().String()
	for _, secret := range []string{"622202", "3630", "54 50", "PIN", "50 4", "3012", "0x36"} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is printed: %s", secret, out)
		}
	}

	if c.Masked() != "622202*********0011" {
		t.Error(c.Masked())
	}
	pan := c.PAN
	c.Wipe()
	c.Wipe()
	(*posp.Card)(nil).Wipe()
	if string(pan) != strings.Repeat("\x00", 19) || c.PAN != nil {
		t.Error("not wiped")
	}
}

func TestMask(t *testing.T) {
	for pan, want := range map[string]string{
		"": "", "622202": "******", "622202000000": "************", "6222020000000": "622202***0000", "6222020000000000011": "622202*********0011",
	} {
		if got := posp.Mask(pan); got != want {
			t.Errorf("%d digits: %s, want %s", len(pan), got, want)
		}
	}
}

// answer builds a frame that answers a request, from fields given by their numbers.
func answer(t *testing.T, mti iso8583.MTI, fields map[int]string, key mac.Maker) []byte {
	t.Helper()
	m := iso8583.Message{TPDU: here.TPDU.Swap(), Header: here.Header}
	m.Reset(mti)
	for _, f := range slices.Sorted(maps.Keys(fields)) {
		if fields[f] != "" {
			m.SetText(iso8583.Field(f), fields[f])
		}
	}
	if key != nil {
		m.ReserveMAC()
	}
	frame, err := m.AppendFrame(nil)
	if err != nil {
		t.Fatal(err)
	}
	if key == nil {
		return frame
	}
	if err := posp.Seal(frame, key); err != nil {
		t.Fatal(err)
	}
	return frame
}
