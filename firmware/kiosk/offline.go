package kiosk

import (
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// policySkew is how far head office's clock may be ahead.
const policySkew = 24 * time.Hour

// offline is what may be paid while head office cannot be reached, and whether the
// clock is one by which that can be said.
type offline struct {
	policy wire.Policy
	trust  record.Trust // of the clock, as last known
	most   money.Amount // of one payment
}

// newer reports whether a policy follows the present one. Serials only grow, but one
// that head office issued while its clock was ahead must not lock out what it says
// once the clock is right.
func (o offline) newer(p wire.Policy, now time.Time) bool {
	return o.follows(follows{o.policy.Serial, o.policy.Issued, p.Serial, p.Issued}, now)
}

// follows is two words of head office of one kind: what there is, and what came.
type follows struct {
	had       uint64
	hadIssued int64
	serial    uint64
	issued    int64
}

func (o offline) follows(f follows, now time.Time) bool {
	if f.serial > f.had {
		return true
	}

	return o.trusted() && fromTheFuture(f.hadIssued, now) && !fromTheFuture(f.issued, now)
}

func fromTheFuture(issued int64, now time.Time) bool {
	return issued > now.Add(policySkew).UnixMilli()
}

// trusted reports whether the time can be compared with anything.
func (o offline) trusted() bool { return o.trust == record.RTC || o.trust == record.Synchronised }

// limit is the most that may be taken offline for an account now, by the policy and
// by what is taken offline already; "" asks for any account. A policy has an end, so
// without a clock that is to be trusted there is none.
func (o offline) limit(account string, now time.Time, open []payments.Transaction) money.Amount {
	p := o.policy
	if !p.OfflinePay || !o.trusted() || now.UnixMilli() >= p.Expires || fromTheFuture(p.Issued, now) {
		return 0
	}

	total, perAccount := p.Total, p.PerAccount
	for _, t := range open {
		total -= t.Total()
		if t.Account == account {
			perAccount -= t.Total()
		}
	}

	return max(0, min(p.PerTxn, perAccount, total, o.most))
}
