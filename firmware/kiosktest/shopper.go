package kiosktest

import (
	"strconv"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/payments/money"
)

// shopper is what a customer who buys power means to do.
type shopper struct {
	home  *household
	plan  powerPlan
	in    bool // the card is in the slot, as they know
	tries int  // left: writes that they tear the card out of
	later bool // stops bringing the card back

	returns bool // for what is not on the card

	struck bool // strikeWrite was drawn
}

// powerPlan is what a customer with a meter card does.
type powerPlan int

const (
	buysPower powerPlan = iota
	looksOnly           // takes the card again
	tearsOut            // pulls the card while it is written
	forgetsIt           // leaves the card at the gate
	wrongCard           // puts another card back
	walksOff            // tears the card out and is gone
	swapsCard           // pulls it while paying, and puts an old copy of it in
)

// newShopper draws who buys power; nil for who pays a bill.
func (w *box) newShopper() *shopper {
	if w.meters == nil {
		return nil
	}
	if len(w.returning) > 0 {
		w.meters.giveBack(w.homes) // what was kept meanwhile
		s := &shopper{home: w.returning[0], returns: true}
		w.returning, w.cameBack = w.returning[1:], append(w.cameBack, s.home)

		return s
	}
	homes := w.homes
	if w.plan.Buyers {
		homes = w.buyers()
	} else if w.rng.IntN(3) == 0 {
		return nil
	}
	plans := []powerPlan{buysPower, buysPower, buysPower, buysPower, buysPower, buysPower, buysPower, looksOnly, tearsOut, tearsOut, forgetsIt, wrongCard, walksOff}
	if w.plan.Buyers {
		plans = append(plans, swapsCard, swapsCard, swapsCard)
	}
	if w.plan.Copied {
		plans = []powerPlan{swapsCard, swapsCard, buysPower}
	}
	s := &shopper{plan: plans[w.rng.IntN(len(plans))], tries: 1 + w.rng.IntN(2)}
	w.meters.giveBack(w.homes) // of the last who forgot it
	s.home = homes[w.rng.IntN(len(homes))]
	if s.home.at != inPocket {
		return nil // somebody's card is stuck
	}

	return s
}

// buyers are the few households of a day on which everybody buys power. Who writes a card with a
// processor can know by its answers alone less than by its memory, and steps for a memory card
// fit another stay of it too; those for one with a processor come in more rounds.
func (w *World) buyers() []*household {
	switch {
	case w.plan.Worn > 0:
		return []*household{w.homes[0], w.homes[2]}
	case w.plan.Forged > 0:
		return w.homes[:4]
	case w.plan.Copied:
		return []*household{w.homes[1], w.homes[3], w.homes[5]}
	}

	return w.homes[:3]
}

// buysPower is a customer on a page of the meter card. Something may go wrong meanwhile.
func (w *box) buysPower(c *customer, v page.View) {
	if !c.sparked && v.Screen != page.InsertMeterCard {
		c.sparked = true
		w.strikePower()
		if s := c.shopper; s != nil && s.plan == swapsCard {
			w.todo.at(w.now.Add(between(w.rng, 5*time.Second, 40*time.Second)), func() {
				if w.customer == c && w.meters.slot.Inside() == s.home.card {
					w.tearOut()
				}
			})
		}
	}
	if c.shopper != nil && !c.shopper.struck && v.Screen == page.WriteCard {
		c.shopper.struck = true
		w.strikeWrite()
	}
	w.atMeterSlot(c, v)
}

// atMeterSlot is a customer on the pages of the meter card.
func (w *box) atMeterSlot(c *customer, v page.View) {
	s := c.shopper
	if s == nil {
		return
	}
	s.in = w.meters.slot.Inside() == s.home.card

	switch v.Screen {
	case page.InsertMeterCard:
		w.putsIn(c, v)
	case page.MeterCard:
		w.atMeterCard(c, v)
	case page.WriteCard:
		w.atWriting(c, v)
	case page.TakeCard:
		w.takesMeterCard(c)
	}
}

func (w *box) putsIn(c *customer, v page.View) {
	if v.Field("taking_card") != true || c.shopper.in {
		return
	}
	w.insertMeterCard(c.shopper.home)
}

func (w *box) insertMeterCard(h *household) {
	if h.at != inPocket || w.meters.slot.InsertCard(w.now, h.card) != nil {
		return
	}
	h.at = inSlot
	w.logf("puts in the card %s", h.card.ID)
}

func (w *box) atMeterCard(c *customer, v page.View) {
	switch {
	case c.shopper.plan == looksOnly && w.env(v, "take-card"):
		w.touch(v, "take-card", nil)
		c.paid = true
	case w.env(v, "rewrite"):
		w.touch(v, "rewrite", nil)
	case w.env(v, "confirm"):
		w.touch(v, "confirm", nil)
	case w.env(v, "retry") && w.rng.IntN(2) == 0:
		w.touch(v, "retry", nil)
	case !c.shopper.returns && v.Field("waiting") != true && w.rng.IntN(6) == 0 && w.env(v, "take-card"):
		w.touch(v, "take-card", nil)
		c.paid = true
	}
}

// chooseEnergy is how much somebody buys.
func (w *box) chooseEnergy(c *customer, v page.View) {
	var offered []string
	for _, a := range v.Actions {
		if a.Name == "amount" && a.Enabled && a.Args["fen"] != "" {
			offered = append(offered, a.Args["fen"])
		}
	}
	if len(offered) == 0 {
		if w.env(v, "cancel") {
			w.touch(v, "cancel", nil)
		}

		return
	}
	fen := offered[w.rng.IntN(len(offered))]
	if w.rng.IntN(2) == 0 {
		fen = strconv.Itoa(2000 + 1000*w.rng.IntN(10)) // by the keys
	}
	n, err := strconv.ParseInt(fen, 10, 64)
	must(err)
	c.amount = money.Amount(n)
	w.touch(v, "amount", map[string]string{"fen": fen})
}

func (w *box) atWriting(c *customer, v page.View) {
	s := c.shopper
	back := v.Field("put_back") == true
	switch {
	case back && s.plan == walksOff || back && s.later:
		if w.rng.IntN(3) == 0 && w.env(v, "give-up-card") {
			w.touch(v, "give-up-card", nil)
		}
		if s.plan == walksOff && w.rng.IntN(3) == 0 {
			w.leave("walks off with the card")
		}
	case back && s.plan == wrongCard:
		s.plan = buysPower
		if other := w.homes[w.rng.IntN(len(w.homes))]; other != s.home {
			w.insertMeterCard(other)
		}
	case back && s.plan == swapsCard && s.home.old != nil:
		s.plan = buysPower
		w.insertMeterCard(s.home.old)
	case back:
		w.insertMeterCard(s.home)
	case (s.plan == tearsOut || s.plan == walksOff) && s.in && s.tries > 0 && w.rng.IntN(3) == 0:
		s.tries--
		s.later = w.rng.IntN(4) == 0
		if w.tearOut() {
			w.stats.ByPower.Torn++
		}
	}
}

// takesMeterCard takes what is offered: one's own card, or the wrong one that comes back.
func (w *box) takesMeterCard(c *customer) {
	if c.shopper.plan == forgetsIt {
		if w.rng.IntN(6) == 0 {
			w.leave("leaves the meter card")
		}

		return
	}
	w.takesOffered()
}

// takesOffered takes the card at the gate, whoever's it is.
func (w *box) takesOffered() {
	offered := w.meters.slot.Offered()
	if offered == nil {
		return
	}
	if _, err := w.meters.slot.TakeCard(w.now); err != nil {
		return
	}
	h := ownerOf(w.homes, offered)
	h.at = inPocket
	w.logf("takes the card %s", offered.ID)
	w.todo.at(w.now.Add(between(w.rng, 10*time.Second, 5*time.Minute)), func() { w.goesHome(h) })
}
