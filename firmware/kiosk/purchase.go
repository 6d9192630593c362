package kiosk

import (
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/questions"
	"wattkiosk/firmware/visit"
	"wattkiosk/uplink/wire"
)

// cardSystemPause is how long the card-meter system counts as away after it did not
// answer: then the next customer tries it.
const cardSystemPause = 2 * time.Minute

// noAnswer is what a question without an answer is answered with.
var noAnswer = wire.Reply{Error: &wire.Error{Code: wire.ErrCodeUnavailable, Message: "no answer"}}

// followCard goes where the meter card leads the screen.
func (c *Core) followCard() {
	next, effects := visit.FollowCard(c.visit, c.machine(), c.now)
	c.carry(next, effects, page.Intent{})
}

// wantCard tells the card desk what the visit wants of it. A customer whose sale takes too
// long gets the card back with the result that it has by then.
func (c *Core) wantCard() {
	w := visit.Wants(c.visit, c.machine())
	if c.live.waitsForCard() && c.live.due(c.now, c.orders.linked) {
		w.Card = false
	}
	desk, _ := c.places.find(meterCards)
	c.hand(desk, c.meter.Want(c.now, w))
}

// askCard asks head office what the card on the screen may buy.
func (c *Core) askCard() {
	c.orders.DropOp(wire.OpCardQuote)
	card := c.visit.Card
	if card == nil {
		return
	}
	if !c.orders.linked {
		c.cardAnswered(card.Facts.Serial, noAnswer, false)

		return
	}
	c.orders.Put(c.now, questions.Question{
		Subject: questions.Subject{Op: wire.OpCardQuote, Key: card.Facts.Serial}, Body: mustJSON(wire.CardQuoteBody{Card: card.Facts}),
		TTL: verifyTTL, Once: true, Urgent: true,
	})
}

// cardAnswered shows what a question about a card brought. Where the card-meter system is
// away nobody is offered it for a while.
func (c *Core) cardAnswered(serial string, r wire.Reply, away bool) {
	c.cardSystemBy = time.Time{}
	if away {
		c.cardSystemBy = c.now.Add(cardSystemPause)
	}
	c.visit = visit.CardAnswered(c.visit, serial, r, c.cfg.MaxTotal)
}
