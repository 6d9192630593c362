package bankcard

import (
	"encoding/json"
	"testing"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/pinpad"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/terminal"
	"wattkiosk/uplink/wire"
)

// FuzzAnswer has head office answer a sale with anything, and the pad make a MAC that
// only a bank with the key could have made too: nothing is ever approved by that.
func FuzzAnswer(f *testing.F) {
	seed := func(mti iso8583.MTI, trace string) {
		m := iso8583.Message{TPDU: iso8583.TPDU{0x60}, Header: iso8583.Header{0x60}}
		m.Reset(mti)
		m.SetText(iso8583.Trace, trace)
		m.SetText(iso8583.Response, "00")
		m.SetText(iso8583.Terminal, config().Bank.ID)
		m.SetText(iso8583.Merchant, config().Bank.Merchant)
		m.ReserveMAC()
		frame, err := m.AppendFrame(nil)
		if err != nil {
			f.Fatal(err)
		}
		b, err := json.Marshal(wire.FrameResult{Frame: frame[2:]})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	seed(0x0210, "000007")
	seed(0x0210, "000008")
	seed(0x0410, "000007")
	f.Add([]byte(`{"frame":"YAA="}`))
	f.Add([]byte(`{`))

	f.Fuzz(func(t *testing.T, body []byte) {
		r := &rig{t: t, now: noon, txns: map[string]payments.Transaction{}}
		opened, _, err := payments.Step(payments.Transaction{}, first, payments.Opened{Account: "1", Tender: "bankcard", Limit: amount})
		if err != nil {
			t.Fatal(err)
		}
		sold, _, err := payments.Step(opened, first, bankcard.SaleOrdered{N: 1, Terminal: "10000001", Batch: "000001", Trace: "000007", Amount: amount})
		if err != nil {
			t.Fatal(err)
		}
		r.txns[first] = sold

		s, err := New(config())
		if err != nil {
			t.Fatal(err)
		}
		q := posp.Request{Op: posp.Sale, Batch: 1, Trace: 7, Amount: amount, Entry: posp.ChipPIN}
		s.kept.Terminal = terminal.New(8, 1)
		s.kept.Terminal.Flight = terminal.Flight{Request: q, Serial: first}
		s.bank.talk = talk{phase: asking, request: q, serial: first, key: first, ordered: true}

		s.Answered(noon, tender.Ask{Op: wire.OpFrame, Key: first}, wire.Reply{Body: body})
		for range 3 {
			d, ok := s.Decide(r, false)
			if !ok {
				break
			}
			for _, e := range d.Events {
				if a, ok := e.(bankcard.SaleAnswered); ok {
					t.Fatalf("%+v", a)
				}
			}
			effects, _ := s.Settle(noon, true)
			for _, e := range effects {
				order, ok := e.(tender.Order)
				if !ok {
					continue
				}
				if c := order.Command.(pinpad.Command); c.Op == pinpad.MAC {
					if err := s.Heard(noon, pinpad.Event{Kind: pinpad.Done, ID: c.ID, Data: pinpad.Secret("\xa5\x5a\x01\x02\x03\x04\x05\x06")}); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if s.bank.talk.phase == asking && s.bank.talk.request.Op == posp.Sale {
			t.Fatal("the answer is still waited for")
		}
	})
}
