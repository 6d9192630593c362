package wire_test

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"wattkiosk/uplink/wire"
)

func someSettle() wire.Settle {
	return wire.Settle{V: 1, Kiosk: "10000001", Terminal: "20000001", Batch: 7, Issued: 1764000000000}
}

func TestSettleIsSigned(t *testing.T) {
	priv := officeKey()
	pub := priv.Public().(ed25519.PublicKey)
	s, err := wire.SignSettle(priv, someSettle())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := wire.OpenSettle(pub, s); err != nil || got != someSettle() {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := wire.OpenRoster(pub, s); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("an order to settle is a roster: %v", err)
	}

	s.Body[len(s.Body)-2] ^= 1
	if got, err := wire.OpenSettle(pub, s); !errors.Is(err, wire.ErrSignature) || got != (wire.Settle{}) {
		t.Errorf("a changed byte: %+v, %v", got, err)
	}
}

func TestSettlesAreChecked(t *testing.T) {
	for name, change := range map[string]func(*wire.Settle){
		"version":        func(s *wire.Settle) { s.V = 2 },
		"every kiosk":    func(s *wire.Settle) { s.Kiosk = "*" },
		"short terminal": func(s *wire.Settle) { s.Terminal = "2000001" },
		"odd terminal":   func(s *wire.Settle) { s.Terminal = "2000000 " },
		"no batch":       func(s *wire.Settle) { s.Batch = 0 },
		"large batch":    func(s *wire.Settle) { s.Batch = 1_000_000 },
		"issued":         func(s *wire.Settle) { s.Issued = 0 },
	} {
		s := someSettle()
		change(&s)
		if _, err := wire.SignSettle(officeKey(), s); !errors.Is(err, wire.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOpenSettle(f *testing.F) {
	s, err := wire.SignSettle(officeKey(), someSettle())
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(s.Body))
	f.Add([]byte(`{"v":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var s wire.Settle
		if wire.Decode(body, &s) != nil {
			return
		}
		signed, err := wire.SignSettle(officeKey(), s)
		if err != nil {
			return
		}
		if back, err := wire.OpenSettle(officeKey().Public().(ed25519.PublicKey), signed); err != nil || back != s {
			t.Fatalf("%+v became %+v, %v", s, back, err)
		}
	})
}
