package kiosk

import (
	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
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
		Profile: c.cfg.Profile, Stopped: c.board.Stops(), Blocks: c.board.Blocks(), Online: c.orders.linked, CanScan: c.cfg.BillCode != nil,
		Terminal: c.cfg.Terminal, Hotline: c.cfg.Hotline, Stick: c.desk.Stick(),
	}
	of := c.visit.Tender
	if l := c.live; l != nil {
		m.Standing = paybill.Standing{Txn: l.txn, Recovered: l.recovered, Slip: l.slip}
		of = l.txn.Tender
	}
	if s, ok := c.stations.find(of); ok {
		m.Face = s.Face(m.Standing.Txn)
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
func (c *Core) PrinterStatus() printer.Status { return c.slips.printer }

// Linked reports whether the broker can be reached.
func (c *Core) Linked() bool { return c.orders.linked }

// settle brings everything that follows from the state up to date: the result that
// is due, the idle screen, lights, scanner, alarms, and the revision when what the
// customer sees changed.
func (c *Core) settle() {
	c.checkOffline()
	c.board.Set(condition.Update, "", c.hold.on(c.now), "")
	c.runOrders()
	c.showResult()
	for _, s := range c.stations {
		c.out.light(s.light, s.Face(payments.Transaction{}).Ready)
	}
	c.out.light(SlipLight, c.live.slipOut())
	c.visit = visit.Block(c.visit, !c.cfg.Profile.Open(c.board.Stops()), c.now)
	c.out.scan(c.cfg.BillCode != nil && c.visit.TakesScan() && c.machine().Offers(profile.PayBill))
	c.reportAlarms()
	c.visit.Rev = c.out.draw(c.View())
}

// showResult moves to done or failed once the payment has ended, or when the
// customer has waited long enough for a posting that goes on without them.
func (c *Core) showResult() {
	l := c.live
	switch {
	case l == nil:
		return
	case l.shown:
		c.visit = visit.Weigh(c.visit, c.weight(), c.now)
		return
	case !l.due(c.now, c.orders.linked):
		return
	}

	l.shown = true
	if l.vanishes() {
		c.live = nil
		c.visit = visit.ToIdle(c.visit, c.now)

		return
	}
	c.print()
	c.showAs(l.txn)
}

// showAs shows the result of a payment.
func (c *Core) showAs(t payments.Transaction) {
	c.visit = visit.Result(c.visit, paybill.Good(t), c.weight(), c.now)
}

// weight is how long the result of the live payment stays.
func (c *Core) weight() paybill.Weight {
	return paybill.WeightOf(c.live.txn, c.live.slip, c.cfg.Waits.Result)
}
