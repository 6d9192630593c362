package kiosk

import (
	"slices"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/cassette"
)

// View is the screen of the core.
type View = page.View

// machine is what the pages show beside the visit.
func (c *Core) machine() visit.Machine {
	m := visit.Machine{
		Profile: c.cfg.Profile, Stopped: c.stopped(), Blocks: c.board.Blocks(), Online: c.orders.linked, CanScan: c.cfg.BillCode != nil,
		Terminal: c.cfg.Terminal, Hotline: c.cfg.Hotline, Hours: c.cfg.Hours, Fleet: c.cfg.Fleet, Stick: c.desk.Stick(),
		Cassette: collectors{c}.cassette(), Slips: c.reprint.shelf,
	}
	of := c.visit.Tender
	if l := c.live; l != nil {
		m.Standing = paybill.Standing{Txn: l.txn, Recovered: l.recovered, Held: l.held, Slip: l.slip}
		of = l.txn.Tender
	}
	m.Meter = c.meter.Face()
	if s, ok := c.stations.find(of); ok {
		m.Face = s.Face(m.Standing.Txn)
	}

	return m
}

// stopped is what cannot be had now. That the line is down is nothing that is wrong
// with the machine, so it is no condition.
func (c *Core) stopped() condition.Stops {
	if c.orders.linked {
		return c.board.Stops()
	}

	return c.board.Stops() | condition.Line
}

// View draws the present screen.
func (c *Core) View() View { return visit.Draw(c.visit, c.machine()) }

// Status is the kiosk for those who look at it from outside.
type Status struct {
	Boot     uint32                 // counter of this run
	Idle     bool                   // nobody is served, and nothing that a device said is undecided: it may be restarted
	Linked   bool                   // the broker can be reached
	Blocks   []string               // codes of what stops something; none: ready for everything that it has
	Warnings []string               // codes of what is wrong and stops nothing
	Cash     cassette.Account       // inside, by the journal
	Open     []payments.Transaction // without an end
	Printer  printer.Status         // as last reported
	Tenders  map[string]any         // what the station of a tender, or the card desk, tells technicians
}

// Status returns the present one.
func (c *Core) Status() Status {
	open := c.money.unfinished()
	if c.live.taking() {
		open = slices.Insert(open, 0, c.live.txn)
	}

	return Status{
		Boot: c.money.jrn.Boot(), Idle: c.live == nil && !c.visit.InVisit() && c.places.waiting() == 0, Linked: c.orders.linked,
		Blocks: condition.Strings(c.board.Blocks()), Warnings: condition.Strings(c.board.Warnings()),
		Cash: c.money.cash, Open: open, Printer: c.slips.printer, Tenders: c.places.reports(),
	}
}

// settle brings everything that follows from the state up to date: the result that
// is due, the idle screen, lights, scanner, alarms, and the revision when what the
// customer sees changed.
func (c *Core) settle() {
	c.board.Set(condition.Offline, "", !c.orders.linked && c.offlineLimit("") < c.cfg.rules().Smallest(), "")
	cashier{c}.set()
	c.board.Set(condition.Clock, "trust", !c.offline.trusted(), "the time was lost and is not synchronised")
	c.board.Set(condition.Update, "", c.hold.on(c.now), "")
	c.board.Set(condition.CardSystem, "", c.now.Before(c.meter.awayBy), "")
	collectors{c}.setCollection()
	reprinters{c}.followReprint()
	c.runOrders()
	if f, ok := c.stations.serving(c.live); ok {
		c.visit = visit.Follow(c.visit, c.live.txn.Tender, f.Step, c.now)
	}
	c.meter.follow(c)
	c.showResult()
	c.meter.want(c)
	for _, s := range c.stations {
		c.out.light(s.light, s.Face(payments.Transaction{}).Ready)
	}
	c.out.light(MeterLight, c.meter.Face().Ready)
	c.out.light(SlipLight, c.live.slipOut())
	c.visit = visit.Block(c.visit, !c.cfg.Profile.Open(c.stopped()), c.now)
	m := c.machine()
	c.out.scan(m.CanScan && c.visit.TakesScan() && m.Offers(profile.PayBill) || m.Face.Scans && c.live.taking())
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
		c.visit = visit.Weigh(c.visit, c.live.weight(c.cfg.Waits.Result), c.now)
		return
	case !l.due(c.now, c.orders.linked):
		return
	}
	if c.meter.holds(l, c.stations) {
		return // the card comes out before the slip
	}

	l.shown = true
	if paybill.Vanishes(l.txn) {
		c.live = nil
		c.visit = visit.ToIdle(c.visit, c.now)

		return
	}
	c.print()
	c.showAs(l.txn)
}

// showAs shows the result of a payment.
func (c *Core) showAs(t payments.Transaction) {
	c.visit = visit.Result(c.visit, paybill.Good(t), c.live.weight(c.cfg.Waits.Result), c.now)
}
