package wire_test

import (
	"crypto/ed25519"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/uplink/wire"
)

func TestDecodeRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"empty":         ``,
		"unknown field": `{"account":"1","pan":"4"}`,
		"trailing":      `{"account":"1"} {}`,
		"wrong type":    `{"account":1}`,
		"oversized":     `{"account":"` + strings.Repeat("1", wire.MaxControl) + `"}`,
	} {
		if err := wire.Decode([]byte(in), new(wire.VerifyBody)); !errors.Is(err, wire.ErrMessage) {
			t.Errorf("%s: got %v, want ErrMessage", name, err)
		}
	}
	if _, err := wire.Encode(wire.VerifyBody{Account: strings.Repeat("1", wire.MaxControl)}); !errors.Is(err, wire.ErrMessage) {
		t.Errorf("oversized: got %v, want ErrMessage", err)
	}
}

func TestParseTopic(t *testing.T) {
	for topic, want := range map[string]wire.Address{
		"wk/v1/up/10000001/rec":          {Up: true, Kiosk: "10000001", Chan: wire.ChanRec},
		"wk/v1/up/10000001/req/a-1":      {Up: true, Kiosk: "10000001", Chan: wire.ChanReq, ID: "a-1"},
		"wk/v1/dn/10000001/ack":          {Kiosk: "10000001", Chan: wire.ChanAck},
		"wk/v1/dn/_all/policy":           {Kiosk: "_all", Chan: wire.ChanPolicy},
		"wk/v2/up/10000001/rec":          {},
		"wk/v1/up/10000001":              {},
		"wk/v1/up/10000001/rec/":         {},
		"wk/v1/up/10000001/rec/a/b":      {},
		"wk/v1/sideways/10000001/rec":    {},
		"wk/v1/up/+/rec":                 {},
		"wk/v1/up/1000 0001/rec":         {},
		"wk/v1/up//rec":                  {},
		"wk/v1/up/" + long + "/rec":      {},
		"wk/v1/up/10000001/rec/\u00e9":   {},
		"wk/v1/up/10000001/rec/../state": {},
	} {
		got, err := wire.ParseTopic(topic)
		if got != want || (err == nil) != (want != wire.Address{}) {
			t.Errorf("%s: got %+v, %v; want %+v", topic, got, err, want)
		}
	}
}

var long = strings.Repeat("1", 65)

var policy = wire.Policy{
	V: 1, Kiosk: "10000001", Serial: 4, Issued: 1764000000000, Expires: 1764600000000,
	OfflinePay: true, PerTxn: 50000, PerAccount: 100000, Total: 500000,
}

func TestPolicyIsSigned(t *testing.T) {
	priv := ed25519.NewKeyFromSeed(make([]byte, 32))
	pub := priv.Public().(ed25519.PublicKey)
	s, err := wire.Sign(priv, policy)
	if err != nil {
		t.Fatal(err)
	}
	got, err := wire.Open(pub, s)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(policy, got); d != "" {
		t.Error(d)
	}
	other := ed25519.NewKeyFromSeed([]byte(strings.Repeat("x", 32))).Public().(ed25519.PublicKey)
	plain := ed25519.Sign(priv, s.Body)
	changed := []byte(strings.Replace(string(s.Body), "500000", "900000", 1))
	for name, c := range map[string]struct {
		pub  ed25519.PublicKey
		s    wire.Signed
		want error
	}{
		"another key":     {other, s, wire.ErrSignature},
		"no key":          {nil, s, wire.ErrSignature},
		"changed":         {pub, wire.Signed{V: 1, Body: changed, Sig: s.Sig}, wire.ErrSignature},
		"no signature":    {pub, wire.Signed{V: 1, Body: s.Body}, wire.ErrSignature},
		"another purpose": {pub, wire.Signed{V: 1, Body: s.Body, Sig: plain}, wire.ErrSignature},
		"version":         {pub, wire.Signed{V: 2, Body: s.Body, Sig: s.Sig}, wire.ErrMessage},
	} {
		if p, err := wire.Open(c.pub, c.s); !errors.Is(err, c.want) || p != (wire.Policy{}) {
			t.Errorf("%s: got %+v, %v; want %v", name, p, err, c.want)
		}
	}
}

func TestSignRefusesNonsense(t *testing.T) {
	priv := ed25519.NewKeyFromSeed(make([]byte, 32))
	for name, change := range map[string]func(*wire.Policy){
		"version":      func(p *wire.Policy) { p.V = 2 },
		"kiosk":        func(p *wire.Policy) { p.Kiosk = "a/b" },
		"expires":      func(p *wire.Policy) { p.Expires = p.Issued },
		"issued":       func(p *wire.Policy) { p.Issued = 0 },
		"per txn":      func(p *wire.Policy) { p.PerTxn = -1 },
		"per account":  func(p *wire.Policy) { p.PerAccount = -1 },
		"total amount": func(p *wire.Policy) { p.Total = -1 },
	} {
		p := policy
		change(&p)
		if _, err := wire.Sign(priv, p); !errors.Is(err, wire.ErrMessage) {
			t.Errorf("%s: got %v, want ErrMessage", name, err)
		}
	}
	if _, err := wire.Sign(nil, policy); err == nil {
		t.Error("no key: got no error")
	}
}

func FuzzParseTopic(f *testing.F) {
	f.Add("wk/v1/up/10000001/req/a-1")
	f.Add("wk/v1/dn/10000001/ack")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := wire.ParseTopic(s)
		if err != nil {
			return
		}
		build := wire.Down
		if a.Up {
			build = wire.Up
		}
		if got := build(a.Kiosk, a.Chan, a.ID); got != s {
			t.Fatalf("%q parses as %+v, which is %q", s, a, got)
		}
	})
}

// FuzzDecode reads the input as each message in turn: what decodes must encode
// and decode to the same.
func FuzzDecode(f *testing.F) {
	for i, m := range messages {
		f.Add(i, []byte(m.golden))
	}
	for i := range messages {
		f.Add(i, []byte(`{}`)) // nothing that a message may leave out is there
	}
	f.Fuzz(func(t *testing.T, i int, b []byte) {
		m := messages[uint(i)%uint(len(messages))]
		v := reflect.New(reflect.TypeOf(m.value).Elem()).Interface()
		if wire.Decode(b, v) != nil {
			return
		}
		again, err := wire.Encode(v)
		if err != nil {
			return // a body without bytes, or one that grew over the limit when escaped
		}
		back := reflect.New(reflect.TypeOf(m.value).Elem()).Interface()
		if err := wire.Decode(again, back); err != nil {
			t.Fatalf("%s: %s does not decode: %v", typeName(m.value), again, err)
		}
		if third, err := wire.Encode(back); err != nil || string(third) != string(again) {
			t.Fatalf("%s: not stable: %s, then %s, %v", typeName(m.value), again, third, err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	priv := ed25519.NewKeyFromSeed(make([]byte, 32))
	s, err := wire.Sign(priv, policy)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Body, s.Sig)
	f.Fuzz(func(t *testing.T, body, sig []byte) {
		p, err := wire.Open(priv.Public().(ed25519.PublicKey), wire.Signed{V: 1, Body: body, Sig: sig})
		if err == nil && p != policy {
			t.Fatalf("a policy that was never signed opened: %+v", p)
		}
	})
}
