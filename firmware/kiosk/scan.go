package kiosk

import (
	"regexp"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/scanner"
	"wattkiosk/payments"
)

// onScanner takes a code where the screen takes one: for the station that is paid by
// it, or as that of a bill.
func (c *Core) onScanner(e scanner.Event) {
	if c.live.taking() && c.machine().Face.Scans {
		c.hear(string(c.live.tender()), e)
		return
	}

	account := ""
	if e.Kind == scanner.Scanned {
		account = billAccount(c.cfg.BillCode, e.Code)
	}
	next, effects := visit.Scanned(c.visit, account, c.machine(), c.now)
	c.carry(next, effects, page.Intent{})
}

// billAccount is the account number that a bill's bar code carries: the first group
// of the pattern that holds one. Empty for a code that is no bill's, and without a
// pattern.
func billAccount(pattern *regexp.Regexp, code scanner.Code) string {
	if pattern == nil {
		return ""
	}
	for i, g := range pattern.FindStringSubmatch(string(code)) {
		if i > 0 && payments.ValidAccount(g) {
			return g
		}
	}
	return ""
}
