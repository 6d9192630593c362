package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"wattkiosk/hal/bench"
	"wattkiosk/payments/money"
)

// buyCut is an instant of a purchase at which the power goes.
type buyCut struct {
	name string
	// how is what happens to the card while it is being written; with a plug in it that is
	// the instant.
	how fields
	// reach ends at the instant, once the note is in; nil: how says it.
	reach func(c *buyCutting)
	// mend is done before the power comes back.
	mend func(r *rig)
	// leaves: the customer goes away with the card while it is dark.
	leaves bool
	// ends are how head office may have the purchase at its end; a purchase that is not on
	// its card then is written in a later visit.
	ends []string
}

// buyCutting is a purchase on its way to the instant.
type buyCutting struct {
	*buying
	serial string
}

// record waits until the journal has a record of the purchase.
func (c *buyCutting) record(of string) {
	c.t.Helper()
	until(c.t, "the record "+of, func() (bool, string) {
		types := c.types(c.serial)
		return strings.Contains(types, of), types
	})
}

func (c *buyCutting) finishCash() { c.t.Helper(); c.touch("insert-cash", "finish-cash", nil) }

func (r *rig) cardSystemFault(fault string, clear bool) {
	r.t.Helper()
	r.bench("outside", fields{"system": "cardsystem", "fault": fault, "clear": clear})
}

// plug pulls the plug in a command that changes the card.
func plug(at int, torn string) fields { return fields{"pull_at": at, "torn": torn, "plug": true} }

// onCard and either are how a purchase may end.
var (
	onCard = []string{"posted"}
	either = []string{"posted", "unwritten"}
)

// beforeTheWrite are the instants before the card is written.
var beforeTheWrite = []buyCut{
	{
		name: "note in, not finished", ends: either,
		reach: func(*buyCutting) {},
	},
	{
		name: "closed, before head office hears", ends: either,
		reach: func(c *buyCutting) {
			c.lineDelay(slowLine)
			c.finishCash()
			c.record("cash-closed")
		},
		mend: func(r *rig) { r.lineDelay(0) },
	},
	{
		name: "sold, and nobody has heard", ends: either,
		reach: func(c *buyCutting) {
			c.lineDelay(slowLine)
			c.finishCash()
			until(c.t, "it is sold", func() (bool, string) {
				e := c.sale(c.serial)
				return e.Booked == 1, fmt.Sprintf("%+v", e)
			})
		},
		mend: func(r *rig) { r.lineDelay(0) },
	},
	{
		name: "sold, before the write begins", ends: either,
		reach: func(c *buyCutting) {
			c.bench("card/fault", fields{"slot": "meter", "kind": "silent"})
			c.finishCash()
			c.record("outcome-learned")
		},
		mend: func(r *rig) { r.clear("card/fault", fields{"slot": "meter", "kind": "silent"}) },
	},
	{
		name: "write begun, no step yet", ends: either,
		reach: func(c *buyCutting) {
			c.cardSystemFault("keys-away", false)
			c.finishCash()
			c.record("meter-write-begun")
		},
		mend: func(r *rig) { r.cardSystemFault("keys-away", true) },
	},
}

// inTheWrite are the instants from the first step that changes the card.
var inTheWrite = []buyCut{
	{name: "parameters, not taken", how: plug(1, "before"), ends: either},
	{name: "return file cleared", how: plug(2, "after"), ends: either},
	{name: "return file cleared, and the customer leaves", how: plug(2, "after"), leaves: true, ends: []string{"unwritten"}},
	{name: "purse, not taken", how: plug(3, "before"), ends: either},
	{name: "purse written, not answered", how: plug(3, "after"), ends: either},
	{name: "purse written, and the customer leaves", how: plug(3, "after"), leaves: true, ends: []string{"unwritten"}},
	{
		name: "written, the card not taken", ends: onCard,
		reach: func(c *buyCutting) {
			c.finishCash()
			c.see("take-card", nil)
		},
	},
	{
		name: "card taken, the slip not printed", ends: onCard,
		reach: func(c *buyCutting) {
			c.bench("printer/fault", fields{"kind": "offline"})
			c.finishCash()
			c.take(c.card)
		},
		mend: func(r *rig) { r.clear("printer/fault", fields{"kind": "offline"}) },
	},
}

// TestLabPurchasePowerCut takes the power at named instants of a purchase. After each the
// purchase is on the card once, at once or by a later visit, and the meter loads it once.
func TestLabPurchasePowerCut(t *testing.T) {
	t.Parallel()
	for name, group := range map[string]struct {
		reader string
		cuts   []buyCut
	}{
		"before the write, motor reader": {"crt571", beforeTheWrite},
		"in the write, motor reader":     {"crt571", inTheWrite},
		"in the write, contact reader":   {"pcsc", inTheWrite},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startRig(t, "--meter-reader", group.reader)
			r.serving()
			b := meter1(r)
			b.cutBeforeMoney()
			for _, cut := range group.cuts {
				b.cutPurchase(cut, 10000)
			}
			if out, err := r.ctl("journal", "verify"); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// cutBeforeMoney takes the power while a card is inside and nothing is bought: the card
// comes back as it was.
func (b *buying) cutBeforeMoney() {
	b.t.Helper()
	b.toCardPage(fields{})
	b.see("meter-card", func(v view) bool { return v.offers("confirm") })
	b.power(false)
	b.power(true)
	b.comesBack()
	b.serving()
	if c := b.rig.card(b.card); c.Count != int(b.count) || c.Where != bench.InDrawer {
		b.t.Errorf("the card has %+v", c)
	}
}

// comesBack takes the card once it can be taken and is not being written.
func (b *buying) comesBack() {
	b.t.Helper()
	until(b.t, b.card+" comes back", func() (bool, string) {
		c := b.rig.card(b.card)
		v, err := b.look()
		if err == nil && c.Where == bench.AtGate && v.Screen != "write-card" {
			b.bench("card/remove", fields{"card": b.card})
		}
		return c.Where == bench.InDrawer, fmt.Sprintf("%s on %s, %v", c.Where, v.Screen, err)
	})
}

// settles does what the customer does after the power came back, until head office has the
// purchase at an end: the card is put back where it is asked for, and taken. One who has
// left does nothing.
func (b *buying) settles(serial string, left bool) (status string) {
	b.t.Helper()
	untilWithin(b.t, 3*patience, "the purchase ends", func() (bool, string) {
		c := b.rig.card(b.card)
		v, err := b.look()
		switch {
		case err != nil:
		case left:
		case v.Screen == "write-card" && v.Fields["put_back"] == true && v.Fields["taking_card"] == true && c.Where == bench.InDrawer:
			b.bench("card/insert", fields{"card": b.card})
		case v.Screen != "write-card" && c.Where == bench.AtGate:
			b.bench("card/remove", fields{"card": b.card})
		}

		list, failed := b.transactions()
		for _, t := range list {
			if t.Serial == serial {
				status = t.Status
			}
		}
		return failed == nil && slices.Contains([]string{"posted", "unwritten", "owed", "disputed", "cancelled"}, status), fmt.Sprintf("%s on %s, %s, %v", c.Where, v.Screen, status, failed)
	})

	return status
}

func (b *buying) cutPurchase(cut buyCut, amount money.Amount) {
	b.t.Helper()
	how := fields{}
	for k, v := range cut.how {
		how[k] = v
	}
	b.toTender("cash", amount, how)
	b.see("insert-cash", func(v view) bool { return v.Fields["taking_notes"] == true })
	b.insert(int64(amount/100), int64(amount/100))
	c := &buyCutting{b, b.see("insert-cash", nil).text("serial")}
	if cut.reach != nil {
		cut.reach(c)
		b.power(false)
	} else {
		c.finishCash()
		until(b.t, cut.name+": the plug is pulled", func() (bool, string) {
			s := b.mustState()
			return !s.Power && !s.Kioskd.Running, fmt.Sprintf("%v, %v", s.Power, s.Kioskd.Running)
		})
	}
	at := b.types(c.serial)
	if cut.mend != nil {
		cut.mend(b.rig)
	}
	if cut.leaves {
		b.bench("card/remove", fields{"card": b.card, "pull": true})
	}
	b.power(true)

	status := b.settles(c.serial, cut.leaves)
	b.comesBack()
	if !cut.leaves {
		b.printAgain()
		b.lastSlip(c.serial, "购电成功")
	}
	b.home()
	if !slices.Contains(cut.ends, status) {
		b.t.Errorf("%s: head office has %s, want one of %v", cut.name, status, cut.ends)
	}
	if status == "unwritten" { // or nobody knows: the card does
		b.notOnCard(c.serial, amount)
		b.rewrites(c.serial)
	}
	b.loads(c.serial, "cash", amount)
	b.t.Logf("%s: cut after %q; %s: %s", cut.name, at, status, b.types(c.serial))
}
