package library_test

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/library"
	"wattkiosk/payments/metercard/script"
)

const session = "000102030405060708090a0b0c0d0e0f"

var now = time.UnixMilli(1764000000000)

func order() library.Order {
	return library.Order{
		V: 1, Txn: "10000001000000000005", Session: session, Expires: now.Add(30 * time.Second).UnixMilli(), Meter: "000000000001", Customer: "001000000003",
		Sold: metercard.Sold{Number: "S1", Card: "0102030405060708", Count: 5, Amount: 10000, Energy: 18181},
	}
}

func facts() metercard.Facts {
	return metercard.Facts{
		Serial: "0102030405060708", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000000001", Customer: "001000000003", Count: 4, Purse: 5000, Loaded: 4, Left: 1234,
	}
}

func bound() script.Bound {
	return script.Bound{Txn: "10000001000000000005", Card: "0102030405060708", Session: session, Now: now}
}

const golden = `{"v":1,"txn":"10000001000000000005","session":"000102030405060708090a0b0c0d0e0f","expires":1764000030000,"meter":"000000000001","customer":"001000000003",` +
	`"sold":{"number":"S1","card":"0102030405060708","count":5,"amount":10000,"energy":18181}}`

func TestOrderIsGolden(t *testing.T) {
	b, err := json.Marshal(order())
	if err != nil || string(b) != golden {
		t.Errorf("%s, %v", b, err)
	}
	want := map[string]string{
		"serial": "0102030405060708", "meter": "000000000001", "customer": "001000000003", "number": "S1", "count": "5", "amount": "10000", "energy": "18181",
		"purse": "0000271000000005", "division": "0000000000000001",
	}
	if got := order().Fields(); !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// TestOrdersThatAreNone: nobody signs them, and nobody opens them.
func TestOrdersThatAreNone(t *testing.T) {
	if err := order().Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*library.Order){
		"version":          func(o *library.Order) { o.V = 2 },
		"no transaction":   func(o *library.Order) { o.Txn = "" },
		"odd transaction":  func(o *library.Order) { o.Txn = "1000000100000000000x" },
		"no card":          func(o *library.Order) { o.Sold.Card = "" },
		"odd card":         func(o *library.Order) { o.Sold.Card = "0102030405060708\n" },
		"no session":       func(o *library.Order) { o.Session = "" },
		"no end":           func(o *library.Order) { o.Expires = 0 },
		"no count":         func(o *library.Order) { o.Sold.Count = 0 },
		"count of no card": func(o *library.Order) { o.Sold.Count = metercard.MaxCount + 1 },
		"no amount":        func(o *library.Order) { o.Sold.Amount = 0 },
		"below 0":          func(o *library.Order) { o.Sold.Amount = -1 },
		"more than fits":   func(o *library.Order) { o.Sold.Amount = 1 << 40 },
		"energy below 0":   func(o *library.Order) { o.Sold.Energy = -1 },
		"odd number":       func(o *library.Order) { o.Sold.Number = "S\x001" },
		"long number":      func(o *library.Order) { o.Sold.Number = strings.Repeat("1", 65) },
		"meter of letters": func(o *library.Order) { o.Meter = "0000 && rm" },
		"customer":         func(o *library.Order) { o.Customer = "00000000000000001" },
	} {
		o := order()
		change(&o)
		if err := o.Check(); !errors.Is(err, library.ErrOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOrdersForSomethingElse are not carried out here and now.
func TestOrdersForSomethingElse(t *testing.T) {
	sold := order().Sold
	if err := order().For(bound(), facts(), sold); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*library.Order)
		want   error
	}{
		"another transaction": {func(o *library.Order) { o.Txn = "10000001000000000006" }, script.ErrOtherTxn},
		"another session":     {func(o *library.Order) { o.Session = strings.Repeat("0", 32) }, script.ErrOtherSession},
		"another card":        {func(o *library.Order) { o.Sold.Card = "0102030405060709" }, script.ErrOtherCard},
		"expired":             {func(o *library.Order) { o.Expires = now.Add(-script.MaxSkew).UnixMilli() }, script.ErrExpired},
		"good for a day":      {func(o *library.Order) { o.Expires = now.Add(24 * time.Hour).UnixMilli() }, script.ErrTooLong},
		"another amount":      {func(o *library.Order) { o.Sold.Amount++ }, library.ErrOtherSale},
		"another count":       {func(o *library.Order) { o.Sold.Count++ }, library.ErrOtherSale},
		"another energy":      {func(o *library.Order) { o.Sold.Energy++ }, library.ErrOtherSale},
		"another meter":       {func(o *library.Order) { o.Meter = "000000000002" }, library.ErrOtherSale},
		"another customer":    {func(o *library.Order) { o.Customer = "001000000004" }, library.ErrOtherSale},
	} {
		o := order()
		c.change(&o)
		if err := o.For(bound(), facts(), sold); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	holds := facts()
	holds.Count = 5
	if err := order().For(bound(), holds, sold); !errors.Is(err, library.ErrOtherSale) {
		t.Errorf("a card that has it: %v", err)
	}
}

func said(pairs ...string) map[string]script.Bytes {
	m := map[string]script.Bytes{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = script.Bytes(pairs[i+1])
	}

	return m
}

// param is DF01/EF01 of facts(), without its frame.
const param = "0000" + "00000000" + "0000000000" + "00" + "00000000" + "00000000" + "000000" + "000000" + "000000000001" + "001000000003" + "02"

// returned is DF01/EF05 of facts().
const returned = "00" + "000000" + "000000" + "000000000001" + "001000000003" + "000004D2" + "00000004" + "00000000" + "00000000" + "000000" + "0000000000"

func TestFacts(t *testing.T) {
	blank := metercard.Facts{Serial: "0102030405060708", Form: metercard.CPU, Kind: metercard.Blank}
	plain := facts()
	plain.Form = metercard.SLE4442
	opening := plain
	opening.Kind, opening.Loaded, opening.Left = metercard.OpenAccount, 0, 0
	for name, c := range map[string]struct {
		said map[string]script.Bytes
		want metercard.Facts
	}{
		"files":          {said("serial", "0102030405060708", "param", param, "purse", "0000138800000004", "returned", returned), facts()},
		"blank files":    {said("serial", "0102030405060708", "param", strings.Repeat("00", 39), "purse", "FFFFFFFFFFFFFFFF"), blank},
		"plain":          {said("serial", "0102030405060708", "form", "sle4442", "meter", "000000000001", "customer", "001000000003", "count", "4", "amount", "5000", "loaded", "4", "left", "1234"), plain},
		"plain, opening": {said("serial", "0102030405060708", "form", "sle4442", "kind", "1", "meter", "000000000001", "customer", "001000000003", "count", "4", "amount", "5000"), opening},
	} {
		if got, err := library.Facts(c.said); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v\nwant %+v", name, got, err, c.want)
		}
	}
}

// TestFactsOfNoCard: a library that tells nonsense tells of no card.
func TestFactsOfNoCard(t *testing.T) {
	for name, m := range map[string]map[string]script.Bytes{
		"nothing":           said(),
		"no form":           said("serial", "01", "count", "1", "amount", "1"),
		"a form of its own": said("serial", "01", "form", "punched"),
		"odd serial":        said("serial", "../../etc", "form", "cpu"),
		"count of letters":  said("serial", "01", "form", "sle4442", "count", "four"),
		"count below 0":     said("serial", "01", "form", "sle4442", "count", "-1"),
		"count without end": said("serial", "01", "form", "sle4442", "count", "99999999999999999999"),
		"amount below 0":    said("serial", "01", "form", "sle4442", "amount", "-5"),
		"a fraction":        said("serial", "01", "form", "sle4442", "amount", "1.5"),
		"meter of letters":  said("serial", "01", "form", "sle4442", "meter", "m"),
		"short purse":       said("serial", "0102030405060708", "param", param, "purse", "00001388"),
		"no serial":         said("param", param, "purse", "0000138800000004"),
		"odd digits":        said("serial", "0102030405060708", "param", param[:76]+"XX", "purse", "0000138800000004"),
		"long param":        said("serial", "0102030405060708", "param", param+"00", "purse", "0000138800000004"),
		"short return":      said("serial", "0102030405060708", "param", param, "purse", "0000138800000004", "returned", "00"),
	} {
		if f, err := library.Facts(m); err == nil || f != (metercard.Facts{}) {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

func TestWhatALibraryLacks(t *testing.T) {
	for _, c := range []struct {
		needs, tells string
		want         string
	}{
		{"", "serial,param,purse", ""},
		{"", "serial,form,count,amount,meter", ""},
		{"serial", "serial,param,purse", "read needs serial"},
		{"", "param,purse", "does not tell serial"},
		{"", "serial,purse", "tells neither"},
	} {
		says(t, library.CheckRead(list(c.needs), list(c.tells)), c.want)
	}
	for _, c := range []struct {
		needs, last string
		want        string
	}{
		{"serial,division,purse", "serial,purse", ""},
		{"serial,count,amount", "count,amount", ""},
		{"serial,purse,colour", "purse", `needs "colour"`},
		{"purse", "purse", "does not say which card"},
		{"serial,purse", "serial", "the last call of write takes neither purse nor count and amount"},
		{"serial,count,amount", "count", "the last call of write takes neither"},
	} {
		says(t, library.CheckWrite(list(c.needs), list(c.last)), c.want)
	}
}

func list(s string) []string {
	if s == "" {
		return nil
	}

	return strings.Split(s, ",")
}

func says(t *testing.T, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && (!errors.Is(err, library.ErrLibrary) || !strings.Contains(err.Error(), want)) {
		t.Errorf("%v, want %q", err, want)
	}
}

// FuzzOrder: what is read and holds together is written as it was, and tells a library
// nothing but printed text.
func FuzzOrder(f *testing.F) {
	f.Add([]byte(golden))
	f.Add([]byte(`{"v":1,"sold":{"count":-1}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var o library.Order
		if json.Unmarshal(b, &o) != nil || o.Check() != nil {
			return
		}
		written, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		var again library.Order
		if err := json.Unmarshal(written, &again); err != nil || again != o {
			t.Fatalf("%+v, %v", again, err)
		}
		for name, text := range o.Fields() {
			if strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 || len(text) > 64 {
				t.Fatalf("%s is %q", name, text)
			}
		}
		if p := o.Fields()["purse"]; len(p) != 16 {
			t.Fatalf("purse %q", p)
		}
		if o.For(bound(), facts(), order().Sold) == nil && o != order() && o.Expires == order().Expires {
			t.Fatalf("%+v is for this card", o)
		}
	})
}

// FuzzFacts: whatever a library tells is facts of a card, or an error.
func FuzzFacts(f *testing.F) {
	f.Add("0102030405060708", param, "0000138800000004", returned, "", "")
	f.Add("0102030405060708", "", "", "", "sle4442", "4")
	f.Fuzz(func(t *testing.T, serial, param, purse, returned, form, count string) {
		got, err := library.Facts(said("serial", serial, "param", param, "purse", purse, "returned", returned, "form", form, "count", count, "amount", count, "left", count))
		if err == nil && got.Check() != nil || err != nil && got != (metercard.Facts{}) {
			t.Fatalf("%+v, %v", got, err)
		}
	})
}
