package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/wire"
)

const qrSerial = "10000001000000000077"

// qrTown has one order that was paid after its kiosk had gone, one that nobody pays, and
// one that is open.
func qrTown(t *testing.T) *town {
	t.Helper()
	w := newTown(t)
	w.kiosk("10000001", true, noon, wire.State{})
	for i, serial := range []string{qrSerial, "10000001000000000078", "10000001000000000079"} {
		want := acquiring.Want{Serial: serial, Kiosk: "10000001", Account: "1000000001", Amount: 8640, Mode: qr.Shown, Acquirers: []string{"signed"}}
		at := noon.Add(time.Duration(i-60) * time.Minute)
		_, _, err := w.store.QR.Place(t.Context(), want, order.Life, false, "office", at)
		w.check(err)
		hear := func(e order.Event) {
			t.Helper()
			_, err := w.store.QR.Hear(t.Context(), serial, e, "signed", at)
			w.check(err)
		}
		switch i {
		case 0:
			hear(order.Event{Kind: order.Noticed, Answer: call.Answer{Outcome: call.Done}, Word: order.Word{Reference: "A1", Payer: "138****5620", PaidAt: at}})
		case 1:
			hear(order.Event{Kind: order.Answered, To: order.Place, Answer: call.Answer{Outcome: call.NotDone, Code: "no"}, Word: order.Word{Reason: "over-limit"}})
			_, err := w.store.QR.Due(t.Context(), "office", 10, at)
			w.check(err)
			hear(order.Event{Kind: order.Answered, To: order.Ask, Answer: call.Answer{Outcome: call.NotDone, Code: "none"}})
		}
	}
	w.check(w.store.QR.Watch(t.Context(), 10, noon))

	return w
}

// TestQRPages shows orders of every kind in both languages.
func TestQRPages(t *testing.T) {
	d := openDesk(t, qrTown(t), nil)
	c := d.as("wang")
	for _, language := range []string{"en", "zh"} {
		d.form(c, "/language", "language", language, "back", "/")
		for _, path := range []string{"/qr-orders", "/qr-orders?open=1", "/qr-orders/" + qrSerial, "/qr-orders/10000001000000000078", "/cases"} {
			status, body := d.call(c, "GET", path, nil)
			if status != 200 || strings.Contains(body, missing) || strings.Contains(body, "<no value>") || strings.Contains(body, "%!") {
				t.Errorf("%s in %s: %d, or words are missing", path, language, status)
			}
		}
	}
	_, body := d.call(c, "GET", "/qr-orders/"+qrSerial+"?live=1", nil)
	golden(t, "qr-order.zh.txt", pageText(body))
	_, body = d.call(c, "GET", "/qr-orders?live=1", nil)
	golden(t, "qr-orders.zh.txt", pageText(body))
	if status, _ := d.call(c, "GET", "/qr-orders/10000001000000000099", nil); status != 404 {
		t.Errorf("an order that is not there: %d", status)
	}
}

// TestQRRefundTakesTwo, on pages and by programs.
func TestQRRefundTakesTwo(t *testing.T) {
	w := qrTown(t)
	d := openDesk(t, w, nil)
	wang, li, doc := d.as("wang"), d.as("li"), readContract(t)
	path := "/qr-orders/" + qrSerial
	status, to := d.form(wang, path+"/refund", "reason", "终端失联")
	if status != 303 || !strings.HasPrefix(to, "/plans/p-") {
		t.Errorf("proposed: %d to %q", status, to)
	}
	if status, _ := d.form(li, path+"/burn", "reason", "同意"); status != 404 && status != 405 {
		t.Errorf("an act that is none: %d", status)
	}
	for _, c := range []*http.Client{wang, li} {
		_, body := d.call(c, "GET", path, nil)
		if strings.Contains(body, path+"/refund") || !strings.Contains(body, "扫码退款：待另一人批准") {
			t.Error("the page offers what is refused, or does not say what it waits for")
		}
	}
	plans, err := w.store.Plans.Plans(t.Context(), approval.Filter{Pending: true}, noon)
	if err != nil || len(plans) != 1 {
		t.Fatalf("%+v, %v", plans, err)
	}
	p := plans[0]
	for _, c := range []struct {
		who  *http.Client
		path string
		body object
		want int
		code string
	}{
		{wang, "/plans/" + p.ID + "/approve", object{"hash": p.Hash}, 403, codeTwo},
		{li, path + "/refund", object{"reason": "同意"}, 409, codePending},
		{li, "/plans/" + p.ID + "/approve", object{"hash": p.Hash}, 200, ""},
		{li, "/plans/" + p.ID + "/approve", object{"hash": p.Hash}, 409, codeConflict},
		{li, path + "/refund", object{"reason": "同意"}, 409, codeConflict},
		{li, "/qr-orders/10000001000000000099/refund", object{"reason": "同意"}, 404, codeNotFound},
	} {
		status, body := d.call(c.who, "POST", api+c.path, c.body)
		if status != c.want || errCode(body) != c.code {
			t.Errorf("%s: %d %s", c.path, status, body)
		}
	}
	for _, path := range []string{"/qr-orders", "/qr-orders/{serial}"} {
		status, body := d.call(li, "GET", api+strings.Replace(path, "{serial}", qrSerial, 1), nil)
		if wrong := doc.check("GET", api+path, status, body); wrong != "" || !strings.Contains(body, `"refunding"`) {
			t.Errorf("%s: %s: %s", path, wrong, body)
		}
	}
}
