package kiosktest

import (
	"encoding/json"
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/qr"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/wire"
)

// needs looks at a question of the kiosk: nobody asks for what has an end that nothing
// can change.
func (w *box) needs(r wire.Request) {
	serial := serialOf(r)
	if serial == "" {
		return
	}
	recs, err := w.memory.Txn(serial)
	if err != nil {
		w.office.fail("cannot read %s: %v", serial, err)
		return
	}
	var t payments.Transaction
	for _, rec := range slices.Concat(w.trimmed, recs) {
		if rec.Txn != serial {
			continue
		}
		if next, _, err := payments.Fold(t, rec); err == nil {
			t = next
		}
	}
	switch status := t.Status(); {
	case r.Op == wire.OpPost && t.Serial != "" && status != payments.Posting:
		w.office.fail("the kiosk orders %s again, which is %s", serial, status)
	case r.Op == wire.OpOutcome && status != payments.Owed && status != payments.Disputed:
		w.office.fail("the kiosk asks for the outcome of %s, which is %s", serial, status)
	case r.Op == wire.OpQROrder && status != payments.Tendering:
		w.office.fail("the kiosk has %s placed, which is %s", serial, status)
	case r.Op == wire.OpQRRefund && t.QR.State != qr.Refunding:
		w.office.fail("the kiosk asks for the refund of %s, which is %s", serial, t.QR.State)
	case r.Op == wire.OpQRClose && t.QR.State != qr.Ending:
		w.office.fail("the kiosk has %s closed, which is %s", serial, t.QR.State)
	}
}

// serialOf is the payment that a request is about; empty for none.
func serialOf(r wire.Request) string {
	var b struct {
		Serial string `json:"serial"`
	}
	if json.Unmarshal(r.Body, &b) != nil {
		return ""
	}

	return b.Serial
}

// needs looks at a call to the MIS: none is about a payment that has an end, and a
// question follows only on what was called before.
func (o *office) needs(c gateway.Call) {
	if o.ended[c.Serial] {
		o.fail("head office calls the MIS to %s %s, which has an end", c.Request.Op, c.Serial)
	}
	switch c.Request.Op {
	case mis.OpPost:
		o.w.stats.Posts++
	case mis.OpAsk:
		o.w.stats.Asks++
	case mis.OpReverse:
		o.w.stats.Reversals++
	}
}
