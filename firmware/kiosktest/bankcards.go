package kiosktest

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"wattkiosk/firmware/tender/bankcard"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/crt571"
	"wattkiosk/hal/card/crt571/crt571sim"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/pinpad/zt588"
	"wattkiosk/hal/pinpad/zt588/zt588sim"
	"wattkiosk/payments/emv"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/pospsim"
)

// counter is what a box has for bank cards: a reader and a PIN pad, both byte for byte.
type counter struct {
	reader device[card.Command, card.Event]
	slot   *crt571sim.Device
	pad    device[pinpad.Command, pinpad.Event]
	keys   *zt588sim.Pad
	drawer map[string]*cardsim.Card // people's cards; which of them are in the reader, the slot knows
}

// newCounter is nil where no cards are taken.
func newCounter(w *box) *counter {
	if !w.plan.Cards {
		return nil
	}
	c := &counter{
		slot: crt571sim.New(crt571sim.Config{Tracks: true, Rand: rand.New(rand.NewPCG(w.seed, 571))}),
		keys: zt588sim.New(), drawer: cardsim.BankCards(),
	}
	lab := pospsim.LabTerminal()
	c.keys.Inject(0, lab.Master[:])
	c.reader = device[card.Command, card.Event]{w: w, peer: c.slot}
	c.pad = device[pinpad.Command, pinpad.Event]{w: w, peer: c.keys}

	return c
}

// boot gives the devices new drivers.
func (c *counter) boot(heardReader func(card.Event), heardPad func(pinpad.Event)) {
	if c == nil {
		return
	}
	c.reader.engine, c.reader.heard = crt571.New(crt571.Config{Tracks: true, PollIdle: 30 * time.Second}), heardReader
	c.pad.engine, c.pad.heard = zt588.New(), heardPad
}

// die takes the drivers with the program.
func (c *counter) die() {
	if c != nil {
		c.reader.engine, c.pad.engine = nil, nil
	}
}

func (c *counter) powerCut(now time.Time) {
	if c != nil {
		c.slot.PowerCut(now)
		c.keys.PowerCut(now)
	}
}

func (c *counter) powerOn(now time.Time) {
	if c != nil {
		c.slot.PowerOn(now)
		c.keys.PowerOn(now)
	}
}

func (c *counter) wake() time.Time {
	if c == nil {
		return time.Time{}
	}

	return earlier(c.reader.wake(), c.pad.wake())
}

func (c *counter) run(now time.Time) {
	if c != nil {
		c.reader.run(now)
		c.pad.run(now)
	}
}

// calm ends the faults of both devices.
func (c *counter) calm() {
	if c == nil {
		return
	}
	for _, f := range crt571sim.Faults() {
		must(c.slot.Fault(f, true))
	}
	c.keys.Silent, c.keys.Lost = false, 0
}

// pick is a card of somebody's that is not in the machine; what was kept is given back to
// its owner first.
func (c *counter) pick(rng *rand.Rand) *cardsim.Card {
	c.slot.EmptyBin()
	ids := slices.Sorted(maps.Keys(c.drawer))
	for {
		if one := c.drawer[ids[rng.IntN(len(ids))]]; one != c.slot.Inside() {
			return one
		}
	}
}

// cardConfig is the terminal that the simulated bank knows. Its batch is settled once in
// the course of a day.
func (w *box) cardConfig() bankcard.Config {
	lab := pospsim.LabTerminal()

	return bankcard.Config{
		Bank: posp.Terminal{
			ID: lab.ID, Merchant: lab.Merchant, Operator: "001", Machine: Terminal, Scheme: posp.DoubleLength,
			TPDU: iso8583.TPDU{0x60, 0, 3, 0, 0}, Header: iso8583.Header{0x60, 0x31, 0, 0x31, 0x19, 3}, VoidsByNumber: true,
		},
		Chip: emv.Terminal{
			Country: emv.China, Currency: emv.Yuan, Type: emv.TypeOfMerchant, ID: lab.ID, Merchant: lab.Merchant,
			Serial: Terminal, SM: true, Applications: emv.UnionPay(),
		},
		Stripe: emv.StripeRule{Allowed: true, Failures: 2}, Method: pinpad.UnionPay, PINSlot: 1, MACSlot: 2,
		SettleAt: w.settleAt, Zone: time.UTC, Random: rand.NewChaCha8([32]byte{1: byte(w.seed), 2: byte(w.life)}),
	}
}

// cardFault is what can go wrong at the reader or the pad, for a while.
func (w *box) cardFault() {
	last := between(w.rng, time.Second, 2*time.Minute)
	if w.rng.IntN(3) == 0 {
		w.logf("the PIN pad is silent")
		w.counter.keys.Silent = true
		w.todo.at(w.now.Add(last), func() { w.counter.keys.Silent = false })

		return
	}
	f := crt571sim.Faults()[w.rng.IntN(len(crt571sim.Faults()))]
	w.logf("card reader fault %s", f)
	must(w.counter.slot.Fault(f, false))
	w.todo.at(w.now.Add(last), func() { must(w.counter.slot.Fault(f, true)) })
}

// strikeCard draws what goes wrong while a customer pays by card: the time in which what
// the bank takes depends on one frame.
func (w *box) strikeCard() {
	pull := func() {
		if _, err := w.counter.slot.PullCard(w.now); err == nil {
			w.logf("the card is torn out")
		}
	}
	w.strikeIn(30*time.Second, w.plan.CardFault, w.bankFault, w.blackout, w.kill, w.office.kill, w.cutLine, w.cardFault, pull, w.cutsAfter(600), nil, nil)
}
