package kiosk

import (
	"fmt"
	"strconv"
	"strings"

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
	slip := receipt.Build(l.txn, c.slipKiosk(), c.visit.Lang, copyNo, c.now)
	if slip.Kind == "" {
		return
	}
	l.slip = paybill.SlipFailed
	if !c.printer.CanPrint() {
		return
	}
	if _, _, err := c.commit(l.txn, l.txn.Serial, payments.SlipAttempt{Copy: copyNo, Kind: string(slip.Kind), Outcome: "started"}); err != nil {
		return
	}

	l.slip = paybill.SlipPrinting
	l.slipBy = c.now.Add(slipPatience)
	c.emit(Print{printer.Command{ID: jobID(l.txn.Serial, copyNo), Page: Page(slip)}})
}

// slipKiosk is what slips say about this machine.
func (c *Core) slipKiosk() receipt.Kiosk {
	return receipt.Kiosk{
		Terminal: c.cfg.Terminal, Utility: c.cfg.Utility, Site: c.cfg.Site, Place: c.cfg.Place, Hotline: c.cfg.Hotline, Zone: c.cfg.Zone,
	}
}

func jobID(serial string, copyNo int) string { return fmt.Sprintf("%s/%d", serial, copyNo) }

// onPrinter keeps the printer's status and journals what became of a job, whoever
// stands in front of the screen by now, and of a slip that nobody took: whoever
// asks for it later was not given it.
func (c *Core) onPrinter(e printer.Event) {
	switch e.Kind {
	case printer.StatusChanged:
		c.printer = e.Status
		c.board.Printer(e.Status)
		return
	case printer.Taken:
		return // as it should be
	}
	serial, number, _ := strings.Cut(e.ID, "/")
	copyNo, err := strconv.Atoi(number)
	if err != nil || copyNo < 1 {
		return
	}

	c.board.Set(condition.Page, "", e.Kind == printer.NotPrinted && c.printer.CanPrint(), e.Detail)
	c.journalSlip(serial, copyNo, e)
	if l := c.live; l != nil && l.txn.Serial == serial && copyNo == l.txn.Copies {
		l.slip = paybill.SlipFailed
		if e.Kind == printer.Printed || e.Kind == printer.Retracted {
			l.slip = paybill.SlipPrinted
		}
	}
}

// journalSlip records the outcome of a job with the payment that it is of, which
// may be long over. One that nobody knows is a job of other books.
func (c *Core) journalSlip(serial string, copyNo int, e printer.Event) {
	t, ok := c.money.find(serial)
	if !ok {
		var err error
		if t, err = c.fold(serial); err != nil {
			return
		}
	}
	_, _, _ = c.commit(t, serial, payments.SlipAttempt{Copy: copyNo, Kind: string(receipt.KindOf(t)), Outcome: e.Kind.String()}) // its failure is a condition
}

// runSlip gives up a printer that says nothing: the customer is not kept in front
// of "printing".
func (c *Core) runSlip() {
	if l := c.live; l != nil && l.slip == paybill.SlipPrinting && !c.now.Before(l.slipBy) {
		l.slip = paybill.SlipFailed
	}
}

// Page turns a slip into printer-neutral lines.
func Page(s receipt.Slip) printer.Page {
	var p printer.Page
	for _, l := range s.Lines {
		out := printer.Line{Label: l.Label, Value: l.Value}
		if l.Label == "" {
			out.Text, out.Value = l.Value, ""
		}
		switch l.Style {
		case receipt.Title:
			out.Align, out.Large, out.Bold = printer.Centre, true, true
		case receipt.Centred:
			out.Align = printer.Centre
		case receipt.Strong:
			out.Bold = true
		case receipt.Rule:
			out = printer.Line{Rule: true}
		case receipt.Code:
			out = printer.Line{QR: l.Value, Align: printer.Centre}
		}
		p.Lines = append(p.Lines, out)
	}
	return p
}
