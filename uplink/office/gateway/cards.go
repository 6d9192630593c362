package gateway

import (
	"context"
	"errors"

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

// quote tells what a meter card may buy.
func (g *Runtime) quote(ctx context.Context, r wire.Request) (any, *wire.Error) {
	req, e := QuoteCall(r)
	if e != nil {
		return nil, e
	}
	end, free := g.look(ctx, mis.CardSystem)
	if !free {
		return nil, &wire.Error{Code: wire.ErrCodeUnavailable, Message: "the card-meter system is slow"}
	}
	defer end()
	reply, err := g.cards.Call(ctx, req)

	q, e := g.desk.Quoted(ctx, req, reply, err)
	if e != nil {
		return nil, e
	}
	q.NotNow = g.notNow()
	return q, nil
}
