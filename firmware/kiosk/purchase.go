package kiosk

import (
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/metercard"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/questions"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments"
	"wattkiosk/uplink/wire"
)

// cardSystemPause is how long the card-meter system counts as away after it did not
// answer: then the next customer tries it.
const cardSystemPause = 2 * time.Minute

// What a question without an answer is answered with: whoever was asked says nothing, or
// there is no line on which it could be asked.
var (
	noAnswer = wire.Reply{Error: &wire.Error{Code: wire.ErrCodeUnavailable, Message: "no answer"}}
	noLine   = wire.Reply{Error: &wire.Error{Code: wire.ErrCodeUnsent, Message: "no line"}}
)

// meterCard is the card desk with what the visit has to do with it.
type meterCard struct {
	*metercard.Desk
	awayBy time.Time // until then the card-meter system counts as away
}

// follow goes where the meter card leads the screen.
func (m *meterCard) follow(c *Core) {
	next, effects := visit.FollowCard(c.visit, c.machine(), c.now)
	c.carry(next, effects, page.Intent{})
}

// want tells the desk what the visit wants of it. A customer whose sale takes too long
// gets the card back with the result that it has by then.
func (m *meterCard) want(c *Core) {
	w := visit.Wants(c.visit, c.machine())
	if c.live.waitsForCard() && c.live.due(c.now, c.orders.linked) {
		w.Card = false
	}
	desk, _ := c.places.find(meterCards)
	c.hand(desk, m.Want(c.now, w))
}

// ask asks head office what the card on the screen may buy.
func (m *meterCard) ask(c *Core) {
	c.orders.DropOp(wire.OpCardQuote)
	card := c.visit.Card
	if card == nil {
		return
	}
	if !c.orders.linked {
		m.answered(c, card.Facts.Serial, noLine, false)

		return
	}
	c.orders.Put(c.now, questions.Question{
		Subject: questions.Subject{Op: wire.OpCardQuote, Key: card.Facts.Serial}, Body: mustJSON(wire.CardQuoteBody{Card: card.Facts}),
		TTL: verifyTTL, Once: true, Urgent: true,
	})
}

// answered shows what a question about a card brought. Where the card-meter system is
// away nobody is offered it for a while.
func (m *meterCard) answered(c *Core, serial string, r wire.Reply, away bool) {
	m.awayBy = time.Time{}
	if away {
		m.awayBy = c.now.Add(cardSystemPause)
	}
	if q, err := wire.DecodeCardQuote(r.Body, serial); r.Error == nil && err == nil {
		c.board.Set(condition.ClockApart, "head office", q.Apart(c.now), "no meter card can be written")
	}
	c.visit = visit.CardAnswered(c.visit, c.now, serial, r, c.cfg.rules())
}

// written is for the end of a write. Where it came to nothing head office is asked later
// whether what was sold reached the meter another way; and a customer who was told that
// the write follows, and still stands there, is told how it ended.
func (m *meterCard) written(c *Core, t, next payments.Transaction) {
	if t.Status() != payments.Writing || !next.Status().Ended() {
		return
	}

	if paybill.Unsettled(next) {
		c.orders.outcome(c.now.Add(outcomeEvery), next)
	}
	if c.live.is(next.Serial) && c.live.shown {
		c.showAs(next)
		c.print()
	}
}

// holds reports whether a card of the customer's is inside, which comes out before the
// result is shown: the one that pays, or the one that power is bought onto.
func (m *meterCard) holds(l *live, all stations) bool {
	f, _ := all.serving(l)

	return f.Holds || l.waitsForCard() && m.Face().Holds
}

// opening is the transaction for the quote, or for the meter card, and the tender on the
// screen.
func opening(v visit.State, bankPosts bool, now time.Time) payments.Opened {
	if v.Card != nil {
		return v.Card.Open(now, v.Tender, v.Amount)
	}
	opened := v.Quote.Open(now, v.Tender, v.Amount)
	opened.ByBank = bankPosts && v.Tender == payments.BankCard

	return opened
}
