package wire_test

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"wattkiosk/uplink/wire"
)

func someVoid() wire.Void {
	return wire.Void{
		V: 1, Kiosk: "10000001", ID: "p-abcdefghijkl", Serial: "10000001000000000042", Terminal: "20000001", Batch: 7, Trace: 3, Amount: 8640, Issued: 1764000000000,
	}
}

func TestVoidIsSigned(t *testing.T) {
	priv := officeKey()
	pub := priv.Public().(ed25519.PublicKey)
	s, err := wire.SignVoid(priv, someVoid())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := wire.OpenVoid(pub, s); err != nil || got != someVoid() {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := wire.OpenSettle(pub, s); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("an order to void is one to settle: %v", err)
	}

	s.Body[len(s.Body)-2] ^= 1
	if got, err := wire.OpenVoid(pub, s); !errors.Is(err, wire.ErrSignature) || got != (wire.Void{}) {
		t.Errorf("a changed byte: %+v, %v", got, err)
	}
}

func TestVoidsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*wire.Void){
		"version":        func(v *wire.Void) { v.V = 2 },
		"every kiosk":    func(v *wire.Void) { v.Kiosk = "*" },
		"no id":          func(v *wire.Void) { v.ID = "" },
		"long id":        func(v *wire.Void) { v.ID = "p-0123456789012345678901234567890123" },
		"short serial":   func(v *wire.Void) { v.Serial = "1000000100000000004" },
		"letter in it":   func(v *wire.Void) { v.Serial = "1000000100000000004a" },
		"short terminal": func(v *wire.Void) { v.Terminal = "2000001" },
		"no batch":       func(v *wire.Void) { v.Batch = 0 },
		"no trace":       func(v *wire.Void) { v.Trace = 0 },
		"large trace":    func(v *wire.Void) { v.Trace = 1_000_000 },
		"no amount":      func(v *wire.Void) { v.Amount = 0 },
		"issued":         func(v *wire.Void) { v.Issued = 0 },
	} {
		v := someVoid()
		change(&v)
		if _, err := wire.SignVoid(officeKey(), v); !errors.Is(err, wire.ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
