package kiosk

import (
	"fmt"
	"strings"

	"wattkiosk/firmware/session"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/receipt"
)

// print attempts the slip of the live transaction as it stands. The attempt is
// journaled before the job goes out, so that no two slips of one transaction
// carry the same copy number, whatever happens in between.
func (c *Core) print() {
	l := c.live
	copyNo := l.txn.Copies + 1
	slip := receipt.Build(l.txn, c.slipKiosk(), c.visit.Lang, copyNo, c.now)
	if slip.Kind == "" {
		return
	}
	if !c.printer.CanPrint() {
		l.slip = session.SlipFailed
		return
	}
	next, _, err := c.commit(l.txn, l.txn.Serial, payments.SlipAttempt{Copy: copyNo, Kind: slip.Kind, Outcome: "started"})
	if err != nil {
		l.slip = session.SlipFailed
		return
	}
	l.txn, l.slip = next, session.SlipPrinting
	if a := c.open[next.Serial]; a != nil {
		a.txn = next
	}
	c.emit(Print{printer.Command{ID: jobID(next.Serial, copyNo), Page: Page(slip)}})
}

func jobID(serial string, copyNo int) string { return fmt.Sprintf("%s/%d", serial, copyNo) }

// onPrinter keeps the printer's status and journals what became of a job, and of a
// slip that nobody took: whoever asks for it later was not given it.
func (c *Core) onPrinter(e printer.Event) {
	c.emit(Redraw{})
	switch e.Kind {
	case printer.StatusChanged:
		c.printer = e.Status
		return
	case printer.Taken:
		return // as it should be
	}
	serial, _, ok := strings.Cut(e.ID, "/")
	if !ok {
		return
	}
	t := c.last
	if t.Serial != serial {
		if a := c.open[serial]; a != nil {
			t = a.txn
		}
	}
	if t.Serial != serial {
		return
	}
	var copyNo int
	if _, err := fmt.Sscanf(e.ID[len(serial):], "/%d", &copyNo); err != nil {
		return
	}
	next, _, err := c.commit(t, serial, payments.SlipAttempt{Copy: copyNo, Kind: receipt.KindOf(t), Outcome: e.Kind.String()})
	if l := c.live; l != nil && l.txn.Serial == serial {
		if err == nil {
			l.txn = next
		}
		if e.Kind == printer.Printed || e.Kind == printer.Retracted {
			l.slip = session.SlipPrinted
		} else {
			l.slip = session.SlipFailed
		}
	}
	if a := c.open[serial]; a != nil && err == nil {
		a.txn = next
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
