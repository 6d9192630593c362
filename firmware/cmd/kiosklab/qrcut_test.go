package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/money"
)

// codeCut is an instant of a payment by code at which the power goes.
type codeCut struct {
	name string
	full bool // the account is paid in full only: all that it owes by then
	// reach begins at the choice of the amount, and ends at the instant.
	reach func(c *codeCutting)
	// dark is done while there is no power, and mend once it is back.
	dark, mend func(c *codeCutting)
	// ends are how head office may have the payment at its end.
	ends []string
	// upTo is the last record of the payment before the cut; empty where it may be one or
	// the next.
	upTo string
}

// codeCutting is a payment on its way to the instant. The code of a telephone is paid by
// another payment than the one that showed a code: then serial is that.
type codeCutting struct {
	*rig
	serial, code string
	amount       money.Amount
}

// Accounts of the lab's MIS: of one any amount can be paid, of the other all that is owed.
const (
	anyAmount  = "1000000002"
	inFull     = "1000000004"
	inFullOwes = money.Amount(8640)
)

// ordered goes on to the record of the order.
func (c *codeCutting) ordered() {
	c.t.Helper()
	c.touch("choose-amount", "amount", fields{"fen": fmt.Sprint(int64(c.amount))})
	c.serial = c.see("show-code", func(v view) bool { return v.text("serial") != "" }).text("serial")
	c.written("qr-ordered")
}

// shown goes on until the code can be paid.
func (c *codeCutting) shown() {
	c.t.Helper()
	c.ordered()
	c.code = c.see("show-code", func(v view) bool { return v.text("code") != "" }).text("code")
}

// scanned has a telephone's code scanned, and goes on to the payment by it.
func (c *codeCutting) scanned() { c.t.Helper(); c.scannedWith(c.amount) }

// scannedWith has the code of a telephone scanned that pays no more than that.
func (c *codeCutting) scannedWith(limit money.Amount) {
	c.t.Helper()
	before := c.serial
	c.payCode(limit)
	until(c.t, "another payment is begun", func() (bool, string) {
		v, err := c.look()
		if serial := v.text("serial"); err == nil && serial != "" && serial != before {
			c.serial = serial
		}
		return c.serial != before, fmt.Sprintf("%s %v, %v", v.Screen, v.Fields, err)
	})
}

// taken waits until the acquirer has the money.
func (c *codeCutting) taken() {
	c.t.Helper()
	until(c.t, "the acquirer takes it", func() (bool, string) {
		took, has := c.atAcquirer(c.serial)
		return took > 0, has.String()
	})
}

// posted waits until the MIS has it booked.
func (c *codeCutting) posted() {
	c.t.Helper()
	until(c.t, "the MIS has booked", func() (bool, string) {
		sum := c.postedByCode(c.serial)
		return sum > 0, sum.String()
	})
}

// givesUp is the customer who leaves the page with the code.
func (c *codeCutting) givesUp() {
	c.t.Helper()
	c.touch("show-code", "cancel", nil)
	c.written("qr-closing")
}

// goesBack pays what is not all that is owed any more once it reaches the MIS, so that it
// is refused and has to go back, while the acquirer has that fault.
func (c *codeCutting) goesBack(pay func(), fault acquirersim.Fault) {
	c.t.Helper()
	c.misFault("down", 0)
	pay()
	c.written("qr-paid")
	c.bench("outside/mis/bill", fields{"account": inFull, "amount": 1000})
	c.acquirerFault(fault, 0)
	c.wellAgain("mis", "down")
	c.written("qr-refund-ordered")
}

// givenBack waits until the acquirer has nothing of it any more.
func (c *codeCutting) givenBack() {
	c.t.Helper()
	until(c.t, "the acquirer gives it back", func() (bool, string) {
		_, has := c.atAcquirer(c.serial)
		return has == 0, has.String()
	})
}

// written waits until the journal has a record of the payment.
func (c *codeCutting) written(record string) {
	c.t.Helper()
	until(c.t, "the record "+record, func() (bool, string) {
		types := c.types(c.serial)
		return slices.Contains(strings.Fields(types), record), types
	})
}

// atAcquirer is what the acquirer took for a payment, and has of it still.
func (r *rig) atAcquirer(serial string) (took, has money.Amount) {
	r.t.Helper()
	l := r.acquirerLedger()
	if err := l.Audit(); err != nil {
		r.t.Errorf("ledger of the acquirer: %v", err)
	}
	for _, e := range l.Entries {
		if e.Serial == serial {
			took += money.Amount(e.Amount)
			has += money.Amount(e.Amount - e.Refunded)
		}
	}

	return took, has
}

// postedByCode is what the MIS has booked of a payment. It fails on one that is booked
// twice, or by another tender.
func (r *rig) postedByCode(serial string) (sum money.Amount) {
	r.t.Helper()
	l := r.ledger()
	if err := l.Audit(); err != nil {
		r.t.Errorf("ledger of the MIS: %v", err)
	}
	for _, e := range l.Entries {
		if e.Serial != serial {
			continue
		}
		if e.PostedCount != 1 || e.Tender != "qr" || sum != 0 {
			r.t.Errorf("the MIS has %+v", e)
		}
		if !e.Reversed {
			sum += e.Amount
		}
	}

	return sum
}

func (r *rig) acquirerFault(f acquirersim.Fault, count int) {
	r.t.Helper()
	r.bench("outside", fields{"system": "acquirer", "fault": string(f), "count": count})
}

func (r *rig) wellAgain(system, fault string) {
	r.t.Helper()
	r.clear("outside", fields{"system": system, "fault": fault})
}

// codeShown are the instants of a payment by the code that the kiosk shows.
var codeShown = []codeCut{
	{
		name: "ordered, before the code", ends: []string{"cancelled"}, upTo: "qr-ordered",
		reach: func(c *codeCutting) {
			c.lineDelay(slowLine)
			c.ordered()
			until(c.t, "the acquirer has the order", func() (bool, string) {
				orders := c.acquirerLedger().Orders
				return len(orders) == 1 && orders[0].Serial == c.serial, fmt.Sprint(len(orders))
			})
		},
		dark: func(c *codeCutting) { c.lineDelay(0) },
	},
	{
		name: "shown, and nobody pays", ends: []string{"cancelled"}, upTo: "qr-ordered",
		reach: func(c *codeCutting) { c.shown() },
	},
	{
		name: "shown, and paid in the dark", ends: []string{"posted"}, upTo: "qr-ordered",
		reach: func(c *codeCutting) { c.shown() },
		dark:  func(c *codeCutting) { c.telephone(c.code) },
	},
	{
		name: "paid, before the kiosk knows", ends: []string{"posted"}, upTo: "qr-ordered",
		reach: func(c *codeCutting) { c.shown(); c.lineDelay(slowLine); c.telephone(c.code) },
		dark:  func(c *codeCutting) { c.lineDelay(0) },
	},
	{
		name: "paid, before the posting", ends: []string{"posted"},
		reach: func(c *codeCutting) { c.shown(); c.misFault("down", 0); c.telephone(c.code); c.written("qr-paid") },
		mend:  func(c *codeCutting) { c.wellAgain("mis", "down") },
	},
	{
		name: "posted, before the slip", ends: []string{"posted"},
		reach: func(c *codeCutting) { c.shown(); c.telephone(c.code); c.posted() },
	},
	{
		name: "given up, and being closed", ends: []string{"cancelled"}, upTo: "qr-closing",
		reach: func(c *codeCutting) { c.shown(); c.lineDelay(slowLine); c.givesUp() },
		dark:  func(c *codeCutting) { c.lineDelay(0) },
	},
	{
		name: "given up, and paid all the same", ends: []string{"cancelled", "posted", "undone"}, upTo: "qr-closing",
		reach: func(c *codeCutting) { c.shown(); c.lineDelay(slowLine); c.givesUp(); c.telephone(c.code) },
		dark:  func(c *codeCutting) { c.lineDelay(0) },
	},
	{
		name: "while it goes back", full: true, ends: []string{"undone"}, upTo: "qr-refund-ordered",
		reach: func(c *codeCutting) {
			c.shown()
			c.goesBack(func() { c.telephone(c.code) }, acquirersim.Down)
		},
		mend: func(c *codeCutting) { c.wellAgain("acquirer", string(acquirersim.Down)) },
	},
	{
		name: "given back, and no answer", full: true, ends: []string{"undone"},
		reach: func(c *codeCutting) {
			c.shown()
			c.goesBack(func() { c.telephone(c.code) }, acquirersim.RefundUnknown)
			c.givenBack()
		},
		mend: func(c *codeCutting) { c.wellAgain("acquirer", string(acquirersim.RefundUnknown)) },
	},
}

// codeScanned are the instants of a payment by the code on a customer's telephone. The kiosk
// forgets that code with its power, and has the order closed: what was taken is posted, or
// goes back.
var codeScanned = []codeCut{
	{
		name: "scanned, on its way", ends: []string{"cancelled", "posted", "undone"},
		reach: func(c *codeCutting) { c.shown(); c.lineDelay(slowLine); c.scanned() },
		dark:  func(c *codeCutting) { c.lineDelay(0) },
	},
	{
		name: "taken, and no answer", ends: []string{"cancelled", "posted", "undone"},
		reach: func(c *codeCutting) {
			c.shown()
			c.lineDelay(slowLine)
			c.scanned()
			c.acquirerFault(acquirersim.NoReply, 0) // before the order is there
			c.taken()
		},
		dark: func(c *codeCutting) { c.lineDelay(0); c.wellAgain("acquirer", string(acquirersim.NoReply)) },
	},
	{
		name: "paid, before the posting", ends: []string{"posted"},
		reach: func(c *codeCutting) { c.shown(); c.misFault("down", 0); c.scanned(); c.written("qr-paid") },
		mend:  func(c *codeCutting) { c.wellAgain("mis", "down") },
	},
	{
		name: "taken, before the kiosk knows", ends: []string{"cancelled", "posted", "undone"},
		reach: func(c *codeCutting) {
			c.shown()
			c.lineDelay(slowLine)
			c.scanned()
			c.taken()
		},
		dark: func(c *codeCutting) { c.lineDelay(0) },
	},
	{
		name: "refused, before the kiosk knows", ends: []string{"cancelled"}, upTo: "qr-ordered",
		reach: func(c *codeCutting) { c.shown(); c.lineDelay(slowLine); c.scannedWith(100) },
		dark:  func(c *codeCutting) { c.lineDelay(0) },
	},
	{
		name: "scanned, while the code that was shown is closed", ends: []string{"cancelled"},
		reach: func(c *codeCutting) {
			c.shown()
			c.acquirerFault(acquirersim.Down, 0)
			c.payCode(c.amount)
			c.written("qr-closing")
		},
		mend: func(c *codeCutting) { c.wellAgain("acquirer", string(acquirersim.Down)) },
	},
	{
		name: "the order is lost on its way", ends: []string{"cancelled"}, upTo: "qr-ordered",
		reach: func(c *codeCutting) {
			c.shown()
			c.lineDelay(slowLine)
			c.scanned()
			c.acquirerFault(acquirersim.LoseRequest, 0) // before the order is there
		},
		dark: func(c *codeCutting) { c.lineDelay(0) },
		mend: func(c *codeCutting) { c.wellAgain("acquirer", string(acquirersim.LoseRequest)) },
	},
	{
		name: "posted, before the slip", ends: []string{"posted"},
		reach: func(c *codeCutting) { c.shown(); c.scanned(); c.posted() },
	},
	{
		name: "while it goes back", full: true, ends: []string{"undone"}, upTo: "qr-refund-ordered",
		reach: func(c *codeCutting) { c.shown(); c.goesBack(c.scanned, acquirersim.Down) },
		mend:  func(c *codeCutting) { c.wellAgain("acquirer", string(acquirersim.Down)) },
	},
	{
		name: "given back, and no answer", full: true, ends: []string{"undone"},
		reach: func(c *codeCutting) {
			c.shown()
			c.goesBack(c.scanned, acquirersim.RefundUnknown)
			c.givenBack()
		},
		mend: func(c *codeCutting) { c.wellAgain("acquirer", string(acquirersim.RefundUnknown)) },
	},
}

// TestLabQRPowerCuts takes the power at ten named instants of a payment by code, in both ways.
// After each the acquirer has the money and it is booked, or neither.
func TestLabQRPowerCuts(t *testing.T) {
	t.Parallel()
	for name, cuts := range map[string][]codeCut{"shown": codeShown, "scanned": codeScanned} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startRig(t)
			owes := inFullOwes
			for _, cut := range cuts {
				r.serving()
				if cut.full {
					r.cutCode(cut, inFull, owes)
					owes += 1000 // see goesBack
				} else {
					r.cutCode(cut, anyAmount, 8640)
				}
			}
			if out, err := r.ctl("journal", "verify"); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func (r *rig) cutCode(cut codeCut, account string, amount money.Amount) {
	r.t.Helper()
	c := &codeCutting{rig: r, amount: amount}
	r.touch("idle", "start", nil)
	r.touch("choose-service", "pay-bill", nil)
	r.touch("enter-account", "account", fields{"number": account})
	r.touch("confirm-account", "confirm", nil)
	r.touch("choose-tender", "tender", fields{"kind": "qr"})

	cut.reach(c)
	r.power(false)
	if types := strings.Fields(r.types(c.serial)); cut.upTo != "" && types[len(types)-1] != cut.upTo {
		r.t.Errorf("%s: the power went after %v", cut.name, types)
	}
	if cut.dark != nil {
		cut.dark(c)
	}
	r.power(true)
	if cut.mend != nil {
		cut.mend(c)
	}

	end := ""
	untilWithin(r.t, 3*patience, cut.name+" comes to its end", func() (bool, string) {
		list, err := r.transactions()
		for _, t := range list {
			if t.Serial == c.serial {
				end = t.Status
			}
		}
		return err == nil && slices.Contains(cut.ends, end), fmt.Sprintf("%s, %v; records %s", end, err, r.types(c.serial))
	})
	want := money.Amount(0)
	if end == "posted" {
		want = amount
	}
	took, has := r.atAcquirer(c.serial)
	if mis := r.postedByCode(c.serial); has != want || mis != want {
		r.t.Errorf("%s: %s; the acquirer took %s and has %s, the MIS %s; records %s", cut.name, end, took, has, mis, r.types(c.serial))
	}
	r.home()
	r.t.Logf("%s: %s, %s", cut.name, end, r.types(c.serial))
}
