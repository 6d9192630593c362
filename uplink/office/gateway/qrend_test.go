package gateway_test

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// asked is what a kiosk is answered about its first order.
func asked(t *testing.T, d *gateway.QRDesk, op wire.Op, change func(*wire.QRBody)) (wire.QRState, string) {
	t.Helper()
	b := bodyOf(1, "")
	change(&b)
	var body any = b
	if op == wire.OpQROrder {
		body = wire.QROrderBody{Serial: b.Serial, Account: b.Account, Amount: b.Amount, Mode: b.Mode, LifeMS: order.Life.Milliseconds()}
	}
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	q, e := gateway.QRRequest(kiosk, wire.Request{Op: op, Body: raw})
	if e != nil {
		t.Fatal(e)
	}
	s, _, e := d.Take(t.Context(), q)
	if e != nil {
		return s, e.Code
	}
	if err := json.Unmarshal(gateway.ReplyTo(wire.Request{}, s, nil).Body, &s); err != nil {
		t.Fatal(err)
	}

	return s, ""
}

// paidOrder is a desk whose first order is paid.
func paidOrder(t *testing.T) (*store.Store, *gateway.QRDesk) {
	t.Helper()
	s := newBooks(t)
	d := gateway.NewQRDesk(s.QR, "office", []gateway.Acquirer{{Name: "alipay"}}, 0, slog.New(slog.DiscardHandler), func() time.Time { return storetest.T0 })
	w := acquiring.Want{Serial: storetest.Serial(kiosk, 1), Kiosk: kiosk, Account: "1000000001", Amount: qrAmount, Mode: qr.Shown, Acquirers: []string{"alipay"}}
	if _, _, err := s.QR.Place(t.Context(), w, order.Life, false, "office", storetest.T0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.QR.Hear(t.Context(), w.Serial, order.Event{Kind: order.Noticed, Answer: call.Answer{Outcome: call.Done}}, "alipay", storetest.T0); err != nil {
		t.Fatal(err)
	}

	return s, d
}

// TestARefundOfWhatIsBookedHasAnEnd: a kiosk that was told "refused" by books which know
// better since asks for its refund. While the posting is open it may be refused yet; once
// it has an end the kiosk hears that the payment is kept, and does not ask for ever.
func TestARefundOfWhatIsBookedHasAnEnd(t *testing.T) {
	for _, end := range []struct {
		state  posting.State
		status wire.QRStatus
		reason string
	}{
		{posting.Posted, wire.QRKept, gateway.ReasonBooked}, {posting.Disputed, wire.QRKept, gateway.ReasonBooked}, {posting.Owed, wire.QRRefunding, ""},
	} {
		s, d := paidOrder(t)
		o := books.Order{Serial: storetest.Serial(kiosk, 1), Account: "1000000001", Kiosk: kiosk, Tender: "qr", Amount: qrAmount, PaidAt: storetest.T0.UnixMilli()}
		p, err := s.EnsurePosting(t.Context(), o, storetest.T0)
		if err != nil {
			t.Fatal(err)
		}
		if got, e := asked(t, d, wire.OpQRRefund, func(*wire.QRBody) {}); e != wire.ErrCodeConflict {
			t.Errorf("its posting is open: %+v, %q", got, e)
		}

		p.State, p.NextAt, p.InFlight = end.state, time.Time{}, false
		if _, err := s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "office"}, storetest.T0); err != nil {
			t.Fatal(err)
		}
		got, e := asked(t, d, wire.OpQRRefund, func(*wire.QRBody) {})
		if e != "" || got.Status != end.status || got.Reason != end.reason || got.Amount != qrAmount {
			t.Errorf("its posting is %s: %+v, %q", posting.Word(end.state), got, e)
		}
		row, err := s.QR.Order(t.Context(), o.Serial)
		if want := end.state == posting.Owed; err != nil || (row.State == order.Refunding) != want {
			t.Errorf("its posting is %s, the order %s, %v", posting.Word(end.state), row.State, err)
		}
	}
}

// TestAnOrderUnderTheSerialOfAnotherHasAnEnd: what stands under the serial is another
// payment. The kiosk is told, with a case, and asks no more.
func TestAnOrderUnderTheSerialOfAnotherHasAnEnd(t *testing.T) {
	for name, c := range map[string]struct {
		op     wire.Op
		change func(*wire.QRBody)
		want   wire.QRStatus
	}{
		"order of another amount":  {wire.OpQROrder, func(b *wire.QRBody) { b.Amount++ }, wire.QRUnknown},
		"order of another account": {wire.OpQROrder, func(b *wire.QRBody) { b.Account = "2" }, wire.QRUnknown},
		"wait":                     {wire.OpQRWait, func(b *wire.QRBody) { b.Account = "2" }, wire.QRUnknown},
		"close":                    {wire.OpQRClose, func(b *wire.QRBody) { b.Amount++ }, wire.QRUnknown},
		"refund":                   {wire.OpQRRefund, func(b *wire.QRBody) { b.Amount++ }, wire.QRKept},
	} {
		s, d := paidOrder(t)
		got, e := asked(t, d, c.op, c.change)
		if e != "" || got.Status != c.want || got.Reason != gateway.ReasonConflict || got.Serial != storetest.Serial(kiosk, 1) {
			t.Errorf("%s: %+v, %q", name, got, e)
		}
		if want := bodyOf(1, ""); got.Amount != want.Amount && got.Amount != want.Amount+1 {
			t.Errorf("%s: amount %s is not what was asked for", name, got.Amount)
		}
		cases, err := s.Cases(t.Context(), books.Filter{Open: true})
		if err != nil || len(cases) != 1 || cases[0].Class != books.ClassConflict {
			t.Errorf("%s: cases %+v, %v", name, cases, err)
		}
		if row, err := s.QR.Order(t.Context(), storetest.Serial(kiosk, 1)); err != nil || row.State != order.Paid {
			t.Errorf("%s: the other order is %s, %v", name, row.State, err)
		}
	}
}
