package kiosk

import (
	"reflect"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
)

// View is the screen of the core.
type View = page.View

// machine is what the pages show beside the visit.
func (c *Core) machine() visit.Machine {
	m := visit.Machine{
		Profile: c.cfg.Profile, Stopped: c.board.Stops(), Blocks: c.board.Blocks(), Online: c.linked, CanScan: c.cfg.BillCode != nil,
		Terminal: c.cfg.Terminal, Hotline: c.cfg.Hotline, Stick: c.desk.Stick(),
		Slot: paybill.Slot{Taking: c.till.Taking(), Moving: c.till.Moving(), Notes: c.cfg.Denominations},
	}
	if l := c.live; l != nil {
		m.Standing = paybill.Standing{Txn: l.txn, Recovered: l.recovered, Slip: l.slip}
		m.Slot.Moving = m.Slot.Moving || l.txn.Cash.Pending() >= 0
		m.Slot.Refused = c.till.Refusal()
	}

	return m
}

// View draws the present screen.
func (c *Core) View() View { return visit.Draw(c.visit, c.machine()) }

// Blocks returns the codes of what stops something; none means that the kiosk is
// ready for everything that it has.
func (c *Core) Blocks() []string { return condition.Strings(c.board.Blocks()) }

// Warnings returns the codes of what is wrong and stops nothing.
func (c *Core) Warnings() []string { return condition.Strings(c.board.Warnings()) }

// PrinterStatus is the printer as last reported.
func (c *Core) PrinterStatus() printer.Status { return c.printer }

// Linked reports whether the broker can be reached.
func (c *Core) Linked() bool { return c.linked }

// settle brings everything that follows from the state up to date: the result that
// is due, the idle screen, lights, scanner, alarms, and the revision when what the
// customer sees changed.
func (c *Core) settle() {
	c.checkOffline()
	c.board.Set(condition.Update, "", c.hold.on(c.now), "")
	c.runAsks()
	c.showResult()
	c.switchLight(CashLight, c.till.Taking())
	c.switchLight(SlipLight, c.live != nil && (c.live.slip == paybill.SlipPrinting || c.live.slip == paybill.SlipPrinted))
	c.visit = visit.Block(c.visit, !c.cfg.Profile.Open(c.board.Stops()), c.now)
	c.switchScanner()
	c.reportAlarms()
	c.redraw()
}

func (c *Core) switchLight(name string, on bool) {
	if c.lights[name] != on {
		c.lights[name] = on
		c.emit(Light{name, on})
	}
}

// same reports whether two views show the same.
func same(a, b page.View) bool { return reflect.DeepEqual(a, b) }

// showResult moves to done or failed once the payment has ended, or when the
// customer has waited long enough for a posting that goes on without them.
func (c *Core) showResult() {
	l := c.live
	if l == nil {
		return
	}
	if l.shown {
		c.visit = visit.Weigh(c.visit, c.weight(l), c.now)
		return
	}

	status := l.txn.Status()
	offline := status == payments.Posting && !c.linked
	if !status.Ended() && !offline && (status != payments.Posting || c.now.Before(l.resultBy)) {
		return
	}
	l.shown = true
	if status == payments.Cancelled && !c.mustExplain(l) {
		c.live = nil
		c.visit = visit.ToIdle(c.visit, c.now)

		return
	}
	c.print()
	c.showAs(l.txn)
}

// mustExplain reports whether an end without money is more than the customer's own
// wish.
func (c *Core) mustExplain(l *live) bool {
	return l.txn.Cash.Reason != "customer" || l.txn.InDoubt() > 0
}

// showAs shows the result of a payment.
func (c *Core) showAs(t payments.Transaction) {
	c.visit = visit.Result(c.visit, paybill.Good(t), c.weight(c.live), c.now)
}

func (c *Core) weight(l *live) paybill.Weight {
	return paybill.WeightOf(l.txn, l.slip, c.cfg.Waits.Result)
}
