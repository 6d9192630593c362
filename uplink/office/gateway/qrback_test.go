package gateway_test

import (
	"log/slog"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store/storetest"
)

// TestWhatTwoPeopleGaveBackIsNotWaitedFor: a kiosk that was offline orders the posting
// of a payment whose money went back meanwhile. Its posting is held for good, and the
// kiosk must learn that.
func TestWhatTwoPeopleGaveBackIsNotWaitedFor(t *testing.T) {
	s, now := newBooks(t), storetest.T0
	o := books.Order{Serial: storetest.Serial(kiosk, 1), Account: "1000000001", Kiosk: kiosk, Tender: "qr", Amount: 8640, PaidAt: now.UnixMilli()}
	w := acquiring.Want{Serial: o.Serial, Kiosk: kiosk, Account: o.Account, Amount: o.Amount, Mode: qr.Shown, Acquirers: []string{"alipay"}}
	d := gateway.NewQRDesk(s.QR, "office", []gateway.Acquirer{{Name: "alipay"}}, 0, slog.New(slog.DiscardHandler), func() time.Time { return now })
	hear := func(e order.Event) {
		t.Helper()
		if _, err := s.QR.Hear(t.Context(), o.Serial, e, "office", now); err != nil {
			t.Fatal(err)
		}
	}

	if _, _, err := s.QR.Place(t.Context(), w, order.Life, false, "office", now); err != nil {
		t.Fatal(err)
	}
	yes := call.Answer{Outcome: call.Done}
	hear(order.Event{Kind: order.Noticed, Answer: yes})
	if d.Adopt(t.Context(), o) {
		t.Error("a paid order counts as given back")
	}

	if err := storetest.Two(t, s, approval.RefundQR, o.Serial, "gone", now); err != nil {
		t.Fatal(err)
	}
	if !d.Adopt(t.Context(), o) {
		t.Error("the kiosk waits for a posting while its money is on its way back")
	}
	if claims, err := s.QR.Due(t.Context(), "office", 5, now); err != nil || len(claims) != 1 {
		t.Fatal(claims, err)
	}
	hear(order.Event{Kind: order.Answered, To: order.Refund, Answer: yes})
	if !d.Adopt(t.Context(), o) {
		t.Error("the kiosk waits for a posting whose money went back")
	}
}
