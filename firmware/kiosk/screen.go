package kiosk

import (
	"reflect"
	"slices"

	"wattkiosk/firmware/session"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
)

// blocks lists what keeps cash from being taken, as stable codes.
func (c *Core) blocks() []string {
	var b []string
	switch c.note.state {
	case 0, bill.Starting, bill.PoweredUp, bill.PoweredUpInStacker, bill.PoweredUpInValidator:
		b = append(b, "starting")
	case bill.CassetteFull, bill.CassetteRemoved:
		b = append(b, "cassette")
	case bill.Silent, bill.Failed, bill.Jammed, bill.Unusable:
		b = append(b, "validator")
	}
	switch {
	case c.printer.State == hal.DeviceUnknown:
		b = append(b, "starting")
	case c.printer.State != hal.DeviceOnline || c.printer.CoverOpen || c.printer.Cutter:
		b = append(b, "printer")
	case c.printer.Paper == printer.PaperOut:
		b = append(b, "paper")
	}
	if c.broken != nil || c.full {
		b = append(b, "journal")
	}
	if c.doors[doorLine] || c.doors[safeDoorLine] {
		b = append(b, "door")
	}
	if c.doors[tamperLine] {
		b = append(b, "tamper")
	}
	if c.mainsLost {
		b = append(b, "mains")
	}
	if !c.linked && c.offlineLimit("") < c.smallestNote() {
		b = append(b, "offline")
	}
	if c.hold.on(c.now) {
		b = append(b, string(c.hold.reason))
	}
	return slices.Compact(b)
}

func (c *Core) env() session.Env {
	e := session.Env{CanPay: len(c.blocks()) == 0, Stick: c.staff.stick}
	if l := c.live; l != nil {
		e.HasCash = l.txn.Total() > 0 || l.txn.Cash.Pending() >= 0 || l.txn.InDoubt() > 0
		e.CanClose = l.txn.Total() >= l.txn.Minimum && l.txn.Cash.Pending() < 0
		e.SlipDue = l.slip == session.SlipFailed
	}
	return e
}

// View draws the present screen.
func (c *Core) View() View {
	m := session.Machine{
		Env: c.env(), Blocks: c.blocks(), Online: c.linked, Denominations: c.cfg.Denominations,
		Terminal: c.cfg.Terminal, Hotline: c.cfg.Hotline,
		NoteMoving: c.note.moving, TakingNotes: c.takingNotes(), CanScan: c.cfg.BillCode != nil,
	}
	if l := c.live; l != nil {
		m.Txn, m.Closing, m.Slip, m.LastRefused = l.txn, l.closing, l.slip, l.refused
		m.NoteMoving = m.NoteMoving || l.txn.Cash.Pending() >= 0
	}
	return session.Draw(c.visit, m)
}

// Blocks returns the codes of what keeps cash from being taken; none means that
// the kiosk is ready for money.
func (c *Core) Blocks() []string { return c.blocks() }

// PrinterStatus is the printer as last reported.
func (c *Core) PrinterStatus() printer.Status { return c.printer }

// Linked reports whether the broker can be reached.
func (c *Core) Linked() bool { return c.linked }

// settleScreen shows a result that is due, blocks or unblocks the idle screen,
// reports alarms, and raises the revision when what the customer sees changed.
func (c *Core) settleScreen() {
	c.showResult()
	c.switchLight(CashLight, c.takingNotes())
	c.switchLight(SlipLight, c.live != nil && (c.live.slip == session.SlipPrinting || c.live.slip == session.SlipPrinted))
	c.visit = session.Block(c.visit, len(c.blocks()) > 0, c.now)
	c.switchScanner()
	c.reportAlarms()
	if !slices.ContainsFunc(c.out, isRedraw) && c.visit.Rev == c.drawn.Rev {
		return
	}
	c.out = slices.DeleteFunc(c.out, isRedraw)
	v := c.View()
	if c.visit.Rev == c.drawn.Rev {
		if reflect.DeepEqual(v, c.drawn) {
			return
		}
		c.visit = c.visit.Changed()
		v.Rev = c.visit.Rev
	}
	c.drawn = v
	c.emit(Redraw{})
}

// takingNotes reports whether a note pushed into the slot would be taken.
func (c *Core) takingNotes() bool {
	return c.note.enabled && (c.note.state == bill.Idling || c.note.moving)
}

func (c *Core) switchLight(name string, on bool) {
	if c.lights[name] != on {
		c.lights[name] = on
		c.emit(Light{name, on})
	}
}

func isRedraw(e Effect) bool { _, ok := e.(Redraw); return ok }

// showResult moves to done or failed once the transaction has ended, or when
// the customer has waited long enough for a posting that goes on without them.
func (c *Core) showResult() {
	l := c.live
	if l == nil || l.shown {
		return
	}
	offline := l.txn.Status() == payments.Posting && !c.linked
	if !l.txn.Status().Ended() && !offline && (l.txn.Status() != payments.Posting || c.now.Before(l.resultBy)) {
		return
	}
	l.shown = true
	good := l.txn.Status() == payments.Posted || l.txn.Status() == payments.Posting || l.txn.Status() == payments.Cancelled
	if l.txn.Status() == payments.Cancelled && l.reason == "customer" && l.txn.InDoubt() == 0 {
		c.live = nil
		c.visit = session.ToIdle(c.visit, c.now)
		c.emit(Redraw{})
		return
	}
	c.visit = session.Result(c.visit, good, c.now)
	c.print()
	c.emit(Redraw{})
}
