package kiosktest

import (
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/hal/card/cardsim"
)

// plastic is the bank card of a customer who pays with it, and what they mean to do.
type plastic struct {
	card    *cardsim.Card
	plan    cardPlan
	slow    time.Duration // before the PIN
	wrong   bool          // the first PIN is wrong
	entries int
	asked   bool // the PIN of this entry is on its way to the pad
	in      bool
}

// cardPlan is what a customer with a card does.
type cardPlan int

const (
	paysByCard   cardPlan = iota
	cancelsFirst          // before the card is in
	cancelsPIN            // at the screen
	cancelsPad            // at the pad
	forgetsPIN            // and waits
	pullsOut              // tears the card out
	forgetsCard           // leaves it at the gate
)

// newPlastic draws how a customer pays by card; nil for who has none.
func (w *box) newPlastic() *plastic {
	if w.counter == nil || w.rng.IntN(3) == 0 && !w.plan.Early {
		return nil
	}
	plans := []cardPlan{
		paysByCard, paysByCard, paysByCard, paysByCard, paysByCard, paysByCard, paysByCard, paysByCard,
		paysByCard, paysByCard, paysByCard, paysByCard, paysByCard, paysByCard,
		cancelsFirst, cancelsPIN, cancelsPad, forgetsPIN, pullsOut, forgetsCard,
	}
	p := &plastic{plan: plans[w.rng.IntN(len(plans))], slow: between(w.rng, time.Second, 15*time.Second), wrong: w.rng.IntN(6) == 0}
	p.card = w.counter.pick(w.rng)
	if w.rng.IntN(3) > 0 && w.counter.drawer[cardsim.BankFunds] != w.counter.slot.Inside() {
		p.card = w.counter.drawer[cardsim.BankFunds] // most cards are good
	}

	return p
}

// atReader is a customer on the pages of the card.
func (w *box) atReader(c *customer, v page.View) {
	p := c.plastic
	if p == nil {
		return
	}
	if v.Screen != page.EnterPIN {
		p.asked = false
	}
	if p.plan == pullsOut && p.in && w.rng.IntN(5) == 0 {
		if _, err := w.counter.slot.PullCard(w.now); err == nil {
			w.logf("tears the card out")
			p.in = false
		}
	}

	switch v.Screen {
	case page.InsertCard:
		w.insertCard(p, v)
	case page.ChooseCard:
		if choices, _ := v.Field("choices").([]any); len(choices) > 0 {
			w.touch(v, "application", map[string]string{"n": []string{"0", "1"}[w.rng.IntN(2)]})
		}
	case page.EnterPIN:
		w.enterPIN(p, v)
	case page.TakeCard:
		if p.plan == forgetsCard && w.rng.IntN(3) == 0 {
			w.leave("leaves the card")
			return
		}
		if w.counter.slot.Offered() == p.card && p.plan != forgetsCard {
			_, err := w.counter.slot.TakeCard(w.now)
			w.logf("takes the card: %v", err)
			p.in = false
		}
	}
}

func (w *box) insertCard(p *plastic, v page.View) {
	if p.plan == cancelsFirst && w.env(v, "cancel") && w.rng.IntN(2) == 0 {
		p.plan = paysByCard
		w.touch(v, "cancel", nil)

		return
	}
	if v.Field("taking_card") != true || p.in {
		return
	}
	if err := w.counter.slot.InsertCard(w.now, p.card); err == nil {
		p.in = true
		w.logf("puts in the card %s", p.card.ID)
	}
}

func (w *box) enterPIN(p *plastic, v page.View) {
	switch {
	case p.asked && w.rng.IntN(20) != 0: // now and then the keys did nothing
		return
	case p.plan == forgetsPIN:
		return
	case p.plan == cancelsPIN && w.env(v, "cancel"):
		p.plan = paysByCard // whoever comes back means it
		w.touch(v, "cancel", nil)

		return
	}

	p.asked = true
	keys := cardsim.BankPIN + "E"
	switch {
	case p.plan == cancelsPad:
		keys, p.plan = "12C", paysByCard
	case p.wrong && p.entries == 0:
		keys = "000000E"
	}
	p.entries++
	w.todo.at(w.now.Add(p.slow), func() { w.counter.keys.Press(w.now, keys) })
}
