package kiosktest

import (
	"encoding/json"
	"slices"

	"wattkiosk/payments"
	"wattkiosk/payments/mis"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/wire"
)

// needs looks at a question of the kiosk: nobody asks for what has an end that nothing
// can change.
func (w *box) needs(r wire.Request) {
	var b struct {
		Serial string `json:"serial"`
	}
	if r.Op == wire.OpVerify || json.Unmarshal(r.Body, &b) != nil {
		return
	}
	recs, err := w.memory.Txn(b.Serial)
	if err != nil {
		w.office.fail("cannot read %s: %v", b.Serial, err)
		return
	}
	var t payments.Transaction
	for _, rec := range slices.Concat(w.trimmed, recs) {
		if rec.Txn != b.Serial {
			continue
		}
		if next, _, err := payments.Fold(t, rec); err == nil {
			t = next
		}
	}
	switch status := t.Status(); {
	case r.Op == wire.OpPost && t.Serial != "" && status != payments.Posting:
		w.office.fail("the kiosk orders %s again, which is %s", b.Serial, status)
	case r.Op == wire.OpOutcome && status != payments.Owed && status != payments.Disputed:
		w.office.fail("the kiosk asks for the outcome of %s, which is %s", b.Serial, status)
	}
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
