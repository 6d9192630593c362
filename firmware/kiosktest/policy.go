package kiosktest

import (
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

const policyLife = 24 * time.Hour

// policy is what head office has published last for the kiosk: a new one when half of
// the life of the last is over, or its clock has gone back since.
func (o *office) policy() wire.Policy {
	now := o.time()
	age := now.UnixMilli() - o.published.Issued
	if o.published.V != 0 && age >= 0 && age < policyLife.Milliseconds()/2 {
		return o.published
	}
	o.published = wire.Policy{
		V: wire.Version, Kiosk: "*", Serial: max(o.published.Serial+1, uint64(now.UnixMilli())), Issued: now.UnixMilli(), Expires: now.Add(policyLife).UnixMilli(),
		OfflinePay: true, PerTxn: offlineMost, PerAccount: 100000, Total: 300000,
	}

	o.policyEnds = max(o.policyEnds, o.published.Expires)

	return o.published
}

// visitMost is how long ago the policy may have been looked at for an opening.
const visitMost = 10 * time.Minute

// offlineMost is what one payment may come to that nobody verified.
const offlineMost = 50000

// sold looks at an opening as it is written: without head office nothing is sold by a
// clock that is lost, nor after the end of every policy.
func (w *box) sold(r record.Record) {
	e, err := payments.Decode(r)
	opened, is := e.(payments.Opened)
	if err != nil || !is || opened.Online {
		return
	}
	if w.clock.trust == record.Untrusted {
		w.office.fail("%s was opened offline by a clock that is lost", r.Txn)
	}
	if at := w.time().UnixMilli(); at >= w.office.policyEnds && w.now.Sub(w.clock.since) > visitMost {
		w.office.fail("%s was opened offline %d ms after the last policy ended", r.Txn, at-w.office.policyEnds)
	}
}
