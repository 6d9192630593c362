package kiosk

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/metercard"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/questions"
	"wattkiosk/firmware/service/buypower"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/tender"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// Core is the kiosk. It is not safe for concurrent use.
type Core struct {
	cfg Config
	now time.Time
	out outputs

	visit    visit.State
	board    condition.Board
	orders   orders
	stations stations
	meter    meterCard
	places   places // the stations and the card desk
	desk     desk
	collect  collecting
	reprint  reprinting
	slips    slips
	offline  offline
	cashStop wire.CashStop
	hold     hold

	money ledger
	log   journaling
	live  *live // the payment in front of the customer
	apart apart
}

// New takes up the kiosk where the journal left it: it appends "started" (later,
// where the journal has no space), loads every open transaction, and returns the
// effects that are due again. A payment that still took money is closed as soon as
// its station has said where the last of it is. A profile that promises what is not
// built is an error.
func New(cfg Config, j Journal, now time.Time) (*Core, []Effect, error) {
	if len(cfg.Profile.Cells) == 0 {
		cfg.Profile = profile.Lobby()
	}
	if err := check(cfg.Profile, kinds); err != nil {
		return nil, nil, fmt.Errorf("cannot be this terminal: %w", err)
	}

	return newCore(cfg, j, now, kinds)
}

func newCore(cfg Config, j Journal, now time.Time, of map[payments.Tender]kind) (*Core, []Effect, error) {
	all, err := stationsOf(cfg, of)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot be this terminal: %w", err)
	}

	c := &Core{
		cfg: cfg, now: now, out: outputs{lights: map[string]bool{}}, visit: visit.New(cfg.Lang, cfg.Waits), stations: all,
		slips: slipsOf(cfg, now), offline: offline{most: cfg.MaxTotal}, money: ledger{jrn: j},
	}
	for _, s := range all {
		c.places = append(c.places, s.place())
	}
	c.meter = meterCard{Desk: metercard.New(cfg.Meter)}
	c.places = append(c.places, place{Place: c.meter.Desk, name: meterCards})
	c.board.Validator(noReport)
	c.board.Printer(printer.Status{})

	found, err := c.money.load()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot take up the journal: %w", err)
	}
	c.offline.policy, c.cashStop = found.policy, found.stop
	c.collect.powered = true // of a collection that is open, the power was off
	for _, s := range found.lost {
		c.board.Set(condition.Journal, "lost "+s, true, "no records of the open transaction "+s)
	}
	if found.taking.Serial != "" {
		c.live = &live{txn: found.taking, recovered: true}
	}
	if err := c.places.recover(now, &c.money, c.live); err != nil {
		return nil, nil, fmt.Errorf("cannot take up the journal: %w", err)
	}

	if err := (apartness{c}).loadApart(); err != nil {
		return nil, nil, fmt.Errorf("cannot take up the journal: %w", err)
	}
	c.orders.Book = questions.New(j.Boot())
	c.log.unsaid = []record.Draft{{Type: "started", Version: 1, Payload: mustJSON(map[string]any{"version": cfg.Version})}}
	// Without space it starts all the same, and takes nothing until there is some:
	// what is still open can be answered, acknowledged and trimmed.
	if err := c.write(nil); err != nil && !errors.Is(err, journal.ErrFull) {
		return nil, nil, fmt.Errorf("cannot journal the start: %w", err)
	}
	c.resume()

	return c, c.out.take(), nil
}

// noReport stands for a validator that has not said anything.
var noReport = bill.Event{}

// resume shows what the customer may still be waiting for, and asks for what is
// open.
func (c *Core) resume() {
	for _, t := range c.money.unfinished() {
		c.act(t, t.Action().Acts)
	}
	for _, t := range c.money.unsettled {
		c.orders.outcome(c.now, t)
	}

	last := c.money.last
	due := slipDue(last) && c.money.recent(last, c.now, c.offline.trust)
	switch t, found := c.money.unprinted(); {
	case c.live != nil:
		c.visit = visit.CashClosed(c.visit, c.now)
	case found && (!due || t.Serial == last.Serial): // else its customer was before the last one
		c.live = &live{txn: t, recovered: true, resultBy: c.now.Add(resultPatience)}
		c.visit = visit.CashClosed(c.visit, c.now)
	case due:
		c.live = &live{txn: last, recovered: true, shown: true, slip: paybill.SlipFailed}
		if last.Copies == 0 { // one that was begun may be in the customer's hand: they ask for another
			c.print()
		}
		c.showAs(last)
	}
	c.settle()
}

// Handle applies one event at a time and returns the effects that are due.
func (c *Core) Handle(now time.Time, e Event) []Effect {
	c.now = now
	switch e := e.(type) {
	case reported:
		c.hear(e.report())
	case Printer:
		c.onPrinter(e.Event)
	case Link:
		c.unanswered(c.orders.link(now, e.Up), paybill.WhyLine)
	case Reply:
		c.onReply(e.Reply)
	case Expired:
		c.unanswered(c.orders.expired(now, e.ID), paybill.WhyMIS)
	case NewPolicy:
		c.onPolicy(e.Policy)
	case NewCashStop:
		cashier{c}.ordered(e.CashStop)
	case Settle:
		c.stations.settle(now, e)
	case Void:
		c.stations.void(now, e)
	case Door:
		c.board.Input(e.Name, e.Open)
		c.collect.door(e.Name, e.Open)
	case Mains:
		c.board.Set(condition.Mains, "", e.Lost, "")
	case Warning:
		c.board.Set(condition.Code(e.Code), e.Source, e.On, e.Detail)
	case Clock:
		c.offline.trust = e.Trust
	case Scanner:
		c.onScanner(e.Event)
	case Stick:
		c.desk.Seen(now, e.Stick)
		c.desk.stickOrder = nil
		c.visit = visit.StickSeen(c.visit, e.Stick, now)
	case Challenge:
		c.visit = visit.Challenged(c.visit, e.Text)
	case StaffChecked:
		c.onLogin(e)
	case StickRefused:
		c.visit = visit.StickEnded(c.visit, e.Code, e.Detail, now)
	case Tick:
	}
	apartness{c}.followApart()
	c.runTimers()
	c.settle()
	c.desk.follow(c.visit, &c.out)

	return c.out.take()
}

// Touch applies a customer's intent. The error is a *page.Refused; effects may be
// due even so.
func (c *Core) Touch(now time.Time, i page.Intent) ([]Effect, error) {
	c.now = now
	c.checkSpace()
	next, effects, err := visit.Touched(c.visit, i, c.machine(), now)
	if err == nil {
		c.carry(next, effects, i)
	}
	c.runTimers()
	c.settle()
	c.desk.follow(c.visit, &c.out)

	return c.out.take(), err
}

// carry takes the visit on, and carries out what a touch, a scan or the screen's clock
// asked for.
func (c *Core) carry(next visit.State, effects []page.Effect, i page.Intent) {
	c.visit = next
	for _, e := range effects {
		if (collectors{c}).collects(e, i) || (reprinters{c}).reprints(e, i) {
			continue
		}
		switch e {
		case paybill.Verify:
			c.lookUp()
		case paybill.Open:
			c.begin(opening(c.visit, c.cfg.BankPosts, c.now))
		case paybill.Finish:
			c.finish(c.live.tender(), tender.ByCustomer)
		case paybill.TimeOut:
			c.finish(c.live.tender(), tender.ByTimeOut)
		case paybill.Choose:
			c.hand(c.stations.choose(c.now, c.live.tender(), i.Args["n"]))
		case buypower.Ask:
			c.meter.ask(c)
		case buypower.Rewrite:
			c.begin(c.visit.Card.Rewrite(c.now))
		case buypower.GiveUp:
			c.meter.Leave(c.now)
		case paybill.PrintAgain:
			c.print()
		case page.End:
			c.endVisit()
		case update.CheckStaff:
			c.out.add(c.desk.check(update.LoginOf(i)))
		case update.AskChallenge:
			c.out.add(c.desk.ask(c.now))
		case update.Install:
			c.install()
		case update.Dismiss:
			c.out.add(c.desk.dismiss())
		}
	}
}

// endVisit forgets whom the screen was for. What is open goes on without them.
func (c *Core) endVisit() {
	c.orders.DropOp(wire.OpVerify)
	c.orders.DropOp(wire.OpCardQuote)
	if c.live != nil && c.live.shown {
		c.orders.gone(c.live.txn.Serial)
		c.live = nil
	}
}
