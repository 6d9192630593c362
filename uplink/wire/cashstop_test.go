package wire_test

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"wattkiosk/uplink/wire"
)

func someCashStop() wire.CashStop {
	return wire.CashStop{V: 1, Kiosk: "10000001", Serial: 9, Issued: 1764000000000, From: 1764003600000, Expires: 1764090000000, Date: "20251124"}
}

func TestCashStopIsSigned(t *testing.T) {
	priv := officeKey()
	pub := priv.Public().(ed25519.PublicKey)
	s, err := wire.SignCash(priv, someCashStop())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := wire.OpenCash(pub, s); err != nil || got != someCashStop() {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := wire.OpenSettle(pub, s); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("it is an order to settle: %v", err)
	}

	s.Body[len(s.Body)-2] ^= 1
	if got, err := wire.OpenCash(pub, s); !errors.Is(err, wire.ErrSignature) || got != (wire.CashStop{}) {
		t.Errorf("a changed byte: %+v, %v", got, err)
	}
}

func TestCashStopsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*wire.CashStop){
		"version":           func(s *wire.CashStop) { s.V = 2 },
		"every kiosk":       func(s *wire.CashStop) { s.Kiosk = "*" },
		"issued":            func(s *wire.CashStop) { s.Issued = 0 },
		"without an end":    func(s *wire.CashStop) { s.Expires = 0 },
		"ends before":       func(s *wire.CashStop) { s.Expires = s.From },
		"over when issued":  func(s *wire.CashStop) { s.Issued = s.Expires },
		"negative":          func(s *wire.CashStop) { s.From = -1 },
		"without a date":    func(s *wire.CashStop) { s.Date = "" },
		"lifts with a date": func(s *wire.CashStop) { s.From, s.Expires = 0, 0 },
		"lifts with an end": func(s *wire.CashStop) { s.From, s.Date = 0, "" },
	} {
		s := someCashStop()
		change(&s)
		if _, err := wire.SignCash(officeKey(), s); !errors.Is(err, wire.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := wire.SignCash(officeKey(), wire.CashStop{V: 1, Kiosk: "10000001", Serial: 9, Issued: 1764000000000}); err != nil {
		t.Errorf("one that lifts: %v", err)
	}
}

func TestWhenACashStopStops(t *testing.T) {
	early, held := someCashStop(), someCashStop()
	held.Issued = held.From + 1
	for _, c := range []struct {
		name    string
		stop    wire.CashStop
		at      int64
		trusted bool
		want    bool
	}{
		{"none", wire.CashStop{}, 1764003600000, true, false},
		{"before", early, 1764003599999, true, false},
		{"from then on", early, 1764003600000, true, true},
		{"the last moment", early, 1764089999999, true, true},
		{"it is over", early, 1764090000000, true, false},
		{"no clock, and it had not begun", early, 1764003600000, false, false},
		{"no clock, and it had begun", held, 1, false, true},
		{"no clock, so it is not over", held, 1764090000000, false, true},
	} {
		if got := c.stop.Stops(time.UnixMilli(c.at), c.trusted); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func FuzzOpenCash(f *testing.F) {
	s, err := wire.SignCash(officeKey(), someCashStop())
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(s.Body))
	f.Add([]byte(`{"v":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var s wire.CashStop
		if wire.Decode(body, &s) != nil {
			return
		}
		signed, err := wire.SignCash(officeKey(), s)
		if err != nil {
			return
		}
		if back, err := wire.OpenCash(officeKey().Public().(ed25519.PublicKey), signed); err != nil || back != s {
			t.Fatalf("%+v became %+v, %v", s, back, err)
		}
	})
}
