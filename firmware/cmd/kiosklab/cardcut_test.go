package main

import (
	"fmt"
	"strings"
	"testing"

	"wattkiosk/hal/bench"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/money"
)

// cardCut is an instant of a payment by card at which the power goes.
type cardCut struct {
	name string
	card string
	// reach begins with the open gate and ends at the instant.
	reach func(c *cutting)
	// mend is done before the power comes back.
	mend func(r *rig)
	// status is how head office has the payment at its end, and paid whether the money
	// was taken and booked.
	status string
	paid   bool
	// upTo is the last record of the payment before the cut; empty where it may be one or
	// the next.
	upTo string
}

// cutting is a payment on its way to the instant.
type cutting struct {
	*rig
	cut    cardCut
	serial string
	booked int // entries that the bank had before
}

// entered is the PIN entered, once what is to go wrong afterwards is set.
func (c *cutting) entered(wrong func()) {
	c.t.Helper()
	c.putIn(c.cut.card)
	c.asked()
	wrong()
	c.press("123456E")
}

// bankBooks waits until the bank has taken the money.
func (c *cutting) bankBooks() {
	c.t.Helper()
	until(c.t, "the bank books", func() (bool, string) {
		n := len(c.bankLedger().Entries)
		return n > c.booked, fmt.Sprint(n)
	})
}

// written waits until the journal has a record of the payment.
func (c *cutting) written(record string) {
	c.t.Helper()
	until(c.t, "the record "+record, func() (bool, string) {
		types := c.types(c.serial)
		return strings.Contains(types, record), types
	})
}

func (r *rig) lineDelay(ms int) { r.t.Helper(); r.bench("line", fields{"up": true, "delay_ms": ms}) }

func (r *rig) clear(path string, f fields) {
	r.t.Helper()
	f["clear"] = true
	r.bench(path, f)
}

// slowLine is a delay of the line, in ms, in which the test does what it must: by then
// the bank has booked, and the kiosk does not know.
const slowLine = 1500

// beforeTheBank are the instants before the bank has taken the money.
var beforeTheBank = []cardCut{
	{
		name: "card in", card: cardsim.BankFunds, status: "cancelled", upTo: "opened",
		reach: func(c *cutting) {
			c.putIn(c.cut.card)
			until(c.t, "the card is inside", func() (bool, string) {
				w := c.card(c.cut.card).Where
				return w == bench.InReader, string(w)
			})
		},
	},
	{
		name: "PIN asked", card: cardsim.BankNoFunds, status: "cancelled", upTo: "opened",
		reach: func(c *cutting) {
			c.putIn(c.cut.card)
			c.asked()
			c.press("123")
		},
	},
	{
		name: "before the sale's record", card: cardsim.BankFunds, status: "cancelled", upTo: "opened",
		reach: func(c *cutting) {
			c.entered(func() { c.bench("pinpad/fault", fields{"kind": "lost-reply"}) }) // the block comes two seconds late
		},
	},
	{
		name: "after the record, before the frame", card: cardsim.BankFunds, status: "undone", upTo: "card-sale-ordered",
		reach: func(c *cutting) {
			c.entered(func() { c.lineDelay(slowLine) })
			c.written("card-sale-ordered")
		},
		mend: func(r *rig) { r.lineDelay(0) },
	},
	{
		name: "card at the gate, before the slip", card: cardsim.BankSM4, status: "posted", paid: true,
		reach: func(c *cutting) {
			c.entered(func() {})
			until(c.t, "the card is at the gate", func() (bool, string) {
				w := c.card(c.cut.card).Where
				return w == bench.AtGate, string(w)
			})
		},
	},
}

// afterTheBank are the instants after the bank has taken the money.
var afterTheBank = []cardCut{
	{
		name: "frame sent, no answer", card: cardsim.BankFunds, status: "undone", upTo: "card-sale-ordered",
		reach: func(c *cutting) {
			c.entered(func() { c.bankFault("no-reply", 1) })
			c.bankBooks()
		},
	},
	{
		name: "answer there, before its record", card: cardsim.BankFunds, status: "undone", upTo: "card-sale-ordered",
		reach: func(c *cutting) {
			made := c.mustState().Bench.Pinpad.MACs
			c.entered(func() { c.lineDelay(slowLine) })
			c.bankBooks()
			c.bench("pinpad/fault", fields{"kind": "lost-reply"}) // the answer's MAC comes two seconds late
			until(c.t, "the kiosk checks the answer", func() (bool, string) {
				n := c.mustState().Bench.Pinpad.MACs
				return n >= made+2, fmt.Sprint(n - made)
			})
		},
		mend: func(r *rig) { r.lineDelay(0) },
	},
	{
		name: "approved, before the posting", card: cardsim.BankStripe, status: "posted", paid: true, upTo: "card-closed",
		reach: func(c *cutting) {
			c.entered(func() { c.misFault("down", 0) })
			c.written("card-closed")
		},
		mend: func(r *rig) { r.clear("outside", fields{"system": "mis", "fault": "down"}) },
	},
	{
		name: "posted, before the card is out", card: cardsim.BankFunds, status: "posted", paid: true,
		reach: func(c *cutting) {
			c.entered(func() { c.bench("card/fault", fields{"kind": "jam"}) })
			until(c.t, "the MIS has booked", func() (bool, string) {
				sum := c.inMIS(c.serial)
				return sum > 0, sum.String()
			})
			if w := c.card(c.cut.card).Where; w != bench.InReader {
				c.t.Errorf("the card is in the %s", w)
			}
		},
		mend: func(r *rig) { r.clear("card/fault", fields{"kind": "jam"}) },
	},
	{
		name: "during the reversal", card: cardsim.BankDeclines, status: "undone", upTo: "card-closed",
		reach: func(c *cutting) {
			c.entered(func() { c.lineDelay(slowLine) })
			c.bankBooks()
			c.bankFault("lose-request", 0) // the reversals get lost
			c.written("card-reversal-ordered")
			c.written("card-closed")
		},
		mend: func(r *rig) {
			r.clear("outside", fields{"system": "posp", "fault": "lose-request"})
			r.lineDelay(0)
		},
	},
}

// TestLabCardPowerCut takes the power at ten named instants of a payment of 86.40 by card.
// After each the money is taken and booked, or neither: the bank, the MIS, head office and the
// slip say the same.
func TestLabCardPowerCut(t *testing.T) {
	t.Parallel()
	for name, group := range map[string]struct {
		reader string
		cuts   []cardCut
	}{
		"before the bank": {"crt571", beforeTheBank},
		"after the bank":  {"crt310", afterTheBank},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startRig(t, "--reader", group.reader)
			for _, cut := range group.cuts {
				r.serving()
				r.cutCard(cut, 8640)
			}
			if out, err := r.ctl("journal", "verify"); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// printAgain is the customer who comes back, finds the result, and has the slip printed.
func (r *rig) printAgain() {
	r.t.Helper()
	until(r.t, "the slip is printed", func() (bool, string) {
		v, err := r.look()
		if err == nil && v.Screen == "done" && v.text("slip") == "failed" {
			_, _, err = r.intent(v.Rev, "print", fields{"yes": "true"}) // the printer may be starting, too
		}
		return err == nil && v.text("slip") == "printed", fmt.Sprintf("%s %v, %v", v.Screen, v.Fields, err)
	})
}

// cardSlip wants the slip of a payment to name the card by its first six and last four digits.
func (r *rig) cardSlip(c *cutting, words ...string) {
	r.t.Helper()
	pan := cardsim.BankPAN(c.cut.card)
	masked := pan[:6] + strings.Repeat("*", len(pan)-10) + pan[len(pan)-4:]
	text := r.slip(serialOnSlip(c.serial), append(words, "银行卡", masked, "86.40")...)
	if strings.Contains(text, pan) {
		r.t.Errorf("%s: the slip has the whole number", c.cut.name)
	}
}

func (r *rig) cutCard(cut cardCut, amount money.Amount) {
	r.t.Helper()
	c := &cutting{rig: r, cut: cut, booked: len(r.bankLedger().Entries), serial: r.toCard("1000000002", amount)}
	cut.reach(c)
	r.power(false)
	if types := strings.Fields(r.types(c.serial)); cut.upTo != "" && types[len(types)-1] != cut.upTo {
		r.t.Errorf("%s: the power went after %v", cut.name, types)
	}
	if cut.mend != nil {
		cut.mend(r)
	}
	r.power(true)

	if r.card(cut.card).Where != bench.InDrawer {
		r.atGate(cut.card)
	}
	got := r.booked(c.serial, cut.status)
	bank, mis := r.stands(c.serial), r.inMIS(c.serial)
	want := money.Amount(0)
	switch {
	case cut.paid:
		want = amount
		r.printAgain()
		r.cardSlip(c, r.atBank(c.serial)[0].Reference)
	case cut.status == "undone":
		r.cardSlip(c) // in doubt, or taken back by then
	}
	if bank != want || mis != want || got.Total != want {
		r.t.Errorf("%s: the bank has %s, the MIS %s, head office %+v; want %s; records %s", cut.name, bank, mis, got, want, r.types(c.serial))
	}
	r.home()
	r.t.Logf("%s: %s", cut.name, r.types(c.serial))
}
