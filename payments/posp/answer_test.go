package posp_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/mac"
)

func soft(t *testing.T, key string) mac.Maker {
	t.Helper()
	b, err := hex.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mac.New(mac.MethodUnionPay, b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var sale = posp.Request{Op: posp.Sale, Batch: 1, Trace: 3, Amount: 12850, Entry: posp.StripePIN}

// approval are the fields of an approved sale.
func approval() map[int]string {
	return map[int]string{
		2: "6222020000000000011", 3: "000000", 4: "000000012850", 11: "000003", 12: "093112", 13: "1126", 15: "1127", 25: "00", 32: "01020304",
		37: "093112000002", 38: "A12345", 39: "00", 41: "10000001", 42: "105290073724601", 44: "01020000   01020000   ", 49: "156",
		55: "\x91\x02", 60: "22000001000", 63: "CUP\xcb\xcd",
	}
}

func TestAcceptsAnApproval(t *testing.T) {
	key := soft(t, "0123456789abcdef")
	got, err := here.Accept(sale, answer(t, 0x0210, approval(), key), key)
	want := posp.Answer{
		Op: posp.Sale, Trace: 3, Batch: 1, Code: "00", Amount: 12850, Reference: "093112000002", AuthCode: "A12345", Time: "093112", Date: "1126",
		Settles: "1127", Acquirer: "01020304", Issuer: "01020000   01020000   ", Chip: []byte{0x91, 2}, Text: []byte{0xcb, 0xcd},
	}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v\n%s", err, cmp.Diff(got, want))
	}

	b, err := json.Marshal(got)
	if want := `{"op":"sale","trace":3,"batch":1,"code":"00","amount":12850,"reference":"093112000002","auth_code":"A12345","time":"093112","date":"1126","settles":"1127","acquirer":"01020304","issuer":"01020000   01020000   "}`; err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
}

func TestAcceptsWhatSaysLittle(t *testing.T) {
	key := soft(t, "0123456789abcdef")
	little := map[int]string{11: "000003", 39: "51", 41: "10000001", 42: "105290073724601"}
	got, err := here.Accept(sale, answer(t, 0x0210, little, key), key)
	if want := (posp.Answer{Op: posp.Sale, Trace: 3, Code: "51"}); err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v\n%s", err, cmp.Diff(got, want))
	}
}

// TestBelievesNothingElse changes one thing of an approval at a time.
func TestBelievesNothingElse(t *testing.T) {
	key := soft(t, "0123456789abcdef")
	for name, c := range map[string]struct {
		mti   iso8583.MTI
		field int
		value string
		key   mac.Maker
		want  error
	}{
		"another type":            {0x0410, 0, "", key, posp.ErrOther},
		"our own request":         {0x0200, 0, "", key, posp.ErrOther},
		"another trace":           {0x0210, 11, "000004", key, posp.ErrOther},
		"no trace":                {0x0210, 11, "", key, posp.ErrOther},
		"another terminal":        {0x0210, 41, "10000002", key, posp.ErrOther},
		"no terminal":             {0x0210, 41, "", key, posp.ErrOther},
		"another merchant":        {0x0210, 42, "105290073724602", key, posp.ErrOther},
		"another amount":          {0x0210, 4, "000000012851", key, posp.ErrOther},
		"no amount":               {0x0210, 4, "", key, posp.ErrOther},
		"another processing code": {0x0210, 3, "310000", key, posp.ErrOther},
		"another kind":            {0x0210, 60, "01000001000", key, posp.ErrOther},
		"another batch":           {0x0210, 60, "22000002000", key, posp.ErrOther},
		"half a kind":             {0x0210, 60, "2", key, posp.ErrOther},
		"no code":                 {0x0210, 39, "", key, posp.ErrUndecodable},
		"another key":             {0x0210, 0, "", soft(t, "fedcba9876543210"), posp.ErrMAC},
		"no MAC":                  {0x0210, 0, "", nil, posp.ErrMAC},
	} {
		fields := approval()
		fields[c.field] = c.value
		delete(fields, 0)
		got, err := here.Accept(sale, answer(t, c.mti, fields, c.key), key)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		want := posp.Answer{}
		if c.want == posp.ErrMAC {
			want = posp.Answer{Op: posp.Sale, Trace: 3, Code: "00"}
		}
		if !cmp.Equal(got, want) {
			t.Errorf("%s: believed %s", name, cmp.Diff(got, want))
		}
	}
}

func TestAnyChangedByteIsNotBelieved(t *testing.T) {
	key := soft(t, "0123456789abcdef")
	frame := answer(t, 0x0210, approval(), key)
	const header = 13 // TPDU and header are under no MAC
	for i := range frame {
		if i >= 2 && i < header {
			continue
		}
		frame[i] ^= 0x01
		if got, err := here.Accept(sale, frame, key); err == nil {
			t.Errorf("byte %d changed: %+v", i, got)
		}
		frame[i] ^= 0x01
	}
	for n := range frame {
		if _, err := here.Accept(sale, frame[:n], key); !errors.Is(err, posp.ErrUndecodable) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := here.Accept(sale, frame, nil); !errors.Is(err, posp.ErrMAC) {
		t.Errorf("without a key: %v", err)
	}
	if _, err := here.Accept(sale, frame, mac.Soft{}); !errors.Is(err, posp.ErrMAC) {
		t.Errorf("with a pad that makes no MAC: %v", err)
	}
}

func TestSignInAnswer(t *testing.T) {
	in := posp.Request{Op: posp.SignIn, Batch: 1, Trace: 1}
	fields := map[int]string{11: "000001", 39: "00", 41: "10000001", 42: "105290073724601", 60: "00000007003", 62: strings.Repeat("k", 40)}
	got, err := here.Accept(in, answer(t, 0x0810, fields, nil), nil)
	if err != nil || got.Batch != 7 || len(got.Keys.PIN.Data) != 16 || len(got.Keys.MAC.Data) != 16 || got.Keys.Track.Data != nil {
		t.Errorf("%v, %+v", err, got)
	}

	fields[62] = strings.Repeat("k", 41)
	if _, err := here.Accept(in, answer(t, 0x0810, fields, nil), nil); !errors.Is(err, posp.ErrUndecodable) {
		t.Errorf("keys of 41 bytes: %v", err)
	}
	fields[39], fields[62] = "97", ""
	if got, err := here.Accept(in, answer(t, 0x0810, fields, nil), nil); err != nil || got.Code != "97" {
		t.Errorf("a refusal: %v", err)
	}
}

func TestParseKeys(t *testing.T) {
	field := func(hexs ...string) []byte {
		b, err := hex.DecodeString(strings.Join(hexs, ""))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	single, double, zeros := "0123456789abcdef", "0123456789abcdeffedcba9876543210", "0000000000000000"
	for name, c := range map[string]struct {
		field []byte
		want  string
	}{
		"24 bytes":           {field(single, "d5d44ff7", "fedcba9876543210", "01020304"), "key(8 bytes, KCV d5d44ff7) key(8 bytes, KCV 01020304) key(0 bytes, KCV 00000000)"},
		"40, MAC key single": {field(double, "08d7b4fb", single, zeros, "d5d44ff7"), "key(16 bytes, KCV 08d7b4fb) key(8 bytes, KCV d5d44ff7) key(0 bytes, KCV 00000000)"},
		"40, MAC key double": {field(double, "08d7b4fb", double, "08d7b4fb"), "key(16 bytes, KCV 08d7b4fb) key(16 bytes, KCV 08d7b4fb) key(0 bytes, KCV 00000000)"},
		"60, with track key": {field(double, "08d7b4fb", single, zeros, "d5d44ff7", double, "0a0b0c0d"), "key(16 bytes, KCV 08d7b4fb) key(8 bytes, KCV d5d44ff7) key(16 bytes, KCV 0a0b0c0d)"},
		"60, MAC key double": {field(double, "08d7b4fb", double, "08d7b4fb", double, "0a0b0c0d"), "key(16 bytes, KCV 08d7b4fb) key(16 bytes, KCV 08d7b4fb) key(16 bytes, KCV 0a0b0c0d)"},
	} {
		k, err := posp.ParseKeys(c.field)
		if got := fmt.Sprintf("%v %+v %#v", k.PIN, k.MAC, k.Track); err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, c.want)
		}
		if js, err := json.Marshal(k); err != nil || strings.Contains(fmt.Sprintf("%x %d %s", k, k, js), "67") {
			t.Errorf("%s: printed: %s", name, js)
		}
		data := k.PIN.Data
		k.Wipe()
		if string(data) != strings.Repeat("\x00", len(data)) || k.PIN.Data != nil || k.MAC.KCV != [4]byte{} {
			t.Errorf("%s: not wiped", name)
		}
	}
	for _, n := range []int{0, 23, 25, 39, 41, 59, 61} {
		if _, err := posp.ParseKeys(make([]byte, n)); err == nil {
			t.Errorf("%d bytes", n)
		}
	}
}

func TestSettlementAnswer(t *testing.T) {
	key := soft(t, "0123456789abcdef")
	r := posp.Request{Op: posp.Settle, Batch: 1, Trace: 6}
	for totals, want := range map[string]posp.Answer{
		"0000000257000020000000101000011" + "0000000000000000000000000000001": {Comparison: posp.Equal},
		"0000000257000020000000101000012" + "0000000000000000000000000000001": {Comparison: posp.NotEqual},
		"0000000257000020000000101000011" + "0000000000000000000000000000002": {Comparison: posp.NotEqual},
		"0000000257000020000000101000013" + "0000000000000000000000000000000": {Comparison: posp.Failed},
	} {
		want.Op, want.Trace, want.Batch, want.Code = posp.Settle, 6, 1, "00"
		want.Totals = posp.Totals{Debit: 25700, Debits: 2, Credit: 10100, Credits: 1}
		fields := map[int]string{11: "000006", 39: "00", 41: "10000001", 42: "105290073724601", 48: totals, 60: "00000001201"}
		got, err := here.Accept(r, answer(t, 0x0510, fields, key), key)
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: %v\n%s", totals, err, cmp.Diff(got, want))
		}
		for _, wrong := range []string{"", totals[1:], totals[:30] + "0" + totals[31:], totals[:30] + "4" + totals[31:], totals[:61] + "4"} {
			fields[48] = wrong
			if _, err := here.Accept(r, answer(t, 0x0510, fields, key), key); !errors.Is(err, posp.ErrUndecodable) {
				t.Errorf("%s: %v", wrong, err)
			}
		}
	}
}

func TestBalanceAnswer(t *testing.T) {
	key := soft(t, "0123456789abcdef")
	r := posp.Request{Op: posp.Balance, Batch: 1, Trace: 4, Entry: posp.ChipPIN}
	base := map[int]string{3: "310000", 11: "000004", 39: "00", 41: "10000001", 42: "105290073724601"}
	for field, want := range map[string]int64{"1002156C000000123456": 123456, "1002156D000000000100": -100} {
		fields := maps.Clone(base)
		fields[54] = field
		if got, err := here.Accept(r, answer(t, 0x0210, fields, key), key); err != nil || int64(got.Balance) != want {
			t.Errorf("%s: %d, %v", field, got.Balance, err)
		}
	}
	for _, wrong := range []string{"", "1002156C", "1002840C000000123456", "1002156X000000123456", "1002156C00000012345x"} {
		fields := maps.Clone(base)
		fields[54] = wrong
		if _, err := here.Accept(r, answer(t, 0x0210, fields, key), key); !errors.Is(err, posp.ErrUndecodable) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestSummarise(t *testing.T) {
	frame, err := here.Append(nil, sale, stripe())
	if err != nil {
		t.Fatal(err)
	}
	got, err := posp.Summarise(frame)
	want := posp.Summary{Type: 0x0200, Terminal: "10000001", Merchant: "105290073724601", Trace: 3, Batch: 1, Amount: 12850, Masked: "622202*********0011"}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = posp.Summarise(answer(t, 0x0210, approval(), nil))
	want.Type, want.Code, want.Reference = 0x0210, "00", "093112000002"
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := posp.Summarise(frame[1:]); err == nil {
		t.Error("half a frame")
	}
}

func FuzzAccept(f *testing.F) {
	frame, err := here.Append(nil, sale, stripe())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(frame, uint8(0))
	f.Add([]byte("\x00\x35\x60\x00\x00\x00\x03\x60\x31\x00\x31\x19\x03\x08\x10\x00\x20\x00\x00\x02\xc0\x00\x14"), uint8(3))
	key, err := mac.New(mac.MethodUnionPay, make([]byte, 8))
	if err != nil {
		f.Fatal(err)
	}
	ops := posp.Ops()
	f.Fuzz(func(t *testing.T, frame []byte, n uint8) {
		r := posp.Request{Op: ops[int(n)%len(ops)], Batch: 1, Trace: 3, Amount: 12850}
		a, err := here.Accept(r, frame, key)
		if err != nil && !errors.Is(err, posp.ErrOther) && !errors.Is(err, posp.ErrMAC) && !errors.Is(err, posp.ErrUndecodable) {
			t.Fatal(err)
		}
		if err == nil && (a.Op != r.Op || a.Trace != 3 || len(a.Code) != 2) {
			t.Fatalf("%+v", a)
		}
		_, _ = posp.Summarise(frame)
	})
}
