package gateway_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/acquirer/acquirertest"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// fork is a road to an acquirer that may be turned.
type fork struct{ to http.RoundTripper }

func (f *fork) RoundTrip(r *http.Request) (*http.Response, error) { return f.to.RoundTrip(r) }

// TestAPaymentAfterTheLastWordGoesBack: the acquirer closed the order, said that it is not
// paid, and booked a payment all the same. The kiosk was told, so the money goes back by
// itself, with a case that closes by itself.
func TestAPaymentAfterTheLastWordGoesBack(t *testing.T) {
	now := storetest.T0
	clock := func() time.Time { return now }
	keys := acquirertest.Keys(t)
	before := acquirersim.New(acquirersim.Config{Keys: keys, Now: clock})
	after := acquirersim.New(acquirersim.Config{Keys: keys, Now: clock}) // the same acquirer, as it books in the end
	road := &fork{before.RoundTripper()}
	a := connect(t, "signed", "http://acquirer.test", "http://office.test", road, clock)
	s := newBooks(t)
	d := gateway.NewQRDesk(s.QR, "office", []gateway.Acquirer{{Name: "signed", Acquirer: a}}, 0, slog.New(slog.DiscardHandler), clock)
	work := func() {
		t.Helper()
		for range 10 {
			calls, _ := d.Turn(t.Context())
			for _, c := range calls {
				if _, kept := d.Make(t.Context(), c); !kept {
					t.Fatalf("%+v was not kept", c.Claim)
				}
			}
		}
	}
	ask := func(op wire.Op, body any) wire.QRState {
		t.Helper()
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		q, e := gateway.QRRequest(kiosk, wire.Request{Op: op, Body: raw})
		if e != nil {
			t.Fatal(e)
		}
		state, c, e := d.Take(t.Context(), q)
		if e != nil {
			t.Fatal(e)
		}
		if c != nil {
			d.Make(t.Context(), *c)
		}

		return state
	}

	ask(wire.OpQROrder, orderBody(1, ""))
	ask(wire.OpQRClose, bodyOf(1, wire.QRWaiting))
	work()
	if got := ask(wire.OpQRClose, bodyOf(1, wire.QRWaiting)); got.Status != wire.QRNotPaid {
		t.Fatalf("left: %+v", got)
	}

	road.to = after.RoundTripper()
	r, err := a.Order(t.Context(), acquirer.Order{Serial: storetest.Serial(kiosk, 1), Amount: qrAmount, Subject: "电费", Expires: now.Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	if err := after.Pay(r.Show); err != nil {
		t.Fatal(err)
	}
	for _, n := range after.Notices() {
		if r, _ := d.Notice(t.Context(), "signed", "192.0.2.1", n.Header, []byte(n.Body)); !after.Taken(n, r.Status, r.Body) {
			t.Errorf("the notice was answered with %+v", r)
		}
	}
	open, err := s.Cases(t.Context(), books.Filter{Open: true})
	if err != nil || len(open) != 1 || open[0].Class != books.ClassReturning {
		t.Errorf("cases %+v, %v", open, err)
	}

	work()
	if got := ask(wire.OpQRClose, bodyOf(1, "")); got.Status != wire.QRNotPaid || got.PaidAt != 0 {
		t.Errorf("the kiosk hears something else: %+v", got)
	}
	o, err := s.QR.Order(t.Context(), storetest.Serial(kiosk, 1))
	if err != nil || o.State != order.Refunded || !o.Late || o.Why != order.PaidLate || after.Ledger().Money() != 0 {
		t.Errorf("%+v, %v; the acquirer has %d fen", o, err, after.Ledger().Money())
	}
	if open, err = s.Cases(t.Context(), books.Filter{Open: true}); err != nil || len(open) != 0 {
		t.Errorf("cases %+v, %v", open, err)
	}
}
