package gateway

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// Bounds of a QRDesk.
const (
	acquirerTimeout = 10 * time.Second // of a call
	watchBatch      = 100
	maxSources      = 1000 // of forged notices that are remembered
)

// QROrders is what a QRDesk needs of the store.
type QROrders interface {
	Place(ctx context.Context, w acquiring.Want, life time.Duration, code bool, owner string, now time.Time) (acquiring.Order, order.Effect, error)
	Look(ctx context.Context, w acquiring.Want, a acquiring.Asking, why string, now time.Time) (acquiring.Order, error)
	Due(ctx context.Context, owner string, limit int, now time.Time) ([]acquiring.Claim, error)
	Hear(ctx context.Context, serial string, e order.Event, by string, now time.Time) (acquiring.Order, error)
	Restarted(ctx context.Context, owner string, now time.Time) error
	Watch(ctx context.Context, limit int, now time.Time) error
	Next(ctx context.Context) (time.Time, error)
	Order(ctx context.Context, serial string) (acquiring.Order, error)
	Reach(ctx context.Context, name string, away bool, why string, now time.Time) error
}

// Acquirer is an acquirer that orders go to.
type Acquirer struct {
	Name string
	acquirer.Acquirer
	// Takes reports whether it takes a customer's payment code, by its first two digits;
	// nil takes all.
	Takes func(whose string) bool
}

// QRDesk decides what a QR does: which calls go out now, what became of them, what a
// kiosk is answered. It has no goroutine and no timer, so that whole kiosks are simulated
// over it in virtual time. It is safe for concurrent use.
type QRDesk struct {
	orders    QROrders
	acquirers []Acquirer
	owner     string
	calls     int
	log       *slog.Logger
	now       func() time.Time
	underWay  atomic.Int64

	mu      sync.Mutex
	sources map[string]bool      // of forged notices
	said    map[string]time.Time // when an acquirer's trouble was last logged
	reach   map[string]reach     // by acquirer
}

// NewQRDesk makes a desk that has calls out at once; 0 is DefaultCalls. Codes to show are
// those of the first acquirer.
func NewQRDesk(orders QROrders, owner string, acquirers []Acquirer, calls int, log *slog.Logger, now func() time.Time) *QRDesk {
	if calls <= 0 {
		calls = DefaultCalls
	}

	return &QRDesk{
		orders: orders, acquirers: acquirers, owner: owner, calls: calls, log: log, now: now,
		sources: map[string]bool{}, said: map[string]time.Time{}, reach: map[string]reach{},
	}
}

// Start takes the calls that this owner had in flight when it ended as lost.
func (d *QRDesk) Start(ctx context.Context) error { return d.orders.Restarted(ctx, d.owner, d.now()) }

// Turn returns the calls to make now, which count as under way until Ended, and how
// long nothing is due after them unless there is news.
func (d *QRDesk) Turn(ctx context.Context) (calls []QRCall, wait time.Duration) {
	now := d.now()
	err := d.orders.Watch(ctx, watchBatch, now)
	free := d.calls - int(d.underWay.Load())
	if err == nil && free > 0 {
		var claims []acquiring.Claim
		claims, err = d.orders.Due(ctx, d.owner, free, now)
		for _, c := range claims {
			calls = append(calls, QRCall{Claim: c})
		}
		d.underWay.Add(int64(len(calls)))
	}
	var next time.Time
	if err == nil {
		next, err = d.orders.Next(ctx)
	}
	if err != nil { // the store fails: what is due stays due, so do not come back at once
		if ctx.Err() == nil {
			d.log.Error("cannot go on with orders at acquirers", "err", err)
		}

		return calls, idlePoll
	}
	if next.IsZero() || free <= 0 {
		return calls, idlePoll
	}

	return calls, min(max(next.Sub(now), 10*time.Millisecond), idlePoll)
}

// Make makes one call and keeps what became of it. It returns the order as it then is;
// false if that could not be stored, and the lease will expire.
func (d *QRDesk) Make(ctx context.Context, c QRCall) (acquiring.Order, bool) {
	defer d.underWay.Add(-1)
	e, err := order.Event{Kind: order.Answered, To: c.Effect}, error(acquirer.ErrSilence)
	if a, ok := d.named(c.Acquirer); ok {
		limited, cancel := context.WithTimeout(ctx, acquirerTimeout)
		e, err = makeQRCall(limited, a, c)
		cancel()
	}
	d.trouble(c, err)

	// What the acquirer said is kept even while head office stops.
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	d.reached(keep, c.Acquirer, err)
	o, err := d.orders.Hear(keep, c.Serial, e, d.owner, d.now())
	if err != nil {
		d.log.Error("cannot keep an acquirer's answer; the claim will expire", "serial", c.Serial, "err", err)
	}

	return o, err == nil
}

func (d *QRDesk) named(name string) (acquirer.Acquirer, bool) {
	for _, a := range d.acquirers {
		if a.Name == name {
			return a.Acquirer, true
		}
	}

	return nil, false
}

// trouble logs why a call brought nothing, once a minute for each acquirer.
func (d *QRDesk) trouble(c QRCall, err error) {
	if err == nil || !d.mayLog(c.Acquirer) {
		return
	}
	d.log.Warn("acquirer call", "acquirer", c.Acquirer, "call", c.Effect, "serial", c.Serial, "err", acquirer.Scrub(err.Error(), ours(c.Order)...))
}

func (d *QRDesk) mayLog(name string) bool {
	now := d.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	last, before := d.said[name]
	if age := now.Sub(last); before && age >= 0 && age < sayEvery {
		return false
	}
	d.said[name] = now

	return true
}

// Take takes a request about an order for the first time: the state to answer with, and
// the call to make at once, if there is one.
func (d *QRDesk) Take(ctx context.Context, q QRQuestion) (wire.QRState, *QRCall, *wire.Error) {
	q.want.Acquirers = d.names(q)
	if q.op != wire.OpQROrder {
		s, e := d.Look(ctx, q)

		return s, nil, e
	}
	if len(d.acquirers) == 0 {
		return wire.QRState{}, nil, qrRefusal(acquiring.ErrNowhere)
	}

	now := d.now()
	o, effect, err := d.orders.Place(ctx, q.want, q.life, q.code != "", d.owner, now)
	if err != nil {
		s, e := d.refused(q, err)

		return s, nil, e
	}
	var c *QRCall
	if effect != "" {
		d.underWay.Add(1)
		c = &QRCall{acquiring.Claim{Order: o, Effect: effect}, q.code}
	}
	if !o.Open() {
		s, e := d.Look(ctx, q)

		return s, c, e
	}

	return QRStateOf(q.op, o, now), c, nil
}

// Look is Take for a request that was taken before, and for those that order nothing.
func (d *QRDesk) Look(ctx context.Context, q QRQuestion) (wire.QRState, *wire.Error) {
	q.want.Acquirers = d.names(q)
	a := asking[q.op]
	if q.op == wire.OpQROrder {
		a = acquiring.Wait
	}
	now := d.now()
	o, err := d.orders.Look(ctx, q.want, a, q.why, now)
	if err != nil {
		return d.refused(q, err)
	}

	return QRStateOf(q.op, o, now), nil
}

// Changed reports whether a request that waits can be answered now, and how the order
// stands. It writes nothing.
func (d *QRDesk) Changed(ctx context.Context, q QRQuestion) (bool, wire.QRState) {
	o, err := d.orders.Order(ctx, q.want.Serial)
	if err != nil {
		return false, wire.QRState{}
	}
	s := QRStateOf(q.op, o, d.now())

	return q.Answered(s.Status) || q.op == wire.OpQRRefund && s.Status == wire.QRPaid, s
}

// refused is the answer to a request that the ledger refuses.
func (d *QRDesk) refused(q QRQuestion, err error) (wire.QRState, *wire.Error) {
	if s, end := qrEnd(q, err); end {
		return s, nil
	}
	e := qrRefusal(err)
	if e == nil {
		d.log.Error("cannot keep an order", "serial", q.want.Serial, "err", err)
		e = &wire.Error{Code: wire.ErrCodeInternal, Message: "the order could not be kept"}
	}

	return wire.QRState{}, e
}

// names are the acquirers that may have an order: for a code to show the first of all,
// for a customer's code the first that takes it. An order that nobody knows may be at
// any of them.
func (d *QRDesk) names(q QRQuestion) []string {
	var out []string
	for _, a := range d.acquirers {
		if q.code == "" || a.Takes == nil || len(q.code) >= 2 && a.Takes(string(q.code[:2])) {
			out = append(out, a.Name)
		}
	}

	return out
}

// Adopt makes sure that the payment which a posting is ordered for is known, and asked
// about if it is not. back says that the money went back, or is on its way, by another
// decision than the kiosk's: it will never be posted.
func (d *QRDesk) Adopt(ctx context.Context, o books.Order) (back bool) {
	w := acquiring.Want{Serial: o.Serial, Kiosk: o.Kiosk, Account: o.Account, Amount: o.Amount, Mode: qr.Shown}
	w.Acquirers = d.names(QRQuestion{})
	found, err := d.orders.Look(ctx, w, acquiring.Adopt, "", d.now())
	if err != nil {
		if qrRefusal(err) == nil {
			d.log.Error("cannot keep an order", "serial", o.Serial, "err", err)
		}

		return false
	}

	return found.State == order.Refunding || found.State == order.Refunded || found.State == order.Kept
}

// meet is Adopt for a payment that nobody knows; what is known is left as it stands.
func (d *QRDesk) meet(ctx context.Context, o books.Order) {
	if _, err := d.orders.Order(ctx, o.Serial); errors.Is(err, stored.ErrNotFound) {
		d.Adopt(ctx, o)
	}
}

// Notice takes a notice of the acquirer called name, from source, and returns what it is
// answered with, and the serial that it is about if it was believed. One that does not
// verify changes nothing and is logged once for each source.
func (d *QRDesk) Notice(ctx context.Context, name, source string, header map[string][]string, body []byte) (acquirer.Receipt, string) {
	a, ok := d.named(name)
	if !ok {
		return acquirer.Receipt{Status: 404, ContentType: "text/plain", Body: "no such acquirer"}, ""
	}
	n, err := a.Notice(header, body)
	if err != nil {
		d.forged(name, source, err)

		return a.Receipt(false), ""
	}

	o, err := d.orders.Order(ctx, n.Serial)
	if err != nil {
		if !errors.Is(err, stored.ErrNotFound) {
			d.log.Error("cannot read an order", "serial", n.Serial, "err", err)
		}

		return a.Receipt(false), "" // its kiosk will ask about it, and the acquirer says it again
	}
	r, err := n.Answering(acquirer.Question{Serial: o.Serial, Amount: o.Amount})
	if err != nil {
		d.log.Warn("a notice does not fit its order", "acquirer", name, "serial", o.Serial, "err", acquirer.Scrub(err.Error(), ours(o)...))
	}
	e := paidEvent(order.Event{Kind: order.Noticed}, r, o)
	e.Answer.Code, e.Answer.Text = acquirer.Scrub(e.Answer.Code, ours(o)...), acquirer.Scrub(e.Answer.Text, ours(o)...)
	if e.Answer.Outcome != call.Done {
		e.Answer = call.Answer{} // a hint
	}
	if _, err := d.orders.Hear(ctx, o.Serial, e, name, d.now()); err != nil {
		d.log.Error("cannot keep a notice", "serial", o.Serial, "err", err)

		return a.Receipt(false), ""
	}

	return a.Receipt(true), o.Serial
}

func (d *QRDesk) forged(name, source string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sources[source] || len(d.sources) >= maxSources {
		return
	}
	d.sources[source] = true
	d.log.Warn("a notice does not verify; more of this source are not logged", "acquirer", name, "source", source, "err", acquirer.Scrub(err.Error()))
}
