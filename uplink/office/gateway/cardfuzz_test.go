package gateway_test

import (
	"encoding/json"
	"testing"
	"time"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/wire"
)

// FuzzCardRequests: what a kiosk says of a card is whole or is refused with a word, whatever
// the body is; a sale that is ordered has a card that is one, and an amount.
func FuzzCardRequests(f *testing.F) {
	card := metercard.Facts{Serial: "0102030405060708", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000000103", Customer: "001000000003", Count: 4, Purse: 5000, Loaded: 4}
	for _, body := range []any{
		wire.CardQuoteBody{Card: card},
		wire.PostBody{Serial: "10000001000000000001", Account: "1000000003", Amount: 10000, Tender: "cash", PaidAt: 1, Card: card},
		wire.CardStepsBody{Txn: "10000001000000000001", Sale: "10000001000000000001", Card: card, Session: "00112233445566778899aabbccddeeff", Round: 1, Saved: map[string]script.Bytes{"challenge": {1, 2}}},
	} {
		b, err := json.Marshal(body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	desk := gateway.NewDesk(newBooks(f), "office", 0, nil, time.Now)
	f.Fuzz(func(t *testing.T, body []byte) {
		r := wire.Request{V: wire.Version, ID: "1-1", Op: wire.OpCardQuote, Body: body}
		if q, e := gateway.QuoteCall(r); e == nil && q.Card.Check() != nil || e != nil && e.Message == "" {
			t.Fatalf("%+v, %+v", q, e)
		}
		o, e := gateway.Order("10000001", r)
		if e == nil && (o.Amount <= 0 || o.Amount > money.Max || o.Kiosk != "10000001" || o.Card.Serial != "" && o.Card.Check() != nil) {
			t.Fatalf("%+v", o)
		}
		q, e := desk.TakeSteps(t.Context(), "10000001", r)
		if e == nil { // nothing was sold
			t.Fatalf("steps for %+v", q)
		}
	})
}
