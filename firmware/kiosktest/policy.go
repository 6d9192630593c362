package kiosktest

import (
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
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
	if o.w.plan.Tight {
		o.published.PerAccount, o.published.Total = tightAccount, tightTotal
	}

	o.policyEnds = max(o.policyEnds, o.published.Expires)

	return o.published
}

// visitMost is how long ago the policy may have been looked at for an opening.
const visitMost = 10 * time.Minute

// offlineMost is what one payment may come to that nobody verified. Where head office is strict,
// tightAccount is what one account may come to before its payments are posted, and tightTotal
// what all of them may.
const (
	offlineMost  money.Amount = 50000
	tightAccount money.Amount = 15000
	tightTotal   money.Amount = 40000
)

// sold looks at an opening as it is written: without head office nothing is sold by a
// clock that is lost, nor after the end of every policy, nor more than it allows together.
func (w *box) sold(r record.Record) {
	e, err := payments.Decode(r)
	opening, is := e.(payments.Opened)
	if err != nil || !is || opening.Online {
		return
	}
	if w.clock.trust == record.Untrusted {
		w.office.fail("%s was opened offline by a clock that is lost", r.Txn)
	}
	if at := w.time().UnixMilli(); at >= w.office.policyEnds && w.now.Sub(w.clock.since) > visitMost {
		w.office.fail("%s was opened offline %d ms after the last policy ended", r.Txn, at-w.office.policyEnds)
	}
	if w.plan.Tight {
		w.withinPolicy(opening, r)
	}
}

// withinPolicy: what is taken offline and not posted yet, and what may be taken now.
func (w *box) withinPolicy(opening payments.Opened, r record.Record) {
	all, ofAccount := opening.Limit, opening.Limit
	txns := map[string]payments.Transaction{}
	w.office.check(w.memory.Each(1, func(old record.Record) error {
		if t, e, err := payments.Fold(txns[old.Txn], old); err == nil && e != nil {
			txns[old.Txn] = t
		}

		return nil
	}))
	for serial, t := range txns {
		if serial == r.Txn || t.Online || t.Status() != payments.Posting {
			continue
		}
		all += t.Total()
		if t.Account == opening.Account {
			ofAccount += t.Total()
		}
	}
	if all > tightTotal || ofAccount > tightAccount {
		w.office.fail("%s: with %s of the account, %s together may be taken offline; the policy allows %s and %s", r.Txn, ofAccount, all, tightAccount, tightTotal)
	}
}
