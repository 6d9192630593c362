package gateway

import (
	"context"
	"errors"
	"sync"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/mis"
	"wattkiosk/uplink/wire"
)

// noCards is a CardCaller without a card-meter system.
type noCards struct{}

var errNoCards = errors.New("no card-meter system is configured")

// Call answers every call with "not sent": sales stay ordered, quotes fail.
func (noCards) Call(_ context.Context, r cardsystem.Request) (cardsystem.Reply, error) {
	reply := cardsystem.Reply{Op: r.Op}
	if r.Op == cardsystem.OpSell {
		reply.Post = mis.PostResult{Outcome: mis.NotDone, Retry: true}
	}
	return reply, errNoCards
}

// sales are the operations of the card-meter system that stand for those of a posting.
var sales = map[mis.Op]cardsystem.Op{mis.OpPost: cardsystem.OpSell, mis.OpAsk: cardsystem.OpAsk, mis.OpReverse: cardsystem.OpReverse}

// sell makes the call of a posting at the card-meter system.
func sell(ctx context.Context, c CardCaller, r mis.Request) (mis.Reply, error) {
	said, err := c.Call(ctx, SaleCall(r))
	return SaleReply(r, said), err
}

// SaleCall is the call of a posting as the card-meter system takes it.
func SaleCall(r mis.Request) cardsystem.Request {
	return cardsystem.Request{Op: sales[r.Op], Payment: r.Payment, Serial: r.Serial, Reversal: r.Reversal}
}

// SaleReply is what the card-meter system answered, as the posting takes it.
func SaleReply(r mis.Request, said cardsystem.Reply) mis.Reply {
	return mis.Reply{Op: r.Op, Post: said.Post, Reverse: said.Reverse}
}

// steps hands out the next round of steps for a card.
func (g *Runtime) steps(ctx context.Context, kiosk string, r wire.Request) (any, *wire.Error) {
	q, e := g.desk.TakeSteps(ctx, kiosk, r)
	if e != nil || q.Answer != nil {
		return q.Answer, e
	}
	end, e := g.look(ctx, mis.CardSystem)
	if e != nil {
		g.desk.NotAsked(q)
		return nil, e
	}
	defer end()
	reply, err := g.cards.Call(ctx, q.Request)

	return g.desk.Stepped(q, reply, err)
}

// reportTimeout is how long a report may take.
const reportTimeout = 10 * time.Second

// report tells the card-meter system how a writing ended.
func (g *Runtime) report(ctx context.Context, r Report) {
	call, cancel := context.WithTimeout(ctx, reportTimeout)
	defer cancel()
	reply, err := g.cards.Call(call, r.Request)
	// What was said is kept even while head office stops.
	keep, end := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer end()
	g.desk.Reported(keep, r, reply, err)
}

// pace is how often each kiosk may ask for something: burst at once, then one more each
// refill. The zero value with both is ready; it is safe for concurrent use.
type pace struct {
	burst  int
	refill time.Duration

	mu   sync.Mutex
	full map[string]time.Time // when a kiosk's burst is whole again
}

// maxPaced is how many kiosks are remembered before those are dropped whose burst is whole.
const maxPaced = 4096

// take reports whether a kiosk may ask at now, and counts it.
func (p *pace) take(kiosk string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.full == nil {
		p.full = map[string]time.Time{}
	}
	if len(p.full) >= maxPaced {
		for k, at := range p.full {
			if !at.After(now) {
				delete(p.full, k)
			}
		}
	}

	at := p.full[kiosk]
	most := time.Duration(p.burst) * p.refill
	if at.Before(now) || at.Sub(now) > most { // farther: the clock was ahead
		at = now
	}
	if at.Sub(now) > most-p.refill {
		return false
	}
	p.full[kiosk] = at.Add(p.refill)

	return true
}

// quote tells what a meter card may buy.
func (g *Runtime) quote(ctx context.Context, kiosk string, r wire.Request) (any, *wire.Error) {
	req, e := QuoteCall(r)
	if e != nil {
		return nil, e
	}
	end, e := g.look(ctx, mis.CardSystem)
	if e != nil {
		return nil, e
	}
	defer end()
	reply, err := g.cards.Call(ctx, req)

	q, e := g.desk.Quoted(ctx, kiosk, req, reply, err)
	if e != nil {
		return nil, e
	}
	q.NotNow = g.notNow()
	return q, nil
}
