package kiosk

import (
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// onPolicy takes a newer offline policy and keeps it.
func (c *Core) onPolicy(p wire.Policy) {
	if !c.newer(p) || (p.Kiosk != "*" && p.Kiosk != c.cfg.Terminal) {
		return
	}
	d := record.Draft{Type: "policy", Version: 1, Payload: mustJSON(map[string]any{"serial": p.Serial})}
	if c.write(map[string][]byte{statePolicy: mustJSON(p)}, d) == nil {
		c.policy = p
	}
}

// newer reports whether a policy follows the present one. Serials only grow, but one
// that head office issued while its clock was ahead must not lock out what it says
// once the clock is right.
func (c *Core) newer(p wire.Policy) bool {
	if p.Serial > c.policy.Serial {
		return true
	}

	return c.trusted() && c.fromTheFuture(c.policy) && !c.fromTheFuture(p)
}

func (c *Core) fromTheFuture(p wire.Policy) bool {
	return p.Issued > c.now.Add(policySkew).UnixMilli()
}

// trusted reports whether the time can be compared with anything.
func (c *Core) trusted() bool { return c.trust == record.RTC || c.trust == record.Synchronised }

// offlineLimit is the most that may be taken offline for an account now, by the
// policy and by what is taken offline already; "" asks for any account. A policy
// has an end, so without a clock that is to be trusted there is none.
func (c *Core) offlineLimit(account string) money.Amount {
	p := c.policy
	if !p.OfflinePay || !c.trusted() || c.now.UnixMilli() >= p.Expires || c.fromTheFuture(p) {
		return 0
	}

	total, perAccount := p.Total, p.PerAccount
	for _, t := range c.money.open {
		total -= t.Total()
		if t.Account == account {
			perAccount -= t.Total()
		}
	}

	return max(0, min(p.PerTxn, perAccount, total, c.cfg.MaxTotal))
}

// checkOffline says whether nothing can be paid because the line is down, and
// whether the clock is one that nobody should believe.
func (c *Core) checkOffline() {
	c.board.Set(condition.Offline, "", !c.linked && c.offlineLimit("") < c.rules().Smallest(), "")
	c.board.Set(condition.Clock, "trust", !c.trusted(), "the time was lost and is not synchronised")
}

// policySkew is how far head office's clock may be ahead.
const policySkew = 24 * time.Hour
