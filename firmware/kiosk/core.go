package kiosk

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/questions"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/service/update"
	station "wattkiosk/firmware/tender/cash"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// Core is the kiosk. It is not safe for concurrent use.
type Core struct {
	cfg Config
	jrn Journal
	now time.Time
	out []Effect

	visit visit.State
	board condition.Board
	asks  *questions.Book
	till  *station.Station
	desk  update.Desk

	money books
	live  *live // the payment in front of the customer

	policy  wire.Policy
	trust   record.Trust // of the clock, as last known
	linked  bool
	printer printer.Status
	hold    hold

	log      journaling
	drawn    page.View // as last announced by Redraw
	lights   map[string]bool
	scanning bool // the scanner was told to report
}

// live is the payment in front of the customer, with what only matters while it is
// there.
type live struct {
	txn       payments.Transaction
	resultBy  time.Time // when the customer is told that posting follows
	shown     bool      // the result is on the screen
	recovered bool      // taken up again after a restart
	slip      paybill.Slip
	slipBy    time.Time // when a slip that nobody spoke of counts as not printed
}

// New takes up the kiosk where the journal left it: it appends "started" (later,
// where the journal has no space), loads every open transaction, and returns the
// effects that are due again. A payment that still took notes is closed as soon as
// the validator has said where its last note is.
func New(cfg Config, j Journal, now time.Time) (*Core, []Effect, error) {
	if len(cfg.Profile.Cells) == 0 {
		cfg.Profile = profile.Lobby()
	}
	c := &Core{
		cfg: cfg, jrn: j, now: now, visit: visit.New(cfg.Lang, cfg.Waits), till: station.New(cfg.Denominations), lights: map[string]bool{},
	}
	c.board.Validator(noReport)
	c.board.Printer(printer.Status{})
	if err := c.load(); err != nil {
		return nil, nil, fmt.Errorf("cannot take up the journal: %w", err)
	}

	c.asks = questions.New(j.Boot())
	c.log.unsaid = []record.Draft{{Type: "started", Version: 1, Payload: mustJSON(map[string]any{"version": cfg.Version})}}
	// Without space it starts all the same, and takes nothing until there is some:
	// what is still open can be answered, acknowledged and trimmed.
	if err := c.write(nil); err != nil && !errors.Is(err, journal.ErrFull) {
		return nil, nil, fmt.Errorf("cannot journal the start: %w", err)
	}
	c.resume()

	return c, c.take(), nil
}

// resume shows what the customer may still be waiting for, and asks for what is
// open.
func (c *Core) resume() {
	for _, s := range c.money.openSerials() {
		c.order(c.money.open[s])
	}
	for _, t := range c.money.unsettled {
		c.askOutcome(t, c.now)
	}

	switch {
	case c.live != nil:
		c.till.Recover(c.now)
		c.visit = visit.CashClosed(c.visit, c.now)
	case c.resumeOpen():
	case slipDue(c.money.last, c.now):
		c.live = &live{txn: c.money.last, recovered: true, shown: true, slip: paybill.SlipFailed}
		c.showAs(c.money.last)
	}
	c.settle()
}

// resumeOpen brings a payment back to the screen that was fixed and whose customer
// has no slip yet: the power came back, perhaps so did they. Of several it is the
// latest: its customer is the one who may still stand there.
func (c *Core) resumeOpen() bool {
	for _, s := range slices.Backward(c.money.openSerials()) {
		if t := c.money.open[s]; t.Copies == 0 {
			c.live = &live{txn: t, recovered: true, resultBy: c.now.Add(resultPatience)}
			c.visit = visit.CashClosed(c.visit, c.now)

			return true
		}
	}

	return false
}

// slipDue reports whether a payment ended so shortly before that its customer may
// still be there, without a slip that is known to be printed.
func slipDue(t payments.Transaction, now time.Time) bool {
	age := now.Sub(t.Cash.ClosedAt)
	switch {
	case t.Serial == "" || t.Cash.Taking() || t.Action().Slip == "":
		return false
	case t.Slip == printer.Printed.String() || t.Slip == printer.Retracted.String():
		return false
	}

	return age < slipYoung
}

// Handle applies one event at a time and returns the effects that are due.
func (c *Core) Handle(now time.Time, e Event) []Effect {
	c.now = now
	switch e := e.(type) {
	case Validator:
		c.onValidator(e.Event)
	case Printer:
		c.onPrinter(e.Event)
	case Link:
		c.onLink(e.Up)
	case Reply:
		c.onReply(e.Reply)
	case Expired:
		c.onExpired(e.ID)
	case NewPolicy:
		c.onPolicy(e.Policy)
	case Door:
		c.board.Input(e.Name, e.Open)
	case Mains:
		c.board.Set(condition.Mains, "", e.Lost, "")
	case Warning:
		c.board.Set(condition.Code(e.Code), e.Source, e.On, e.Detail)
	case Clock:
		c.trust = e.Trust
	case Scanner:
		c.onScanner(e.Event)
	case Stick:
		c.onStick(e.Stick)
	case Challenge:
		c.visit = visit.Challenged(c.visit, e.Text)
	case StaffChecked:
		c.onLogin(e)
	case StickRefused:
		c.visit = visit.StickEnded(c.visit, e.Code, e.Detail, c.now)
	case Tick:
	}
	c.runTimers()
	c.settle()

	return c.take()
}

// Touch applies a customer's intent. The error is a *page.Refused; effects may be
// due even so.
func (c *Core) Touch(now time.Time, i page.Intent) ([]Effect, error) {
	c.now = now
	c.checkSpace()
	next, effects, err := visit.Touched(c.visit, i, c.machine(), now)
	if err == nil {
		c.visit = next
		for _, e := range effects {
			c.carry(e, i)
		}
	}
	c.runTimers()
	c.settle()

	return c.take(), err
}

// carry carries out what a touch or the screen's clock asked for.
func (c *Core) carry(e page.Effect, i page.Intent) {
	switch e {
	case paybill.Verify:
		c.lookUp()
	case paybill.OpenCash:
		c.openCash()
	case paybill.FinishCash:
		c.close(station.ByCustomer)
	case paybill.TimeOut:
		c.close(station.ByTimeOut)
	case paybill.PrintAgain:
		c.print()
	case page.End:
		c.endVisit()
	case update.CheckStaff:
		c.checkStaff(update.LoginOf(i))
	case update.AskChallenge:
		c.askChallenge()
	case update.Install:
		c.install()
	case update.Dismiss:
		c.emit(StickDismiss{Stick: c.desk.Stick().ID})
	}
}

// endVisit forgets whom the screen was for. What is open goes on without them.
func (c *Core) endVisit() {
	c.asks.DropOp(wire.OpVerify)
	if c.live != nil && c.live.shown {
		c.asks.Relax(questions.Subject{Op: wire.OpPost, Key: c.live.txn.Serial})
		c.live = nil
	}
}

// Boot is the boot counter of this run.
func (c *Core) Boot() uint32 { return c.jrn.Boot() }

// Cash is what the journal says is in the cassette.
func (c *Core) Cash() Cassette { return c.money.cash }

// Open returns the transactions that have not reached an end.
func (c *Core) Open() []payments.Transaction {
	var all []payments.Transaction
	if c.live != nil && c.live.txn.Cash.Taking() {
		all = append(all, c.live.txn)
	}
	for _, s := range c.money.openSerials() {
		all = append(all, c.money.open[s])
	}

	return all
}

// Idle reports whether no customer is served and no note is undecided, so that
// the machine may be restarted.
func (c *Core) Idle() bool { return c.live == nil && !c.visit.InVisit() && c.till.Waiting() == 0 }

func (c *Core) emit(e Effect) { c.out = append(c.out, e) }

func (c *Core) take() []Effect {
	out := c.out
	c.out = nil

	return out
}

// isRedraw reports whether an effect is a Redraw.
func isRedraw(e Effect) bool { _, ok := e.(Redraw); return ok }

// redraw announces the screen where it changed, with a new revision.
func (c *Core) redraw() {
	v := c.View()
	if c.visit.Rev == c.drawn.Rev && same(v, c.drawn) {
		return
	}
	if c.visit.Rev == c.drawn.Rev {
		c.visit = c.visit.Changed()
		v.Rev = c.visit.Rev
	}
	c.drawn = v
	c.out = slices.DeleteFunc(c.out, isRedraw)
	c.emit(Redraw{})
}
