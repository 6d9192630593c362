package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// talker is an acquirer that repeats in its texts what it should not.
type talker struct {
	acquirer.Acquirer
	text string
}

func (a talker) Order(context.Context, acquirer.Order) (acquirer.OrderResult, error) {
	v := acquirer.Refuse(acquirer.NotAccepted)

	return acquirer.OrderResult{Answer: v.Answer("REFUSED", a.text), Reason: v.Reason}, fmt.Errorf("%w: %s", acquirer.ErrAnswer, a.text)
}

func (a talker) Notice(map[string][]string, []byte) (acquirer.Notice, error) {
	return acquirer.Notice{}, fmt.Errorf("%w: %s", acquirer.ErrSignature, a.text)
}

func (talker) Receipt(bool) acquirer.Receipt { return acquirer.Receipt{Status: 500} }

// TestAnAcquirersTextHoldsNoSecret: a card number and a payment code that an acquirer
// repeats are neither in the books nor in the log; our own number is.
func TestAnAcquirersTextHoldsNoSecret(t *testing.T) {
	const card, code = "6222020200012345678", "281234567890123456"
	serial := storetest.Serial(kiosk, 1)
	a := talker{text: "order " + serial + ", card " + card + ", code " + code}
	s, log := newBooks(t), &bytes.Buffer{}
	d := gateway.NewQRDesk(s.QR, "office", []gateway.Acquirer{{Name: "talker", Acquirer: a}}, 0, slog.New(slog.NewTextHandler(log, nil)), func() time.Time { return storetest.T0 })

	raw, err := json.Marshal(orderBody(1, ""))
	if err != nil {
		t.Fatal(err)
	}
	q, e := gateway.QRRequest(kiosk, wire.Request{Op: wire.OpQROrder, Body: raw})
	if e != nil {
		t.Fatal(e)
	}
	_, c, e := d.Take(t.Context(), q)
	if e != nil || c == nil {
		t.Fatal(c, e)
	}
	d.Make(t.Context(), *c)
	d.Notice(t.Context(), "talker", "192.0.2.1", nil, nil)

	detail, err := s.QR.Detail(t.Context(), serial)
	if err != nil || detail.Order.Text == "" {
		t.Fatalf("%+v, %v", detail, err)
	}
	kept := fmt.Sprintf("%+v", detail)
	for _, secret := range []string{card, code} {
		if strings.Contains(kept, secret) || strings.Contains(log.String(), secret) {
			t.Errorf("%s is in the books or in the log: %s\n%s", secret, kept, log)
		}
	}
	if !strings.Contains(detail.Order.Text, "order "+serial) || strings.Count(log.String(), "level=WARN") != 2 {
		t.Errorf("kept %q, logged:\n%s", detail.Order.Text, log)
	}
}
