package wire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/uplink/wire"
)

// TestWhatIsSaidFitsARecord: a system at the other end that says something without end does
// not leave a terminal with a record that it cannot make.
func TestWhatIsSaidFitsARecord(t *testing.T) {
	const serial, card = "10000001000000000001", "0102030405060708"
	long := strings.Repeat("电", 10_000)
	body := func(v any) []byte {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	small := func(what string, v any) {
		t.Helper()
		if n := len(body(v)); n > 4<<10 {
			t.Errorf("%s: %d bytes are kept", what, n)
		}
	}

	state, err := wire.DecodePostState(body(wire.PostState{
		Serial: serial, Status: wire.PostPosted, Code: long, Text: "x" + long, Reference: long, Settled: metercard.Settled{How: metercard.Rewritten, By: long},
	}), serial)
	small("state of an order", state)
	if err != nil || state.Settled != (metercard.Settled{}) || state.Text != "x"+strings.Repeat("电", 170) {
		t.Errorf("%v, settled %+v, %d bytes of text", err, state.Settled, len(state.Text))
	}
	if _, err := wire.DecodePostState(body(state), "10000001000000000002"); !errors.Is(err, wire.ErrMessage) {
		t.Errorf("of another order: %v", err)
	}

	quote, err := wire.DecodeCardQuote(body(wire.CardQuote{Card: card, Account: "1000000001", Sellable: true, Max: 1, Code: long, Text: long, Name: long, Address: long}), card)
	small("quote", quote)
	if err != nil {
		t.Error(err)
	}
	for what, q := range map[string]wire.CardQuote{
		"account":       {Account: long},
		"serial":        {Unwritten: long},
		"sale's number": {UnwrittenSold: metercard.Sold{Number: long}},
	} {
		q.Card, q.Reason = card, mis.Unwritten
		if _, err := wire.DecodeCardQuote(body(q), card); !errors.Is(err, wire.ErrMessage) {
			t.Errorf("%s without end: %v", what, err)
		}
	}

	bill, err := wire.DecodeVerify(body(wire.VerifyResult{Account: "1000000001", Payable: true, Code: long, Text: long, Name: long, Address: long}), "1000000001")
	small("bill", bill)
	if err != nil {
		t.Error(err)
	}
	order, err := wire.DecodeQR(body(wire.QRState{Serial: serial, Status: wire.QRPaid, Amount: 100, Acquirer: long, Reference: long, Reason: long}), serial, 100)
	small("order at an acquirer", order)
	if err != nil {
		t.Error(err)
	}
}
