package kiosk

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/session"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// Core is the kiosk. It is not safe for concurrent use.
type Core struct {
	cfg Config
	jrn Journal
	now time.Time
	out []Effect

	visit   session.State
	drawn   View                 // as last announced by Redraw
	live    *live                // the transaction in front of the customer
	open    map[string]*awaiting // transactions whose posting is not known
	last    payments.Transaction // the last that took notes, for repeated reports
	cash    Cassette
	policy  wire.Policy
	linked  bool
	boot    uint32
	nextReq uint64
	verify  string // id of the running verify request

	note      noteSlot
	printer   printer.Status
	doors     map[string]bool    // the cabinet's inputs by name: active
	warnings  map[string]Warning // as last said, by code
	mainsLost bool
	unsaid    []record.Draft // records of the start that the journal has had no space for
	broken    error          // the journal refused; nothing is taken until it accepts again
	undecided []report
	retryAt   time.Time
	alarms    map[string]bool
	lights    map[string]bool
	full      bool      // the journal has no space for another payment
	spaceAt   time.Time // when to look again
	hold      hold
	staff     staff
	scanning  bool // the scanner was told to report
}

// Cassette is the cash inside by the journal's account.
type Cassette struct {
	Notes int          `json:"notes"`
	Total money.Amount `json:"total"`
}

// live is the transaction in front of the customer, with what only matters
// while it is there.
type live struct {
	txn       payments.Transaction
	closing   bool
	reason    string    // why it is closing
	closingAt time.Time // when closing was asked
	noteAt    time.Time // when the pending note was accepted
	resultBy  time.Time // when the customer is told that posting follows
	shown     bool      // the result is on the screen
	recovered bool      // taken up again after a restart
	slip      session.Slip
	refused   string
}

// awaiting is a posting that head office has not answered for good.
type awaiting struct {
	txn      payments.Transaction
	reqID    string
	askAt    time.Time
	failures int
}

// noteSlot is the validator as last reported.
type noteSlot struct {
	state     bill.Kind
	detail    string
	enabled   bool // we asked for notes
	moving    bool // a note is in the path
	restarted bool // this program or the device started, and nothing was accepted since
	other     bool // a note was offered since the last one was accepted
	refused   bool // the note on its way out was never accepted
}

// Keys of the journal's named states.
const (
	stateOpen   = "open-transactions"
	stateLast   = "last-transaction"
	stateCash   = "cassette"
	statePolicy = "policy"
)

// New takes up the kiosk where the journal left it: it appends "started" (later,
// where the journal has no space), loads
// every open transaction, and returns the effects that are due again. A live
// transaction that still took notes is closed as soon as the validator has said
// where its last note is.
func New(cfg Config, j Journal, now time.Time) (*Core, []Effect, error) {
	c := &Core{
		cfg: cfg, jrn: j, now: now, visit: session.New(cfg.Lang, cfg.Waits), open: map[string]*awaiting{},
		doors: map[string]bool{}, warnings: map[string]Warning{}, alarms: map[string]bool{}, lights: map[string]bool{}, note: noteSlot{restarted: true},
	}
	if err := c.load(); err != nil {
		return nil, nil, fmt.Errorf("cannot take up the journal: %w", err)
	}
	b, _ := json.Marshal(map[string]any{"version": cfg.Version})
	c.boot = j.Boot()
	c.unsaid = []record.Draft{{Type: "started", Version: 1, Payload: b}}
	// Without space it starts all the same, and takes nothing until there is some:
	// what is still open can be answered, acknowledged and trimmed.
	if err := c.write(nil); err != nil && !errors.Is(err, journal.ErrFull) {
		return nil, nil, fmt.Errorf("cannot journal the start: %w", err)
	}
	c.resume()
	return c, c.take(), nil
}

func (c *Core) load() error {
	var serials []string
	for key, into := range map[string]any{stateOpen: &serials, stateCash: &c.cash, statePolicy: &c.policy} {
		b, err := c.jrn.State(key)
		if errors.Is(err, journal.ErrNoState) {
			continue
		}
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, into); err != nil {
			return fmt.Errorf("state %s: %w", key, err)
		}
	}
	for _, s := range serials {
		t, err := c.fold(s)
		if err != nil {
			return err
		}
		switch t.Status() {
		case payments.Tendering:
			if c.live != nil {
				return fmt.Errorf("two transactions take notes: %s and %s", c.live.txn.Serial, s)
			}
			c.live = &live{txn: t, closing: true, reason: "power-cut", closingAt: c.now, noteAt: c.now, recovered: true}
		case payments.Posting:
			c.open[s] = &awaiting{txn: t, askAt: c.now}
		}
	}
	b, err := c.jrn.State(stateLast)
	if errors.Is(err, journal.ErrNoState) {
		return nil
	}
	if err != nil {
		return err
	}
	c.last, err = c.fold(string(b))
	if errors.Is(err, errTrimmed) {
		c.last, err = payments.Transaction{}, nil
	}
	return err
}

// errTrimmed means that the journal no longer has the beginning of a transaction.
var errTrimmed = errors.New("its records were trimmed")

// fold reads one transaction back from its records.
func (c *Core) fold(serial string) (payments.Transaction, error) {
	var t payments.Transaction
	recs, err := c.jrn.Txn(serial)
	if err != nil {
		return t, fmt.Errorf("transaction %s: %w", serial, err)
	}
	for _, r := range recs {
		if t.Serial == "" && payments.IsEvent(r.Type) && r.Type != (payments.Opened{}).EventType() && r.Type != (cash.StrayNote{}).EventType() {
			return t, fmt.Errorf("transaction %s: %w", serial, errTrimmed)
		}
		if t, _, err = payments.Fold(t, r); err != nil {
			return t, fmt.Errorf("record %d: %w", r.Seq, err)
		}
	}
	if t.Serial == "" {
		return t, fmt.Errorf("transaction %s: %w", serial, errTrimmed)
	}
	return t, nil
}

// resume shows a recovered transaction and asks for what is still open.
func (c *Core) resume() {
	if c.live != nil {
		c.visit = session.CashClosed(c.visit, c.now)
	} else {
		// A transaction that was fixed but whose customer had no slip yet is
		// brought back to the screen: the power came back, perhaps so did they.
		for _, s := range c.openSerials() {
			if a := c.open[s]; a.txn.Copies == 0 && c.live == nil {
				c.live = &live{txn: a.txn, closing: true, reason: a.txn.Cash.Reason, recovered: true, resultBy: c.now.Add(resultPatience)}
				c.visit = session.CashClosed(c.visit, c.now)
			}
		}
	}
	c.settleScreen()
}

func (c *Core) openSerials() []string {
	s := make([]string, 0, len(c.open)+1)
	for k := range c.open {
		s = append(s, k)
	}
	slices.Sort(s)
	return s
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
		c.onDoor(e)
	case Mains:
		c.mainsLost = e.Lost
	case Warning:
		c.warnings[e.Code] = e
	case Scanner:
		c.onScanner(e.Event)
	case Stick:
		c.onStick(e.Stick)
	case Challenge:
		c.visit = session.Challenged(c.visit, e.Text)
	case StaffChecked:
		c.onLogin(e)
	case StickRefused:
		c.visit = session.StickEnded(c.visit, e.Code, e.Detail, c.now)
	case Tick:
	}
	c.runTimers()
	c.settleScreen()
	return c.take()
}

// Touch applies a customer's intent. The error is a *session.Refused; effects
// may be due even so.
func (c *Core) Touch(now time.Time, i session.Intent) ([]Effect, error) {
	c.now = now
	c.checkSpace()
	next, effects, err := session.Touched(c.visit, i, c.env(), now)
	if err == nil {
		c.visit = next
		for _, e := range effects {
			if e == session.CheckStaff {
				c.checkStaff(session.LoginOf(i))
				continue
			}
			c.onSession(e)
		}
		c.emit(Redraw{})
	}
	c.runTimers()
	c.settleScreen()
	return c.take(), err
}

// Boot is the boot counter of this run.
func (c *Core) Boot() uint32 { return c.boot }

// Cash is what the journal says is in the cassette.
func (c *Core) Cash() Cassette { return c.cash }

// Open returns the transactions that have not reached an end.
func (c *Core) Open() []payments.Transaction {
	var out []payments.Transaction
	if c.live != nil && c.live.txn.Status() == payments.Tendering {
		out = append(out, c.live.txn)
	}
	for _, s := range c.openSerials() {
		out = append(out, c.open[s].txn)
	}
	return out
}

// Idle reports whether no customer is served and no note is undecided, so that
// the machine may be restarted.
func (c *Core) Idle() bool { return c.live == nil && !c.visit.InVisit() && len(c.undecided) == 0 }

func (c *Core) emit(e Effect) { c.out = append(c.out, e) }

func (c *Core) take() []Effect {
	out := c.out
	c.out = nil
	return out
}
