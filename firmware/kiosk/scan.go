package kiosk

import (
	"regexp"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/scanner"
	"wattkiosk/payments"
)

// onScanner takes a bar code where the screen takes one.
func (c *Core) onScanner(e scanner.Event) {
	account := ""
	if e.Kind == scanner.Scanned {
		account = billAccount(c.cfg.BillCode, e.Code)
	}
	next, effects := visit.Scanned(c.visit, account, c.machine(), c.now)
	c.visit = next
	for _, e := range effects {
		c.carry(e, page.Intent{})
	}
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

// scanWanted reports whether the scanner is to report codes.
func (c *Core) scanWanted() bool {
	return c.cfg.BillCode != nil && c.visit.TakesScan() && c.machine().Offers(profile.PayBill)
}

func (c *Core) switchScanner() {
	if on := c.scanWanted(); on != c.scanning {
		c.scanning = on
		c.emit(Scan{On: on})
	}
}
