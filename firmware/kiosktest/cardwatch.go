package kiosktest

import (
	"maps"
	"slices"

	"wattkiosk/hal/card"
	"wattkiosk/payments/metercard/library"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/uplink/wire"
)

// cardWatch stands between the program and its reader of meter cards. It knows what head office
// handed out for the stay that a card is in, and sees what the reader is ordered: each step that
// changes a card is one of those, in their order and once, and none comes after the purse.
type cardWatch struct {
	session string                // that the kiosk asked about last
	rounds  map[int][][]cardOrder // of it: what was handed out, each time that a round was asked for
	begun   map[int]bool          // of it: rounds of which something has reached the card
	due     []cardOrder           // what is to follow of the round under way
	purse   bool                  // the step was ordered that makes the purchase count
	orders  int                   // to the library, of which one may be carried out
}

// cardOrder is a step that changes a card.
type cardOrder struct {
	op      card.Op
	address int
	data    string
	purse   bool
}

// asks: the kiosk asks for steps in a session.
func (c *cardWatch) asks(session string) {
	if c.session != session {
		*c = cardWatch{session: session, rounds: map[int][][]cardOrder{}, begun: map[int]bool{}}
	}
}

// handed: head office's own answer is on its way.
func (c *cardWatch) handed(session string, round int, s wire.CardSteps) {
	if session != c.session {
		return // nobody waits for it any more
	}
	if s.Order.V != 0 {
		c.orders = 1 // the same again, where it is asked for again
		return
	}
	var body script.Script
	must(wire.Decode(s.Script.Body, &body))
	ops := map[script.Op]card.Op{script.APDU: card.Transmit, script.Write: card.Write, script.Verify: card.Verify}
	var all []cardOrder
	for _, step := range body.Steps {
		o := cardOrder{ops[step.Op], step.Address, string(step.Data), step.Purse}
		if o.changes() {
			all = append(all, o)
		}
	}
	c.rounds[round] = append(c.rounds[round], all)
}

// changes: any command but those that only select, read and prove.
func (o cardOrder) changes() bool {
	if o.op != card.Transmit {
		return o.op == card.Write || o.op == card.Verify
	}
	const atINS = 1
	switch {
	case len(o.data) <= atINS:
		return false
	case o.data[atINS] == 0xA4, o.data[atINS] == 0xB0, o.data[atINS] == 0x84, o.data[atINS] == 0x88, o.data[atINS] == 0xC0:
		return false
	}

	return true
}

// ordered looks at what the reader is ordered.
func (c *cardWatch) ordered(o *office, cmd card.Command) {
	step := cardOrder{op: cmd.Op, address: cmd.Address, data: string(cmd.Data)}
	switch {
	case cmd.Op == card.Work && cmd.Name == library.Write:
		if c.orders--; c.orders < 0 {
			o.fail("the library is told to write a card, and no order of head office's says so, or a second time")
		}
	case !step.changes():
	case c.purse:
		o.fail("a card is changed after its purse")
	case !c.follows(step) && !c.begins(step):
		o.fail("a card is changed by what head office did not hand out for this stay of it, or a second time")
	}
}

// follows takes the next step of the round under way.
func (c *cardWatch) follows(step cardOrder) bool {
	if len(c.due) == 0 || !c.due[0].is(step) {
		return false
	}
	c.purse, c.due = c.due[0].purse, c.due[1:]

	return true
}

// begins takes the first step of a round that has not begun.
func (c *cardWatch) begins(step cardOrder) bool {
	for _, round := range slices.Sorted(maps.Keys(c.rounds)) {
		for _, all := range c.rounds[round] {
			if !c.begun[round] && len(all) > 0 && all[0].is(step) {
				c.begun[round], c.due = true, all

				return c.follows(step)
			}
		}
	}

	return false
}

func (o cardOrder) is(other cardOrder) bool {
	return o.op == other.op && o.address == other.address && o.data == other.data
}
