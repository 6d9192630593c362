package kiosktest

import (
	"encoding/json"
	"fmt"
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/qr"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/wire"
)

// needs looks at a question of the kiosk: nobody asks for what has an end that nothing
// can change.
func (w *box) needs(r wire.Request) {
	if r.Op == wire.OpCardSteps {
		w.needsSteps(r)
		return
	}
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
	case r.Op == wire.OpOutcome && status != payments.Owed && status != payments.Disputed && status != payments.Unwritten:
		w.office.fail("the kiosk asks for the outcome of %s, which is %s", serial, status)
	case r.Op == wire.OpFrame:
		w.needsFrame(r, t)
	case r.Op == wire.OpQROrder && status != payments.Tendering:
		w.office.fail("the kiosk has %s placed, which is %s", serial, status)
	case r.Op == wire.OpQRRefund && t.QR.State != qr.Refunding:
		w.office.fail("the kiosk asks for the refund of %s, which is %s", serial, t.QR.State)
	case r.Op == wire.OpQRClose && t.QR.State != qr.Ending:
		w.office.fail("the kiosk has %s closed, which is %s", serial, t.QR.State)
	}
}

// ofVoid is field 3 of a void, and of its reversal.
const ofVoid = "200000"

// needsFrame: a sale leaves only after its record, and once; and what takes it back names
// it.
func (w *box) needsFrame(r wire.Request, t payments.Transaction) {
	var b wire.FrameBody
	must(json.Unmarshal(r.Body, &b))
	h, err := bank.Read(b.Frame)
	if err != nil {
		w.office.fail("the kiosk sends a frame that cannot be read: %v", err)
		return
	}
	sale := t.Card.Sale
	named := sale.Trace == fmt.Sprintf("%06d", h.Trace) && sale.Batch == fmt.Sprintf("%06d", h.Batch) && sale.Amount == h.Amount
	switch op := h.Op(); {
	case op == posp.Sale && (t.Card.State != bankcard.Selling || !named):
		w.office.fail("%s: a sale of %s, trace %06d, leaves; the journal has %s %+v", t.Serial, h.Amount, h.Trace, t.Card.State, sale)
	case op == posp.Reversal && h.Processing == ofVoid:
		if void := t.Card.Void(); void != bankcard.VoidOrdered && void != bankcard.VoidUnknown || h.Amount != sale.Amount {
			w.office.fail("%s: the reversal of a void of %s leaves; the journal has %q of %s", t.Serial, h.Amount, void, sale.Amount)
		}
	case op == posp.Reversal && (t.Card.State != bankcard.Reversing || !named):
		w.office.fail("%s: a reversal of %s, trace %06d, leaves; the journal has %s %+v", t.Serial, h.Amount, h.Trace, t.Card.State, sale)
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
	o.takesBack(c)
	switch c.Request.Op {
	case mis.OpPost:
		o.w.stats.Posts++
	case mis.OpAsk:
		o.w.stats.Asks++
	case mis.OpReverse:
		o.w.stats.Reversals++
	}
}
