package kiosktest

import (
	"fmt"
	"strconv"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/page"
	"wattkiosk/hal/scanner"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/money"
)

// customer is a person in front of the screen: they look, think, and touch or
// put in a note. Some change their mind, walk away, or press twice.
type customer struct {
	account string
	purse   []int64 // notes to put in, next first
	leaves  bool    // walks away once the notes are in
	scans   bool    // shows the bill to the scanner in place of typing
	patient int     // looks left before giving up
	paid    bool
}

// arrive brings the next customer.
func (w *World) arrive() {
	if w.served >= w.plan.Customers {
		return
	}
	w.served++
	w.stats.Customers++
	n := w.rng.IntN(40)
	c := &customer{account: accountNumber(n), leaves: w.rng.IntN(10) == 0, scans: w.rng.IntN(3) == 0, patient: 400}
	switch {
	case n == 0:
		c.account = "1000000009" // unknown
	case n == 1:
		c.account = "1000000003" // meter card
	}
	for range 1 + w.rng.IntN(4) {
		c.purse = append(c.purse, []int64{100, 500, 1000, 2000, 5000, 10000}[w.rng.IntN(6)])
	}
	if w.rng.IntN(20) == 0 {
		c.purse = nil // changes their mind
	}
	w.customer = c
	w.log.printf(w, "customer %d with account %s and notes %v", w.served, c.account, c.purse)
	w.strike()
	w.todo.at(w.now.Add(time.Second), func() { w.look(c) })
}

func accountNumber(n int) string { return fmt.Sprintf("20000000%02d", n) }

// reset is the customer seeing the box go dark.
func (c *customer) reset() {
	if c.paid {
		c.patient = min(c.patient, 20)
	}
}

// look lets the customer react to the screen.
func (w *World) look(c *customer) {
	if w.customer != c {
		return
	}
	c.patient--
	if c.patient <= 0 {
		w.leave("walks away")
		return
	}
	wait := between(w.rng, 300*time.Millisecond, 3*time.Second)
	if w.core != nil {
		w.react(c)
	}
	if w.customer == c {
		w.todo.at(w.now.Add(wait), func() { w.look(c) })
	}
}

func (w *World) react(c *customer) {
	v := w.core.View()
	switch v.Screen {
	case page.Idle:
		if c.paid || c.patient < 300 {
			w.leave("is done")
			return
		}
		w.touch(v, "start", nil)
	case page.ChooseService:
		w.touch(v, "pay-bill", nil)
	case page.EnterAccount:
		if v.Field("waiting") == true {
			return
		}
		if v.Field("notice") != nil && v.Field("notice") != "not-a-bill" {
			w.touch(v, "cancel", nil)
			w.leave("cannot pay here")
			return
		}
		if c.scans && w.scanning {
			w.scan(c)
			return
		}
		w.touch(v, "account", map[string]string{"number": c.account})
	case page.ConfirmAccount:
		w.touch(v, "confirm", nil)
	case page.ChooseTender:
		w.touch(v, "tender", map[string]string{"kind": "cash"})
	case page.InsertCash:
		w.feed(c, v)
	case page.Done, page.Failed:
		c.paid = true
		if w.rng.IntN(3) == 0 {
			w.touch(v, "finish", nil)
		}
		w.leave("takes the slip")
	}
}

// scan shows the bill; now and then it is something else that is scanned.
func (w *World) scan(c *customer) {
	code := c.account + "20261100001234"
	if w.rng.IntN(10) == 0 {
		code, c.scans = "6901234567892", false
	}
	w.log.printf(w, "scans %s", code)
	w.handle(kiosk.Scanner{Event: scanner.Event{Kind: scanner.Scanned, Code: scanner.Code(code)}})
}

// feed puts in the next note, finishes, cancels, or walks away.
func (w *World) feed(c *customer, v page.View) {
	if v.Field("taking_notes") != true || v.Field("note_moving") == true {
		return
	}
	if len(c.purse) == 0 {
		if c.leaves {
			w.leave("walks away with notes inside")
			return
		}
		c.paid = true
		if w.env(v, "finish-cash") {
			w.touch(v, "finish-cash", nil)
		} else if w.env(v, "cancel") {
			w.touch(v, "cancel", nil)
		}
		return
	}
	outcome := "genuine"
	if w.rng.IntN(25) == 0 {
		outcome = "unreadable"
	}
	value := c.purse[0]
	if err := w.notes.Insert(w.now, value, outcome); err != nil {
		return
	}
	w.stats.Notes++
	w.log.printf(w, "puts in %s (%s)", money.Amount(value), outcome)
	c.purse = c.purse[1:]
}

func (w *World) env(v page.View, action string) bool {
	for _, a := range v.Actions {
		if a.Name == action {
			return a.Enabled
		}
	}
	return false
}

func (w *World) touch(v page.View, name string, args map[string]string) {
	times := 1
	if w.rng.IntN(8) == 0 {
		times = 2 // presses twice
	}
	for range times {
		if w.core == nil {
			return
		}
		w.log.printf(w, "touches %s on %s", name, v.Screen)
		effects, err := w.core.Touch(w.now, page.Intent{Rev: v.Rev, Name: name, Args: args})
		w.effects(effects)
		if err != nil {
			w.log.printf(w, "refused: %v", err)
		}
	}
}

func (w *World) leave(why string) {
	w.log.printf(w, "the customer %s", why)
	w.customer = nil
	w.todo.at(w.now.Add(between(w.rng, 5*time.Second, 10*time.Minute)), w.arrive)
}

// accounts fills the MIS with customers of every kind.
func accounts(w *World, m *missim.Server) {
	for n := range 40 {
		a := missim.Account{Number: accountNumber(n), Name: "用户" + strconv.Itoa(n), Address: "示范路" + strconv.Itoa(n) + "号", Class: 3}
		if n%4 != 0 {
			a.Bills = []missim.Bill{{ID: "B" + strconv.Itoa(n), Month: "202610", Fee: money.Amount(1000 + 370*n), Penalty: money.Amount(n % 3 * 50)}}
		}
		a.NoPartial = n%13 == 5
		a.NoAdvance = n%17 == 6
		must(m.AddAccount(a))
	}
}
