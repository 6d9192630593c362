package kiosk

import (
	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/receipt"
)

// print attempts the slip of the live payment as it stands. The attempt is
// journaled before the job goes out, so that no two slips of one payment carry the
// same copy number, whatever happens in between.
func (c *Core) print() {
	l := c.live
	if l == nil {
		return
	}
	copyNo := l.txn.Copies + 1
	slip := receipt.Build(l.txn, c.slips.kiosk, c.visit.Lang, copyNo, c.now)
	if slip.Kind == "" {
		return
	}
	l.slip, l.waits = paybill.SlipFailed, false
	if c.slips.awaited(c.now) {
		l.slip, l.waits = paybill.SlipPrinting, true
		l.slipBy = c.slips.backBy
		return
	}
	if !c.slips.printer.CanPrint() {
		return
	}
	attempt := payments.SlipAttempt{Copy: copyNo, Kind: string(slip.Kind), Outcome: "started"}
	if _, _, err := c.commit(l.txn, l.txn.Serial, beside{}, attempt); err != nil {
		return
	}

	l.slip = paybill.SlipPrinting
	l.slipBy = c.now.Add(slipPatience)
	c.out.add(Print{printer.Command{ID: jobID(l.txn.Serial, copyNo), Page: Page(slip)}})
}

// onPrinter keeps the printer's status and journals what became of a job, whoever
// stands in front of the screen by now, and of a slip that nobody took: whoever
// asks for it later was not given it.
func (c *Core) onPrinter(e printer.Event) {
	switch e.Kind {
	case printer.StatusChanged:
		c.slips.heard(e.Status, c.now)
		c.board.Printer(e.Status)
		if c.live != nil && c.live.waits && !c.slips.awaited(c.now) {
			c.print()
		}
		if c.collect.waits {
			collectors{c}.printCollection()
		}

		return
	case printer.Taken:
		return // as it should be
	}
	serial, copyNo, ok := jobOf(e.ID)
	if !ok {
		return
	}

	c.board.Set(condition.Page, "", e.Kind == printer.NotPrinted && c.slips.printer.CanPrint(), e.Detail)
	if (collectors{c}).collectionPrinted(serial, copyNo, e) {
		return
	}
	if t, known := c.money.lookUp(serial); known { // else it is a job of other books
		outcome := payments.SlipAttempt{Copy: copyNo, Kind: string(receipt.KindOf(t)), Outcome: e.Kind.String()}
		_, _, _ = c.commit(t, serial, beside{}, outcome) // its failure is a condition
	}
	reprinters{c}.reprinted(serial, copyNo, e.Kind)
	if c.live.is(serial) && copyNo == c.live.txn.Copies {
		c.live.printed(e.Kind)
	}
}
