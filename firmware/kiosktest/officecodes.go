package kiosktest

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/wire"
)

const (
	acquirerTimeout = 10 * time.Second         // how long head office waits for the acquirer
	otherOffices    = order.AskEvery           // between looks at an order that a request waits for
	noticeAgain     = 15100 * time.Millisecond // after that a notice that was not taken comes again
)

// codes is head office's side of payments by QR code: the real desk over the books, and
// the acquirer behind an adapter. What it keeps in memory dies with head office.
type codes struct {
	o        *office
	protocol string
	sim      *acquirersim.Server
	desk     *gateway.QRDesk
	orders   *slowly
	checkAt  time.Time
	waits    map[string][]*asking // by serial
	issued   []string             // payment codes that customers had on their telephones
	late     map[string]bool      // serials that the acquirer booked after it had closed them
	heard    map[string]bool      // serials of which a notice was believed
}

// newCodes is nil where bills are paid with notes only.
func newCodes(o *office) *codes {
	if !o.w.plan.Codes {
		return nil
	}

	return &codes{o: o, protocol: protocols[o.w.rng.IntN(len(protocols))], sim: newAcquirer(o.w), late: map[string]bool{}, heard: map[string]bool{}}
}

// slowly are the orders in the books, but that the answer to a call is kept aside: it
// takes its time to come back.
type slowly struct {
	*acquiring.Ledger
	aside  bool
	answer answer
}

// answer is what became of a call.
type answer struct {
	serial, by string
	event      order.Event
}

// Hear keeps the answer to a call aside.
func (s *slowly) Hear(ctx context.Context, serial string, e order.Event, by string, now time.Time) (acquiring.Order, error) {
	if !s.aside {
		return s.Ledger.Hear(ctx, serial, e, by, now)
	}
	s.answer = answer{serial, by, e}

	return s.Order(ctx, serial)
}

func (c *codes) boot() {
	if c == nil {
		return
	}
	c.orders = &slowly{Ledger: c.o.books.QR}
	c.waits = map[string][]*asking{}
	a := gateway.Acquirer{Name: c.protocol, Acquirer: connect(c.protocol, c.sim, c.o.time)}
	c.desk = gateway.NewQRDesk(c.orders, "office-1", []gateway.Acquirer{a}, 0, slog.New(alarmed{slog.DiscardHandler, c.o}), c.o.time)
	c.o.check(c.desk.Start(context.Background()))
	c.checkAt = c.o.w.now
}

// wake is when the desk has something to do.
func (c *codes) wake() time.Time {
	if c == nil || !c.o.up {
		return time.Time{}
	}

	return c.checkAt
}

// run makes the calls that are due.
func (c *codes) run() {
	if c == nil || !c.o.up || c.checkAt.IsZero() || c.o.w.now.Before(c.checkAt) {
		return
	}
	calls, wait := c.desk.Turn(context.Background())
	for _, q := range calls {
		c.call(q)
	}
	c.checkAt = c.o.w.now.Add(wait)
}

// later does something if head office lives until then.
func (c *codes) later(after time.Duration, do func()) {
	life := c.o.life
	c.o.w.todo.at(c.o.w.now.Add(after), func() {
		if c.o.life == life {
			do()
		}
	})
}

// call carries one request to the acquirer, and its answer back.
func (c *codes) call(q gateway.QRCall) {
	w := c.o.w
	c.later(between(w.rng, 10*time.Millisecond, 800*time.Millisecond), func() {
		c.orders.aside = true
		c.desk.Make(context.Background(), q)
		c.orders.aside = false
		a := c.orders.answer
		w.logf("head office calls the acquirer: %s %s: %s %s", q.Effect, q.Serial, a.event.Answer.Outcome, a.event.Answer.Code)
		c.notices(between(w.rng, 10*time.Millisecond, 2*time.Second))

		back := between(w.rng, 10*time.Millisecond, 800*time.Millisecond)
		if a.event.Answer == (call.Answer{}) {
			back = acquirerTimeout
		}
		c.later(back, func() {
			_, err := c.orders.Hear(context.Background(), a.serial, a.event, a.by, c.o.time())
			c.o.check(err)
			c.news(a.serial)
		})
	})
}

// asking is a request of the kiosk that waits for news of its order.
type asking struct {
	wire.Request
	gateway.QRQuestion
	serial string
	state  wire.QRState // as it was
}

// ask takes a request about an order.
func (c *codes) ask(serial string, r wire.Request) {
	q, e := gateway.QRRequest(Terminal, r)
	if e != nil {
		c.o.fail("the kiosk sent a bad %s: %v", r.Op, e)
		return
	}
	state, first, e := c.desk.Take(context.Background(), q)
	if first != nil {
		c.call(*first)
	}
	c.checkAt = c.o.w.now
	if e != nil || q.Answered(state.Status) {
		c.o.answer(r, state, e)
		return
	}

	x := &asking{r, q, serial, state}
	c.waits[serial] = append(c.waits[serial], x)
	c.later(gateway.Patience(r), func() {
		if c.forget(x) {
			c.o.answer(r, x.state, nil)
		}
	})
	c.lookAgain(x)
}

// lookAgain looks at an order that somebody waits for even without news: its time may be
// over.
func (c *codes) lookAgain(x *asking) {
	c.later(otherOffices, func() {
		if slices.Contains(c.waits[x.serial], x) {
			c.look(x)
			c.lookAgain(x)
		}
	})
}

func (c *codes) forget(x *asking) bool {
	i := slices.Index(c.waits[x.serial], x)
	if i >= 0 {
		c.waits[x.serial] = slices.Delete(c.waits[x.serial], i, i+1)
	}

	return i >= 0
}

// news lets those who wait for an order look at it.
func (c *codes) news(serial string) {
	for _, x := range slices.Clone(c.waits[serial]) {
		c.look(x)
	}
	c.checkAt = c.o.w.now
}

func (c *codes) look(x *asking) {
	changed, now := c.desk.Changed(context.Background(), x.QRQuestion)
	switch {
	case !changed && now.Serial != "":
		x.state = now
	case changed:
		state, e := c.desk.Look(context.Background(), x.QRQuestion)
		c.checkAt = c.o.w.now
		if x.state = state; e != nil || x.Answered(state.Status) {
			c.forget(x)
			c.o.answer(x.Request, state, e)
		}
	}
}

// adopt makes sure of the payment that a held posting is for. It reports whether its money
// went back.
func (c *codes) adopt(o books.Order) bool {
	if c == nil || o.Tender != books.TenderQR {
		return false
	}
	c.checkAt = c.o.w.now

	return c.desk.Adopt(context.Background(), o)
}

// notices brings, after a while, what the acquirer has to say by itself.
func (c *codes) notices(after time.Duration) {
	w := c.o.w
	w.todo.at(w.now.Add(after), func() {
		for _, n := range c.sim.Notices() {
			late := between(w.rng, 20*time.Millisecond, 3*time.Second)
			if !w.calm && w.rng.IntN(20) == 0 {
				late = between(w.rng, time.Second, 3*time.Minute)
			}
			w.todo.at(w.now.Add(late), func() { c.notice(n) })
		}
	})
}

func (c *codes) notice(n acquirersim.Notice) {
	if !c.o.up {
		c.sim.Return(n)
		c.notices(noticeAgain)

		return
	}
	receipt, serial := c.desk.Notice(context.Background(), c.protocol, "192.0.2.1", n.Header, []byte(n.Body))
	c.o.w.logf("a notice of the acquirer about %q: %d", serial, receipt.Status)
	if !c.sim.Taken(n, receipt.Status, receipt.Body) {
		c.sim.Return(n)
		c.notices(noticeAgain)
	}
	if serial != "" {
		c.o.w.stats.ByCode.Notices++
		c.heard[serial] = true
		c.news(serial)
	}
}

// calm ends all faults of the acquirer.
func (c *codes) calm() {
	if c == nil {
		return
	}
	for _, f := range acquirerFaults {
		must(c.sim.SetFor(f, 0))
	}
}

// quiet reports whether no order is open.
func (c *codes) quiet() bool {
	if c == nil {
		return true
	}
	rows, err := c.o.books.QR.Orders(context.Background(), books.Filter{Open: true})
	c.o.check(err)

	return len(rows) == 0 && !c.goesBack()
}

// goesBack reports whether restored books are about to ask the acquirer for what a kiosk
// has back already.
func (c *codes) goesBack() bool {
	if c.o.w.stats.Restores == 0 {
		return false
	}
	rows, err := c.o.books.QR.Orders(context.Background(), books.Filter{Limit: 500})
	c.o.check(err)
	for _, o := range rows {
		if o.State != order.Paid || o.WatchAt == 0 {
			continue
		}
		d, err := c.o.books.Detail(context.Background(), o.Serial)
		if err == nil && d.Transaction.Status == books.StatusUndone {
			return true
		}
	}

	return false
}

// notNow are the tenders that head office knows cannot be had.
func (c *codes) notNow() []string {
	if c == nil {
		return nil
	}

	return c.desk.NotNow()
}
