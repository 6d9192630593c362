package kiosktest

import (
	"fmt"
	"strings"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/page"
	"wattkiosk/hal/scanner"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/money"
)

// telephone is what a customer who pays by QR code means to do, and has done.
type telephone struct {
	plan    intention
	slow    time.Duration // before the code that is shown is paid
	wrong   bool          // the password is wrong, or the payer gives up
	code    string        // of the screen, that was read
	payCode string        // on the telephone, that was shown to the scanner
	entered bool
}

// intention is what a customer in front of a code does.
type intention int

const (
	paysShown     intention = iota // reads the code on the screen and pays
	readsOnly                      // reads it, and never pays
	showsCode                      // shows a payment code to the scanner
	showsPassword                  // one that asks for the password
	showsPoor                      // one of an account that has not enough
	showsRubbish                   // something that is no payment code
	paysTwice                      // pays by the screen, and shows a payment code too
	walksAway                      // without paying
	givesUp                        // cancels, and may have paid
	waits                          // until the time is over
)

// refusing are accounts of which the MIS refuses the posting of most amounts, so that
// money goes back.
var refusing = []int{5, 6, 18, 23, 31}

// wholeOnly are accounts that take no part of their arrears.
var wholeOnly = []int{5, 18, 31}

// newTelephone draws how a customer pays by code; nil for who has notes only.
func (w *box) newTelephone() *telephone {
	if !w.plan.Codes || w.rng.IntN(2) == 0 {
		return nil
	}
	plans := []intention{
		paysShown, paysShown, paysShown, paysShown, paysShown, paysShown, showsCode, showsCode, showsCode, showsPassword, showsPassword,
		readsOnly, showsPoor, showsRubbish, paysTwice, walksAway, givesUp, givesUp, waits,
	}
	p := &telephone{plan: plans[w.rng.IntN(len(plans))], slow: between(w.rng, time.Second, 20*time.Second), wrong: w.rng.IntN(4) == 0}
	if w.rng.IntN(6) == 0 {
		p.slow = between(w.rng, 20*time.Second, 6*time.Minute)
	}

	return p
}

// chooseAmount touches one of the amounts, or types one.
func (w *box) chooseAmount(c *customer, v page.View) {
	least, _ := v.Field("least").(float64)
	most, _ := v.Field("most").(float64)
	var offered []string
	for _, a := range v.Actions {
		if a.Name == "amount" && a.Enabled && a.Args["fen"] != "" {
			offered = append(offered, a.Args["fen"])
		}
	}
	if c.phone == nil && c.plastic == nil || most < least {
		w.touch(v, "cancel", nil)
		w.leave("cannot pay that")

		return
	}

	if len(offered) == 0 || w.rng.IntN(3) == 0 {
		fen := money.Amount(least) + money.Amount(w.rng.IntN(int(min(most-least, 30000))+1))
		c.amount = fen
		w.touch(v, "amount", map[string]string{"number": fen.String()})

		return
	}
	fen := offered[w.rng.IntN(len(offered))]
	if _, err := fmt.Sscan(fen, &c.amount); err != nil {
		w.office.fail("an amount of %q is offered", fen)
	}
	w.touch(v, "amount", map[string]string{"fen": fen})
}

// atCode is a customer in front of a code.
func (w *box) atCode(c *customer, v page.View) {
	p := c.phone
	if p == nil {
		return
	}
	if amount, _ := v.Field("amount").(float64); money.Amount(amount) != c.amount {
		w.office.fail("the person chose %s, the code page shows %s", c.amount, money.Amount(amount))
	}
	code, _ := v.Field("code").(string)
	step, _ := v.Field("step").(string)

	switch p.plan {
	case paysShown, paysTwice:
		w.read(c, code, true)
	case readsOnly:
		w.read(c, code, false)
	case givesUp:
		if w.rng.IntN(2) == 0 {
			w.read(c, code, true)
		}
		if w.rng.IntN(4) == 0 && w.env(v, "cancel") {
			w.touch(v, "cancel", nil)
		}
	case walksAway:
		if w.rng.IntN(3) == 0 {
			w.leave("walks away from the code")
			return
		}
	}
	switch p.plan {
	case showsCode, showsPassword, showsPoor, showsRubbish, paysTwice:
		w.showCode(c, v)
	}
	if step == "password" && p.payCode != "" && !p.entered {
		p.entered = true
		w.todo.at(w.now.Add(p.slow), func() { w.enter(p) })
	}
}

// read has the telephone read a code that is shown, and pay it some time later.
func (w *box) read(c *customer, code string, pays bool) {
	p := c.phone
	if code == "" || code == p.code {
		return
	}
	p.code = code
	account, amount := c.typed, c.amount
	w.logf("the telephone reads the code, %v", pays)
	if !pays {
		_ = w.office.codes.sim.Scan(code) // it may be closed by now

		return
	}
	w.todo.at(w.now.Add(p.slow), func() {
		err := w.office.codes.sim.Pay(code)
		w.logf("the telephone pays %s for %s: %v", amount, account, err)
		late := err != nil && !w.calm && w.plan.CodeFault > 0 && w.rng.IntN(3) == 0
		if late {
			w.todo.at(w.now.Add(between(w.rng, 0, 3*time.Minute)), func() { w.bookedLate(code) })
		}
		if err == nil {
			w.stats.ByCode.Shown++
			w.paidFor(code, account, amount)
			w.office.codes.notices(between(w.rng, 10*time.Millisecond, 2*time.Second))
		}
	})
}

// paidFor holds what a telephone paid against what its owner meant.
func (w *box) paidFor(code, account string, amount money.Amount) {
	if o := w.office.codes.order(code); !strings.HasSuffix(o.Subject, account) || o.Amount != int64(amount) {
		w.office.fail("%s: who chose %s for %s paid %d fen for %q", o.Serial, amount, account, o.Amount, o.Subject)
	}
}

// bookedLate has the acquirer book a payment of an order that it closed.
func (w *box) bookedLate(code string) {
	c := w.office.codes
	if c.sim.BookLate(code) != nil {
		return
	}
	o := c.order(code)
	w.logf("the acquirer books %s late", o.Serial)
	w.stats.ByCode.Late++
	c.late[o.Serial] = true
	c.notices(between(w.rng, 10*time.Millisecond, 2*time.Second))
}

// order is the acquirer's order whose code is shown.
func (c *codes) order(code string) acquirersim.Order {
	for _, o := range c.sim.Ledger().Orders {
		if o.Show == code {
			return o
		}
	}

	return acquirersim.Order{}
}

// showCode holds the telephone in front of the scanner, once.
func (w *box) showCode(c *customer, v page.View) {
	p := c.phone
	if p.payCode != "" || v.Field("scans") != true || !w.scanning || w.rng.IntN(3) == 0 {
		return
	}
	if p.plan == showsRubbish {
		p.plan = paysShown
		w.logf("shows something to the scanner")
		w.handle(kiosk.Scanner{Event: scanner.Event{Kind: scanner.Scanned, Code: "6901234567892"}})

		return
	}

	limits := acquirersim.Limits{Password: p.plan == showsPassword}
	if p.plan == showsPoor {
		limits.Funds = 1
	}
	c.phone.payCode = w.office.codes.sim.PayCode(limits)
	w.office.codes.issued = append(w.office.codes.issued, p.payCode)
	w.logf("shows a payment code to the scanner")
	w.stats.ByCode.Scanned++
	w.handle(kiosk.Scanner{Event: scanner.Event{Kind: scanner.Scanned, Code: scanner.Code(p.payCode)}})
}

// enter answers the telephone's question for the password.
func (w *box) enter(p *telephone) {
	err := w.office.codes.sim.Enter(p.payCode, !p.wrong)
	w.logf("the password is entered, right %v: %v", !p.wrong, err)
	if err == nil {
		w.office.codes.notices(between(w.rng, 10*time.Millisecond, 2*time.Second))
	}
}
