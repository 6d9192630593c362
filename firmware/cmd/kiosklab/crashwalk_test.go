package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"wattkiosk/hal/bench"
	"wattkiosk/hal/card/cardsim"
)

// customer does what the screen offers. It never fails the test: what it meets is
// a kiosk that is being beaten.
type customer struct {
	r        *rig
	rng      *rand.Rand
	card     string   // meter card that power is bought onto; empty: a bill is paid
	tenders  []string // one of them is chosen each time
	notes    int      // still to be inserted
	leaves   bool     // pays nothing any more, and goes
	careful  bool     // tears no card out, and pulls no plug
	slow     bool     // takes no card that comes out
	inserted int64    // fen
}

func (c *customer) visit(ctx context.Context) {
	for ctx.Err() == nil {
		v, err := c.r.look()
		if err == nil {
			c.step(v)
		}
		wait(ctx, glance)
	}
}

func (c *customer) step(v view) {
	if c.leaves && c.goes(v) {
		return
	}
	switch v.Screen {
	case "idle":
		c.do(v, "start", nil)
	case "choose-service":
		if c.card == "" {
			c.do(v, "pay-bill", nil)
		} else {
			c.do(v, "buy-power", nil)
		}
	case "enter-account":
		c.do(v, "account", fields{"number": c.one("1000000001", "1000000002")})
	case "confirm-account":
		c.do(v, "confirm", nil)
	case "choose-tender":
		c.do(v, "tender", fields{"kind": c.one(c.tenders...)})
	case "choose-amount":
		c.do(v, "amount", fields{"fen": c.one("2000", "5000", "10000", "12850")})
	case "insert-cash":
		c.pay(v)
	case "insert-card":
		if v.Fields["taking_card"] == true {
			c.hand("card/insert", fields{"card": cardsim.BankFunds})
		}
	case "enter-pin":
		c.enterPIN()
	case "show-code":
		c.payCode(v)
	case "insert-meter-card", "meter-card", "write-card":
		c.atMeterReader(v)
	case "take-card":
		c.takeCards()
	case "done", "failed":
		c.takeCards()
		c.goHome()
		c.do(v, "finish", nil)
		c.notes = 1 + c.rng.IntN(4) // the next one
	}
}

// goes does what leads out, and reports whether that is all for this screen.
func (c *customer) goes(v view) bool {
	switch v.Screen {
	case "idle":
	case "insert-cash":
		c.notes = 0
		c.pay(v)
		c.do(v, "cancel", nil) // offered only while no note is inside
	case "insert-card", "enter-pin", "show-code", "choose-service", "enter-account", "confirm-account", "choose-tender", "choose-amount", "insert-meter-card":
		c.do(v, "cancel", nil)
		c.do(v, "back", nil)
	case "meter-card":
		c.do(v, "take-card", nil)
	default:
		return false
	}
	c.takeCards()

	return true
}

func (c *customer) pay(v view) {
	switch {
	case c.notes == 0:
		c.do(v, "finish-cash", nil)
	case v.Fields["taking_notes"] == true && v.Fields["note_moving"] == false:
		value, err := strconv.ParseInt(c.one("1000", "2000", "5000", "10000"), 10, 64)
		if err == nil && c.hand("bill/insert", fields{"value": value, "outcome": "genuine"}) {
			c.inserted += value
			c.notes--
		}
	}
}

// enterPIN enters the bank card's PIN once, if the pad asks for it.
func (c *customer) enterPIN() {
	var s state
	if err := c.r.get(c.r.places.Bench+"api/state", &s); err == nil && s.Bench.Pinpad.Asking && s.Bench.Pinpad.Marks == 0 {
		c.hand("pinpad", fields{"keys": "123456E"})
	}
}

// payCode pays the code that is shown.
func (c *customer) payCode(v view) {
	if code := v.text("code"); code != "" {
		c.hand("acquirer/pay", fields{"code": code})
	}
}

// atMeterReader is what a customer does with the meter card. Sometimes it is torn out
// while it is being written, or the plug is pulled.
func (c *customer) atMeterReader(v view) {
	switch {
	case v.offers("rewrite"):
		c.do(v, "rewrite", nil)
	case v.offers("confirm"):
		c.do(v, "confirm", nil)
	case v.offers("retry"):
		c.do(v, "retry", nil)
	case v.Screen == "meter-card" && v.Fields["waiting"] != true:
		c.do(v, "take-card", nil) // it can buy nothing now
	case v.offers("give-up-card") && c.rng.IntN(40) == 0:
		c.do(v, "give-up-card", nil)
	case v.Fields["taking_card"] == true:
		c.hand("card/insert", c.insertion())
	}
}

func (c *customer) insertion() fields {
	f := fields{"card": c.card}
	if c.card == bench.MeterCardID && !c.careful && c.rng.IntN(3) == 0 { // only a processor card can be torn in a command
		f["pull_at"], f["torn"], f["plug"] = 1+c.rng.IntN(4), c.one("before", "after"), c.rng.IntN(3) == 0
	}

	return f
}

// takeCards takes what a reader offers.
func (c *customer) takeCards() {
	if c.slow {
		return
	}
	for _, card := range []string{c.card, cardsim.BankFunds} {
		if card != "" {
			c.hand("card/remove", fields{"card": card})
		}
	}
}

// goHome puts the card into its meter, mostly.
func (c *customer) goHome() {
	i := slices.IndexFunc(homes(), func(h home) bool { return h.card == c.card })
	if i >= 0 && c.rng.IntN(4) > 0 {
		c.hand("meter/"+homes()[i].meter, fields{"card": c.card})
	}
}

func (c *customer) one(of ...string) string { return of[c.rng.IntN(len(of))] }

// hand does something at the bench, and reports whether it could.
func (c *customer) hand(path string, body fields) bool {
	b, err := json.Marshal(body)
	if err != nil {
		return false
	}
	status, _, err := exchange(http.DefaultClient, http.MethodPost, c.r.places.Bench+"api/"+path, "application/json", b)

	return err == nil && status == http.StatusOK
}

// do sends an intent if it is offered; whether it was taken shows on the screen.
func (c *customer) do(v view, name string, args fields) {
	if v.offers(name) {
		_, _, _ = c.r.intent(v.Rev, name, args)
	}
}

// leave ends whatever visit there is, and waits for service. A customer with a meter card
// takes it home.
func (r *rig) leave(card string) {
	r.t.Helper()
	last := &customer{r: r, rng: rand.New(rand.NewPCG(0, 0)), card: card, leaves: true, careful: true}
	untilWithin(r.t, 2*patience, "the kiosk comes back", func() (bool, string) {
		v, err := r.look()
		if err != nil {
			if !r.mustState().Power { // the hand at a card that was put in before has pulled the plug
				r.power(true)
			}
			return false, err.Error()
		}
		last.step(v)
		last.takeCards() // whatever the screen says, or does not say
		r.reloadLibrary()
		away := last.away()
		return v.Screen == "idle" && away == "", fmt.Sprintf("%s %v%s; %s", v.Screen, v.Fields, away, r.mustState().Kioskd.Status)
	})
	last.goHome()
	// A sign-in to the bank that head office never saw takes a minute to be tried again.
	untilWithin(r.t, 4*patience, "the kiosk is in service", r.inService)
}

// reloadLibrary does what staff do about a card that stays in a reader whose library is left
// alone, because it crashed too often: a new start loads it again.
func (r *rig) reloadLibrary() {
	if !slices.Contains(r.mustState().kiosk.Blocks, "meter-card-left") {
		return
	}
	if list, err := r.ctl("--json", "device", "list"); err == nil && strings.Contains(string(list), "quarantine") {
		r.bench("kioskd/kill", fields{})
	}
}

// away says where those of the customer's cards are that are not back; empty where all are.
func (c *customer) away() (where string) {
	for _, id := range []string{c.card, cardsim.BankFunds} {
		if id == "" {
			continue
		}
		var s bench.CardState
		if err := c.r.get(c.r.places.Bench+"api/cards/"+id, &s); err != nil {
			where += err.Error()
		} else if s.Where != bench.InDrawer {
			where += fmt.Sprintf("; %s is in the %s of the %s reader", id, s.Where, s.Slot)
		}
	}

	return where
}
