package kiosk

import (
	"time"

	"wattkiosk/firmware/service/paybill"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
)

// live is the payment in front of the customer, with what only matters while it is
// there. A nil one is none.
type live struct {
	txn       payments.Transaction
	resultBy  time.Time // when the customer is told what goes on without them
	shown     bool      // the result is on the screen
	recovered bool      // taken up again after a restart
	held      bool      // head office has the order, and does not post it before it was checked
	slip      paybill.Slip
	waits     bool      // the slip goes out once the printer is up
	slipBy    time.Time // when a slip that nobody spoke of counts as not printed
}

// tender is what it is paid with; empty for none.
func (l *live) tender() payments.Tender {
	if l == nil {
		return ""
	}

	return l.txn.Tender
}

// is reports whether it is the payment of that serial.
func (l *live) is(serial string) bool { return l != nil && l.txn.Serial == serial }

// taking reports whether money may still come in.
func (l *live) taking() bool { return l != nil && l.txn.Taking() }

// waiting reports whether its customer stands there and was told nothing yet; after a
// power cut they may have gone.
func (l *live) waiting() bool { return l != nil && !l.shown && !l.recovered }

// slipOut reports whether a slip is at the mouth, or on its way there.
func (l *live) slipOut() bool {
	return l != nil && (l.slip == paybill.SlipPrinting || l.slip == paybill.SlipPrinted)
}

// tendered says that no more money comes in. It returns the name of the picture that
// is due; empty for none: after a power cut who paid may have gone.
func (l *live) tendered(now time.Time) (still string) {
	l.resultBy = now.Add(resultPatience)
	if l.recovered || !paybill.Held(l.txn) {
		return ""
	}

	return l.txn.Serial + stillEnd
}

// waitsForCard reports whether it is about a meter card, and its customer was told
// nothing yet.
func (l *live) waitsForCard() bool {
	return l != nil && !l.shown && l.txn.MeterCard.Serial != ""
}

// weight is how long its result stays on the screen.
func (l *live) weight(light time.Duration) paybill.Weight {
	return paybill.WeightOf(l.txn, l.slip, light)
}

// due reports whether its customer is to be told how it ended: it did, or they have
// waited long enough for what goes on without them.
func (l *live) due(now time.Time, linked bool) bool {
	if l.txn.Status() == payments.Writing {
		return false // the card desk ends it
	}
	if goesOn(l.txn) {
		return !linked || l.held || !now.Before(l.resultBy)
	}

	return l.txn.Status().Ended()
}

// giveUp ends the wait for a printer that says nothing: the customer is not kept in
// front of "printing".
func (l *live) giveUp(now time.Time) {
	if l != nil && l.slip == paybill.SlipPrinting && !now.Before(l.slipBy) {
		l.slip, l.waits = paybill.SlipFailed, false
	}
}

// printed takes what became of the slip.
func (l *live) printed(k printer.Kind) {
	l.slip = paybill.SlipFailed
	if k == printer.Printed || k == printer.Retracted {
		l.slip = paybill.SlipPrinted
	}
}

// wake is when something is due; zero for never.
func (l *live) wake() time.Time {
	switch {
	case l == nil:
	case l.slip == paybill.SlipPrinting:
		return l.slipBy
	case goesOn(l.txn) && l.txn.Status() != payments.Writing && !l.shown:
		return l.resultBy
	}

	return time.Time{}
}

// hasSlip reports whether a transaction, as far as it is, asks for a slip.
func hasSlip(t payments.Transaction) bool {
	return t.Serial != "" && !t.Taking() && t.Action().Slip != ""
}

// slipDue reports whether a payment ended without a slip that is known to be printed.
func slipDue(t payments.Transaction) bool {
	switch {
	case !hasSlip(t):
		return false
	case t.Slip == printer.Printed.String() || t.Slip == printer.Retracted.String():
		return false
	}

	return true
}
