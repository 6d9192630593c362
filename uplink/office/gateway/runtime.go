package gateway

import (
	"context"
	"crypto"
	"log/slog"
	"sync"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/queue"
	"wattkiosk/payments/mis"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/wire"
)

// DefaultCalls is how many calls to the MIS there are at a time for postings; look-ups
// have as many.
const DefaultCalls = 32

// Caller calls the MIS. The Reply is the truth; the error is for the log, and says that no
// answer came.
type Caller interface {
	Call(ctx context.Context, r mis.Request) (mis.Reply, error)
}

// CardCaller calls the card-meter system. The Reply is the truth; the error is for the log,
// and says that no answer came.
type CardCaller interface {
	Call(ctx context.Context, r cardsystem.Request) (cardsystem.Reply, error)
}

// Runtime is a Desk with goroutines, timers and a caller.
type Runtime struct {
	desk   *Desk
	caller Caller
	cards  CardCaller
	news   chan struct{}
	looks  map[mis.System]*queue.Queue // places for look-ups, by system
	waits  waiters[books.Posting]
	qr     *QR   // nil: not offered
	bank   *Bank // nil: not offered
}

// NewRuntime makes a gateway over the books and a caller of the MIS, which is called calls
// times at once for postings and as often for look-ups; 0 is DefaultCalls.
func NewRuntime(orders Orders, owner string, caller Caller, calls int, log *slog.Logger, now func() time.Time) *Runtime {
	if calls <= 0 {
		calls = DefaultCalls
	}
	g := &Runtime{
		desk: NewDesk(orders, owner, calls, log, now), caller: caller, cards: noCards{}, news: make(chan struct{}, 1),
		looks: map[mis.System]*queue.Queue{mis.MIS: queue.New(calls, waitingLooks), mis.CardSystem: queue.New(calls, waitingLooks)},
	}
	for _, w := range g.desk.ways { // a look-up may be what finds that it answers again: what is ordered goes out then
		w.back = g.Kick
	}
	return g
}

// ServeCards has purchases on meter cards sold by the card-meter system, which is called as
// often as the MIS, and scripts for cards signed with key; to be called before Run. Without
// it the orders of purchases wait.
func (g *Runtime) ServeCards(c CardCaller, key crypto.Signer) {
	g.cards = c
	g.desk.SignWith(key)
}

// Serve has requests about payments by QR code answered by q; to be called before Run.
func (g *Runtime) Serve(q *QR) { g.qr = q }

// ServeBank has frames for the bank's POSP carried by b; to be called before Run.
func (g *Runtime) ServeBank(b *Bank) { g.bank = b }

// Way is how the way to a system is.
func (g *Runtime) Way(system mis.System) WayState { return g.desk.Way(system) }

// Kick says that there may be new orders.
func (g *Runtime) Kick() {
	select {
	case g.news <- struct{}{}:
	default:
	}
}

// Run brings postings to their end until ctx ends; calls under way are awaited.
func (g *Runtime) Run(ctx context.Context) error {
	if err := g.desk.Start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // stopped before it began
		}
		return err
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-g.news:
		case <-timer.C:
		}
		timer.Reset(g.turn(ctx, &wg))
	}
}

// turn starts what is due and returns how long to sleep.
func (g *Runtime) turn(ctx context.Context, wg *sync.WaitGroup) time.Duration {
	switch {
	case g.qr != nil:
		g.desk.Held(ctx, g.qr.desk)
	case g.bank != nil:
		g.desk.Held(ctx, nil)
	}
	calls, wait := g.desk.Turn(ctx)
	for _, c := range calls {
		wg.Go(func() {
			g.call(ctx, c)
			g.Kick()
		})
	}

	reports, least := g.desk.Reports(ctx)
	for _, r := range reports {
		wg.Go(func() {
			g.report(ctx, r)
			g.Kick()
		})
	}
	return min(wait, least)
}

func (g *Runtime) call(ctx context.Context, c Call) {
	var reply mis.Reply
	var err error
	if c.Request.System == mis.CardSystem {
		reply, err = sell(ctx, g.cards, c.Request)
	} else {
		reply, err = g.caller.Call(ctx, c.Request)
	}
	// What was said is kept even while head office stops.
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if row, ended := g.desk.Ended(keep, c, reply, err); ended {
		g.waits.wake(row.Serial, row)
	}
}

// Answer answers one request of a kiosk; it blocks until the answer is known or
// the kiosk is about to stop waiting.
func (g *Runtime) Answer(ctx context.Context, kiosk string, r wire.Request) wire.Reply {
	ctx, cancel := context.WithTimeout(ctx, Patience(r))
	defer cancel()
	body, e := g.answer(ctx, kiosk, r)
	return ReplyTo(r, body, e)
}

func (g *Runtime) answer(ctx context.Context, kiosk string, r wire.Request) (any, *wire.Error) {
	switch {
	case r.V != wire.Version:
		return nil, &wire.Error{Code: wire.ErrCodeBadRequest, Message: "protocol version not known"}
	case r.Op == wire.OpVerify:
		return g.verify(ctx, r)
	case r.Op == wire.OpPost:
		return g.post(ctx, kiosk, r)
	case r.Op == wire.OpCardQuote:
		return g.quote(ctx, kiosk, r)
	case r.Op == wire.OpCardSteps:
		return g.steps(ctx, kiosk, r)
	case r.Op == wire.OpOutcome:
		return g.desk.Outcome(ctx, kiosk, r)
	case isQR(r.Op) && g.qr != nil:
		return g.qr.answer(ctx, kiosk, r)
	case isQR(r.Op):
		return nil, &wire.Error{Code: wire.ErrCodeUnavailable, Message: "no acquirer is configured"}
	case r.Op == wire.OpFrame && g.bank != nil:
		return g.bank.answer(ctx, kiosk, r)
	case r.Op == wire.OpFrame:
		return nil, &wire.Error{Code: wire.ErrCodeUnsent, Message: "no bank is configured"}
	}
	return nil, &wire.Error{Code: wire.ErrCodeBadRequest, Message: "request not known"}
}

func (g *Runtime) verify(ctx context.Context, r wire.Request) (any, *wire.Error) {
	req, e := VerifyCall(r)
	if e != nil {
		return nil, e
	}
	end, e := g.look(ctx, mis.MIS)
	if e != nil {
		return nil, e
	}
	defer end()
	reply, err := g.caller.Call(ctx, req)
	v, e := g.desk.Looked(req, reply, err)
	if e != nil {
		return nil, e
	}
	v.NotNow = g.notNow()
	return v, nil
}

// notNow are the tenders that cannot be had now, of those that go through head office.
func (g *Runtime) notNow() []string {
	if g.qr == nil {
		return []string{books.TenderQR}
	}
	return g.qr.desk.NotNow()
}

func (g *Runtime) post(ctx context.Context, kiosk string, r wire.Request) (any, *wire.Error) {
	o, e := Order(kiosk, r)
	if e != nil {
		return nil, e
	}
	done, cancel := g.waits.add(kiosk, o.Serial)
	defer cancel()
	row, open, e := g.desk.Take(ctx, o)
	if e != nil {
		return nil, e
	}
	if g.qr != nil && row.Serial == o.Serial && row.State == 0 { // it is held: is it paid?
		if g.qr.adopt(ctx, o) { // owed: the kiosk asks for the refund then, and learns of it
			return wire.PostState{Serial: o.Serial, Status: wire.PostOwed}, nil
		}
	}
	if open {
		g.Kick()
		row = g.settle(ctx, row, done)
	}
	return StateOf(row), nil
}

// settle waits for a posting to end, as long as the kiosk waits, or not at all if done
// is nil.
func (g *Runtime) settle(ctx context.Context, row books.Posting, done <-chan books.Posting) books.Posting {
	if done == nil {
		return row
	}
	select {
	case p := <-done:
		return p
	case <-ctx.Done():
		return row
	}
}
