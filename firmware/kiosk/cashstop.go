package kiosk

import (
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// cashier is the core as head office's order about cash works on it.
type cashier struct{ *Core }

// ordered takes a newer order of when no notes are taken, and keeps it.
func (c cashier) ordered(s wire.CashStop) {
	had := c.cashStop
	follows := follows{had: had.Serial, hadIssued: had.Issued, serial: s.Serial, issued: s.Issued}
	if s.Kiosk != c.cfg.Terminal || !c.offline.follows(follows, c.now) {
		return
	}
	d := record.Draft{Type: "cash-stop", Version: 1, Payload: mustJSON(map[string]any{"serial": s.Serial, "from": s.From, "expires": s.Expires, "date": s.Date})}
	if c.write(map[string][]byte{stateCashStop: mustJSON(s)}, d) == nil {
		c.cashStop = s
	}
}

// set has the order that stands stop the notes, and only these. Whoever is
// putting notes in goes on.
func (c cashier) set() {
	c.board.Set(condition.Unsigned, "", c.cashStop.Stops(c.now, c.offline.trusted()), c.cashStop.Date)
}

// wake is when the order that stands begins or ends next; zero for never.
func (c cashier) wake() time.Time {
	for _, ms := range []int64{c.cashStop.From, c.cashStop.Expires} {
		if at := time.UnixMilli(ms); ms != 0 && c.offline.trusted() && c.now.Before(at) {
			return at
		}
	}

	return time.Time{}
}
