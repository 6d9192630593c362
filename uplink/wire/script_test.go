package wire_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/library"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/uplink/wire"
)

// TestOnlyHeadOfficeHasCardsWritten: steps for a card, and the order to a maker's library,
// are read only as their signer said them, and only for what they were signed.
func TestOnlyHeadOfficeHasCardsWritten(t *testing.T) {
	const session = "00112233445566778899aabbccddeeff"
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	another := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize))
	pub := key.Public().(ed25519.PublicKey)

	steps, err := wire.SignScript(key, script.Script{
		V: 1, Txn: "10000001000000000001", Card: "0102030405060708", Session: session, Expires: 1, Last: true,
		Steps: []script.Step{{Op: script.Read, Address: 32, Length: 8}},
	})
	if err != nil {
		t.Fatal(err)
	}
	order, err := wire.SignOrder(key, library.Order{
		V: 1, Txn: "10000001000000000001", Session: session, Expires: 1, Meter: "000000000103", Customer: "001000000003",
		Sold: metercard.Sold{Number: "S1", Card: "0102030405060708", Count: 5, Amount: 10000},
	})
	if err != nil {
		t.Fatal(err)
	}

	for name, kind := range map[string]struct {
		signed, other wire.Signed
		open          func(ed25519.PublicKey, wire.Signed) (card string, err error)
	}{
		"steps": {steps, order, func(pub ed25519.PublicKey, s wire.Signed) (string, error) {
			got, err := wire.OpenScript(pub, s)
			return got.Card, err
		}},
		"order": {order, steps, func(pub ed25519.PublicKey, s wire.Signed) (string, error) {
			got, err := wire.OpenOrder(pub, s)
			return got.Sold.Card, err
		}},
	} {
		if card, err := kind.open(pub, kind.signed); err != nil || card != "0102030405060708" {
			t.Errorf("%s: %q, %v", name, card, err)
		}

		altered, cut, unsigned := kind.signed, kind.signed, kind.signed
		altered.Body = bytes.Replace(bytes.Clone(altered.Body), []byte("0102030405060708"), []byte("0102030405060709"), 1)
		cut.Sig = cut.Sig[:len(cut.Sig)-1]
		unsigned.Sig = nil
		for what, bad := range map[string]wire.Signed{"altered": altered, "cut": cut, "unsigned": unsigned, "signed for the other way": kind.other} {
			if card, err := kind.open(pub, bad); !errors.Is(err, wire.ErrSignature) || card != "" {
				t.Errorf("%s, %s: %q, %v", name, what, card, err)
			}
		}
		for what, pub := range map[string]ed25519.PublicKey{"another key": another.Public().(ed25519.PublicKey), "no key": nil} {
			if card, err := kind.open(pub, kind.signed); !errors.Is(err, wire.ErrSignature) || card != "" {
				t.Errorf("%s, %s: %q, %v", name, what, card, err)
			}
		}
	}
}

// FuzzOpenSteps: of what comes for a card nothing is taken but what head office signed, be it
// steps or an order for a library.
func FuzzOpenSteps(f *testing.F) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	pub := key.Public().(ed25519.PublicKey)
	const session = "00112233445566778899aabbccddeeff"
	steps, err := wire.SignScript(key, script.Script{
		V: 1, Txn: "10000001000000000001", Card: "0102030405060708", Session: session, Expires: 1, Last: true,
		Steps: []script.Step{{Op: script.Read, Address: 32, Length: 8}},
	})
	if err != nil {
		f.Fatal(err)
	}
	order, err := wire.SignOrder(key, library.Order{
		V: 1, Txn: "10000001000000000001", Session: session, Expires: 1, Meter: "000000000103", Customer: "001000000003",
		Sold: metercard.Sold{Number: "S1", Card: "0102030405060708", Count: 5, Amount: 10000},
	})
	if err != nil {
		f.Fatal(err)
	}

	f.Add(1, steps.Body, steps.Sig)
	f.Add(1, order.Body, order.Sig)
	f.Add(2, order.Body, steps.Sig)
	f.Fuzz(func(t *testing.T, v int, body, sig []byte) {
		s := wire.Signed{V: v, Body: body, Sig: sig}
		if got, err := wire.OpenScript(pub, s); (err == nil) != (got.Card != "") || err == nil && !bytes.Equal(body, steps.Body) {
			t.Fatalf("steps that were never signed: %+v, %v", got, err)
		}
		if got, err := wire.OpenOrder(pub, s); (err == nil) != (got.Sold.Card != "") || err == nil && !bytes.Equal(body, order.Body) {
			t.Fatalf("an order that was never signed: %+v, %v", got, err)
		}
	})
}
