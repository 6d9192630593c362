package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// Bounds of the runtime.
const (
	DefaultCalls = 32                     // calls to the MIS at a time, for postings; look-ups have as many
	maxWaiters   = 4096                   // requests that wait for a posting
	replyMargin  = 500 * time.Millisecond // before the kiosk stops waiting
	idlePoll     = 5 * time.Second        // between looks at the store without news
	maxTTL       = time.Minute
)

// Caller calls the MIS. The Reply is the truth; the error is for the log.
type Caller interface {
	Call(ctx context.Context, r mis.Request) (mis.Reply, error)
}

// Orders takes orders into the books.
type Orders interface {
	Books
	EnsurePosting(ctx context.Context, o books.Order, now time.Time) (books.Posting, error)
}

// Runtime is the gateway with goroutines.
type Runtime struct {
	books  Orders
	poster *Poster
	caller Caller
	log    *slog.Logger
	now    func() time.Time
	news   chan struct{}
	slots  chan struct{} // calls for postings
	looks  chan struct{} // calls for look-ups
	line   breaker

	mu      sync.Mutex
	waiters map[string][]chan books.Posting
	waiting int
}

// NewRuntime makes a gateway over the books and a caller, which is called calls times at
// once for postings and as often for look-ups; 0 is DefaultCalls.
func NewRuntime(orders Orders, owner string, caller Caller, calls int, log *slog.Logger, now func() time.Time) *Runtime {
	if calls <= 0 {
		calls = DefaultCalls
	}
	return &Runtime{
		books: orders, poster: NewPoster(orders, owner), caller: caller, log: log, now: now,
		news: make(chan struct{}, 1), slots: make(chan struct{}, calls), looks: make(chan struct{}, calls),
		line: breaker{log: log}, waiters: map[string][]chan books.Posting{},
	}
}

// Kick says that there may be new orders.
func (g *Runtime) Kick() {
	select {
	case g.news <- struct{}{}:
	default:
	}
}

// Run brings postings to their end until ctx ends; calls under way are awaited.
func (g *Runtime) Run(ctx context.Context) error {
	if err := g.poster.Restarted(ctx, g.now()); err != nil {
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
	free, wait := g.line.free(g.now(), cap(g.slots)-len(g.slots), len(g.slots))
	if free == 0 {
		return wait // or a call that ends kicks
	}
	calls, err := g.poster.Next(ctx, g.now(), free)
	if err != nil && ctx.Err() == nil {
		g.log.Error("cannot go on with postings", "err", err)
	}
	for _, c := range calls {
		g.slots <- struct{}{}
		wg.Go(func() {
			g.call(ctx, c)
			<-g.slots
			g.Kick()
		})
	}
	if err != nil { // the store fails: what is due stays due, so do not come back at once
		return idlePoll
	}
	wake, err := g.poster.Wake(ctx)
	if err != nil || wake.IsZero() {
		return idlePoll
	}
	return min(max(wake.Sub(g.now()), 10*time.Millisecond), idlePoll)
}

func (g *Runtime) call(ctx context.Context, c Call) {
	reply, err := g.caller.Call(ctx, c.Request)
	g.line.heard(g.now(), c.Request.Op, err)
	reply.Op = c.Request.Op
	// What the MIS said is kept even while head office stops.
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	row, err := g.poster.Answered(keep, g.now(), c, reply)
	if err != nil {
		g.log.Error("cannot keep the MIS's answer; the claim will expire", "serial", c.Serial, "err", err)
		return
	}
	if row.State.Final() {
		g.wake(row)
	}
}

// Answer answers one request of a kiosk; it blocks until the answer is known or
// the kiosk is about to stop waiting.
func (g *Runtime) Answer(ctx context.Context, kiosk string, r wire.Request) wire.Reply {
	ttl := min(time.Duration(r.TTLms)*time.Millisecond, maxTTL) - replyMargin
	ctx, cancel := context.WithTimeout(ctx, max(ttl, replyMargin))
	defer cancel()
	body, e := g.answer(ctx, kiosk, r)
	reply := wire.Reply{V: wire.Version, ID: r.ID, Error: e}
	if e == nil {
		b, err := json.Marshal(body)
		if err != nil {
			reply.Error = &wire.Error{Code: wire.ErrCodeInternal, Message: "the answer cannot be encoded"}
		}
		reply.Body = b
	}
	return reply
}

func (g *Runtime) answer(ctx context.Context, kiosk string, r wire.Request) (any, *wire.Error) {
	switch {
	case r.V != wire.Version:
		return nil, &wire.Error{Code: wire.ErrCodeBadRequest, Message: "protocol version not known"}
	case r.Op == wire.OpVerify:
		return g.verify(ctx, r)
	case r.Op == wire.OpPost:
		return g.post(ctx, kiosk, r)
	case r.Op == wire.OpOutcome:
		return g.outcome(ctx, kiosk, r)
	}
	return nil, &wire.Error{Code: wire.ErrCodeBadRequest, Message: "request not known"}
}

func (g *Runtime) verify(ctx context.Context, r wire.Request) (any, *wire.Error) {
	req, e := VerifyCall(r)
	if e != nil {
		return nil, e
	}
	select {
	case g.looks <- struct{}{}:
		defer func() { <-g.looks }()
	case <-ctx.Done():
		return nil, &wire.Error{Code: wire.ErrCodeUnavailable, Message: "the MIS is slow"}
	}
	reply, err := g.caller.Call(ctx, req)
	g.line.heard(g.now(), req.Op, err)
	v, e := Verified(req.Account, reply)
	if e != nil {
		return nil, e
	}
	return v, nil
}

func (g *Runtime) post(ctx context.Context, kiosk string, r wire.Request) (any, *wire.Error) {
	o, e := Order(kiosk, r)
	if e != nil {
		return nil, e
	}
	done, cancel := g.await(o.Serial)
	defer cancel()
	row, err := g.books.EnsurePosting(ctx, o, g.now())
	if errors.Is(err, books.ErrHeld) { // a person decides, or the journal follows again
		return wire.PostState{Serial: o.Serial, Status: wire.PostPending}, nil
	}
	if errors.Is(err, books.ErrConflict) {
		return nil, &wire.Error{Code: wire.ErrCodeConflict, Message: "this serial stands for another order"}
	}
	if err != nil {
		g.log.Error("cannot keep an order", "serial", o.Serial, "err", err)
		return nil, &wire.Error{Code: wire.ErrCodeInternal, Message: "the order could not be kept"}
	}
	if !row.State.Final() {
		g.Kick()
		row = g.settle(ctx, row, done)
	}
	return StateOf(row), nil
}

// settle waits for a posting to end, as long as the kiosk waits.
func (g *Runtime) settle(ctx context.Context, row books.Posting, done <-chan books.Posting) books.Posting {
	select {
	case p := <-done:
		return p
	case <-ctx.Done():
		return row
	}
}

func (g *Runtime) outcome(ctx context.Context, kiosk string, r wire.Request) (any, *wire.Error) {
	var b wire.OutcomeBody
	if e := unpack(r, &b); e != nil {
		return nil, e
	}
	row, err := g.books.Posting(ctx, b.Serial)
	if errors.Is(err, stored.ErrNotFound) || (err == nil && row.Kiosk != kiosk) {
		return wire.PostState{Serial: b.Serial, Status: wire.PostUnknown}, nil
	}
	if err != nil {
		return nil, &wire.Error{Code: wire.ErrCodeInternal, Message: "the books cannot be read"}
	}
	return StateOf(row), nil
}

// await registers for the end of a posting. A full table only means that the
// kiosk is told "pending" and asks again.
func (g *Runtime) await(serial string) (<-chan books.Posting, func()) {
	c := make(chan books.Posting, 1)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting >= maxWaiters {
		return c, func() {}
	}
	g.waiting++
	g.waiters[serial] = append(g.waiters[serial], c)
	return c, func() { g.forget(serial, c) }
}

func (g *Runtime) forget(serial string, c chan books.Posting) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.waiters[serial]
	for i, w := range list {
		if w == c {
			g.waiting--
			list = append(list[:i], list[i+1:]...)
			break
		}
	}
	if len(list) == 0 {
		delete(g.waiters, serial)
		return
	}
	g.waiters[serial] = list
}

func (g *Runtime) wake(p books.Posting) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.waiters[p.Serial] {
		select {
		case c <- p:
		default:
		}
	}
}
